// Functions of numbers, and of lists of them.
#include <algorithm>
#include <vector>

#include "notation/feel/builtins.h"

namespace ameide::feel {
namespace {

Value Rounded(Call& call, Rounding how) {
  const Decimal scale = call.has(1) ? *call[1].number() : Decimal();
  const std::optional<Decimal> whole = Round(scale, 0, Rounding::kDown);
  const std::optional<int64_t> places = whole ? whole->ToInt64() : std::nullopt;
  const std::optional<Decimal> rounded = places ? Round(*call[0].number(), *places, how) : std::nullopt;
  return rounded ? Value(*rounded) : call.Null("the scale is outside -6111 to 6176");
}
Value DecimalFunction(Call& call) { return Rounded(call, Rounding::kHalfEven); }
Value Floor(Call& call) { return Rounded(call, Rounding::kFloor); }
Value Ceiling(Call& call) { return Rounded(call, Rounding::kCeiling); }
Value RoundUp(Call& call) { return Rounded(call, Rounding::kUp); }
Value RoundDown(Call& call) { return Rounded(call, Rounding::kDown); }
Value RoundHalfUp(Call& call) { return Rounded(call, Rounding::kHalfUp); }
Value RoundHalfDown(Call& call) { return Rounded(call, Rounding::kHalfDown); }

Value AbsFunction(Call& call) {
  if (call[0].number() != nullptr) return call[0].number()->Abs();
  const DayTimeDuration* time = call[0].day_time_duration();
  const bool negative = time != nullptr ? time->seconds < 0 : call[0].year_month_duration()->months < 0;
  return negative ? MultiplyValues(call[0], Value(-1)) : call[0];
}

Value ModuloFunction(Call& call) {
  constexpr int kDigitsPerStep = 8;
  const int64_t digits = static_cast<int64_t>(call[0].number()->exponent()) - call[1].number()->exponent();
  if (digits > 0 && !call.Spend(static_cast<uint64_t>(digits) / kDigitsPerStep)) return {};
  const std::optional<Decimal> rest = Modulo(*call[0].number(), *call[1].number());
  return rest ? Value(*rest) : call.Null("division by zero");
}

Value Sqrt(Call& call) {
  const std::optional<Decimal> root = SquareRoot(*call[0].number());
  return root ? Value(*root) : call.Null("negative numbers have no square root");
}

constexpr uint64_t kSeries = 1'000;  // steps of a logarithm or exponential

Value Log(Call& call) {
  if (!call.Spend(kSeries)) return {};
  const std::optional<Decimal> log = Logarithm(*call[0].number());
  return log ? Value(*log) : call.Null("only positive numbers have a logarithm");
}

Value Exp(Call& call) {
  if (!call.Spend(kSeries)) return {};
  const std::optional<Decimal> power = Exponential(*call[0].number());
  return power ? Value(*power) : call.Null("the result is too large");
}

Value Parity(Call& call, bool odd) {
  const std::optional<Decimal> rest = Modulo(*call[0].number(), Decimal(2));
  return rest && *rest == Decimal(odd ? 1 : 0);
}
Value Odd(Call& call) { return Parity(call, true); }
Value Even(Call& call) { return Parity(call, false); }

/// The items of a list, or the arguments themselves; nullopt when one is no number.
std::optional<std::vector<Decimal>> NumbersOf(Call& call) {
  std::vector<Decimal> numbers;
  const auto take = [&](const Value& item) {
    if (item.number() == nullptr) return false;
    numbers.push_back(*item.number());
    return true;
  };
  if (call.size() == 1 && call[0].list() != nullptr) {
    if (!call.Spend(call[0].list()->size())) return std::nullopt;
    for (const Value& item : *call[0].list()) {
      if (!take(item)) return std::nullopt;
    }
    return numbers;
  }
  for (size_t i = 0; i < call.size(); ++i) {
    if (!take(call[i])) return std::nullopt;
  }
  return numbers;
}

/// Takes what work on all of the numbers costs: so much for each, and more where they have to be written with
/// many digits to have one exponent.
bool Work(Call& call, const std::vector<Decimal>& numbers, uint64_t each, uint64_t digits_per_step) {
  if (numbers.empty()) return true;
  constexpr int kNear = 18;
  const auto [least, most] =
      std::minmax_element(numbers.begin(), numbers.end(),
                          [](const Decimal& a, const Decimal& b) { return a.exponent() < b.exponent(); });
  const int spread = most->exponent() - least->exponent();
  if (spread > kNear) each += 8 + static_cast<uint64_t>(std::min(spread, 400)) / digits_per_step;
  return call.Spend(numbers.size() * each);
}

constexpr std::string_view kNoNumber = "an item is not a number";
constexpr std::string_view kEmpty = "the list is empty";
constexpr std::string_view kTooLarge = "the result is too large";

Value SumFunction(Call& call) {
  const auto numbers = NumbersOf(call);
  if (!numbers) return call.Null(kNoNumber);
  if (numbers->empty()) return call.Null(kEmpty);
  if (!Work(call, *numbers, 1, 32)) return {};
  const std::optional<Decimal> total = Sum(*numbers);
  return total ? Value(*total) : call.Null(kTooLarge);
}

Value Product(Call& call) {
  const auto numbers = NumbersOf(call);
  if (!numbers) return call.Null(kNoNumber);
  if (numbers->empty()) return call.Null(kEmpty);
  std::optional<Decimal> product = Decimal(1);
  for (const Decimal& number : *numbers) {
    product = Multiply(*product, number);
    if (!product) return call.Null(kTooLarge);
  }
  return *product;
}

Value MeanFunction(Call& call) {
  const auto numbers = NumbersOf(call);
  if (!numbers) return call.Null(kNoNumber);
  if (numbers->empty()) return call.Null(kEmpty);
  if (!Work(call, *numbers, 5, 32)) return {};
  const std::optional<Decimal> mean = Mean(*numbers);
  return mean ? Value(*mean) : call.Null(kTooLarge);
}

Value Median(Call& call) {
  auto numbers = NumbersOf(call);
  if (!numbers) return call.Null(kNoNumber);
  if (numbers->empty()) return call.Null(kEmpty);
  const size_t middle = numbers->size() / 2;
  if (!Work(call, *numbers, 5, 32)) return {};
  std::sort(numbers->begin(), numbers->end());
  if (numbers->size() % 2 == 1) return (*numbers)[middle];
  const std::optional<Decimal> mean = Mean(std::span(*numbers).subspan(middle - 1, 2));
  return mean ? Value(*mean) : call.Null(kTooLarge);
}

Value StddevFunction(Call& call) {
  const auto numbers = NumbersOf(call);
  if (!numbers) return call.Null(kNoNumber);
  if (numbers->size() < 2) return call.Null("a deviation needs at least two numbers");
  constexpr uint64_t kRoot = 200;
  if (!call.Spend(kRoot) || !Work(call, *numbers, 20, 4)) return {};
  const std::optional<Decimal> deviation = StandardDeviation(*numbers);
  return deviation ? Value(*deviation) : call.Null(kTooLarge);
}

Value Mode(Call& call) {
  auto numbers = NumbersOf(call);
  if (!numbers || !Work(call, *numbers, 5, 32)) return call.Null(kNoNumber);
  std::sort(numbers->begin(), numbers->end());
  List out;
  size_t most = 0;
  for (size_t begin = 0; begin < numbers->size();) {
    size_t end = begin;
    while (end < numbers->size() && (*numbers)[end] == (*numbers)[begin]) ++end;
    if (end - begin > most) out.clear();
    if (end - begin >= most) out.push_back((*numbers)[begin]);
    most = std::max(most, end - begin);
    begin = end;
  }
  return out;
}

constexpr const char* kOfNumbers = "list:list|*n:any";

constexpr BuiltinRow kRows[] = {
    {"decimal", "n:number,scale:number", "number", DecimalFunction},
    {"floor", "n:number,scale!:number", "number", Floor},
    {"ceiling", "n:number,scale!:number", "number", Ceiling},
    {"round up", "n:number,scale:number", "number", RoundUp},
    {"round down", "n:number,scale:number", "number", RoundDown},
    {"round half up", "n:number,scale:number", "number", RoundHalfUp},
    {"round half down", "n:number,scale:number", "number", RoundHalfDown},
    {"abs", "n:number|n:duration", "Any", AbsFunction},
    {"modulo", "dividend:number,divisor:number", "number", ModuloFunction},
    {"sqrt", "number:number", "number", Sqrt},
    {"log", "number:number", "number", Log},
    {"exp", "number:number", "number", Exp},
    {"odd", "number:number", "boolean", Odd},
    {"even", "number:number", "boolean", Even},
    {"sum", kOfNumbers, "number", SumFunction},
    {"product", kOfNumbers, "number", Product},
    {"mean", kOfNumbers, "number", MeanFunction},
    {"median", kOfNumbers, "number", Median},
    {"stddev", kOfNumbers, "number", StddevFunction},
    {"mode", kOfNumbers, "list", Mode},
};

}  // namespace

uint64_t CostOfPower(const Decimal& a, const Decimal& b) {
  // A natural power of few digits is multiplied out; others take a logarithm and an exponential.
  constexpr int64_t kMostDigits = 4'000, kDigitsPerStep = 4, kManyDigits = 34;
  if (a.zero() || b.zero()) return 1;
  const std::optional<int64_t> n = b.ToInt64();
  if (n && *n<kMostDigits&& * n> - kMostDigits)
    return static_cast<uint64_t>(std::min((*n < 0 ? -*n : *n) * kManyDigits, kMostDigits) / kDigitsPerStep);
  return 3 * kSeries;
}

std::span<const BuiltinRow> NumberBuiltins() { return kRows; }

}  // namespace ameide::feel
