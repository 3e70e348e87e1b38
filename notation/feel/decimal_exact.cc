// Results that need more digits on the way: powers, exponentials, logarithms, sums and deviations, each
// rounded once.
#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "notation/feel/decimal.h"
#include "notation/feel/natural.h"

namespace ameide::feel {
namespace {

/// A value as `magnitude / 10^digits`; the digits are those of the computation it belongs to.
struct Fixed {
  Natural magnitude;
  bool negative = false;
};

Fixed operator+(const Fixed& a, const Fixed& b) {
  if (a.negative == b.negative) return {a.magnitude + b.magnitude, a.negative};
  if (a.magnitude >= b.magnitude) return {a.magnitude - b.magnitude, a.negative};
  return {b.magnitude - a.magnitude, b.negative};
}

/// ln 10 to 330 digits behind the point.
const Natural& LogOfTen() {
  static const Natural* const value = [] {
    constexpr std::string_view kDigits =
        "2302585092994045684017991454684364207601101488628772976033327900967572609677352480235997205089598298"
        "3419677840422862486334095254650828067566662873690987816894829072083255546808437998948262331985283935"
        "0530896537773262884616336622228769821988674654366747440424327436515504893431493939147961940440022210"
        "5101714174800368808401264708068";
    auto* natural = new Natural();
    for (const char c : kDigits) *natural = *natural * Natural(10) + Natural(static_cast<Uint128>(c - '0'));
    *natural = natural->Shifted(330 - static_cast<int64_t>(kDigits.size() - 1));
    return natural;
  }();
  return *value;
}

/// One computation with that many digits behind the point.
class Working {
 public:
  explicit Working(int64_t digits)
      : digits_(digits), one_(Natural::PowerOfTen(digits)), ten_(LogOfTen().Shifted(digits - 330)) {}

  Fixed Of(const Decimal& value) const {
    return {Natural(value.coefficient()).Shifted(value.exponent() + digits_), value.negative()};
  }
  Natural Multiply(const Natural& a, const Natural& b) const { return (a * b).Shifted(-digits_); }
  Fixed Multiply(const Fixed& a, const Fixed& b) const {
    return {Multiply(a.magnitude, b.magnitude), a.negative != b.negative};
  }

  /// e ** x as a number from 1 up to 10 and the power of ten to go with it.
  std::pair<Natural, int64_t> Exponential(const Fixed& x) const {
    auto [tens, rest] = Natural::Divide(x.magnitude, ten_);
    auto power = static_cast<int64_t>(tens.ToUint128());
    if (x.negative) {
      power = -power;
      if (!rest.zero()) {
        --power;
        rest = ten_ - rest;
      }
    }
    // (e ** (rest / 2^10)) ** (2^10): the series of something small needs few terms.
    constexpr int kHalvings = 10;
    const Natural small = rest.DividedBy(1u << kHalvings);
    Natural sum = one_, term = one_;
    for (uint32_t i = 1; !term.zero(); ++i) {
      term = Multiply(term, small).DividedBy(i);
      sum = sum + term;
    }
    for (int i = 0; i < kHalvings; ++i) sum = Multiply(sum, sum);
    return {sum, power};
  }

  /// ln of a positive number.
  Fixed Logarithm(const Decimal& a) const {
    const Natural coefficient(a.coefficient());
    const int64_t power = a.exponent() + coefficient.digits() - 1;
    const Natural m = coefficient.Shifted(digits_ - coefficient.digits() + 1);  // 1 ≤ m < 10
    // A first guess of 15 digits, then ln m = guess + 2 atanh((m - e^guess) / (m + e^guess)).
    constexpr int kGuess = 15;
    const double rough = std::log(static_cast<double>(m.Shifted(kGuess - digits_).ToUint128()) / 1e15);
    const Natural guess =
        Natural(static_cast<Uint128>(std::max(rough, 0.0) * 1e15)).Shifted(digits_ - kGuess);
    auto [e, tens] = Exponential({guess, false});
    e = e.Shifted(tens);
    const bool below = m < e;
    const Natural t = ((below ? e - m : m - e) * one_) / (m + e);
    const Natural square = Multiply(t, t);
    Natural sum, term = t;
    for (uint32_t i = 1; !term.zero(); i += 2) {
      sum = sum + term.DividedBy(i);
      term = Multiply(term, square);
    }
    const Fixed fraction = Fixed{guess, false} + Fixed{sum + sum, below};
    const auto tens_count = static_cast<Uint128>(power < 0 ? -power : power);
    return fraction + Fixed{ten_ * Natural(tens_count), power < 0};
  }

