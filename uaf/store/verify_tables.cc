#include "uaf/store/verify_tables.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/tables.h"
#include "uaf/store/lifecycle_log.h"
#include "uaf/store/projections.h"
#include "uaf/store/schema.h"

namespace ameide::uaf {
namespace {

using document::Finding;

/// Name, of which table, and text of everything in a schema.
using Shapes = std::map<std::string, std::pair<std::string, std::string>>;

absl::StatusOr<Shapes> ShapesOf(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database.Prepare("SELECT name, type || ' of ' || tbl_name, COALESCE(sql, '') FROM"
                                           " sqlite_schema WHERE name NOT GLOB 'search_text_*'"));
  Shapes shapes;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return shapes;
    shapes[std::string(query.Text(0))] = {std::string(query.Text(1)), std::string(query.Text(2))};
  }
}

}  // namespace

absl::StatusOr<std::vector<Finding>> VerifySchema(Database& database) {
  std::vector<Finding> findings;
  // Tables of other versions are built anew when the workspace is opened for writing; that is told elsewhere.
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> projections,
                          EventReader(&database).Meta("projections"));
  AMEIDE_ASSIGN_OR_RETURN(const bool has_element_tables, HasElementTables(database));
  if (projections != absl::StrCat(kProjectionVersion) || !has_element_tables) return findings;
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Database> fresh, Database::OpenInMemory());
  AMEIDE_RETURN_IF_ERROR(Migrate(*fresh));
  AMEIDE_ASSIGN_OR_RETURN(const Shapes expected, ShapesOf(*fresh));
  AMEIDE_ASSIGN_OR_RETURN(Shapes found, ShapesOf(database));
  const auto tell = [&](const std::string& name, std::string_view what) {
    Finding finding;
    finding.rule = "store/schema";
    finding.message = absl::StrCat("the store's `", name, "` ", std::string(what),
                                   "; move .uaf/store.db away, it is built anew from the log");
    findings.push_back(std::move(finding));
  };
  for (const auto& [name, shape] : expected) {
    const auto known = found.extract(name);
    if (known.empty()) {
      tell(name, "is missing");
    } else if (known.mapped() != shape) {
      tell(name, "is not defined as Ameide does it");
    }
  }
  for (const auto& [name, shape] : found) tell(name, "is none of Ameide's");
  return findings;
}

void TableVerifier::Tell(std::string message) {
  Finding finding;
  finding.rule = "projection/behind";
  finding.message = absl::StrCat(std::move(message), "; run `ameide doctor --rebuild`");
  findings_.push_back(std::move(finding));
}

void TableVerifier::See(const StoredEvent& event) {
  if (EventGraph::IsFiled(event)) markers_.emplace(event.change_set.kind, event.key);
  if (IsLifecycleEvent(event)) lifecycle_.emplace(event.arrival, event.key);
}

absl::Status TableVerifier::CheckArtifact(const ArtifactId& artifact, std::span<const StoredEvent> events) {
  if (!graph_) {
    AMEIDE_ASSIGN_OR_RETURN(graph_, EventGraph::Load(*database_, *reader_));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader_->ArtifactNumber(artifact));
  if (!number) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(ArtifactState expected, FoldArtifact(*reader_, *graph_, artifact, events));
  expected.number = *number;
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState found, ReadArtifactRow(*database_, *number));
  if (!expected.exists && !found.exists) return absl::OkStatus();
  if (expected.exists && found.exists && expected.SameRow(found)) return absl::OkStatus();
  Tell(absl::StrCat(expected.path.empty() ? found.path : expected.path, " (artifact ", artifact.name,
                    "): the list of artifacts is not what the log gives"));
  return absl::OkStatus();
}

absl::Status TableVerifier::Compare(std::string_view table, const char* sql,
                                    std::set<std::pair<int64_t, int64_t>> expected) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(sql));
  size_t strange = 0;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    if (expected.erase({query.Int(0), query.Int(1)}) == 0) ++strange;
  }
  if (strange + expected.size() > 0) {
    Tell(absl::StrCat("the store's list of ", std::string(table), " is not what the log gives (",
                      expected.size(), " missing, ", strange, " too many)"));
  }
  return absl::OkStatus();
}

absl::Status TableVerifier::CheckLists() {
  AMEIDE_RETURN_IF_ERROR(Compare("events by kind", "SELECT kind, event FROM markers", std::move(markers_)));
  return Compare("lifecycle events", "SELECT arrival, key FROM lifecycle_events", std::move(lifecycle_));
}

}  // namespace ameide::uaf
