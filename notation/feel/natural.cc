#include "notation/feel/natural.h"

#include <algorithm>

namespace ameide::feel {
namespace {

constexpr uint32_t kBase = 1'000'000'000;
constexpr int kLimbDigits = 9;

}  // namespace

Natural::Natural(Uint128 value) {
  for (; value != 0; value /= kBase) limbs_.push_back(static_cast<uint32_t>(value % kBase));
}

void Natural::Trim() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
}

Natural Natural::PowerOfTen(int64_t exponent) {
  Natural out;
  out.limbs_.assign(static_cast<size_t>(exponent / kLimbDigits), 0);
  uint32_t top = 1;
  for (int64_t i = exponent % kLimbDigits; i > 0; --i) top *= 10;
  out.limbs_.push_back(top);
  return out;
}

int64_t Natural::digits() const {
  if (limbs_.empty()) return 0;
  int64_t count = static_cast<int64_t>(limbs_.size() - 1) * kLimbDigits;
  for (uint32_t top = limbs_.back(); top != 0; top /= 10) ++count;
  return count;
}

Uint128 Natural::ToUint128() const {
  Uint128 value = 0;
  for (size_t i = limbs_.size(); i-- > 0;) value = value * kBase + limbs_[i];
  return value;
}

std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
  if (a.limbs_.size() != b.limbs_.size()) return a.limbs_.size() <=> b.limbs_.size();
  for (size_t i = a.limbs_.size(); i-- > 0;) {
    if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
  }
  return std::strong_ordering::equal;
}

Natural operator+(const Natural& a, const Natural& b) {
  Natural out;
  uint32_t carry = 0;
  for (size_t i = 0; i < std::max(a.limbs_.size(), b.limbs_.size()) || carry != 0; ++i) {
    const uint32_t sum =
        carry + (i < a.limbs_.size() ? a.limbs_[i] : 0) + (i < b.limbs_.size() ? b.limbs_[i] : 0);
    out.limbs_.push_back(sum % kBase);
    carry = sum / kBase;
  }
  return out;
}

Natural operator-(const Natural& a, const Natural& b) {
  Natural out = a;
  uint32_t borrow = 0;
  for (size_t i = 0; i < out.limbs_.size(); ++i) {
    const uint32_t take = borrow + (i < b.limbs_.size() ? b.limbs_[i] : 0);
    borrow = out.limbs_[i] < take ? 1 : 0;
    out.limbs_[i] += borrow * kBase - take;
  }
  out.Trim();
  return out;
}

Natural operator*(const Natural& a, const Natural& b) {
  Natural out;
  if (a.zero() || b.zero()) return out;
  out.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (size_t i = 0; i < a.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.limbs_.size() || carry != 0; ++j) {
      const uint64_t sum = out.limbs_[i + j] + carry +
                           (j < b.limbs_.size() ? static_cast<uint64_t>(a.limbs_[i]) * b.limbs_[j] : 0);
      out.limbs_[i + j] = static_cast<uint32_t>(sum % kBase);
      carry = sum / kBase;
    }
  }
  out.Trim();
  return out;
}

Natural Natural::DividedBy(uint32_t divisor) const {
  Natural out = *this;
  uint64_t rest = 0;
  for (size_t i = out.limbs_.size(); i-- > 0;) {
    rest = rest * kBase + out.limbs_[i];
    out.limbs_[i] = static_cast<uint32_t>(rest / divisor);
    rest %= divisor;
  }
  out.Trim();
  return out;
}

/// Knuth's algorithm D in base 10^9.
std::pair<Natural, Natural> Natural::Divide(const Natural& a, const Natural& b) {
  if (a < b) return {Natural(), a};
  if (b.limbs_.size() == 1) {
    Natural quotient = a.DividedBy(b.limbs_[0]);
    Natural rest = a - quotient * b;
    return {std::move(quotient), std::move(rest)};
  }
  const uint32_t scale = kBase / (b.limbs_.back() + 1);
  Natural u = a * Natural(scale);
  const Natural v = b * Natural(scale);
  const size_t n = v.limbs_.size();
  u.limbs_.resize(std::max(u.limbs_.size(), a.limbs_.size()) + 1, 0);
  const size_t m = u.limbs_.size() - n;
  Natural quotient;
  quotient.limbs_.assign(m, 0);
  for (size_t j = m; j-- > 0;) {
    const uint64_t top = static_cast<uint64_t>(u.limbs_[j + n]) * kBase + u.limbs_[j + n - 1];
    uint64_t guess = top / v.limbs_[n - 1], rest = top % v.limbs_[n - 1];
    while (guess >= kBase || guess * v.limbs_[n - 2] > rest * kBase + u.limbs_[j + n - 2]) {
      --guess;
      rest += v.limbs_[n - 1];
      if (rest >= kBase) break;
    }
    uint64_t carry = 0;
    uint32_t borrow = 0;
    for (size_t i = 0; i <= n; ++i) {
      const uint64_t product = carry + (i < n ? guess * v.limbs_[i] : 0);
      carry = product / kBase;
      const uint32_t take = static_cast<uint32_t>(product % kBase) + borrow;
      borrow = u.limbs_[i + j] < take ? 1 : 0;
      u.limbs_[i + j] += borrow * kBase - take;
    }
    if (borrow != 0) {  // one too many
      --guess;
      uint32_t add = 0;
      for (size_t i = 0; i <= n; ++i) {
        const uint32_t sum = u.limbs_[i + j] + (i < n ? v.limbs_[i] : 0) + add;
        u.limbs_[i + j] = sum % kBase;
        add = sum / kBase;
      }
    }
    quotient.limbs_[j] = static_cast<uint32_t>(guess);
  }
  quotient.Trim();
  u.Trim();
  return {std::move(quotient), u.DividedBy(scale)};
}

Natural Natural::Shifted(int64_t exponent) const {
  if (exponent >= 0) return *this * PowerOfTen(exponent);
  if (-exponent > digits()) return {};
  return *this / PowerOfTen(-exponent);
}

Natural SquareRootOf(const Natural& value) {
  if (value.zero()) return {};
  Natural root = Natural::PowerOfTen((value.digits() + 1) / 2);  // not smaller than the root
  for (;;) {
    Natural next = (root + value / root).DividedBy(2);
    if (next >= root) return root;
    root = std::move(next);
  }
}

}  // namespace ameide::feel
