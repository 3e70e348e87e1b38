#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ameide/domain/v1/options.pb.h"
#include "base/hash.h"
#include "notation/feel/expression.h"

namespace ameide::domains {

/// A FEEL condition of the model, parsed, with what to tell people when it does not hold.
struct Condition {
  feel::Expression expression;
  std::string source;
  std::string message;
};

/// `field = expression`, evaluated when a command runs.
struct Assignment {
  const google::protobuf::FieldDescriptor* field = nullptr;
  feel::Expression expression;
};

/// A message that is stored, one row each.
struct Entity {
  const google::protobuf::Descriptor* type = nullptr;
  const google::protobuf::FieldDescriptor* key = nullptr;
  const google::protobuf::FieldDescriptor* version = nullptr;  ///< null when the model asks for none
  std::vector<std::vector<const google::protobuf::FieldDescriptor*>> indexes;
  std::vector<Condition> invariants;
};

/// What one method of a service does.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const Entity* entity = nullptr;
  /// ACTION_UNSPECIFIED for queries.
  domain::v1::Action action = domain::v1::ACTION_UNSPECIFIED;
  std::vector<Assignment> assignments;
  std::vector<Condition> requirements;
  std::string fact;
  // Queries.
  bool is_list = false;
  std::vector<std::string> filters;
  const google::protobuf::FieldDescriptor* order_by = nullptr;
  bool descending = false;
  /// The response's field that holds the entity (or entities, for lists); null when the response is the
  /// entity.
  const google::protobuf::FieldDescriptor* response_field = nullptr;
};

/// Rules on single fields, by the field they stand on.
using FieldRules = std::map<const google::protobuf::FieldDescriptor*, std::vector<Condition>>;

/// A `.proto` file that describes a domain, checked and ready to be hosted. Immutable after Load; safe to
/// share between threads. Owns its own descriptor pool: nothing of the program's generated types is mixed in.
class DomainModel {
 public:
  /// Parses and checks `text`. INVALID_ARGUMENT with `PATH:LINE:COLUMN: why` lines for what protobuf refuses,
  /// or with the element's name for what the domain host refuses: reserved packages (`ameide`, `grpc`,
  /// `google`), client or server streaming, a method that is neither command nor query, an entity without a
  /// usable key, unknown fields in options, FEEL that does not parse, more than 200 fields, nesting deeper
  /// than 16, a file over 1 MiB. Of what is stored already, FEEL is refused only where it does not parse:
  /// what later versions find in it must not keep the host from starting.
  enum class Origin : uint8_t { kNew, kStored };
  static absl::StatusOr<std::unique_ptr<DomainModel>> Load(std::string_view path, std::string_view text,
                                                           Origin origin = Origin::kNew);
  ~DomainModel();

  const std::string& package() const;
  const std::string& path() const { return path_; }
  const std::string& source() const { return source_; }
  /// SHA-256 of the source: the version that is deployed.
  const Hash256& digest() const { return digest_; }
  /// By full name (`orders.v1.Order`).
  const std::map<std::string, std::unique_ptr<Entity>>& entities() const { return entities_; }
  /// By `package.Service/Method`.
  const std::map<std::string, Method>& methods() const { return methods_; }
  const FieldRules& field_rules() const { return field_rules_; }
  const google::protobuf::FileDescriptor& file() const { return *file_; }
  const google::protobuf::DescriptorPool& pool() const;
  /// An empty message of a type of this model.
  std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type) const;

 private:
  friend class ModelLoader;
  DomainModel();
  struct Parsing;
  std::unique_ptr<Parsing> parsing_;
  std::string path_;
  std::string source_;
  Hash256 digest_;
  const google::protobuf::FileDescriptor* file_ = nullptr;
  std::map<std::string, std::unique_ptr<Entity>> entities_;
  std::map<std::string, Method> methods_;
  FieldRules field_rules_;
};

}  // namespace ameide::domains
