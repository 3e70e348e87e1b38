#include "backend/domains/schema.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "backend/domains/record.h"
#include "base/status.h"

namespace ameide::domains {
namespace {

using Field = google::protobuf::FieldDescriptor;

/// Version of the host's own tables; counted up with every migration of them.
constexpr int64_t kHostSchema = 1;

std::string BareTableName(const Entity& entity) {
  return absl::StrCat("d_", absl::StrReplaceAll(entity.type->full_name(), {{".", "__"}}));
}

}  // namespace

std::string TableName(const Entity& entity) { return absl::StrCat("\"", BareTableName(entity), "\""); }
std::string ColumnName(const Field& field) { return absl::StrCat("f", field.number()); }

absl::Status CreateHostTables(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(const auto version, database.Run("PRAGMA user_version"));
  const int64_t found = std::get<int64_t>(version[0][0]);
  if (found == kHostSchema) return absl::OkStatus();
  if (found > kHostSchema) {
    return absl::FailedPreconditionError(
        absl::StrCat("the domain database was written by a newer version (format ", found,
                     ", this program knows ", kHostSchema, "); update the backend"));
  }
  AMEIDE_ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(&database));
  for (const char* sql : {
           "CREATE TABLE domain_model (package TEXT NOT NULL PRIMARY KEY, path TEXT NOT NULL, source TEXT "
           "NOT NULL, "
           "digest TEXT NOT NULL, deployed_at INTEGER NOT NULL) STRICT",
           "CREATE TABLE domain_column (entity TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, "
           "type TEXT NOT NULL, is_key INTEGER NOT NULL, PRIMARY KEY (entity, number)) STRICT",
           "CREATE TABLE domain_command (tenant TEXT NOT NULL, idempotency_key TEXT NOT NULL, method TEXT "
           "NOT NULL, "
           "request_hash TEXT NOT NULL, response BLOB NOT NULL, at INTEGER NOT NULL, "
           "PRIMARY KEY (tenant, idempotency_key)) STRICT",
           "CREATE TABLE domain_outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, domain "
           "TEXT NOT NULL, "
           "fact TEXT NOT NULL, entity_key TEXT NOT NULL, payload TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
           "CREATE INDEX domain_outbox_tenant ON domain_outbox (tenant, id)",
           "PRAGMA user_version = 1",
       }) {
    AMEIDE_RETURN_IF_ERROR(database.Run(sql).status());
  }
  return transaction->Commit();
}

absl::StatusOr<std::vector<std::string>> Migration(Database& database, const DomainModel& model) {
  std::vector<std::string> statements;
  for (const auto& [name, entity] : model.entities()) {
    AMEIDE_ASSIGN_OR_RETURN(
        const auto rows,
        database.Run("SELECT number, name, type, is_key FROM domain_column WHERE entity = ?", {Cell(name)}));
    std::map<int64_t, const Row*> known;
    for (const Row& row : rows) {
      known[std::get<int64_t>(row[0])] = &row;
      if (std::get<int64_t>(row[3]) == 1 && std::get<int64_t>(row[0]) != entity->key->number()) {
        return absl::FailedPreconditionError(
            absl::StrCat(name, ": the key was field '", std::get<std::string>(row[1]),
                         "' and cannot become another; make a new message instead"));
      }
    }
    std::vector<std::string> columns = {"tenant TEXT NOT NULL"};
    for (int i = 0; i < entity->type->field_count(); ++i) {
      const Field& field = *entity->type->field(i);
      const std::string type(ColumnType(field));
      const bool required = &field == entity->key;
      columns.push_back(absl::StrCat(ColumnName(field), " ", type, required ? " NOT NULL" : ""));
      const auto old = known.find(field.number());
      if (old != known.end() && std::get<std::string>((*old->second)[2]) != type) {
        return absl::FailedPreconditionError(
            absl::StrCat(field.full_name(), ": field ", field.number(), " is stored as ",
                         std::get<std::string>((*old->second)[2]), " and cannot become ", type,
                         "; give the new field a new number"));
      }
      if (!known.empty() && old == known.end()) {
        statements.push_back(
            absl::StrCat("ALTER TABLE ", TableName(*entity), " ADD COLUMN ", ColumnName(field), " ", type));
      }
    }
    if (known.empty()) {
      statements.push_back(absl::StrCat("CREATE TABLE ", TableName(*entity), " (",
                                        absl::StrJoin(columns, ", "), ", PRIMARY KEY (tenant, ",
                                        ColumnName(*entity->key), ")) STRICT, WITHOUT ROWID"));
    }
    for (const auto& index : entity->indexes) {
      std::vector<std::string> names;
      for (const Field* field : index) names.push_back(ColumnName(*field));
      statements.push_back(absl::StrCat("CREATE INDEX IF NOT EXISTS \"i_", BareTableName(*entity), "_",
                                        absl::StrJoin(names, "_"), "\" ON ", TableName(*entity), " (tenant, ",
                                        absl::StrJoin(names, ", "), ")"));
    }
  }
  return statements;
}

absl::Status RecordColumns(Database& database, const DomainModel& model) {
  for (const auto& [name, entity] : model.entities()) {
    for (int i = 0; i < entity->type->field_count(); ++i) {
      const Field& field = *entity->type->field(i);
      AMEIDE_RETURN_IF_ERROR(
          database
              .Run("INSERT INTO domain_column (entity, number, name, type, is_key) VALUES (?, ?, ?, ?, ?) "
                   "ON CONFLICT (entity, number) DO UPDATE SET name = excluded.name",
                   {name, int64_t{field.number()}, std::string(field.name()), std::string(ColumnType(field)),
                    int64_t{&field == entity->key ? 1 : 0}})
              .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace ameide::domains
