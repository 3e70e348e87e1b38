#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ameide::feel {

__extension__ typedef unsigned __int128 Uint128;

/// FEEL's number: IEEE 754-2008 decimal128 without infinities and NaN. 34 significant digits, exponents as in
/// the standard (10^-6176 … 10^6111 for the last digit), every operation rounded half-even once. An operation
/// whose result does not exist (division by zero, overflow) gives nullopt, which FEEL shows as null.
///
/// A plain value; comparing is by numeric value (1.0 == 1.00). Thread-safe as int is.
class Decimal {
 public:
  static constexpr int kDigits = 34;
  static constexpr int kMinExponent = -6176;
  static constexpr int kMaxExponent = 6111;

  constexpr Decimal() = default;
  constexpr Decimal(int64_t value)  // NOLINT: an integer is a number
      : coefficient_(value < 0 ? 0 - static_cast<Uint128>(value) : static_cast<Uint128>(value)),
        negative_(value < 0) {}

  /// coefficient * 10^exponent, rounded to 34 digits; nullopt when too large.
  static std::optional<Decimal> Make(bool negative, Uint128 coefficient, int64_t exponent);
  /// `[-+]digits[.digits][(e|E)[-+]digits]`, also `.5` and `5.`; INVALID_ARGUMENT for anything else or out of
  /// range. `exact`: whether no digit was lost.
  static absl::StatusOr<Decimal> Parse(std::string_view text, bool* exact = nullptr);

  /// The shortest plain text: no trailing zeros, no exponent while at most 40 characters are needed, else
  /// `1.5E+100`.
  std::string ToString() const;

  bool negative() const { return negative_ && coefficient_ != 0; }
  bool zero() const { return coefficient_ == 0; }
  Uint128 coefficient() const { return coefficient_; }
  int32_t exponent() const { return exponent_; }
  bool IsInteger() const;
  /// The value when it is an integer that int64_t holds.
  std::optional<int64_t> ToInt64() const;
  double ToDouble() const;
  /// Without trailing zeros in the coefficient (0 has exponent 0): equal numbers become equal pairs.
  Decimal Normalized() const;

  Decimal operator-() const;
  Decimal Abs() const;

  friend std::optional<Decimal> Add(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> Subtract(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> Multiply(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> Divide(const Decimal& a, const Decimal& b);
  friend int Compare(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return Compare(a, b) == 0; }
  friend bool operator<(const Decimal& a, const Decimal& b) { return Compare(a, b) < 0; }

 private:
  constexpr Decimal(bool negative, Uint128 coefficient, int32_t exponent)
      : coefficient_(coefficient), exponent_(exponent), negative_(negative) {}
  friend struct DecimalParts;

  Uint128 coefficient_ = 0;
  int32_t exponent_ = 0;
  bool negative_ = false;
};

/// How a digit that does not fit is dropped.
enum class Rounding : uint8_t { kHalfEven, kHalfUp, kHalfDown, kUp, kDown, kFloor, kCeiling };

/// a + b, correctly rounded; nullopt when too large. So are the next two.
std::optional<Decimal> Add(const Decimal& a, const Decimal& b);
/// a - b.
std::optional<Decimal> Subtract(const Decimal& a, const Decimal& b);
/// a * b.
std::optional<Decimal> Multiply(const Decimal& a, const Decimal& b);
/// a / b; nullopt also when b is 0.
std::optional<Decimal> Divide(const Decimal& a, const Decimal& b);
/// -1, 0 or 1.
int Compare(const Decimal& a, const Decimal& b);
/// a - b * floor(a / b): the sign follows b, as FEEL's modulo() says. nullopt when b is 0.
std::optional<Decimal> Modulo(const Decimal& a, const Decimal& b);
/// a ** b, correctly rounded; nullopt for 0 ** negative, for a negative a when b is no integer, and overflow.
std::optional<Decimal> Power(const Decimal& a, const Decimal& b);
/// e ** a, correctly rounded; nullopt on overflow.
std::optional<Decimal> Exponential(const Decimal& a);
/// The natural logarithm, correctly rounded; nullopt for 0 and negative numbers.
std::optional<Decimal> Logarithm(const Decimal& a);
/// The sum, rounded once; nullopt when it is too large.
std::optional<Decimal> Sum(std::span<const Decimal> numbers);
/// The mean, rounded once; nullopt for none.
std::optional<Decimal> Mean(std::span<const Decimal> numbers);
/// The standard deviation of a sample, rounded once; nullopt for fewer than two.
std::optional<Decimal> StandardDeviation(std::span<const Decimal> numbers);
/// Correctly rounded; nullopt for negative numbers.
std::optional<Decimal> SquareRoot(const Decimal& a);
/// To `scale` digits behind the point (negative: before it); nullopt when scale is outside [-6111, 6176] or
/// the result needs more than 34 digits.
std::optional<Decimal> Round(const Decimal& a, int64_t scale, Rounding how);

}  // namespace ameide::feel
