#include "uaf/projection/owner.h"

#include "base/status.h"

namespace ameide::uaf {
namespace {

/// How far up somebody still sees the connection.
constexpr int kFarthest = 20;

}  // namespace

absl::StatusOr<const OwnerFinder::Place*> OwnerFinder::PlaceOf(int64_t artifact) {
  if (const auto known = places_.find(artifact); known != places_.end()) return &known->second;
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT n.name, a.path FROM artifacts a JOIN artifact_names n"
                                             " ON n.id = a.id WHERE a.id = ?"));
  query.Bind(1, artifact);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  Place place;
  if (found) place = {ArtifactId{std::string(query.Text(0))}, std::string(query.Text(1))};
  return &places_.emplace(artifact, std::move(place)).first->second;
}

absl::StatusOr<std::optional<Owner>> OwnerFinder::Find(int64_t id) {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<ElementRows::Stored> stored, rows_.Get(id));
  if (!stored) return std::optional<Owner>();
  AMEIDE_ASSIGN_OR_RETURN(const Place* place, PlaceOf(stored->artifact));
  Owner owner{place->artifact, place->path, std::move(stored->element), {}, {}, {}};
  owner.element = owner.node.identifier;
  owner.name = owner.node.name;
  owner.type = owner.node.type;
  std::optional<NodeId> above = owner.node.parent;
  for (int i = 0; i < kFarthest && above && owner.name.empty() && owner.element.empty(); ++i) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<ElementRows::Stored> parent,
                            rows_.Find(stored->artifact, *above));
    if (!parent) break;
    if (!parent->element.name.empty() || !parent->element.identifier.empty()) {
      owner.element = parent->element.identifier;
      owner.name = parent->element.name;
      owner.type = parent->element.type;
    }
    above = parent->element.parent;
  }
  return std::optional<Owner>(std::move(owner));
}

}  // namespace ameide::uaf
