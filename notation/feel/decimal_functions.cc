// What is built from decimal.cc's operations, or needs more than 34 digits on the way.
#include <algorithm>

#include "notation/feel/decimal.h"

namespace ameide::feel {
namespace {

constexpr Uint128 Pow10(int n) {
  Uint128 power = 1;
  while (n-- > 0) power *= 10;
  return power;
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
