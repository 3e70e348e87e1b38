#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "backend/domains/database.h"
#include "backend/domains/model.h"

/// Tables of entities, computed from descriptors. A table is named after package and message; a column after
/// the field's number, so that renaming a field is free; each row carries its tenant.
namespace ameide::domains {

/// The quoted name of an entity's table.
std::string TableName(const Entity& entity);
/// The name of a field's column (`f3`).
std::string ColumnName(const google::protobuf::FieldDescriptor& field);

/// The host's own tables: deployed models, columns, field types, idempotency records, outbox. Brings older
/// ones forward; returns the version that was found, 0 for a new database.
absl::StatusOr<int64_t> CreateHostTables(Database& database);

/// The statements that bring the tables from what is deployed to what `model` needs: forward only and
/// additive. FAILED_PRECONDITION, naming message and field, when a stored field changed to a type that reads
/// its values differently (also inside the messages that an entity holds), or the key changed.
absl::StatusOr<std::vector<std::string>> Migration(Database& database, const DomainModel& model);

/// Records the columns of `model` in the host's tables; to be called in the transaction that ran the
/// migration.
absl::Status RecordColumns(Database& database, const DomainModel& model);

}  // namespace ameide::domains
