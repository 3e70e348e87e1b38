#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/diff/diff.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

/// What differs between two cuts of a whole workspace, by whom and why.
namespace ameide::uaf {

/// One change, and the events between the cuts that made it, newest first; their labels are the reasons.
struct AttributedChange {
  diff::ElementChange change;
  std::vector<ChangeSetSummary> events;
};

/// One artifact that differs. Where a side has none of it, or it is kept whole, `changes` holds one change of
/// type "file". Where it has another path than before, the first change is of kind kMoved and type "file",
/// with the value "path".
struct ArtifactComparison {
  Artifact artifact;  ///< as ArtifactsAt tells of the later cut, else of the earlier one
  std::optional<std::string> renamed_from;  ///< the path before, where it was another one
  std::optional<std::string> before;        ///< the rendered bytes; nullopt: it was not there
  std::optional<std::string> after;
  std::vector<AttributedChange> changes;
};

/// Compares two cuts: `before` nullopt is the empty workspace; `only` limits it to one artifact. Artifacts by
/// path, changes as diff::Compare orders them. An artifact that was removed is not there, whatever its
/// history still holds. An event stands behind a change when it touched that element
/// or its own text; where none did (a whole file was imported, a merge settled it) all events that wrote to
/// the artifact in between are named.
///
/// Cost: two renderings of every artifact; of those that differ also a comparison and a look at each event in
/// between. Errors as of Workspace::Load and Log. Any thread.
absl::StatusOr<std::vector<ArtifactComparison>> CompareWorkspace(const Workspace& workspace,
                                                                 const std::optional<Cut>& before,
                                                                 const Cut& after,
                                                                 const document::FormatRegistry& formats,
                                                                 const std::optional<ArtifactId>& only = {});

}  // namespace ameide::uaf
