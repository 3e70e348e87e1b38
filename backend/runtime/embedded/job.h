#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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
  bool is_http_call = false;
  std::string variables_json;   ///< the task's inputs, a JSON object
  std::string idempotency_key;  ///< equal for all attempts of one activation, of no other activation
  int attempt = 1;              ///< counted from 1
  std::vector<std::pair<std::string, std::string>> headers;  ///< fixed values of the model
};

/// What became of an attempt.
struct JobOutcome {
  struct Done {
    std::string variables_json;  ///< the results, a JSON object; empty: none
  };
  /// Another attempt follows while retries are left, else there is an incident.
  struct Failed {
    std::string message;
    bool final = false;                                 ///< trying again cannot help: an incident at once
    std::optional<std::chrono::milliseconds> retry_in;  ///< nullopt: a pause that grows with the attempts
  };
  /// A BPMN error, which the model may catch.
  struct Error {
    std::string code;
    std::string message;
  };
  /// The program ends: nobody knows. The next one makes the same attempt, with the same idempotency key.
  struct Unknown {};
  std::variant<Done, Failed, Error, Unknown> what;
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

/// Makes the calls of service tasks that are `is_http_call`. As JobHandler.
class ConnectorHandler {
 public:
  virtual ~ConnectorHandler() = default;
  virtual JobOutcome Call(const Job& job) = 0;
  /// Calls that are under way, and later ones, end at once as Unknown.
  virtual void Stop() = 0;
};

}  // namespace ameide::runtime
