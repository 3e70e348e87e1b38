#include "backend/domains/unit_of_work.h"

#include <google/protobuf/util/json_util.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/domains/record.h"
#include "backend/domains/schema.h"
#include "base/bytes.h"
#include "base/status.h"

namespace ameide::domains {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;
using MessagePointer = std::unique_ptr<pb::Message>;

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 1000;

std::string KeyText(const pb::Message& entity, const Field& key) {
  const Cell cell = ToCell(entity, key);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<int64_t>(&cell)) return absl::StrCat(*number);
  return "";
}

std::vector<std::string> Columns(const Entity& entity) {
  std::vector<std::string> columns;
  for (int i = 0; i < entity.type->field_count(); ++i) columns.push_back(ColumnName(*entity.type->field(i)));
  return columns;
}

/// The request's field of the same name, or null.
const Field* Counterpart(const pb::Message& request, const Field& field) {
  return request.GetDescriptor()->FindFieldByName(std::string(field.name()));
}

absl::Status CheckConditions(const std::vector<Condition>& conditions, const feel::Context& variables,
                             std::string_view entity) {
  for (const Condition& condition : conditions) {
    feel::Diagnostics diagnostics;
    if (!feel::Evaluate(condition.expression, variables, &diagnostics).is_true()) {
      const std::string reason = diagnostics.Summary();
      return absl::FailedPreconditionError(
          absl::StrCat(std::string(entity), ": ", condition.message,
                       reason.empty() ? "" : absl::StrCat(" (", reason, ")")));
    }
  }
  return absl::OkStatus();
}

/// A page token is the place of the last row: its order value and key, in our own encoding, in hexadecimal.
std::string PageToken(const Cell& order, const Cell& key) {
  ByteWriter writer;
  for (const Cell* cell : {&order, &key}) {
    writer.Byte(static_cast<uint8_t>(cell->index()));
    if (const auto* integer = std::get_if<int64_t>(cell)) writer.SignedVarint(*integer);
    if (const auto* real = std::get_if<double>(cell))
      writer.Raw({reinterpret_cast<const char*>(real), sizeof *real});
    if (const auto* text = std::get_if<std::string>(cell)) writer.String(*text);
    if (const auto* blob = std::get_if<Blob>(cell)) writer.String(blob->bytes);
  }
  return HexEncode(writer.bytes());
}

absl::StatusOr<std::vector<Cell>> ReadPageToken(const std::string& token) {
  const auto bad =
      absl::InvalidArgumentError("page_token is not one that this method returned; begin with an empty one");
  const auto bytes = HexDecode(token);
  if (!bytes.ok()) return bad;
  ByteReader reader(*bytes);
  std::vector<Cell> cells;
  for (int i = 0; i < 2; ++i) {
    switch (reader.Byte()) {
      case 0:
        cells.push_back(std::monostate());
        break;
      case 1:
        cells.push_back(reader.SignedVarint());
        break;
      case 2: {
        double real = 0;
        const std::string_view raw = reader.Raw(sizeof real);
        if (raw.size() == sizeof real) __builtin_memcpy(&real, raw.data(), sizeof real);
        cells.push_back(real);
        break;
      }
      case 3:
        cells.push_back(std::string(reader.String()));
        break;
      case 4:
        cells.push_back(Blob{std::string(reader.String())});
        break;
      default:
        return bad;
    }
  }
  if (!reader.Finish().ok()) return bad;
  return cells;
}

}  // namespace

