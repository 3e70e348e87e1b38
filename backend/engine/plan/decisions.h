#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/plan.h"
#include "notation/dmn/graph.h"

namespace ameide::engine {

/// DMN files, read: what business rule tasks can call. Immutable and thread-safe.
class DecisionLibrary {
 public:
  /// Files that cannot be read have no decisions.
  explicit DecisionLibrary(std::vector<DecisionFile> files);

  /// A decision and all that it needs.
  struct Found {
    std::vector<DecisionFile> files;    ///< the decision's own, then those that it imports
    std::vector<std::string> problems;  ///< what in them keeps it from being evaluated, with file and line
  };
  /// The decision (or decision service) with that id. NOT_FOUND: no file has it; INVALID_ARGUMENT: several
  /// have.
  absl::StatusOr<Found> Find(const std::string& decision) const;

  const std::vector<DecisionFile>& files() const { return files_; }

 private:
  friend class CompiledDecisions;
  std::vector<size_t> Declaring(const std::string& decision) const;
  dmn::Graph GraphOf(size_t file) const;

  std::vector<DecisionFile> files_;
  std::vector<std::shared_ptr<const uaf::document::Document>> documents_;  ///< nullptr: unreadable
  std::vector<std::string> namespaces_;
  std::vector<std::set<std::string>> decisions_;
};

/// Compiles the files that a plan carries into what its business rule tasks call (`Plan::decisions`).
/// DATA_LOSS when a task's decision is not in them. A plan that carries none is left as it is.
absl::Status LoadDecisions(Plan& plan);

}  // namespace ameide::engine
