#pragma once

#include <google/protobuf/unknown_field_set.h>

#include <QtGlobal>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/connection/connection.h"
#include "tests/backend/server/raw_call.h"

namespace ameide {

/// A text field of a message without its descriptor; nothing for an empty one.
inline std::string Field(int number, const std::string& text) {
  if (text.empty()) return "";
  google::protobuf::UnknownFieldSet fields;
  fields.AddLengthDelimited(number, text);
  std::string bytes;
  fields.SerializeToString(&bytes);
  return bytes;
}

/// Length-delimited fields of a message without its descriptor.
inline std::vector<std::pair<int, std::string>> Fields(const std::string& bytes) {
  google::protobuf::UnknownFieldSet set;
  std::vector<std::pair<int, std::string>> fields;
  if (!set.ParseFromString(bytes)) return fields;
  for (int i = 0; i < set.field_count(); ++i) {
    const auto& field = set.field(i);
    if (field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
      fields.emplace_back(field.number(), field.length_delimited());
    }
  }
  return fields;
}

/// What the sample's domain has taken down: orders by customer.
inline std::map<std::string, int> CountOrders(const connection::Connection& connection) {
  std::map<std::string, int> orders;
  std::string page_token;
  do {
    const auto context = connection.NewContext();
    std::string answer;
    const std::string request = std::string("\x18\xe8\x07", 3) + Field(4, page_token);  // page_size: 1000
    const auto status =
        CallRaw(connection.channel(), "/orders.v1.OrderService/ListOrders", request, context.get(), &answer);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    page_token.clear();
    for (const auto& [number, bytes] : Fields(answer)) {
      if (number == 2) page_token = bytes;
      if (number != 1) continue;
      for (const auto& [inner, text] : Fields(bytes)) {
        if (inner == 2) ++orders[text];
      }
    }
  } while (!page_token.empty());
  return orders;
}

/// How often to kill: AMEIDE_KILLS, or what a run of the suite has time for.
inline int Kills(int usual) {
  const int asked = qEnvironmentVariableIntValue("AMEIDE_KILLS");
  return asked > 0 ? asked : usual;
}

}  // namespace ameide
