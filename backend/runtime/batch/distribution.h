#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"

namespace ameide::runtime {

/// Lengths of time, as simulations count them.
using Span = std::chrono::microseconds;

/// Uniform in [0, 1), 53 bits.
double Uniform(Random& random);

/// How long something takes: a distribution over non-negative spans of time. What a normal distribution gives
/// below zero is drawn again. Immutable.
class Distribution {
 public:
  enum class Kind : uint8_t {
    kConstant,     ///< {value}
    kUniform,      ///< {least, most}
    kTriangular,   ///< {least, mode, most}
    kNormal,       ///< {mean, standard deviation}, both before zero is cut off
    kLogNormal,    ///< {mean, standard deviation} of the span itself
    kExponential,  ///< {mean}
    kGamma,        ///< {mean, standard deviation}
    kWeibull,      ///< {scale, shape}: the shape is a number
    kChoice,       ///< values with weights
  };

  static Distribution Constant(Span value);
  /// `parameters` in seconds (the shape of Weibull: a number), as the kinds say. INVALID_ARGUMENT for
  /// negative ones, ends in the wrong order, a mean or shape that must be positive and is not.
  static absl::StatusOr<Distribution> Make(Kind kind, std::vector<double> parameters);
  /// INVALID_ARGUMENT for no values, negative weights, or weights that are all zero.
  static absl::StatusOr<Distribution> Choice(std::vector<Span> values, std::vector<double> weights);

  /// The next span; the same generator in the same state gives the same one. At most a hundred years.
  Span Draw(Random& random) const;
  /// The mean, in seconds; that of a normal distribution without the cut at zero.
  double mean() const;

 private:
  Distribution(Kind kind, std::vector<double> parameters) : kind_(kind), parameters_(std::move(parameters)) {}
  double DrawSeconds(Random& random) const;

  Kind kind_;
  std::vector<double> parameters_;
  std::vector<double> weights_;  ///< of kChoice
};

}  // namespace ameide::runtime
