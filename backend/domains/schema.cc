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

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

/// Version of the host's own tables; counted up with every migration of them.
constexpr int64_t kHostSchema = 2;

std::string BareTableName(const Entity& entity) {
  return absl::StrCat("d_", absl::StrReplaceAll(entity.type->full_name(), {{".", "__"}}));
}

/// What brings the host's tables from the version before to `version`.
std::vector<const char*> StepsTo(int64_t version) {
  if (version == 2) {
    return {
        "CREATE TABLE domain_field (message TEXT NOT NULL, number INTEGER NOT NULL, type TEXT NOT NULL, "
        "PRIMARY KEY (message, number)) STRICT"};
  }
  return {
      "CREATE TABLE domain_model (package TEXT NOT NULL PRIMARY KEY, path TEXT NOT NULL, source TEXT "
      "NOT NULL, digest TEXT NOT NULL, deployed_at INTEGER NOT NULL) STRICT",
      "CREATE TABLE domain_column (entity TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, "
      "type TEXT NOT NULL, is_key INTEGER NOT NULL, PRIMARY KEY (entity, number)) STRICT",
      "CREATE TABLE domain_command (tenant TEXT NOT NULL, idempotency_key TEXT NOT NULL, method TEXT "
      "NOT NULL, request_hash TEXT NOT NULL, response BLOB NOT NULL, at INTEGER NOT NULL, "
      "PRIMARY KEY (tenant, idempotency_key)) STRICT",
      "CREATE TABLE domain_outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, domain "
      "TEXT NOT NULL, fact TEXT NOT NULL, entity_key TEXT NOT NULL, payload TEXT NOT NULL, "
      "at INTEGER NOT NULL) STRICT",
      "CREATE INDEX domain_outbox_tenant ON domain_outbox (tenant, id)",
  };
}

/// The messages whose values lie in tables: the entities and all that they hold.
void AddStored(const pb::Descriptor& type, std::set<const pb::Descriptor*>& stored) {
  if (!stored.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->message_type() != nullptr) AddStored(*type.field(i)->message_type(), stored);
  }
}

std::set<const pb::Descriptor*> StoredMessages(const DomainModel& model) {
  std::set<const pb::Descriptor*> stored;
  for (const auto& [name, entity] : model.entities()) AddStored(*entity->type, stored);
  return stored;
}

/// How a field's values are written: "int32", "repeated string", "message orders.v1.Line".
std::string WrittenAs(const Field& field) {
  std::string type = field.type_name();
  if (field.message_type() != nullptr) absl::StrAppend(&type, " ", field.message_type()->full_name());
  return field.is_repeated() ? absl::StrCat("repeated ", type) : type;
}

/// True when every value written as `old` reads the same as `next`.
bool Reads(const std::string& old, const std::string& next) {
  static const std::set<std::pair<std::string, std::string>> kWider = {
      {"int32", "int64"},
      {"uint32", "uint64"},
      {"repeated int32", "repeated int64"},
      {"repeated uint32", "repeated uint64"}};
  return old == next || kWider.contains({old, next});
}

absl::Status CannotBecome(const Field& field, std::string_view old, std::string_view next) {
  return absl::FailedPreconditionError(absl::StrCat(field.full_name(), ": field ", field.number(),
                                                    " is stored as ", std::string(old), " and cannot become ",
                                                    std::string(next), "; give the new field a new number"));
}

/// Values that are stored must mean the same to the new model, inside other messages too.
absl::Status CheckFieldTypes(Database& database, const DomainModel& model) {
  for (const pb::Descriptor* type : StoredMessages(model)) {
    AMEIDE_ASSIGN_OR_RETURN(const auto rows,
                            database.Run("SELECT number, type FROM domain_field WHERE message = ?",
                                         {Cell(std::string(type->full_name()))}));
    for (const Row& row : rows) {
      const Field* field = type->FindFieldByNumber(static_cast<int>(std::get<int64_t>(row[0])));
      const std::string& old = std::get<std::string>(row[1]);
      if (field != nullptr && !Reads(old, WrittenAs(*field)))
        return CannotBecome(*field, old, WrittenAs(*field));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string TableName(const Entity& entity) { return absl::StrCat("\"", BareTableName(entity), "\""); }
std::string ColumnName(const Field& field) { return absl::StrCat("f", field.number()); }

absl::StatusOr<int64_t> CreateHostTables(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(const auto version, database.Run("PRAGMA user_version"));
  const int64_t found = std::get<int64_t>(version[0][0]);
  if (found == kHostSchema) return found;
  if (found > kHostSchema) {
    return absl::FailedPreconditionError(
        absl::StrCat("the domain database was written by a newer version (format ", found,
                     ", this program knows ", kHostSchema, "); update the backend"));
  }
  AMEIDE_ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(&database));
  for (int64_t step = found + 1; step <= kHostSchema; ++step) {
    for (const char* sql : StepsTo(step)) AMEIDE_RETURN_IF_ERROR(database.Run(sql).status());
  }
  AMEIDE_RETURN_IF_ERROR(database.Run(absl::StrCat("PRAGMA user_version = ", kHostSchema)).status());
  AMEIDE_RETURN_IF_ERROR(transaction->Commit());
  return found;
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
        return CannotBecome(field, std::get<std::string>((*old->second)[2]), type);
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
  AMEIDE_RETURN_IF_ERROR(CheckFieldTypes(database, model));
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
  for (const pb::Descriptor* type : StoredMessages(model)) {
    for (int i = 0; i < type->field_count(); ++i) {
      const Field& field = *type->field(i);
      AMEIDE_RETURN_IF_ERROR(
          database
              .Run("INSERT INTO domain_field (message, number, type) VALUES (?, ?, ?) "
                   "ON CONFLICT (message, number) DO UPDATE SET type = excluded.type",
                   {std::string(type->full_name()), int64_t{field.number()}, WrittenAs(field)})
              .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace ameide::domains
