#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "uaf/projection/element_rows.h"

namespace ameide::uaf {

/// A kept node together with the element that people know it by: the nearest one, itself first, that has a
/// name or an identifier.
struct Owner {
  ArtifactId artifact;
  std::string path;
  IndexedElement node;  ///< without its usages
  std::string element;  ///< the nearest identifier; empty when there is none
  std::string name;
  std::string type;
};

/// Looks them up in the projections of elements. One connection, one query of the workspace.
class OwnerFinder {
 public:
  OwnerFinder(Database* database, EventReader* reader) : database_(database), rows_(database, reader) {}
  /// By the row's id; nullopt when there is no such row.
  absl::StatusOr<std::optional<Owner>> Find(int64_t id);

 private:
  struct Place {
    ArtifactId artifact;
    std::string path;
  };
  absl::StatusOr<const Place*> PlaceOf(int64_t artifact);

  Database* database_;
  ElementRows rows_;
  std::map<int64_t, Place> places_;
};

}  // namespace ameide::uaf