absl::Status UnitOfWork::CheckFields(const pb::Message& message, std::string_view where) const {
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto rules = model_->field_rules().find(type.field(i));
    if (rules == model_->field_rules().end()) continue;
    const feel::Context fields = ToContext(message);
    feel::Context variables;
    const feel::Value* value = fields.Find(type.field(i)->name());
    variables.Set("value", value != nullptr ? *value : feel::Value());
    for (const Condition& rule : rules->second) {
      if (!feel::Evaluate(rule.expression, variables).is_true()) {
        return absl::InvalidArgumentError(
            absl::StrCat(std::string(where), ": field '", type.field(i)->name(),
                         "': ", rule.message.empty() ? rule.source : rule.message));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MessagePointer> UnitOfWork::FromRow(const Row& row) const {
  MessagePointer message = model_->NewMessage(*method_->entity->type);
  for (int i = 0; i < method_->entity->type->field_count(); ++i) {
    AMEIDE_RETURN_IF_ERROR(FromCell(row[static_cast<size_t>(i)], *method_->entity->type->field(i), *message));
  }
  return message;
}

absl::StatusOr<MessagePointer> UnitOfWork::Load(const pb::Message& request) {
  const Entity& entity = *method_->entity;
  const Cell key = ToCell(request, *Counterpart(request, *entity.key));
  AMEIDE_ASSIGN_OR_RETURN(
      const auto rows, database_->Run(absl::StrCat("SELECT ", absl::StrJoin(Columns(entity), ", "), " FROM ",
                                                   TableName(entity), " WHERE tenant = ? AND ",
                                                   ColumnName(*entity.key), " = ?"),
                                      {tenant_, key}));
  if (rows.empty()) {
    return absl::NotFoundError(absl::StrCat("no ", entity.type->name(), " with ", entity.key->name(), " '",
                                            KeyText(request, *Counterpart(request, *entity.key)), "'"));
  }
  return FromRow(rows[0]);
}

absl::StatusOr<MessagePointer> UnitOfWork::Create(const pb::Message& request,
                                                  const std::string& new_key) const {
  const Entity& entity = *method_->entity;
  MessagePointer message = model_->NewMessage(*entity.type);
  CopyCarried(request, *message);
  if (entity.version != nullptr) message->GetReflection()->SetInt64(message.get(), entity.version, 0);
  if (KeyText(*message, *entity.key).empty() || KeyText(*message, *entity.key) == "0") {
    if (entity.key->cpp_type() != Field::CPPTYPE_STRING) {
      return absl::InvalidArgumentError(
          absl::StrCat("field '", entity.key->name(), "': give the key; only text keys are made up"));
    }
    message->GetReflection()->SetString(message.get(), entity.key, new_key);
  }
  return message;
}

absl::Status UnitOfWork::CheckVersion(const pb::Message& request, const pb::Message& entity) const {
  const Field* version = method_->entity->version;
  if (version == nullptr) return absl::OkStatus();
  const Field* asked = Counterpart(request, *version);
  if (asked == nullptr || asked->type() != version->type() || asked->is_repeated()) return absl::OkStatus();
  const int64_t wanted = request.GetReflection()->GetInt64(request, asked);
  const int64_t present = entity.GetReflection()->GetInt64(entity, version);
  if (wanted == 0 || wanted == present) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(method_->entity->type->name(), " has changed: version ", present,
                                         ", not ", wanted, "; read it again and repeat"));
}

absl::Status UnitOfWork::Assign(const pb::Message& request, const pb::Message& before,
                                pb::Message& entity) const {
  feel::Context variables = ToContext(before);
  variables.Set("request", ToContext(request));
  for (const Assignment& assignment : method_->assignments) {
    AMEIDE_RETURN_IF_ERROR(
        FromFeel(feel::Evaluate(assignment.expression, variables), *assignment.field, entity));
  }
  return absl::OkStatus();
}

absl::Status UnitOfWork::Store(const pb::Message& entity) {
  std::vector<Cell> cells = {tenant_};
  std::vector<std::string> changes;
  const std::vector<std::string> columns = Columns(*method_->entity);
  for (int i = 0; i < method_->entity->type->field_count(); ++i) {
    cells.push_back(ToCell(entity, *method_->entity->type->field(i)));
    if (const auto* real = std::get_if<double>(&cells.back()); real != nullptr && std::isnan(*real)) {
      return absl::InvalidArgumentError(
          absl::StrCat("field '", method_->entity->type->field(i)->name(), "' is not a number (NaN)"));
    }
    changes.push_back(
        absl::StrCat(columns[static_cast<size_t>(i)], " = excluded.", columns[static_cast<size_t>(i)]));
  }
  std::string marks;
  for (size_t i = 0; i < columns.size(); ++i) marks += ", ?";
  std::string sql = absl::StrCat("INSERT INTO ", TableName(*method_->entity), " (tenant, ",
                                 absl::StrJoin(columns, ", "), ") VALUES (?", marks, ")");
  if (method_->action == domain::v1::ACTION_UPDATE) {
    absl::StrAppend(&sql, " ON CONFLICT (tenant, ", ColumnName(*method_->entity->key), ") DO UPDATE SET ",
                    absl::StrJoin(changes, ", "));
  }
  const absl::Status status = database_->Run(sql, cells).status();
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(absl::StrCat("there is already a ", method_->entity->type->name(),
                                                 " with ", method_->entity->key->name(), " '",
                                                 KeyText(entity, *method_->entity->key), "'"));
  }
  return status;
}

absl::Status UnitOfWork::WriteFact(const pb::Message& entity, WallTime now) {
  if (method_->fact.empty()) return absl::OkStatus();
  std::string json;
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  if (!pb::util::MessageToJsonString(entity, &json, options).ok()) {
    return absl::InternalError(absl::StrCat("cannot write fact ", method_->fact, " as JSON"));
  }
  return database_
      ->Run(
          "INSERT INTO domain_outbox (tenant, domain, fact, entity_key, payload, at) VALUES (?, ?, ?, ?, ?, "
          "?)",
          {tenant_, model_->package(), method_->fact, KeyText(entity, *method_->entity->key), json,
           int64_t{now.time_since_epoch().count()}})
      .status();
}

MessagePointer UnitOfWork::Respond(const pb::Message& entity) const {
  MessagePointer response = model_->NewMessage(*method_->descriptor->output_type());
  if (method_->response_field != nullptr) {
    response->GetReflection()->MutableMessage(response.get(), method_->response_field)->CopyFrom(entity);
  } else if (response->GetDescriptor() == entity.GetDescriptor()) {
    response->CopyFrom(entity);
  }
  return response;
}

absl::StatusOr<MessagePointer> UnitOfWork::Command(const pb::Message& request, const std::string& new_key,
                                                   WallTime now) {
  const Entity& entity = *method_->entity;
  AMEIDE_RETURN_IF_ERROR(CheckFields(request, method_->descriptor->name()));
  MessagePointer after;
  MessagePointer before;
  if (method_->action == domain::v1::ACTION_CREATE) {
    AMEIDE_ASSIGN_OR_RETURN(after, Create(request, new_key));
    before.reset(after->New());
    before->CopyFrom(*after);
  } else {
    AMEIDE_ASSIGN_OR_RETURN(before, Load(request));
    AMEIDE_RETURN_IF_ERROR(CheckVersion(request, *before));
    after.reset(before->New());
    after->CopyFrom(*before);
  }
  feel::Context variables = ToContext(*before);
  variables.Set("request", ToContext(request));
  AMEIDE_RETURN_IF_ERROR(CheckConditions(method_->requirements, variables, entity.type->name()));
  if (method_->action == domain::v1::ACTION_DELETE) {
    AMEIDE_RETURN_IF_ERROR(database_
                               ->Run(absl::StrCat("DELETE FROM ", TableName(entity), " WHERE tenant = ? AND ",
                                                  ColumnName(*entity.key), " = ?"),
                                     {tenant_, ToCell(*before, *entity.key)})
                               .status());
    AMEIDE_RETURN_IF_ERROR(WriteFact(*before, now));
    return Respond(*before);
  }
  if (method_->action == domain::v1::ACTION_UPDATE) {
    const int64_t version =
        entity.version != nullptr ? before->GetReflection()->GetInt64(*before, entity.version) : 0;
    CopyCarried(request, *after);
    if (entity.version != nullptr) after->GetReflection()->SetInt64(after.get(), entity.version, version);
  }
  AMEIDE_RETURN_IF_ERROR(Assign(request, *before, *after));
  if (entity.version != nullptr) {
    after->GetReflection()->SetInt64(after.get(), entity.version,
                                     before->GetReflection()->GetInt64(*before, entity.version) + 1);
  }
  AMEIDE_RETURN_IF_ERROR(CheckFields(*after, entity.type->name()));
  AMEIDE_RETURN_IF_ERROR(CheckConditions(entity.invariants, ToContext(*after), entity.type->name()));
  AMEIDE_RETURN_IF_ERROR(Store(*after));
  AMEIDE_RETURN_IF_ERROR(WriteFact(*after, now));
  return Respond(*after);
}

absl::StatusOr<MessagePointer> UnitOfWork::Query(const pb::Message& request) {
  AMEIDE_RETURN_IF_ERROR(CheckFields(request, method_->descriptor->name()));
  if (method_->is_list) return Page(request);
  AMEIDE_ASSIGN_OR_RETURN(const MessagePointer entity, Load(request));
  return Respond(*entity);
}

absl::StatusOr<MessagePointer> UnitOfWork::Page(const pb::Message& request) {
  const Entity& entity = *method_->entity;
  const pb::Descriptor& asked = *request.GetDescriptor();
  const Field* size_field = asked.FindFieldByName("page_size");
  const Field* token_field = asked.FindFieldByName("page_token");
  int64_t size = kDefaultPage;
  if (size_field != nullptr && size_field->cpp_type() == Field::CPPTYPE_INT32 && !size_field->is_repeated()) {
    size = request.GetReflection()->GetInt32(request, size_field);
    if (size < 0 || size > kLargestPage)
      return absl::InvalidArgumentError("page_size must be between 0 and 1000");
    if (size == 0) size = kDefaultPage;
  }
  const std::string order = absl::StrCat("ifnull(", ColumnName(*method_->order_by), ", '')");
  const std::string key = ColumnName(*entity.key);
  const char* direction = method_->descending ? "DESC" : "ASC";
  std::string sql = absl::StrCat("SELECT ", absl::StrJoin(Columns(entity), ", "), ", ", order, " FROM ",
                                 TableName(entity), " WHERE tenant = ?");
  std::vector<Cell> parameters = {tenant_};
  for (const std::string& filter : method_->filters) {
    const Field* field = asked.FindFieldByName(filter);
    const bool set = field->has_presence()
                         ? request.GetReflection()->HasField(request, field)
                         : ToCell(request, *field) != ToCell(*model_->NewMessage(asked), *field);
    if (!set) continue;
    absl::StrAppend(&sql, " AND ", ColumnName(*entity.type->FindFieldByName(filter)), " = ?");
    parameters.push_back(ToCell(request, *field));
  }
  if (token_field != nullptr && token_field->type() == Field::TYPE_STRING && !token_field->is_repeated()) {
    if (const std::string token = request.GetReflection()->GetString(request, token_field); !token.empty()) {
      AMEIDE_ASSIGN_OR_RETURN(const auto cells, ReadPageToken(token));
      absl::StrAppend(&sql, " AND (", order, ", ", key, ") ", method_->descending ? "<" : ">", " (?, ?)");
      parameters.insert(parameters.end(), cells.begin(), cells.end());
    }
  }
  absl::StrAppend(&sql, " ORDER BY ", order, " ", direction, ", ", key, " ", direction, " LIMIT ", size + 1);
  AMEIDE_ASSIGN_OR_RETURN(const auto rows, database_->Run(sql, parameters));
  MessagePointer response = model_->NewMessage(*method_->descriptor->output_type());
  const size_t shown = std::min(rows.size(), static_cast<size_t>(size));
  for (size_t i = 0; i < shown; ++i) {
    AMEIDE_ASSIGN_OR_RETURN(const MessagePointer each, FromRow(rows[i]));
    response->GetReflection()->AddMessage(response.get(), method_->response_field)->CopyFrom(*each);
  }
  const Field* next = response->GetDescriptor()->FindFieldByName("next_page_token");
  if (rows.size() > shown && next != nullptr && next->type() == Field::TYPE_STRING && !next->is_repeated()) {
    const Row& last = rows[shown - 1];
    response->GetReflection()->SetString(
        response.get(), next, PageToken(last.back(), last[static_cast<size_t>(entity.key->index())]));
  }
  return response;
}

}  // namespace ameide::domains
