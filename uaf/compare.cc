#include "uaf/compare.h"

#include <algorithm>
#include <map>
#include <set>
#include <variant>

#include "base/status.h"

namespace ameide::uaf {
namespace {

using diff::ChangeKind;
using diff::ElementChange;
using document::Document;
using document::Op;

absl::StatusOr<std::optional<std::string>> RenderAt(const Workspace& workspace, const ArtifactId& artifact,
                                                    const std::optional<Cut>& cut) {
  if (!cut) return std::optional<std::string>();
  absl::StatusOr<std::string> bytes = workspace.Render(artifact, *cut);
  if (absl::IsNotFound(bytes.status())) return std::optional<std::string>();
  AMEIDE_RETURN_IF_ERROR(bytes.status());
  return std::optional<std::string>(*std::move(bytes));
}

/// The nodes that an operation names as its subject.
struct Subjects {
  std::vector<NodeId> operator()(const document::ImportOp&) const { return {}; }
  std::vector<NodeId> operator()(const document::InsertNodeOp&) const { return {}; }  // its nodes name it
  std::vector<NodeId> operator()(const document::ShiftAttributesOp& op) const {
    std::vector<NodeId> nodes;
    for (const auto& target : op.targets) nodes.push_back(target.node);
    return nodes;
  }
  template <typename OneNode>
  std::vector<NodeId> operator()(const OneNode& op) const {
    return {op.node};
  }
};

/// The events of one artifact between two cuts, by what they touched.
class Attribution {
 public:
  static absl::StatusOr<Attribution> Of(const Workspace& workspace, const ArtifactId& artifact,
                                        const std::optional<Cut>& before, const Cut& after) {
    LogQuery query;
    query.cut = after;
    query.artifact = artifact;
    query.limit = SIZE_MAX / 2;
    AMEIDE_ASSIGN_OR_RETURN(std::vector<ChangeSetSummary> events, workspace.Log(query));
    std::erase_if(events, [&](const ChangeSetSummary& event) { return before && before->Covers(event.id); });
    Attribution attribution;
    for (size_t i = 0; i < events.size(); ++i) {
      attribution.number_.emplace(events[i].id, i);
      AMEIDE_ASSIGN_OR_RETURN(const ChangeSet change_set, workspace.Show(events[i].id));
      const bool file = std::holds_alternative<ArtifactCreated>(change_set.body) ||
                        std::holds_alternative<ArtifactRetired>(change_set.body);
      if (file || !OpsOf(change_set.body).empty()) attribution.writers_.push_back(i);
      for (const Op& op : OpsOf(change_set.body)) {
        for (const NodeId& node : std::visit(Subjects(), op)) attribution.touched_[node].insert(i);
      }
    }
    attribution.events_ = std::move(events);
    return attribution;
  }

  /// Of the artifact as a whole.
  std::vector<ChangeSetSummary> Writers() const { return Named({writers_.begin(), writers_.end()}); }

  /// Of one change, in the state that shows it.
  std::vector<ChangeSetSummary> Behind(const ElementChange& change, const Document& document) const {
    std::set<size_t> found;
    const auto add = [&](const NodeId& node) {
      if (const auto at = touched_.find(node); at != touched_.end())
        found.insert(at->second.begin(), at->second.end());
    };
    if (change.kind == ChangeKind::kAdded) {
      // Who made it, not who put something into it since.
      if (const auto maker = number_.find(change.node.event); maker != number_.end())
        return Named({maker->second});
    }
    add(change.node);
    if (const auto node = document.Find(change.node)) {
      for (auto child = document.first_child(*node); child != document::kNoNode;
           child = document.next_sibling(child)) {
        if (document.kind(child) == document::NodeKind::kElement) continue;
        add(document.id(child));
        if (const auto maker = number_.find(document.id(child).event); maker != number_.end())
          found.insert(maker->second);
      }
    }
    return found.empty() ? Writers() : Named(found);
  }

 private:
  std::vector<ChangeSetSummary> Named(const std::set<size_t>& numbers) const {
    std::vector<ChangeSetSummary> named;
    for (const size_t number : numbers) named.push_back(events_[number]);  // listed newest first
    return named;
  }

  std::vector<ChangeSetSummary> events_;
  std::map<EventId, size_t> number_;
  std::vector<size_t> writers_;
  std::map<NodeId, std::set<size_t>> touched_;
};

absl::Status FillChanges(const Workspace& workspace, const std::optional<Cut>& before, const Cut& after,
                         const document::FormatRegistry& formats, ArtifactComparison& comparison) {
  const Artifact& artifact = comparison.artifact;
  AMEIDE_ASSIGN_OR_RETURN(const Attribution attribution,
                          Attribution::Of(workspace, artifact.id, before, after));
  const bool both = comparison.before && comparison.after;
  if (!both || artifact.kind == document::TreeKind::kOpaque) {
    ElementChange whole;
    whole.kind = both ? ChangeKind::kChanged : comparison.after ? ChangeKind::kAdded : ChangeKind::kRemoved;
    whole.type = "file";
    whole.name = artifact.path;
    comparison.changes.push_back({std::move(whole), attribution.Writers()});
    return absl::OkStatus();
  }
  AMEIDE_ASSIGN_OR_RETURN(const Document earlier, workspace.Load(artifact.id, before));
  AMEIDE_ASSIGN_OR_RETURN(const Document later, workspace.Load(artifact.id, after));
  const document::Format* named = formats.Named(artifact.format);
  const document::Format& format = named != nullptr ? *named : formats.ForFile(artifact.path, "");
  for (ElementChange& change : diff::Compare(earlier, later, format)) {
    std::vector<ChangeSetSummary> events =
        attribution.Behind(change, change.kind == ChangeKind::kRemoved ? earlier : later);
    comparison.changes.push_back({std::move(change), std::move(events)});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ArtifactComparison>> CompareWorkspace(const Workspace& workspace,
                                                                 const std::optional<Cut>& before,
                                                                 const Cut& after,
                                                                 const document::FormatRegistry& formats,
                                                                 const std::optional<ArtifactId>& only) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, workspace.Artifacts(/*with_retired=*/true));
  std::vector<ArtifactComparison> found;
  for (const Artifact& artifact : artifacts) {
    if (only && artifact.id != *only) continue;
    ArtifactComparison comparison{artifact, {}, {}, {}};
    AMEIDE_ASSIGN_OR_RETURN(comparison.before, RenderAt(workspace, artifact.id, before));
    AMEIDE_ASSIGN_OR_RETURN(comparison.after, RenderAt(workspace, artifact.id, after));
    if (comparison.before == comparison.after) continue;
    AMEIDE_RETURN_IF_ERROR(FillChanges(workspace, before, after, formats, comparison));
    found.push_back(std::move(comparison));
  }
  return found;
}

}  // namespace ameide::uaf
