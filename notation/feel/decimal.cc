#include "notation/feel/decimal.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace ameide::feel {
namespace {

constexpr int kPowers = 39;  // 10^38 is the largest that Uint128 holds

constexpr std::array<Uint128, kPowers> MakePowers() {
  std::array<Uint128, kPowers> powers{};
  Uint128 power = 1;
  for (int i = 0; i < kPowers; ++i) {
    powers[i] = power;
    if (i + 1 < kPowers) power *= 10;
  }
  return powers;
}
constexpr std::array<Uint128, kPowers> kPowerOfTen = MakePowers();

int DigitCount(Uint128 value) {
  const uint64_t high = static_cast<uint64_t>(value >> 64);
  const uint64_t low = static_cast<uint64_t>(value);
  if (high == 0 && low == 0) return 0;
  const int bits = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low);
  const int estimate = bits * 1233 >> 12;  // floor(bits * log10(2)), at most one too small
  return estimate + (estimate < kPowers && value >= kPowerOfTen[estimate] ? 1 : 0);
}

/// An unsigned number of 256 bits, only as far as products and quotients of coefficients need it.
struct Uint256 {
  std::array<uint64_t, 4> limb{};  // least significant first

  static Uint256 Product(Uint128 a, Uint128 b) {
    const std::array<uint64_t, 2> x = {static_cast<uint64_t>(a), static_cast<uint64_t>(a >> 64)};
    const std::array<uint64_t, 2> y = {static_cast<uint64_t>(b), static_cast<uint64_t>(b >> 64)};
    Uint256 out;
    for (int i = 0; i < 2; ++i) {
      uint64_t carry = 0;
      for (int j = 0; j < 2; ++j) {
        const Uint128 sum = static_cast<Uint128>(x[i]) * y[j] + out.limb[i + j] + carry;
        out.limb[i + j] = static_cast<uint64_t>(sum);
        carry = static_cast<uint64_t>(sum >> 64);
      }
      out.limb[i + 2] = carry;
    }
    return out;
  }

  bool FitsIn128() const { return limb[2] == 0 && limb[3] == 0; }
  Uint128 Low128() const { return static_cast<Uint128>(limb[1]) << 64 | limb[0]; }

  /// Divides in place, returns the remainder.
  uint64_t DivideBy(uint64_t divisor) {
    uint64_t remainder = 0;
    for (int i = 3; i >= 0; --i) {
      const Uint128 part = static_cast<Uint128>(remainder) << 64 | limb[i];
      limb[i] = static_cast<uint64_t>(part / divisor);
      remainder = static_cast<uint64_t>(part % divisor);
    }
    return remainder;
  }
};

/// Whether to add one to a coefficient whose dropped part is `digit` followed by something nonzero (`sticky`)
/// or not.
bool RoundsUp(Rounding how, bool negative, bool odd, unsigned digit, bool sticky) {
  const bool inexact = digit != 0 || sticky;
  const bool above = digit > 5 || (digit == 5 && sticky);
  const bool half = digit == 5 && !sticky;
  switch (how) {
    case Rounding::kHalfEven:
      return above || (half && odd);
    case Rounding::kHalfUp:
      return above || half;
    case Rounding::kHalfDown:
      return above;
    case Rounding::kUp:
      return inexact;
    case Rounding::kDown:
      return false;
    case Rounding::kFloor:
      return inexact && negative;
    case Rounding::kCeiling:
      return inexact && !negative;
  }
  return false;
}

/// Drops `count` digits (≥ 1) of `value`; `sticky`: digits that are nonzero were dropped before.
Uint128 DropDigits(Uint128 value, int64_t count, Rounding how, bool negative, bool sticky) {
  if (count > kPowers) return RoundsUp(how, negative, false, 0, sticky || value != 0) ? 1 : 0;
  const Uint128 before = value / kPowerOfTen[count - 1];  // ends in the digit that decides
  sticky = sticky || before * kPowerOfTen[count - 1] != value;
  const unsigned digit = static_cast<unsigned>(before % 10);
  value = before / 10;
  return value + (RoundsUp(how, negative, (value & 1) != 0, digit, sticky) ? 1 : 0);
}

}  // namespace

