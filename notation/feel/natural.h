#pragma once

#include <compare>
#include <cstdint>
#include <utility>
#include <vector>

#include "notation/feel/decimal.h"

namespace ameide::feel {

/// A natural number of any size, in limbs of nine decimal digits: what exact results and more than 34 digits
/// are computed with. Schoolbook arithmetic: meant for some hundred digits.
class Natural {
 public:
  Natural() = default;
  Natural(Uint128 value);  // NOLINT: a number is a number
  static Natural PowerOfTen(int64_t exponent);

  bool zero() const { return limbs_.empty(); }
  bool odd() const { return !limbs_.empty() && (limbs_[0] & 1) != 0; }
  /// Decimal digits; 0 for 0.
  int64_t digits() const;
  /// Only when digits() ≤ 38.
  Uint128 ToUint128() const;

  friend std::strong_ordering operator<=>(const Natural& a, const Natural& b);
  friend bool operator==(const Natural& a, const Natural& b) = default;
  friend Natural operator+(const Natural& a, const Natural& b);
  /// a must not be smaller.
  friend Natural operator-(const Natural& a, const Natural& b);
  friend Natural operator*(const Natural& a, const Natural& b);
  /// Quotient and remainder; b must not be 0.
  static std::pair<Natural, Natural> Divide(const Natural& a, const Natural& b);
  friend Natural operator/(const Natural& a, const Natural& b) { return Divide(a, b).first; }
  Natural DividedBy(uint32_t divisor) const;
  /// Times ten to a power, cut off when it is negative.
  Natural Shifted(int64_t exponent) const;

 private:
  void Trim();
  std::vector<uint32_t> limbs_;  // least significant first, none of the last zero
};

/// The largest natural number whose square is not larger.
Natural SquareRootOf(const Natural& value);

}  // namespace ameide::feel