  int64_t digits() const { return digits_; }

 private:
  int64_t digits_;
  Natural one_, ten_;
};

/// value * 10^exponent, exactly what it is.
std::optional<Decimal> RoundExact(bool negative, const Natural& value, int64_t exponent,
                                  bool sticky = false) {
  constexpr int64_t kKept = 36;
  const int64_t drop = std::max<int64_t>(value.digits() - kKept, 0);
  const Natural kept = value.Shifted(-drop);
  sticky = sticky || kept.Shifted(drop) != value;
  // A last digit stands for everything that is cut off: far behind the one that decides.
  return Decimal::Make(negative, kept.ToUint128() * 10 + (sticky ? 1 : 0), exponent + drop - 1);
}

/// A computed value: whether its first 34 digits are certain, with an error of up to 10^kUncertain in its
/// last place.
constexpr int64_t kUncertain = 14;
bool IsCertain(const Natural& value) {
  const int64_t drop = value.digits() - Decimal::kDigits;
  if (drop <= kUncertain + 1) return false;
  const Natural rest = value - value.Shifted(-drop).Shifted(drop);
  const Natural error = Natural::PowerOfTen(kUncertain), half = Natural(5).Shifted(drop - 1);
  const bool near_half = rest >= half ? rest - half < error : half - rest < error;
  return error < rest && rest + error < Natural::PowerOfTen(drop) && !near_half;
}

/// value * 10^exponent; `certain`: however it goes on, its first 34 digits are rounded the same.
struct Outcome {
  Natural value;
  bool certain = false;
  bool negative = false;
  int64_t exponent = 0;
};

Outcome Judged(Natural value, bool negative, int64_t exponent) {
  const bool certain = IsCertain(value);
  return {std::move(value), certain, negative, exponent};
}

/// Computes with more and more digits until the rounding is certain. What never becomes certain is exact:
/// only algebraic results can be, and those have few digits.
template <typename Compute>
std::optional<Decimal> RoundedOnce(int64_t extra, const Compute& compute) {
  for (const int64_t digits : {110, 250}) {
    const Outcome outcome = compute(Working(digits + extra));
    if (outcome.certain) return RoundExact(outcome.negative, outcome.value, outcome.exponent, true);
    if (digits == 110) continue;
    constexpr int64_t kExactDigits = 70;
    const int64_t drop = std::max<int64_t>(outcome.value.digits() - kExactDigits, 1);
    const Natural exact = (outcome.value + Natural(5).Shifted(drop - 1)).Shifted(-drop);
    return RoundExact(outcome.negative, exact, outcome.exponent + drop);
  }
  return std::nullopt;
}

constexpr int64_t kFarPower = 15'000;  // e to more than that is no decimal128
std::optional<Decimal> Tiny() { return Decimal(); }

/// Numbers as whole numbers of the smallest exponent; nullopt when that takes too many digits.
struct Aligned {
  std::vector<Fixed> numbers;
  int64_t exponent = 0;
};
std::optional<Aligned> Align(std::span<const Decimal> numbers) {
  constexpr int64_t kMostSpread = 400;
  Aligned out;
  int64_t most = Decimal::kMinExponent;
  out.exponent = Decimal::kMaxExponent;
  for (const Decimal& number : numbers) {
    if (number.zero()) continue;
    out.exponent = std::min<int64_t>(out.exponent, number.exponent());
    most = std::max<int64_t>(most, number.exponent());
  }
  if (most - out.exponent > kMostSpread) return std::nullopt;
  for (const Decimal& number : numbers) {
    const bool zero = number.zero();
    out.numbers.push_back(
        {zero ? Natural() : Natural(number.coefficient()).Shifted(number.exponent() - out.exponent),
         number.negative()});
  }
  return out;
}

Fixed Total(const std::vector<Fixed>& numbers) {
  Fixed total;
  for (const Fixed& number : numbers) total = total + number;
  return total;
}

std::optional<Decimal> SumInOrder(std::span<const Decimal> numbers) {
  std::optional<Decimal> total = Decimal();
  for (const Decimal& number : numbers) {
    total = Add(*total, number);
    if (!total) return std::nullopt;
  }
  return total;
}

/// a to a natural power, every digit of it.
std::optional<Decimal> ExactPower(const Decimal& base, uint64_t n, bool negative, bool inverse) {
  Natural result(1), square(base.coefficient());
  for (uint64_t rest = n; rest != 0; rest >>= 1) {
    if ((rest & 1) != 0) result = result * square;
    if (rest > 1) square = square * square;
  }
  const int64_t exponent = base.exponent() * static_cast<int64_t>(n);
  if (!inverse) return RoundExact(negative, result, exponent);
  const int64_t digits = result.digits() + 40;
  auto [quotient, rest] = Natural::Divide(Natural::PowerOfTen(digits), result);
  return RoundExact(negative, quotient, -exponent - digits, !rest.zero());
}

}  // namespace

std::optional<Decimal> Exponential(const Decimal& a) {
  if (a.zero()) return Decimal(1);
  if (Decimal(kFarPower) < a.Abs()) return a.negative() ? Tiny() : std::nullopt;
  return RoundedOnce(0, [&](const Working& working) {
    auto [value, power] = working.Exponential(working.Of(a));
    return Judged(std::move(value), false, power - working.digits());
  });
}

std::optional<Decimal> Logarithm(const Decimal& a) {
  if (a.zero() || a.negative()) return std::nullopt;
  if (a == Decimal(1)) return Decimal();
  return RoundedOnce(0, [&](const Working& working) {
    Fixed value = working.Logarithm(a);
    return Judged(std::move(value.magnitude), value.negative, -working.digits());
  });
}

std::optional<Decimal> Power(const Decimal& a, const Decimal& b) {
  if (b.zero() || a == Decimal(1)) return Decimal(1);
  if (a.zero()) return b.negative() ? std::nullopt : std::optional<Decimal>(Decimal());
  const bool whole = b.IsInteger();
  if (a.negative() && !whole) return std::nullopt;
  const std::optional<int64_t> n = b.ToInt64();
  const bool odd = n && *n % 2 != 0;  // what has no 64 bits ends in zeros, or is far too large to matter
  const bool negative = a.negative() && odd;
  const Decimal base = a.Abs().Normalized();
  constexpr int64_t kExactDigits = 4'000;
  if (n && *n > -kExactDigits && *n < kExactDigits) {
    const auto magnitude = static_cast<uint64_t>(*n < 0 ? -*n : *n);
    if (Natural(base.coefficient()).digits() * static_cast<int64_t>(magnitude) <= kExactDigits)
      return ExactPower(base, magnitude, negative, *n < 0);
  }
  if (base == Decimal(1)) return negative ? Decimal(-1) : Decimal(1);
  const int64_t extra = std::clamp<int64_t>(Natural(b.coefficient()).digits() + b.exponent(), 0, 60);
  return RoundedOnce(extra, [&](const Working& working) {
    const Fixed exponent = working.Multiply(working.Logarithm(base), working.Of(b));
    if (exponent.magnitude.digits() >
        working.digits() + 5) {  // beyond e ** 10,000, on either side of the range
      const bool large = !exponent.negative;
      return Outcome{Natural(1), true, negative, large ? 1'000'000 : -1'000'000};
    }
    auto [value, power] = working.Exponential(exponent);
    return Judged(std::move(value), negative, power - working.digits());
  });
}

namespace {

/// The sum where 126 bits hold it, which is nearly always: money and counts.
std::optional<Decimal> SmallSum(std::span<const Decimal> numbers) {
  __extension__ typedef __int128 Int128;
  constexpr Int128 kLimit = static_cast<Int128>(1) << 124;
  Int128 total = 0;
  int32_t exponent = numbers.empty() ? 0 : numbers[0].exponent();
  for (const Decimal& number : numbers) exponent = std::min(exponent, number.exponent());
  for (const Decimal& number : numbers) {
    constexpr int32_t kMostShift = 18;
    const int32_t shift = number.exponent() - exponent;
    if (shift > kMostShift || number.coefficient() >> 60 != 0) return std::nullopt;
    auto part = static_cast<Int128>(number.coefficient());
    for (int32_t i = 0; i < shift; ++i) part *= 10;
    total += number.negative() ? -part : part;
    if (total > kLimit || total < -kLimit) return std::nullopt;
  }
  return Decimal::Make(total < 0, static_cast<Uint128>(total < 0 ? -total : total), exponent);
}

}  // namespace

std::optional<Decimal> Sum(std::span<const Decimal> numbers) {
  if (const std::optional<Decimal> small = SmallSum(numbers)) return small;
  const std::optional<Aligned> aligned = Align(numbers);
  if (!aligned) return SumInOrder(numbers);
  const Fixed total = Total(aligned->numbers);
  if (total.magnitude.zero()) return Decimal();
  return RoundExact(total.negative, total.magnitude, aligned->exponent);
}

std::optional<Decimal> Mean(std::span<const Decimal> numbers) {
  if (numbers.empty()) return std::nullopt;
  const std::optional<Aligned> aligned = Align(numbers);
  if (!aligned) {
    const std::optional<Decimal> total = SumInOrder(numbers);
    return total ? Divide(*total, Decimal(static_cast<int64_t>(numbers.size()))) : std::nullopt;
  }
  const Fixed total = Total(aligned->numbers);
  constexpr int64_t kMore = 40;
  auto [quotient, rest] = Natural::Divide(total.magnitude.Shifted(kMore), Natural(numbers.size()));
  return RoundExact(total.negative, quotient, aligned->exponent - kMore, !rest.zero());
}

std::optional<Decimal> StandardDeviation(std::span<const Decimal> numbers) {
  const size_t n = numbers.size();
  if (n < 2) return std::nullopt;
  const std::optional<Aligned> aligned = Align(numbers);
  if (!aligned) {
    const std::optional<Decimal> mean = Mean(numbers);
    std::optional<Decimal> squares = Decimal();
    for (const Decimal& number : numbers) {
      const std::optional<Decimal> distance = mean ? Subtract(number, *mean) : std::nullopt;
      const std::optional<Decimal> square = distance ? Multiply(*distance, *distance) : std::nullopt;
      squares = square && squares ? Add(*squares, *square) : std::nullopt;
    }
    const std::optional<Decimal> variance =
        squares ? Divide(*squares, Decimal(static_cast<int64_t>(n - 1))) : std::nullopt;
    return variance ? SquareRoot(*variance) : std::nullopt;
  }
  // sqrt((n Σx² - (Σx)²) / (n (n - 1))): exact up to the root.
  const Fixed total = Total(aligned->numbers);
  Natural squares;
  for (const Fixed& number : aligned->numbers) squares = squares + number.magnitude * number.magnitude;
  const Natural numerator = squares * Natural(n) - total.magnitude * total.magnitude;
  if (numerator.zero()) return Decimal();
  const int64_t more = 100;  // digits for the quotient, twice those of the root
  const auto [variance, rest] =
      Natural::Divide(numerator.Shifted(more), Natural(static_cast<Uint128>(n) * (n - 1)));
  const Natural root = SquareRootOf(variance);
  const bool sticky = !rest.zero() || root * root != variance;
  return RoundExact(false, root, aligned->exponent - more / 2, sticky);
}

}  // namespace ameide::feel
