// What is built from decimal.cc's operations, or needs more than 34 digits on the way.
#include <algorithm>

#include "notation/feel/decimal.h"

namespace ameide::feel {
namespace {

/// An unsigned decimal of up to 38 digits: the working precision of Power.
struct Wide {
  Uint128 coefficient = 1;
  int64_t exponent = 0;
};

constexpr Uint128 Pow10(int n) {
  Uint128 power = 1;
  while (n-- > 0) power *= 10;
  return power;
}
constexpr Uint128 kWideLimit = Pow10(38);

/// a * b, rounded half-up to 38 digits; schoolbook multiplication in base 10^19.
Wide Multiply(const Wide& a, const Wide& b) {
  constexpr Uint128 kBase = Pow10(19);
  const Uint128 a1 = a.coefficient / kBase, a0 = a.coefficient % kBase;
  const Uint128 b1 = b.coefficient / kBase, b0 = b.coefficient % kBase;
  const Uint128 low = a0 * b0;
  const Uint128 middle = a1 * b0 + a0 * b1 + low / kBase;  // < 3 * 10^38
  Uint128 high = a1 * b1 + middle / kBase;
  Uint128 rest = (middle % kBase) * kBase + low % kBase;  // 38 digits below `high`
  int64_t exponent = a.exponent + b.exponent;
  if (high == 0) return {rest, exponent};
  exponent += 38;
  while (high < kWideLimit / 10 && rest != 0) {
    const Uint128 digit = rest / Pow10(37);
    high = high * 10 + digit;
    rest = (rest - digit * Pow10(37)) * 10;
    --exponent;
  }
  if (rest >= kWideLimit / 2) ++high;
  if (high == kWideLimit) {
    high /= 10;
    ++exponent;
  }
  return {high, exponent};
}

/// 1 / value, 36 digits and what follows them, rounded to 34.
std::optional<Decimal> Reciprocal(bool negative, Wide value) {
  while (value.coefficient >= kWideLimit / 10) {  // 37 digits, so that ten times a remainder fits
    value.coefficient = (value.coefficient + 5) / 10;
    ++value.exponent;
  }
  Uint128 quotient = 1 / value.coefficient, remainder = 1 % value.coefficient;
  int64_t exponent = -value.exponent;
  while (remainder != 0 && quotient < Pow10(35)) {
    remainder *= 10;
    quotient = quotient * 10 + remainder / value.coefficient;
    remainder %= value.coefficient;
    --exponent;
  }
  if (remainder != 0) {  // a last digit that stands for all that follows
    quotient = quotient * 10 + 1;
    --exponent;
  }
  return Decimal::Make(negative, quotient, exponent);
}

}  // namespace

std::optional<Decimal> Modulo(const Decimal& a, const Decimal& b) {
  if (b.zero()) return std::nullopt;
  if (a.zero()) return Decimal();
  // |a| mod |b| exactly: both as integers of the smaller exponent; a's scaling is done digit by digit in the
  // remainder.
  const int64_t exponent = std::min(a.exponent(), b.exponent());
  const int64_t b_scale = b.exponent() - exponent;
  Uint128 remainder;
  if (b_scale > 0) {
    // b is scaled up. When it has more digits than Uint128 holds it is larger than any a of the lower
    // exponent.
    if (b_scale > 38 ||
        (b.coefficient() != 0 && b.coefficient() > ~Uint128{0} / Pow10(static_cast<int>(b_scale)))) {
      remainder = a.coefficient();
    } else {
      remainder = a.coefficient() % (b.coefficient() * Pow10(static_cast<int>(b_scale)));
    }
  } else {
    remainder = a.coefficient() % b.coefficient();
    for (int64_t i = a.exponent() - exponent; i > 0 && remainder != 0; --i)
      remainder = remainder * 10 % b.coefficient();
  }
  const std::optional<Decimal> signed_remainder = Decimal::Make(a.negative(), remainder, exponent);
  if (!signed_remainder || remainder == 0 || a.negative() == b.negative()) return signed_remainder;
  return Add(*signed_remainder, b);
}

std::optional<Decimal> Power(const Decimal& a, const Decimal& b) {
  const std::optional<int64_t> exponent = b.ToInt64();
  if (!exponent || *exponent > 999'999'999 || *exponent < -999'999'999) return std::nullopt;
  if (*exponent == 0) return Decimal(1);
  if (a.zero()) return *exponent > 0 ? std::optional<Decimal>(Decimal()) : std::nullopt;
  const Decimal base = a.Normalized();
  Wide result, square{base.coefficient(), base.exponent()};
  uint64_t n = static_cast<uint64_t>(*exponent < 0 ? -*exponent : *exponent);
  const bool negative = a.negative() && (n & 1) != 0;
  constexpr int64_t kFar =
      10'000'000'000;  // beyond every representable number, and far from overflowing int64_t
  for (;;) {
    if ((n & 1) != 0) result = Multiply(result, square);
    n >>= 1;
    if (n == 0) break;
    square = Multiply(square, square);
    if (square.exponent > kFar || square.exponent < -kFar)
      return square.exponent > 0 && *exponent > 0 ? std::nullopt : std::optional<Decimal>(Decimal());
  }
  if (*exponent > 0) return Decimal::Make(negative, result.coefficient, result.exponent);
  return Reciprocal(negative, result);
}

std::optional<Decimal> SquareRoot(const Decimal& a) {
  if (a.negative()) return std::nullopt;
  if (a.zero()) return Decimal();
  // Digit-by-digit root of coefficient * 10^(2k), remainder kept exactly: 36 digits, then a sticky one.
  const Decimal value = a.Normalized();
  Uint128 coefficient = value.coefficient();
  int64_t exponent = value.exponent();
  if (exponent % 2 != 0) {
    coefficient *= 10;
    --exponent;
  }
  unsigned pairs[40];
  int count = 0;
  for (Uint128 rest = coefficient; rest != 0; rest /= 100) pairs[count++] = static_cast<unsigned>(rest % 100);
  std::reverse(pairs, pairs + count);
  Uint128 root = 0, remainder = 0;
  int64_t result_exponent = exponent / 2;
  for (int i = 0; i < count || (remainder != 0 && root < Pow10(35)); ++i) {
    remainder = remainder * 100 + (i < count ? pairs[i] : 0);
    unsigned digit = 0;
    while (digit < 9 && (root * 20 + digit + 1) * (digit + 1) <= remainder) ++digit;
    remainder -= (root * 20 + digit) * digit;
    root = root * 10 + digit;
    if (i >= count) --result_exponent;
  }
  if (remainder != 0) {  // something nonzero follows: one more digit makes ties impossible
    root = root * 10 + 1;
    --result_exponent;
  }
  return Decimal::Make(false, root, result_exponent);
}

}  // namespace ameide::feel
