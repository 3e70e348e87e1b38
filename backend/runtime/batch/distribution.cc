#include "backend/runtime/batch/distribution.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ameide::runtime {
namespace {

constexpr double kLongest = 100.0 * 365.25 * 86'400.0;
/// A normal distribution almost all below zero must not be drawn for ever.
constexpr int kMostDraws = 1'000;

/// Box and Muller's transform.
double Normal(Random& random) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform(random)));
  return radius * std::cos(2.0 * std::numbers::pi * Uniform(random));
}

/// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); scale 1.
double Gamma(double shape, Random& random) {
  if (shape < 1.0) {
    const double boost = std::pow(1.0 - Uniform(random), 1.0 / shape);
    return Gamma(shape + 1.0, random) * boost;
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = Normal(random);
    const double v = std::pow(1.0 + c * x, 3.0);
    if (v <= 0.0) continue;
    const double u = 1.0 - Uniform(random);
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

size_t ParametersOf(Distribution::Kind kind) {
  switch (kind) {
    case Distribution::Kind::kConstant:
    case Distribution::Kind::kExponential:
      return 1;
    case Distribution::Kind::kTriangular:
      return 3;
    case Distribution::Kind::kUniform:
    case Distribution::Kind::kNormal:
    case Distribution::Kind::kLogNormal:
    case Distribution::Kind::kGamma:
    case Distribution::Kind::kWeibull:
      return 2;
    case Distribution::Kind::kChoice:
      return 0;
  }
  return 0;
}

}  // namespace

double Uniform(Random& random) { return static_cast<double>(random.Below(uint64_t{1} << 53)) * 0x1.0p-53; }

Distribution Distribution::Constant(Span value) {
  return Distribution(Kind::kConstant, {std::chrono::duration<double>(value).count()});
}

absl::StatusOr<Distribution> Distribution::Make(Kind kind, std::vector<double> parameters) {
  if (parameters.size() != ParametersOf(kind)) {
    return absl::InvalidArgumentError(
        absl::StrCat("it needs ", ParametersOf(kind), " values and has ", parameters.size()));
  }
  for (const double value : parameters) {
    if (!(value >= 0.0) || value > kLongest)
      return absl::InvalidArgumentError("its values must lie between zero and a hundred years");
  }
  const bool ordered = kind == Kind::kUniform || kind == Kind::kTriangular;
  if (ordered && !std::is_sorted(parameters.begin(), parameters.end()))
    return absl::InvalidArgumentError("its values must be in order, the least first");
  const bool positive = kind == Kind::kLogNormal || kind == Kind::kExponential || kind == Kind::kGamma ||
                        kind == Kind::kWeibull;
  if (positive && parameters[0] <= 0.0) return absl::InvalidArgumentError("its mean must be more than zero");
  if (kind == Kind::kWeibull && parameters[1] <= 0.0)
    return absl::InvalidArgumentError("its shape must be more than zero");
  return Distribution(kind, std::move(parameters));
}

absl::StatusOr<Distribution> Distribution::Choice(std::vector<Span> values, std::vector<double> weights) {
  const bool sound = std::all_of(weights.begin(), weights.end(), [](double weight) { return weight >= 0.0; });
  if (values.empty() || values.size() != weights.size() || !sound ||
      !(std::accumulate(weights.begin(), weights.end(), 0.0) > 0.0))
    return absl::InvalidArgumentError("it needs values with weights, at least one of them more than zero");
  Distribution choice(Kind::kChoice, {});
  for (const Span value : values) choice.parameters_.push_back(std::chrono::duration<double>(value).count());
  choice.weights_ = std::move(weights);
  return choice;
}

double Distribution::DrawSeconds(Random& random) const {
  const std::vector<double>& p = parameters_;
  switch (kind_) {
    case Kind::kConstant:
      return p[0];
    case Kind::kUniform:
      return p[0] + (p[1] - p[0]) * Uniform(random);
    case Kind::kTriangular: {
      const double width = p[2] - p[0];
      const double u = Uniform(random);
      if (width <= 0.0) return p[0];
      const double left = (p[1] - p[0]) / width;
      return u < left ? p[0] + std::sqrt(u * width * (p[1] - p[0]))
                      : p[2] - std::sqrt((1.0 - u) * width * (p[2] - p[1]));
    }
    case Kind::kNormal: {
      for (int i = 0; i < kMostDraws; ++i) {
        const double value = p[0] + p[1] * Normal(random);
        if (value >= 0.0) return value;
      }
      return 0.0;
    }
    case Kind::kLogNormal: {
      const double variance = std::log1p((p[1] * p[1]) / (p[0] * p[0]));
      return std::exp(std::log(p[0]) - variance / 2.0 + std::sqrt(variance) * Normal(random));
    }
    case Kind::kExponential:
      return -p[0] * std::log(1.0 - Uniform(random));
    case Kind::kGamma: {
      if (p[1] <= 0.0) return p[0];
      const double shape = (p[0] * p[0]) / (p[1] * p[1]);
      return Gamma(shape, random) * p[0] / shape;
    }
    case Kind::kWeibull:
      return p[0] * std::pow(-std::log(1.0 - Uniform(random)), 1.0 / p[1]);
    case Kind::kChoice: {
      const double total = std::accumulate(weights_.begin(), weights_.end(), 0.0);
      double left = Uniform(random) * total;
      for (size_t i = 0; i + 1 < p.size(); ++i) {
        if (left < weights_[i]) return p[i];
        left -= weights_[i];
      }
      return p.back();
    }
  }
  return 0.0;
}

Span Distribution::Draw(Random& random) const {
  const double seconds = std::clamp(DrawSeconds(random), 0.0, kLongest);
  return Span(static_cast<Span::rep>(std::llround(seconds * 1e6)));
}

double Distribution::mean() const {
  const std::vector<double>& p = parameters_;
  switch (kind_) {
    case Kind::kUniform:
      return (p[0] + p[1]) / 2.0;
    case Kind::kTriangular:
      return (p[0] + p[1] + p[2]) / 3.0;
    case Kind::kWeibull:
      return p[0] * std::tgamma(1.0 + 1.0 / p[1]);
    case Kind::kChoice:
      return std::inner_product(p.begin(), p.end(), weights_.begin(), 0.0) /
             std::accumulate(weights_.begin(), weights_.end(), 0.0);
    default:
      return p[0];
  }
}

}  // namespace ameide::runtime
