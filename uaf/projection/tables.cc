#include "uaf/projection/tables.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

constexpr std::string_view kTables = R"sql(
DROP TABLE IF EXISTS search_artifacts;
DROP TABLE IF EXISTS search_nodes;
DROP TABLE IF EXISTS search_text;
DROP TABLE IF EXISTS indexed_artifacts;
DROP TABLE IF EXISTS elements;
DROP TABLE IF EXISTS usages;
DROP TABLE IF EXISTS touches;
CREATE TABLE indexed_artifacts(
  artifact INTEGER PRIMARY KEY,
  head INTEGER NOT NULL,
  events INTEGER NOT NULL,
  retired INTEGER NOT NULL
) STRICT;
CREATE TABLE elements(
  id INTEGER PRIMARY KEY,
  artifact INTEGER NOT NULL,
  event INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  parent_event INTEGER,
  parent_ordinal INTEGER,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  identifier TEXT NOT NULL,
  text TEXT NOT NULL,
  layout INTEGER NOT NULL,
  UNIQUE(artifact, event, ordinal)
) STRICT;
CREATE INDEX elements_by_identifier ON elements(identifier) WHERE identifier <> '';
CREATE VIRTUAL TABLE search_text USING fts5(name, identifier, text, content = 'elements', content_rowid = 'id',
  tokenize = 'ameide', prefix = '1 2 3');
CREATE TABLE usages(
  source INTEGER NOT NULL,
  attribute TEXT NOT NULL,
  file TEXT NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY(source, attribute, file, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX usages_by_target ON usages(target);
CREATE TABLE touches(
  artifact INTEGER NOT NULL,
  event INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  change INTEGER NOT NULL,
  PRIMARY KEY(artifact, event, ordinal, change)
) STRICT, WITHOUT ROWID;
)sql";

std::string Versions() {
  return absl::StrCat("search ", kSearchVersion, ", elements ", kElementsVersion, ", touches ",
                      kTouchesVersion);
}

}  // namespace

absl::Status ResetElementTables(Database& database) {
  AMEIDE_RETURN_IF_ERROR(database.Execute(kTables));
  return database.Execute(absl::StrCat("INSERT INTO meta(key, value) VALUES('element tables', '", Versions(),
                                       "') ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
}

absl::StatusOr<bool> HasElementTables(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database.Prepare("SELECT value FROM meta WHERE key = 'element tables'"));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found && query.Text(0) == Versions();
}

absl::Status CheckElementTables(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(const bool there, HasElementTables(database));
  if (there) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the search index was made by another version of Ameide; open the workspace once for writing, or run "
      "`ameide doctor --rebuild`");
}

}  // namespace ameide::uaf
