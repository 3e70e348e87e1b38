#include "backend/domains/record.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::domains {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

/// True for columns that hold protobuf's wire form of the one field.
bool IsPacked(const Field& field) {
  return field.is_repeated() || field.cpp_type() == Field::CPPTYPE_MESSAGE;
}

/// The wire form of one field alone, under `number`.
std::string WireForm(const pb::Message& message, const Field& field, int number) {
  const pb::Reflection& r = *message.GetReflection();
  std::unique_ptr<pb::Message> only(message.New());
  only->CopyFrom(message);
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    if (message.GetDescriptor()->field(i) != &field)
      r.ClearField(only.get(), message.GetDescriptor()->field(i));
  }
  r.MutableUnknownFields(only.get())->Clear();
  const std::string own = only->SerializeAsString();
  if (number == field.number()) return own;
  pb::UnknownFieldSet fields;
  fields.ParseFromString(own);
  pb::UnknownFieldSet renumbered;
  for (int i = 0; i < fields.field_count(); ++i) {
    const pb::UnknownField& each = fields.field(i);
    switch (each.type()) {
      case pb::UnknownField::TYPE_VARINT:
        renumbered.AddVarint(number, each.varint());
        break;
      case pb::UnknownField::TYPE_FIXED32:
        renumbered.AddFixed32(number, each.fixed32());
        break;
      case pb::UnknownField::TYPE_FIXED64:
        renumbered.AddFixed64(number, each.fixed64());
        break;
      case pb::UnknownField::TYPE_LENGTH_DELIMITED:
        renumbered.AddLengthDelimited(number, each.length_delimited());
        break;
      case pb::UnknownField::TYPE_GROUP:
        break;  // proto3 has none
    }
  }
  std::string bytes;
  renumbered.SerializeToString(&bytes);
  return bytes;
}

feel::Value ScalarToFeel(const pb::Message& message, const Field& field, int index) {
  const pb::Reflection& r = *message.GetReflection();
  const bool many = field.is_repeated();
  const auto real = [](double value) -> feel::Value {
    char text[40];
    // Shortest text that reads back as the same number; infinities and NaN have no FEEL value.
    for (const int digits : {15, 16, 17}) {
      std::snprintf(text, sizeof text, "%.*g", digits, value);
      const auto parsed = feel::Decimal::Parse(text);
      if (!parsed.ok()) return feel::Value();
      if (parsed->ToDouble() == value) return *parsed;
    }
    return feel::Value();
  };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return int64_t{many ? r.GetRepeatedInt32(message, &field, index) : r.GetInt32(message, &field)};
    case Field::CPPTYPE_INT64:
      return int64_t{many ? r.GetRepeatedInt64(message, &field, index) : r.GetInt64(message, &field)};
    case Field::CPPTYPE_UINT32:
      return int64_t{many ? r.GetRepeatedUInt32(message, &field, index) : r.GetUInt32(message, &field)};
    case Field::CPPTYPE_UINT64: {
      const uint64_t value =
          many ? r.GetRepeatedUInt64(message, &field, index) : r.GetUInt64(message, &field);
      const auto parsed = feel::Decimal::Parse(absl::StrCat(value));
      return parsed.ok() ? feel::Value(*parsed) : feel::Value();
    }
    case Field::CPPTYPE_DOUBLE:
      return real(many ? r.GetRepeatedDouble(message, &field, index) : r.GetDouble(message, &field));
    case Field::CPPTYPE_FLOAT:
      return real(many ? r.GetRepeatedFloat(message, &field, index) : r.GetFloat(message, &field));
    case Field::CPPTYPE_BOOL:
      return many ? r.GetRepeatedBool(message, &field, index) : r.GetBool(message, &field);
    case Field::CPPTYPE_ENUM: {
      const int number =
          many ? r.GetRepeatedEnumValue(message, &field, index) : r.GetEnumValue(message, &field);
      const pb::EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
      return value != nullptr ? feel::Value(value->name()) : feel::Value(int64_t{number});
    }
    case Field::CPPTYPE_STRING: {
      const std::string text =
          many ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field);
      return field.type() == Field::TYPE_BYTES ? absl::Base64Escape(text) : text;
    }
    case Field::CPPTYPE_MESSAGE:
      if (!many && !r.HasField(message, &field)) return feel::Value();
      return ToContext(many ? r.GetRepeatedMessage(message, &field, index) : r.GetMessage(message, &field));
  }
  return feel::Value();
}

absl::Status DoesNotFit(const Field& field, const feel::Value& value, std::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("field '", field.name(), "' takes ", std::string(wanted),
                                                 ", not ", std::string(feel::KindName(value.kind())), " ",
                                                 feel::ToText(value)));
}