/// Makes decimals from parts that may have too many digits.
struct DecimalParts {
  static constexpr Decimal Exact(bool negative, Uint128 coefficient, int64_t exponent) {
    return Decimal(negative, coefficient, static_cast<int32_t>(exponent));
  }

  /// Rounds half-even to 34 digits and the exponents' range.
  static std::optional<Decimal> Finish(bool negative, Uint128 coefficient, int64_t exponent, bool sticky) {
    const int digits = DigitCount(coefficient);
    if (digits <= Decimal::kDigits && exponent >= Decimal::kMinExponent &&
        exponent <= Decimal::kMaxExponent && !sticky) {
      return Exact(negative, coefficient, exponent);
    }
    int64_t drop = std::max(digits - Decimal::kDigits, 0);
    drop = std::max(drop, Decimal::kMinExponent - exponent);
    if (drop > 0) {
      coefficient = DropDigits(coefficient, drop, Rounding::kHalfEven, negative, sticky);
      exponent += drop;
      if (coefficient == kPowerOfTen[Decimal::kDigits]) {
        coefficient = kPowerOfTen[Decimal::kDigits - 1];
        ++exponent;
      }
    }
    if (exponent > Decimal::kMaxExponent) {
      if (coefficient == 0) return Exact(negative, 0, Decimal::kMaxExponent);
      const int64_t shift = exponent - Decimal::kMaxExponent;
      if (shift + DigitCount(coefficient) > Decimal::kDigits) return std::nullopt;
      coefficient *= kPowerOfTen[shift];
      exponent = Decimal::kMaxExponent;
    }
    return Exact(negative, coefficient, exponent);
  }

  /// As above for 256 bits.
  static std::optional<Decimal> Finish(bool negative, Uint256 value, int64_t exponent) {
    bool sticky = false;
    while (!value.FitsIn128()) {
      sticky = value.DivideBy(10'000) != 0 || sticky;
      exponent += 4;
    }
    // What is left has at least 35 digits when anything was dropped, so `sticky` lies behind the deciding
    // digit.
    return Finish(negative, value.Low128(), exponent, sticky);
  }
};

std::optional<Decimal> Decimal::Make(bool negative, Uint128 coefficient, int64_t exponent) {
  return DecimalParts::Finish(negative, coefficient, exponent, false);
}

absl::StatusOr<Decimal> Decimal::Parse(std::string_view text, bool* exact) {
  const auto malformed = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text.substr(0, 60)), "' is not a decimal number like -12.5 or 1e3"));
  };
  size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  Uint128 coefficient = 0;
  int64_t exponent = 0;
  size_t digits = 0;
  bool point = false, sticky = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      ++digits;
      if (coefficient < kPowerOfTen[36]) {
        coefficient = coefficient * 10 + static_cast<unsigned>(c - '0');
        exponent -= point ? 1 : 0;
      } else {
        sticky = sticky || c != '0';
        exponent += point ? 0 : 1;
      }
    } else {
      break;
    }
  }
  if (digits == 0) return malformed();
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool down = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) down = text[at++] == '-';
    if (at == text.size()) return malformed();
    int64_t power = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      power = std::min<int64_t>(power * 10 + (text[at] - '0'), 1'000'000'000'000);
    }
    exponent += down ? -power : power;
  }
  if (at != text.size()) return malformed();
  const std::optional<Decimal> value = DecimalParts::Finish(negative, coefficient, exponent, sticky);
  if (!value) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text.substr(0, 60)), "' is outside the range of decimal128"));
  }
  if (exact != nullptr) {
    const int64_t dropped = value->exponent_ - exponent;
    *exact = coefficient == 0 ||
             (!sticky && (dropped <= 0 ||
                          (dropped < kPowers && value->coefficient_ * kPowerOfTen[dropped] == coefficient)));
  }
  return *value;
}

