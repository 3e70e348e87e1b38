#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ameide::runtime {

/// A service task's work, one attempt.
struct Job {
  std::string tenant;
  std::string instance;
  std::string element;  ///< id of the service task
  /// Domain call: `orders.v1.OrderService/CreateOrder`; else the type that the model names.
  std::string method;
  bool is_domain_call = false;
  std::string variables_json;   ///< the task's inputs, a JSON object
  std::string idempotency_key;  ///< equal for all attempts of one activation, of no other activation
  int attempt = 1;              ///< counted from 1
};

/// Performs jobs inside this process. Called on several threads at once; may block.
class JobHandler {
 public:
  virtual ~JobHandler() = default;
  /// The task's results as a JSON object. An error is a failed attempt: it is tried again after a pause,
  /// until the task's retries are used up, then it is an incident. INVALID_ARGUMENT, NOT_FOUND,
  /// FAILED_PRECONDITION, ALREADY_EXISTS, UNIMPLEMENTED and PERMISSION_DENIED would fail again and are an
  /// incident at once.
  virtual absl::StatusOr<std::string> Perform(const Job& job) = 0;
};

}  // namespace ameide::runtime
