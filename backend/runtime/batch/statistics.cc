#include "backend/runtime/batch/statistics.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace ameide::runtime {

double StudentT(size_t degrees) {
  static constexpr double kTable[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                      2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                      2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees == 0) return 0.0;
  if (degrees <= std::size(kTable)) return kTable[degrees - 1];
  // Cornish and Fisher's expansion about the normal quantile.
  constexpr double z = 1.959964;
  const double n = static_cast<double>(degrees);
  return z + (std::pow(z, 3.0) + z) / (4.0 * n) +
         (5.0 * std::pow(z, 5.0) + 16.0 * std::pow(z, 3.0) + 3.0 * z) / (96.0 * n * n);
}

Estimate EstimateOf(const std::vector<double>& runs) {
  Estimate estimate;
  if (runs.empty()) return estimate;
  const double count = static_cast<double>(runs.size());
  estimate.mean = std::accumulate(runs.begin(), runs.end(), 0.0) / count;
  if (runs.size() < 2) return estimate;
  double squares = 0.0;
  for (const double value : runs) squares += (value - estimate.mean) * (value - estimate.mean);
  estimate.half_width = StudentT(runs.size() - 1) * std::sqrt(squares / (count - 1.0) / count);
  return estimate;
}

double Sample::sum() const { return std::accumulate(values_.begin(), values_.end(), 0.0); }

double Sample::mean() const { return values_.empty() ? 0.0 : sum() / static_cast<double>(values_.size()); }

double Sample::max() const {
  return values_.empty() ? 0.0 : *std::max_element(values_.begin(), values_.end());
}

double Sample::Quantile(double p) const {
  if (values_.empty()) return 0.0;
  std::vector<double> sorted = values_;
  const auto rank = static_cast<size_t>(std::ceil(p * static_cast<double>(sorted.size())));
  const auto at = sorted.begin() + static_cast<ptrdiff_t>(std::clamp<size_t>(rank, 1, sorted.size()) - 1);
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

}  // namespace ameide::runtime
