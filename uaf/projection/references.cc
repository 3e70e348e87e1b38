#include "uaf/projection/references.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "uaf/projection/element_rows.h"
#include "uaf/projection/owner.h"
#include "uaf/projection/tables.h"

namespace ameide::uaf {
namespace {

/// A value that names an id.
struct Use {
  int64_t source = 0;
  std::string attribute;
  std::string file;
};

absl::StatusOr<std::vector<Use>> UsesOf(Database& database, std::string_view id) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT source, attribute, file FROM usages WHERE target = ? ORDER BY source"));
  query.BindText(1, id);
  std::vector<Use> uses;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return uses;
    uses.push_back({query.Int(0), std::string(query.Text(1)), std::string(query.Text(2))});
  }
}

/// The artifacts that have an element of this id.
absl::StatusOr<std::set<ArtifactId>> HoldersOf(Database& database, std::string_view id) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT DISTINCT n.name FROM elements e JOIN artifact_names n ON n.id = e.artifact"
                       " WHERE e.identifier = ? AND e.identifier <> ''"));
  query.BindText(1, id);
  std::set<ArtifactId> holders;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return holders;
    holders.insert(ArtifactId{std::string(query.Text(0))});
  }
}

/// True when `file`, as written in the artifact `from`, is the artifact `path`.
bool Names(const std::string& from, const std::string& file, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(from).parent_path();
  return file == path || (folder / file).lexically_normal().generic_string() == path;
}

Reference ToReference(const Owner& owner) {
  Reference reference;
  reference.artifact = owner.artifact;
  reference.path = owner.path;
  reference.node = owner.node.node;
  reference.element = owner.element;
  reference.name = owner.name;
  reference.type = owner.type;
  reference.layout = owner.node.layout;
  return reference;
}

class Finder {
 public:
  Finder(Database& database, EventReader& reader)
      : database_(database), reader_(reader), rows_(&database, &reader), owners_(&database, &reader) {}

  /// Values that name `id`, those that `counts` says.
  template <typename Counts>
  absl::Status AddValues(std::string_view id, Counts counts) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Use> uses, UsesOf(database_, id));
    for (const Use& use : uses) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<Owner> owner, owners_.Find(use.source));
      if (!owner) {
        return absl::DataLossError(
            "the list of references names elements that it does not hold; run `ameide doctor --rebuild`");
      }
      if (!counts(*owner, use)) continue;
      found_.push_back(ToReference(*owner));
      found_.back().attribute = use.attribute;
    }
    return absl::OkStatus();
  }

  /// Links with an end that `is` says; the reference is the other end.
  template <typename Is>
  absl::Status AddLinks(Is is) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, reader_.OfArtifact(ArtifactId{}, nullptr));
    std::map<EventId, LinkAdded> links;
    std::set<EventId> removed;
    for (const StoredEvent& event : events) {
      if (const auto* added = std::get_if<LinkAdded>(&event.change_set.body))
        links.emplace(event.change_set.id, *added);
      if (const auto* gone = std::get_if<LinkRemoved>(&event.change_set.body)) removed.insert(gone->link);
    }
    for (const auto& [id, link] : links) {
      if (removed.contains(id)) continue;
      if (is(link.to)) AMEIDE_RETURN_IF_ERROR(AddLink(id, link, link.from));
      if (is(link.from)) AMEIDE_RETURN_IF_ERROR(AddLink(id, link, link.to));
    }
    return absl::OkStatus();
  }

  std::vector<Reference> Take() {
    std::stable_sort(found_.begin(), found_.end(), [](const Reference& a, const Reference& b) {
      return std::tie(a.layout, a.path, a.name, a.element, a.attribute) <
             std::tie(b.layout, b.path, b.name, b.element, b.attribute);
    });
    return std::move(found_);
  }

 private:
  absl::Status AddLink(const EventId& id, const LinkAdded& link, const LinkEnd& other) {
    Reference reference;
    reference.artifact = other.artifact;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader_.ArtifactNumber(other.artifact));
    if (number) {
      const absl::StatusOr<Artifact> artifact = reader_.GetArtifact(other.artifact);
      if (artifact.ok()) reference.path = artifact->path;
      std::optional<ElementRows::Stored> stored;
      if (other.node) {
        AMEIDE_ASSIGN_OR_RETURN(stored, rows_.Find(*number, *other.node));
      }
      if (stored) {
        AMEIDE_ASSIGN_OR_RETURN(const std::optional<Owner> owner, owners_.Find(stored->id));
        if (owner) reference = ToReference(*owner);
      }
    }
    if (other.node) reference.node = *other.node;
    reference.link = id;
    reference.link_type = link.type;
    found_.push_back(std::move(reference));
    return absl::OkStatus();
  }

  Database& database_;
  EventReader& reader_;
  ElementRows rows_;
  OwnerFinder owners_;
  std::vector<Reference> found_;
};

}  // namespace

