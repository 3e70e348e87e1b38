#pragma once

#include <cstddef>
#include <vector>

namespace ameide::runtime {

/// A mean over independent runs with the half width of its 95 % confidence interval (Student's t); a single
/// run has none.
struct Estimate {
  double mean = 0.0;
  double half_width = 0.0;
};
/// Of one value a run.
Estimate EstimateOf(const std::vector<double>& runs);

/// The 0.975 quantile of Student's t distribution with `degrees` of freedom, from 1.
double StudentT(size_t degrees);

/// Observations within one run.
class Sample {
 public:
  void Add(double value) { values_.push_back(value); }
  void Add(const Sample& other) { values_.insert(values_.end(), other.values_.begin(), other.values_.end()); }
  size_t size() const { return values_.size(); }
  double sum() const;
  double mean() const;  ///< 0 without observations
  double max() const;
  /// The value that a share of `p` (0 to 1) does not exceed, by nearest rank; 0 without observations.
  double Quantile(double p) const;

 private:
  std::vector<double> values_;
};

}  // namespace ameide::runtime
