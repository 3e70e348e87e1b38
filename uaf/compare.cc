#include "uaf/compare.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <variant>

#include "base/status.h"

namespace ameide::uaf {
namespace {

using diff::ChangeKind;
using diff::ElementChange;
using document::Document;
using document::Op;

/// One artifact in the two states; nullopt: it was not there.
struct Sides {
  std::optional<Artifact> before;
  std::optional<Artifact> after;
};

/// The artifacts that there are in one of the states or in both.
absl::StatusOr<std::map<ArtifactId, Sides>> SidesOf(const Workspace& workspace,
                                                    const std::optional<Cut>& before, const Cut& after,
                                                    const std::optional<ArtifactId>& only) {
  std::map<ArtifactId, Sides> sides;
  std::vector<Artifact> earlier;
  if (before) {
    AMEIDE_ASSIGN_OR_RETURN(earlier, workspace.ArtifactsAt(*before));
  }
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Artifact> later, workspace.ArtifactsAt(after));
  for (Artifact& artifact : earlier) sides[artifact.id].before = std::move(artifact);
  for (Artifact& artifact : later) sides[artifact.id].after = std::move(artifact);
  if (only) std::erase_if(sides, [&](const auto& each) { return each.first != *only; });
  return sides;
}

absl::StatusOr<std::optional<std::string>> RenderAt(const Workspace& workspace, const ArtifactId& artifact,
                                                    const Cut& cut) {
  absl::StatusOr<std::string> bytes = workspace.Render(artifact, cut);
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
      if (std::holds_alternative<ArtifactRetired>(change_set.body)) attribution.removers_.push_back(i);
      if (std::holds_alternative<ArtifactRenamed>(change_set.body)) attribution.movers_.push_back(i);
      for (const Op& op : OpsOf(change_set.body)) {
        for (const NodeId& node : std::visit(Subjects(), op)) attribution.touched_[node].insert(i);
      }
    }
    attribution.events_ = std::move(events);
    return attribution;
  }

  /// Of the artifact as a whole.
  std::vector<ChangeSetSummary> Writers() const { return Named({writers_.begin(), writers_.end()}); }

  /// Of its removal.
  std::vector<ChangeSetSummary> Removers() const { return Named({removers_.begin(), removers_.end()}); }
  /// Of its new path.
  std::vector<ChangeSetSummary> Movers() const { return Named({movers_.begin(), movers_.end()}); }

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
  std::vector<size_t> removers_;
  std::vector<size_t> movers_;
  std::map<NodeId, std::set<size_t>> touched_;
};

absl::Status FillChanges(const Workspace& workspace, const std::optional<Cut>& before, const Cut& after,
                         const document::FormatRegistry& formats, ArtifactComparison& comparison) {
  const Artifact& artifact = comparison.artifact;
  AMEIDE_ASSIGN_OR_RETURN(const Attribution attribution,
                          Attribution::Of(workspace, artifact.id, before, after));
  const bool both = comparison.before && comparison.after;
  if (comparison.renamed_from) {
    ElementChange moved;
    moved.kind = ChangeKind::kMoved;
    moved.type = "file";
    moved.name = artifact.path;
    moved.values.push_back({"path", comparison.renamed_from, artifact.path});
    comparison.changes.push_back({std::move(moved), attribution.Movers()});
  }
  if (comparison.before == comparison.after) return absl::OkStatus();
  if (!both || artifact.kind == document::TreeKind::kOpaque) {
    ElementChange whole;
    whole.kind = both ? ChangeKind::kChanged : comparison.after ? ChangeKind::kAdded : ChangeKind::kRemoved;
    whole.type = "file";
    whole.name = artifact.path;
    const bool removed = whole.kind == ChangeKind::kRemoved;
    comparison.changes.push_back(
        {std::move(whole), removed ? attribution.Removers() : attribution.Writers()});
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
  using Found = std::map<ArtifactId, Sides>;
  AMEIDE_ASSIGN_OR_RETURN(const Found artifacts, SidesOf(workspace, before, after, only));
  std::vector<ArtifactComparison> found;
  for (const auto& [id, sides] : artifacts) {
    ArtifactComparison comparison;
    comparison.artifact = sides.after ? *sides.after : *sides.before;
    if (sides.before && sides.after && sides.before->path != sides.after->path)
      comparison.renamed_from = sides.before->path;
    if (sides.before) {
      AMEIDE_ASSIGN_OR_RETURN(comparison.before, RenderAt(workspace, id, *before));
    }
    if (sides.after) {
      AMEIDE_ASSIGN_OR_RETURN(comparison.after, RenderAt(workspace, id, after));
    }
    if (comparison.before == comparison.after && !comparison.renamed_from) continue;
    AMEIDE_RETURN_IF_ERROR(FillChanges(workspace, before, after, formats, comparison));
    found.push_back(std::move(comparison));
  }
  std::ranges::sort(found, [](const ArtifactComparison& a, const ArtifactComparison& b) {
    return std::tie(a.artifact.path, a.artifact.id) < std::tie(b.artifact.path, b.artifact.id);
  });
  return found;
}

}  // namespace ameide::uaf