Decimal Decimal::Normalized() const {
  if (coefficient_ == 0) return Decimal();
  Decimal out = *this;
  while (out.coefficient_ % 10 == 0 && out.exponent_ < kMaxExponent) {
    out.coefficient_ /= 10;
    ++out.exponent_;
  }
  return out;
}

std::string Decimal::ToString() const {
  const Decimal value = Normalized();
  if (value.coefficient_ == 0) return "0";
  char digits[40];
  int count = 0;
  for (Uint128 rest = value.coefficient_; rest != 0; rest /= 10) {
    digits[count++] = static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  std::reverse(digits, digits + count);
  std::string out(value.negative_ ? "-" : "");
  const int point = count + value.exponent_;  // digits in front of the point
  constexpr int kPlain = 40;
  if (value.exponent_ >= 0 && point <= kPlain) {
    out.append(digits, count).append(static_cast<size_t>(value.exponent_), '0');
  } else if (value.exponent_ < 0 && point > 0) {
    out.append(digits, point).append(".").append(digits + point, count - point);
  } else if (value.exponent_ < 0 && count - point <= kPlain) {
    out.append("0.").append(static_cast<size_t>(-point), '0').append(digits, count);
  } else {
    out.append(digits, 1);
    if (count > 1) out.append(".").append(digits + 1, count - 1);
    absl::StrAppend(&out, point > 0 ? "E+" : "E", point - 1);
  }
  return out;
}

bool Decimal::IsInteger() const {
  if (exponent_ >= 0 || coefficient_ == 0) return true;
  return -exponent_ < kPowers && coefficient_ % kPowerOfTen[-exponent_] == 0;
}

std::optional<int64_t> Decimal::ToInt64() const {
  if (coefficient_ == 0) return 0;
  if (!IsInteger()) return std::nullopt;
  Uint128 magnitude = coefficient_;
  if (exponent_ < 0) magnitude /= kPowerOfTen[-exponent_];
  if (exponent_ > 0) {
    if (exponent_ > 18 || DigitCount(magnitude) + exponent_ > 19) return std::nullopt;
    magnitude *= kPowerOfTen[exponent_];
  }
  const Uint128 limit = static_cast<Uint128>(INT64_MAX) + (negative_ ? 1 : 0);
  if (magnitude > limit) return std::nullopt;
  const uint64_t bits = static_cast<uint64_t>(magnitude);
  return static_cast<int64_t>(negative_ ? 0 - bits : bits);
}

double Decimal::ToDouble() const {
  const double value = static_cast<double>(coefficient_) * std::pow(10.0, exponent_);
  return negative_ ? -value : value;
}

Decimal Decimal::operator-() const {
  return Decimal(!negative_ && coefficient_ != 0, coefficient_, exponent_);
}
Decimal Decimal::Abs() const { return Decimal(false, coefficient_, exponent_); }

std::optional<Decimal> Add(const Decimal& a, const Decimal& b) {
  const Decimal& high = a.exponent_ >= b.exponent_ ? a : b;
  const Decimal& low = a.exponent_ >= b.exponent_ ? b : a;
  Uint128 x = high.coefficient_, y = low.coefficient_;
  int64_t exponent = low.exponent_;
  bool sticky = false;
  if (high.exponent_ != low.exponent_ && x != 0) {
    // x is scaled to at most 37 digits; what is left of the distance is taken from y. If y loses digits it
    // has fewer than 35 in front of them, x has 37: nothing cancels, and the lost part only decides how a tie
    // is rounded.
    const int64_t distance = static_cast<int64_t>(high.exponent_) - low.exponent_;
    const int64_t scale = std::min<int64_t>(distance, 37 - DigitCount(x));
    x *= kPowerOfTen[scale];
    exponent = high.exponent_ - scale;
    if (const int64_t drop = distance - scale; drop > 0) {
      const Uint128 kept = drop < kPowers ? y / kPowerOfTen[drop] : 0;
      sticky = drop < kPowers ? kept * kPowerOfTen[drop] != y : y != 0;
      y = kept;
    }
  }
  if (sticky) {  // one more digit, so that "a little more than y" has a place
    x *= 10;
    y = y * 10 + 1;
    --exponent;
  }
  if (high.negative_ == low.negative_) return DecimalParts::Finish(high.negative_, x + y, exponent, false);
  if (x == y) return DecimalParts::Exact(false, 0, exponent);
  return x > y ? DecimalParts::Finish(high.negative_, x - y, exponent, false)
               : DecimalParts::Finish(low.negative_, y - x, exponent, false);
}

std::optional<Decimal> Subtract(const Decimal& a, const Decimal& b) { return Add(a, -b); }

std::optional<Decimal> Multiply(const Decimal& a, const Decimal& b) {
  const bool negative = a.negative_ != b.negative_;
  const int64_t exponent = static_cast<int64_t>(a.exponent_) + b.exponent_;
  if ((a.coefficient_ >> 63) == 0 && (b.coefficient_ >> 63) == 0) {
    return DecimalParts::Finish(negative, a.coefficient_ * b.coefficient_, exponent, false);
  }
  return DecimalParts::Finish(negative, Uint256::Product(a.coefficient_, b.coefficient_), exponent);
}

std::optional<Decimal> Divide(const Decimal& a, const Decimal& b) {
  if (b.coefficient_ == 0) return std::nullopt;
  const bool negative = a.negative_ != b.negative_;
  int64_t exponent = static_cast<int64_t>(a.exponent_) - b.exponent_;
  if (a.coefficient_ == 0)
    return DecimalParts::Finish(negative, 0, std::clamp<int64_t>(exponent, -6176, 6111), false);
  Uint128 quotient = a.coefficient_ / b.coefficient_;
  Uint128 remainder = a.coefficient_ % b.coefficient_;
  const int64_t ideal = exponent;
  while (remainder != 0 && quotient < kPowerOfTen[35]) {  // b < 10^34: 10,000 remainders still fit
    const int step = quotient < kPowerOfTen[31] ? 4 : 1;
    remainder *= kPowerOfTen[step];
    quotient = quotient * kPowerOfTen[step] + remainder / b.coefficient_;
    remainder %= b.coefficient_;
    exponent -= step;
  }
  if (remainder == 0) {
    while (exponent < ideal && quotient % 10 == 0) {
      quotient /= 10;
      ++exponent;
    }
  }
  return DecimalParts::Finish(negative, quotient, exponent, remainder != 0);
}

std::optional<Decimal> Round(const Decimal& a, int64_t scale, Rounding how) {
  if (scale < -Decimal::kMaxExponent || scale > -Decimal::kMinExponent) return std::nullopt;
  const int64_t drop = -scale - a.exponent();
  if (drop <= 0) return a;  // trailing zeros have no meaning, so none are added
  return DecimalParts::Finish(a.negative(), DropDigits(a.coefficient(), drop, how, a.negative(), false),
                              -scale, false);
}

int Compare(const Decimal& a, const Decimal& b) {
  if (a.coefficient_ == 0 || b.coefficient_ == 0) {
    const int left = a.coefficient_ == 0 ? 0 : (a.negative_ ? -1 : 1);
    const int right = b.coefficient_ == 0 ? 0 : (b.negative_ ? -1 : 1);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
  const int sign = a.negative_ ? -1 : 1;
  if (a.exponent_ == b.exponent_) {
    return a.coefficient_ == b.coefficient_ ? 0 : (a.coefficient_ < b.coefficient_ ? -sign : sign);
  }
  const int64_t a_top = DigitCount(a.coefficient_) + a.exponent_;
  const int64_t b_top = DigitCount(b.coefficient_) + b.exponent_;
  if (a_top != b_top) return a_top < b_top ? -sign : sign;
  Uint128 x = a.coefficient_, y = b.coefficient_;  // equally many digits in front: distances are below 34
  if (a.exponent_ > b.exponent_) x *= kPowerOfTen[a.exponent_ - b.exponent_];
  if (b.exponent_ > a.exponent_) y *= kPowerOfTen[b.exponent_ - a.exponent_];
  return x == y ? 0 : (x < y ? -sign : sign);
}

}  // namespace ameide::feel