absl::Status SetInteger(const feel::Value& value, const Field& field, pb::Message& message) {
  const pb::Reflection& r = *message.GetReflection();
  const auto integer = value.number() != nullptr ? value.number()->ToInt64() : std::nullopt;
  if (!integer) return DoesNotFit(field, value, "an integer");
  const auto within = [&](int64_t low, int64_t high) { return *integer >= low && *integer <= high; };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      if (!within(INT32_MIN, INT32_MAX)) return DoesNotFit(field, value, "a 32-bit integer");
      r.SetInt32(&message, &field, static_cast<int32_t>(*integer));
      return absl::OkStatus();
    case Field::CPPTYPE_UINT32:
      if (!within(0, UINT32_MAX)) return DoesNotFit(field, value, "an unsigned 32-bit integer");
      r.SetUInt32(&message, &field, static_cast<uint32_t>(*integer));
      return absl::OkStatus();
    case Field::CPPTYPE_UINT64:
      if (*integer < 0) return DoesNotFit(field, value, "an unsigned integer");
      r.SetUInt64(&message, &field, static_cast<uint64_t>(*integer));
      return absl::OkStatus();
    default:
      r.SetInt64(&message, &field, *integer);
      return absl::OkStatus();
  }
}

absl::Status SetEnum(const feel::Value& value, const Field& field, pb::Message& message) {
  const pb::EnumValueDescriptor* found = nullptr;
  if (value.string() != nullptr) found = field.enum_type()->FindValueByName(*value.string());
  if (found == nullptr)
    return DoesNotFit(field, value, absl::StrCat("a name of ", field.enum_type()->name()));
  message.GetReflection()->SetEnum(&message, &field, found);
  return absl::OkStatus();
}

}  // namespace

std::string_view ColumnType(const Field& field) {
  if (IsPacked(field)) return "BLOB";
  switch (field.cpp_type()) {
    case Field::CPPTYPE_DOUBLE:
    case Field::CPPTYPE_FLOAT:
      return "REAL";
    case Field::CPPTYPE_STRING:
      return field.type() == Field::TYPE_BYTES ? "BLOB" : "TEXT";
    default:
      return "INTEGER";
  }
}

Cell ToCell(const pb::Message& message, const Field& field) {
  const pb::Reflection& r = *message.GetReflection();
  if (IsPacked(field)) {
    if (field.is_repeated() ? r.FieldSize(message, &field) == 0 : !r.HasField(message, &field))
      return std::monostate();
    return Blob{WireForm(message, field, field.number())};
  }
  if (field.has_presence() && !r.HasField(message, &field)) return std::monostate();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return int64_t{r.GetInt32(message, &field)};
    case Field::CPPTYPE_INT64:
      return int64_t{r.GetInt64(message, &field)};
    case Field::CPPTYPE_UINT32:
      return int64_t{r.GetUInt32(message, &field)};
    case Field::CPPTYPE_UINT64:
      return static_cast<int64_t>(r.GetUInt64(message, &field));
    case Field::CPPTYPE_DOUBLE:
      return r.GetDouble(message, &field);
    case Field::CPPTYPE_FLOAT:
      return double{r.GetFloat(message, &field)};
    case Field::CPPTYPE_BOOL:
      return int64_t{r.GetBool(message, &field) ? 1 : 0};
    case Field::CPPTYPE_ENUM:
      return int64_t{r.GetEnumValue(message, &field)};
    case Field::CPPTYPE_STRING: {
      std::string text = r.GetString(message, &field);
      if (field.type() == Field::TYPE_BYTES) return Blob{std::move(text)};
      return text;
    }
    case Field::CPPTYPE_MESSAGE:
      break;
  }
  return std::monostate();
}

