#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/process/v1/process.pb.h"
#include "ameide/publish/v1/publish.pb.h"

namespace ameide::connection {
class Connection;
}

/// What looking at runs and mending them asks of the backend, as plain functions. They block: never on the UI
/// thread. Errors carry the server's message.
namespace ameide::workbench {

/// What of the instances is looked for.
struct InstanceQuery {
  std::string process;                                                         ///< id; empty: all
  process::v1::InstanceState state = process::v1::INSTANCE_STATE_UNSPECIFIED;  ///< unspecified: all
  std::string id;  ///< a whole id, which is found however old it is; empty: none
  int most = 500;  ///< newest first
};
/// Newest first; a whole id that there is not gives none.
absl::StatusOr<std::vector<process::v1::InstanceSummary>> FindInstances(const connection::Connection& backend,
                                                                        const InstanceQuery& query);

/// A version of a process, and what brought it.
struct DeployedVersion {
  std::string process;
  int64_t version = 0;
  google::protobuf::Timestamp deployed_at;
  std::string publisher;
};
/// Newest first, of the newest 500 bundles.
absl::StatusOr<std::vector<DeployedVersion>> ListVersions(const connection::Connection& backend);

/// The activations of an instance's elements in the order in which they began, at most 5,000.
absl::StatusOr<std::vector<process::v1::ElementRun>> ListElementRuns(const connection::Connection& backend,
                                                                     const std::string& instance);
/// The same of the newest instances of a process, at most `most` of them.
absl::StatusOr<std::vector<process::v1::ElementRun>> ListElementRunsOf(const connection::Connection& backend,
                                                                       const std::string& process, int most);
/// Every value that a variable got, oldest first, at most 5,000.
absl::StatusOr<std::vector<process::v1::VariableChange>> ListVariableChanges(
    const connection::Connection& backend, const std::string& instance);
/// Sets variables of an element that is active once; of the process where `element` is empty.
absl::Status SetVariables(const connection::Connection& backend, const std::string& instance,
                          const std::string& element, const std::string& variables_json);
/// Lets what an incident stopped end as if its work were done, with these results.
absl::Status SkipIncident(const connection::Connection& backend, const std::string& incident,
                          const std::string& variables_json);

}  // namespace ameide::workbench
