#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/process/v1/process.pb.h"

namespace ameide::connection {
class Connection;
}

/// Calls to the backend as plain functions. They block: never on the UI thread. Errors carry the server's
/// message.
namespace ameide::workbench {

/// Deployed processes by id, each with its newest version.
absl::StatusOr<std::vector<process::v1::Process>> ListProcesses(const connection::Connection& backend);
absl::StatusOr<process::v1::Instance> GetInstance(const connection::Connection& backend,
                                                  const std::string& instance);
/// Returns the new instance's id.
absl::StatusOr<std::string> StartInstance(const connection::Connection& backend, const std::string& process,
                                          const std::string& variables_json,
                                          const std::string& idempotency_key);
absl::Status CompleteTask(const connection::Connection& backend, const std::string& task,
                          const std::string& variables_json, const std::string& idempotency_key);
absl::Status CancelInstance(const connection::Connection& backend, const std::string& instance);
absl::Status RetryIncident(const connection::Connection& backend, const std::string& incident);

/// An entity that a process wrote into a domain.
struct DomainEntity {
  std::string method;  ///< the query that gave it: `orders.v1.OrderService/GetOrder`
  std::string type;    ///< "Order"
  std::string json;    ///< its fields, by the model's own names
};

/// The entities that `variables_json` points to: for each deployed domain, every `Get…` query whose one key
/// field has a variable of the same name (or a field of that name in a variable that is an object) is asked,
/// through the domain's own service as reflection describes it. What is not found is left out.
absl::StatusOr<std::vector<DomainEntity>> FindDomainEntities(const connection::Connection& backend,
                                                             const std::string& variables_json);

}  // namespace ameide::workbench
