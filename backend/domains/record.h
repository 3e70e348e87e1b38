#pragma once

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/domains/database.h"
#include "notation/feel/value.h"

/// How one field of a message becomes a column of a row, a FEEL value, and back.
namespace ameide::domains {

/// The SQLite type of a field's column: integers, booleans and enums INTEGER, floats REAL, single strings
/// TEXT, all else (bytes, messages, repeated fields, maps: in protobuf's wire form) BLOB.
std::string_view ColumnType(const google::protobuf::FieldDescriptor& field);

/// A field's value for its column; null for a field with presence that is not set.
Cell ToCell(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

/// Sets a field from its column. DATA_LOSS when the cell does not fit.
absl::Status FromCell(const Cell& cell, const google::protobuf::FieldDescriptor& field,
                      google::protobuf::Message& message);

/// A message as FEEL sees it: a context by field name; enums by name, int64 exact, bytes as base64 text,
/// unset messages null. Fields of the message come in the order of their declaration.
feel::Context ToContext(const google::protobuf::Message& message);

/// Sets a single field from a FEEL value: INVALID_ARGUMENT naming field and value when it does not fit (an
/// unknown enum name, a fraction for an integer, a list).
absl::Status FromFeel(const feel::Value& value, const google::protobuf::FieldDescriptor& field,
                      google::protobuf::Message& message);

/// Copies what `from` carries (fields that are set, by protobuf's presence rules) to the fields of `to` that
/// have the same name and type.
void CopyCarried(const google::protobuf::Message& from, google::protobuf::Message& to);

}  // namespace ameide::domains