absl::Status FromCell(const Cell& cell, const Field& field, pb::Message& message) {
  const pb::Reflection& r = *message.GetReflection();
  if (std::holds_alternative<std::monostate>(cell)) return absl::OkStatus();
  const auto damaged = [&] {
    return absl::DataLossError(
        absl::StrCat("the stored value of field '", field.full_name(), "' is not of its type"));
  };
  if (IsPacked(field)) {
    const auto* blob = std::get_if<Blob>(&cell);
    if (blob == nullptr || !message.MergeFromString(blob->bytes)) return damaged();
    return absl::OkStatus();
  }
  const auto* integer = std::get_if<int64_t>(&cell);
  switch (field.cpp_type()) {
    case Field::CPPTYPE_DOUBLE:
    case Field::CPPTYPE_FLOAT: {
      const auto* real = std::get_if<double>(&cell);
      if (real == nullptr) return damaged();
      if (field.cpp_type() == Field::CPPTYPE_DOUBLE)
        r.SetDouble(&message, &field, *real);
      else
        r.SetFloat(&message, &field, static_cast<float>(*real));
      return absl::OkStatus();
    }
    case Field::CPPTYPE_STRING: {
      const auto* text = std::get_if<std::string>(&cell);
      const auto* blob = std::get_if<Blob>(&cell);
      if (text == nullptr && blob == nullptr) return damaged();
      r.SetString(&message, &field, text != nullptr ? *text : blob->bytes);
      return absl::OkStatus();
    }
    default:
      break;
  }
  if (integer == nullptr) return damaged();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      r.SetInt32(&message, &field, static_cast<int32_t>(*integer));
      break;
    case Field::CPPTYPE_UINT32:
      r.SetUInt32(&message, &field, static_cast<uint32_t>(*integer));
      break;
    case Field::CPPTYPE_UINT64:
      r.SetUInt64(&message, &field, static_cast<uint64_t>(*integer));
      break;
    case Field::CPPTYPE_BOOL:
      r.SetBool(&message, &field, *integer != 0);
      break;
    case Field::CPPTYPE_ENUM:
      r.SetEnumValue(&message, &field, static_cast<int>(*integer));
      break;
    default:
      r.SetInt64(&message, &field, *integer);
      break;
  }
  return absl::OkStatus();
}

feel::Context ToContext(const pb::Message& message) {
  feel::Context context;
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (!field.is_repeated()) {
      context.Set(field.name(), ScalarToFeel(message, field, 0));
      continue;
    }
    feel::List list;
    for (int j = 0; j < message.GetReflection()->FieldSize(message, &field); ++j) {
      list.push_back(ScalarToFeel(message, field, j));
    }
    context.Set(field.name(), std::move(list));
  }
  return context;
}

absl::Status FromFeel(const feel::Value& value, const Field& field, pb::Message& message) {
  const pb::Reflection& r = *message.GetReflection();
  if (value.is_null()) {
    r.ClearField(&message, &field);
    return absl::OkStatus();
  }
  if (IsPacked(field)) return DoesNotFit(field, value, "no assignment: it is a list or a message");
  switch (field.cpp_type()) {
    case Field::CPPTYPE_DOUBLE:
    case Field::CPPTYPE_FLOAT:
      if (value.number() == nullptr) return DoesNotFit(field, value, "a number");
      if (field.cpp_type() == Field::CPPTYPE_DOUBLE)
        r.SetDouble(&message, &field, value.number()->ToDouble());
      else
        r.SetFloat(&message, &field, static_cast<float>(value.number()->ToDouble()));
      return absl::OkStatus();
    case Field::CPPTYPE_BOOL:
      if (value.boolean() == nullptr) return DoesNotFit(field, value, "true or false");
      r.SetBool(&message, &field, *value.boolean());
      return absl::OkStatus();
    case Field::CPPTYPE_STRING: {
      if (field.type() == Field::TYPE_BYTES) {
        std::string bytes;
        if (value.string() == nullptr || !absl::Base64Unescape(*value.string(), &bytes)) {
          return DoesNotFit(field, value, "base64 text");
        }
        r.SetString(&message, &field, bytes);
        return absl::OkStatus();
      }
      if (value.string() == nullptr) return DoesNotFit(field, value, "a string");
      r.SetString(&message, &field, *value.string());
      return absl::OkStatus();
    }
    case Field::CPPTYPE_ENUM:
      return SetEnum(value, field, message);
    default:
      return SetInteger(value, field, message);
  }
}

/// True when what one field holds fits the other as it is. The entries of two map fields are messages of
/// their own, so these are compared by key and value.
bool SameType(const Field& a, const Field& b) {
  if (a.type() != b.type() || a.is_repeated() != b.is_repeated() || a.enum_type() != b.enum_type())
    return false;
  if (a.is_map() && b.is_map()) {
    return SameType(*a.message_type()->map_key(), *b.message_type()->map_key()) &&
           SameType(*a.message_type()->map_value(), *b.message_type()->map_value());
  }
  return a.message_type() == b.message_type();
}

void CopyCarried(const pb::Message& from, pb::Message& to) {
  std::vector<const Field*> carried;
  from.GetReflection()->ListFields(from, &carried);
  for (const Field* field : carried) {
    const Field* target = to.GetDescriptor()->FindFieldByName(std::string(field->name()));
    if (target == nullptr || !SameType(*field, *target)) continue;
    to.GetReflection()->ClearField(&to, target);
    // Equal types always fit, so neither can fail.
    if (IsPacked(*field)) {
      to.MergeFromString(WireForm(from, *field, target->number()));
    } else {
      FromCell(ToCell(from, *field), *target, to).IgnoreError();
    }
  }
}

}  // namespace ameide::domains