absl::StatusOr<std::vector<Reference>> FindReferencesTo(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact, const NodeId& node) {
  AMEIDE_RETURN_IF_ERROR(CheckElementTables(database));
  AMEIDE_ASSIGN_OR_RETURN(const Artifact target, reader.GetArtifact(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.ArtifactNumber(artifact));
  ElementRows rows(&database, &reader);
  std::optional<ElementRows::Stored> stored;
  if (number) {
    AMEIDE_ASSIGN_OR_RETURN(stored, rows.Find(*number, node));
  }
  Finder finder(database, reader);
  if (stored && !stored->element.identifier.empty()) {
    const std::string& id = stored->element.identifier;
    AMEIDE_ASSIGN_OR_RETURN(const std::set<ArtifactId> holders, HoldersOf(database, id));
    AMEIDE_RETURN_IF_ERROR(finder.AddValues(id, [&](const Owner& owner, const Use& use) {
      if (!use.file.empty()) return Names(owner.path, use.file, target.path);
      return owner.artifact == artifact || !holders.contains(owner.artifact);
    }));
  }
  AMEIDE_RETURN_IF_ERROR(finder.AddLinks([&](const LinkEnd& end) {
    return end.artifact == artifact && end.node == std::optional<NodeId>(node);
  }));
  return finder.Take();
}

absl::StatusOr<std::vector<Reference>> FindReferencesTo(Database& database, EventReader& reader,
                                                        std::string_view element) {
  AMEIDE_RETURN_IF_ERROR(CheckElementTables(database));
  const size_t hash = element.rfind('#');
  const std::string file(hash == std::string_view::npos ? std::string_view() : element.substr(0, hash));
  const std::string id(hash == std::string_view::npos ? element : element.substr(hash + 1));
  if (id.empty()) return absl::InvalidArgumentError("name the element by its id, or as `path#id`");
  Finder finder(database, reader);
  AMEIDE_ASSIGN_OR_RETURN(const std::set<ArtifactId> holders, HoldersOf(database, id));
  AMEIDE_RETURN_IF_ERROR(finder.AddValues(id, [&](const Owner& owner, const Use& use) {
    if (file.empty()) return true;
    if (!use.file.empty()) return Names(owner.path, use.file, file);
    return owner.path == file || !holders.contains(owner.artifact);
  }));
  // Links name nodes: those that carry the id now.
  std::set<std::pair<ArtifactId, NodeId>> nodes;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database.Prepare("SELECT id FROM elements WHERE identifier = ? AND identifier <> ''"));
  query.BindText(1, id);
  OwnerFinder owners(&database, &reader);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Owner> owner, owners.Find(query.Int(0)));
    if (owner && (file.empty() || owner->path == file)) nodes.emplace(owner->artifact, owner->node.node);
  }
  AMEIDE_RETURN_IF_ERROR(finder.AddLinks([&](const LinkEnd& end) {
    return end.node && nodes.contains({end.artifact, *end.node});
  }));
  return finder.Take();
}

}  // namespace ameide::uaf
