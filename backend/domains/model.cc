#include "backend/domains/model.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/nesting.h"
#include "base/status.h"

namespace ameide::domains {
namespace {

namespace pb = google::protobuf;

constexpr size_t kLargestModel = size_t{1} << 20;
constexpr int kMostFields = 200;
constexpr int kDeepestNesting = 16;
constexpr int kDeepestBrackets = 100;  // protobuf's own limit is its stack
constexpr std::string_view kReservedPackages[] = {"ameide", "grpc", "google"};

/// Collects what protobuf's parser and builder have to say.
class Complaints final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  explicit Complaints(std::string path) : path_(std::move(path)) {}

  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    Append(absl::StrCat(path_, ":", line + 1, ":", column + 1, ": ", message));
  }
  void AddError(const std::string& file, const std::string& element, const pb::Message*, ErrorLocation,
                const std::string& message) override {
    Append(absl::StrCat(file, ": ", element, ": ", message));
  }
  const std::string& text() const { return text_; }

 private:
  void Append(const std::string& line) { absl::StrAppend(&text_, text_.empty() ? "" : "\n", line); }
  std::string path_;
  std::string text_;
};

absl::Status Refuse(std::string_view element, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(element), ": ", std::string(why)));
}

/// A descriptor of the program's own (options and well-known types), copied so that the pool stands alone.
bool CopyGenerated(const std::string& name, pb::DescriptorPool& pool) {
  if (pool.FindFileByName(name) != nullptr) return true;
  const pb::FileDescriptor* file = pb::DescriptorPool::generated_pool()->FindFileByName(name);
  if (file == nullptr) return false;
  for (int i = 0; i < file->dependency_count(); ++i) {
    if (!CopyGenerated(std::string(file->dependency(i)->name()), pool)) return false;
  }
  pb::FileDescriptorProto proto;
  file->CopyTo(&proto);
  return pool.BuildFile(proto) != nullptr;
}

int CountFields(const pb::Descriptor& type) {
  int count = type.field_count();
  for (int i = 0; i < type.nested_type_count(); ++i)
    count = std::max(count, CountFields(*type.nested_type(i)));
  return count;
}

/// Tells how deep messages nest inside each other by their fields. Looks at each message once: there can be
/// very many ways through a file.
class Nesting {
 public:
  /// Recursion, and whatever is deeper than is allowed, is kDeepestNesting + 1.
  int Of(const pb::Descriptor& type, int above = 0) {
    if (above == kDeepestNesting) return kDeepestNesting + 1;
    const auto [known, is_new] = known_.emplace(&type, kDeepestNesting + 1);  // until it is done: recursion
    if (!is_new) return known->second;
    int deepest = 0;
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::Descriptor* inner = type.field(i)->message_type();
      if (inner != nullptr) deepest = std::max(deepest, Of(*inner, above + 1));
    }
    return known_[&type] = std::min(deepest + 1, kDeepestNesting + 1);
  }

 private:
  std::map<const pb::Descriptor*, int> known_;
};

bool IsKeyType(const pb::FieldDescriptor& field) {
  if (field.is_repeated()) return false;
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return field.type() == pb::FieldDescriptor::TYPE_STRING;
    case pb::FieldDescriptor::CPPTYPE_INT32:
    case pb::FieldDescriptor::CPPTYPE_INT64:
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return true;
    default:
      return false;
  }
}

std::string Trimmed(std::string text) {
  absl::StripAsciiWhitespace(&text);
  return text;
}

/// An expression of a domain, which has no clock: what holds today must hold tomorrow. What runs already is
/// not refused for what is found later.
absl::StatusOr<feel::Expression> ParseRule(std::string_view text, DomainModel::Origin origin) {
  absl::StatusOr<feel::Expression> expression = feel::Parse(text);
  if (origin == DomainModel::Origin::kStored) {
    feel::Parsed parsed = feel::Read(text);
    expression =
        parsed.expression ? absl::StatusOr<feel::Expression>(*std::move(parsed.expression)) : parsed.status();
  }
  if (expression.ok() && expression->reads_clock())
    return absl::UnimplementedError("now() and today() are refused here; pass the moment in as a field");
  return expression;
}

absl::StatusOr<std::vector<Condition>> Conditions(const pb::RepeatedPtrField<domain::v1::Rule>& rules,
                                                  std::string_view element, DomainModel::Origin origin) {
  std::vector<Condition> conditions;
  for (const domain::v1::Rule& rule : rules) {
    auto expression = ParseRule(rule.expression(), origin);
    if (!expression.ok()) {
      return Refuse(element, absl::StrCat("rule '", rule.expression(),
                                          "': ", std::string(expression.status().message())));
    }
    conditions.push_back(
        {*std::move(expression), rule.expression(),
         rule.message().empty() ? absl::StrCat("'", rule.expression(), "' does not hold") : rule.message()});
  }
  return conditions;
}

absl::StatusOr<const pb::FieldDescriptor*> FieldOf(const pb::Descriptor& type, std::string_view name,
                                                   std::string_view element) {
  const pb::FieldDescriptor* field = type.FindFieldByName(std::string(name));
  if (field == nullptr) {
    return Refuse(element, absl::StrCat("message ", std::string(type.name()), " has no field '",
                                        std::string(name), "'"));
  }
  return field;
}

}  // namespace

struct DomainModel::Parsing {
  pb::DescriptorPool pool;
  pb::DynamicMessageFactory factory{&pool};
};

DomainModel::DomainModel() : parsing_(std::make_unique<Parsing>()) {}
DomainModel::~DomainModel() = default;

const std::string& DomainModel::package() const { return file_->package(); }
const pb::DescriptorPool& DomainModel::pool() const { return parsing_->pool; }

std::unique_ptr<pb::Message> DomainModel::NewMessage(const pb::Descriptor& type) const {
  return std::unique_ptr<pb::Message>(parsing_->factory.GetPrototype(&type)->New());
}

/// Builds one DomainModel, step by step.
class ModelLoader {
 public:
  explicit ModelLoader(DomainModel::Origin origin) : origin_(origin) {}

  absl::StatusOr<std::unique_ptr<DomainModel>> Run(std::string_view path, std::string_view text) {
    model_->path_ = std::string(path);
    model_->source_ = std::string(text);
    model_->digest_ = Sha256(text);
    AMEIDE_RETURN_IF_ERROR(ParseFile());
    AMEIDE_RETURN_IF_ERROR(CheckBounds());
    for (int i = 0; i < model_->file_->message_type_count(); ++i) {
      AMEIDE_RETURN_IF_ERROR(AddMessage(*model_->file_->message_type(i)));
    }
    for (int i = 0; i < model_->file_->service_count(); ++i) {
      const pb::ServiceDescriptor& service = *model_->file_->service(i);
      for (int j = 0; j < service.method_count(); ++j) AMEIDE_RETURN_IF_ERROR(AddMethod(*service.method(j)));
    }
    if (model_->methods_.empty()) return Refuse(path, "no service with commands or queries; add one");
    return std::move(model_);
  }

 private:
  absl::Status ParseFile() {
    if (model_->source_.size() > kLargestModel) return Refuse(model_->path_, "larger than 1 MiB");
    if (NestsDeeper(model_->source_, kDeepestBrackets)) return Refuse(model_->path_, "nested too deeply");
    Complaints complaints(model_->path_);
    pb::io::ArrayInputStream input(model_->source_.data(), static_cast<int>(model_->source_.size()));
    pb::io::Tokenizer tokenizer(&input, &complaints);
    pb::compiler::Parser parser;
    parser.RecordErrorsTo(&complaints);
    pb::FileDescriptorProto proto;
    if (!parser.Parse(&tokenizer, &proto) || !complaints.text().empty()) {
      return absl::InvalidArgumentError(complaints.text());
    }
    proto.set_name(model_->path_);
    for (const std::string& dependency : proto.dependency()) {
      if (!CopyGenerated(dependency, model_->parsing_->pool)) {
        return Refuse(model_->path_,
                      absl::StrCat("imports '", dependency,
                                   "', which is not known here; a domain may import the domain options "
                                   "and protobuf's well-known types"));
      }
    }
    model_->file_ = model_->parsing_->pool.BuildFileCollectingErrors(proto, &complaints);
    if (model_->file_ == nullptr) return absl::InvalidArgumentError(complaints.text());
    return absl::OkStatus();
  }

  absl::Status CheckBounds() {
    const std::string& package = model_->file_->package();
    if (package.empty()) return Refuse(model_->path_, "no package; a domain's methods are found by it");
    for (const std::string_view reserved : kReservedPackages) {
      if (package == reserved || package.rfind(absl::StrCat(std::string(reserved), "."), 0) == 0) {
        return Refuse(model_->path_, absl::StrCat("package '", package, "' is reserved; choose another"));
      }
    }
    Nesting nesting;
    for (int i = 0; i < model_->file_->message_type_count(); ++i) {
      const pb::Descriptor& type = *model_->file_->message_type(i);
      if (CountFields(type) > kMostFields) return Refuse(type.full_name(), "more than 200 fields");
      if (nesting.Of(type) > kDeepestNesting)
        return Refuse(type.full_name(), "nests deeper than 16 messages");
    }
    return absl::OkStatus();
  }

  absl::Status AddMessage(const pb::Descriptor& type) {
    AMEIDE_RETURN_IF_ERROR(AddFieldRules(type));
    if (!type.options().HasExtension(domain::v1::entity)) return absl::OkStatus();
    const domain::v1::Entity& options = type.options().GetExtension(domain::v1::entity);
    const std::string& name = type.full_name();
    auto entity = std::make_unique<Entity>();
    entity->type = &type;
    AMEIDE_ASSIGN_OR_RETURN(entity->key, FieldOf(type, options.key(), name));
    if (!IsKeyType(*entity->key)) return Refuse(name, "the key must be a single string or integer field");
    if (!options.version().empty()) {
      AMEIDE_ASSIGN_OR_RETURN(entity->version, FieldOf(type, options.version(), name));
      if (entity->version->cpp_type() != pb::FieldDescriptor::CPPTYPE_INT64 ||
          entity->version->is_repeated()) {
        return Refuse(name, "the version must be an int64 field");
      }
    }
    for (const std::string& index : options.index()) {
      std::vector<const pb::FieldDescriptor*> fields;
      for (const std::string& part : std::vector<std::string>(absl::StrSplit(index, ','))) {
        AMEIDE_ASSIGN_OR_RETURN(const pb::FieldDescriptor* field, FieldOf(type, Trimmed(part), name));
        if (field->is_repeated() || field->message_type() != nullptr) {
          return Refuse(name, absl::StrCat("field '", field->name(), "' cannot be indexed"));
        }
        fields.push_back(field);
      }
      entity->indexes.push_back(std::move(fields));
    }
    AMEIDE_ASSIGN_OR_RETURN(entity->invariants, Conditions(options.invariant(), name, origin_));
    model_->entities_[name] = std::move(entity);
    return absl::OkStatus();
  }

  absl::Status AddFieldRules(const pb::Descriptor& type) {
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      for (int j = 0; j < field.options().ExtensionSize(domain::v1::rule); ++j) {
        const domain::v1::FieldRule& rule = field.options().GetExtension(domain::v1::rule, j);
        auto expression = ParseRule(rule.expression(), origin_);
        if (!expression.ok()) {
          return Refuse(field.full_name(), absl::StrCat("rule '", rule.expression(),
                                                        "': ", std::string(expression.status().message())));
        }
        model_->field_rules_[&field].push_back({*std::move(expression), rule.expression(), rule.message()});
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<const Entity*> EntityNamed(const std::string& name, std::string_view element) {
    for (const std::string& full : {name, absl::StrCat(model_->package(), ".", name)}) {
      if (const auto found = model_->entities_.find(full); found != model_->entities_.end())
        return found->second.get();
    }
    return Refuse(element, absl::StrCat("'", name, "' is not an entity of this file"));
  }

  absl::Status AddMethod(const pb::MethodDescriptor& descriptor) {
    const std::string name = absl::StrCat(descriptor.service()->full_name(), "/", descriptor.name());
    if (descriptor.client_streaming() || descriptor.server_streaming()) {
      return Refuse(name, "streaming methods cannot be hosted");
    }
    Method method;
    method.descriptor = &descriptor;
    const bool is_command = descriptor.options().HasExtension(domain::v1::command);
    const bool is_query = descriptor.options().HasExtension(domain::v1::query);
    if (is_command == is_query) return Refuse(name, "must have either the command or the query option");
    AMEIDE_RETURN_IF_ERROR(is_command ? SetCommand(name, method) : SetQuery(name, method));
    model_->methods_[name] = std::move(method);
    return absl::OkStatus();
  }

  /// The key must be in every request that names one entity.
  absl::Status RequireKey(const std::string& name, const Method& method) {
    const pb::FieldDescriptor* key =
        method.descriptor->input_type()->FindFieldByName(std::string(method.entity->key->name()));
    if (key == nullptr || key->type() != method.entity->key->type() || key->is_repeated()) {
      return Refuse(name,
                    absl::StrCat("the request needs the entity's key '", method.entity->key->name(), "'"));
    }
    return absl::OkStatus();
  }

  absl::Status SetResponse(const std::string& name, bool list, Method& method) {
    const pb::Descriptor& response = *method.descriptor->output_type();
    if (!list && &response == method.entity->type) return absl::OkStatus();
    for (int i = 0; i < response.field_count(); ++i) {
      const pb::FieldDescriptor* field = response.field(i);
      if (field->message_type() == method.entity->type && field->is_repeated() == list)
        method.response_field = field;
    }
    if (method.response_field == nullptr && (list || response.field_count() > 0)) {
      return Refuse(name, absl::StrCat("the response has no field for ", method.entity->type->full_name()));
    }
    return absl::OkStatus();
  }

  absl::Status SetCommand(const std::string& name, Method& method) {
    const domain::v1::Command& options = method.descriptor->options().GetExtension(domain::v1::command);
    if (options.action() == domain::v1::ACTION_UNSPECIFIED || !domain::v1::Action_IsValid(options.action())) {
      return Refuse(name, "the command needs an action: ACTION_CREATE, ACTION_UPDATE or ACTION_DELETE");
    }
    method.action = options.action();
    AMEIDE_ASSIGN_OR_RETURN(method.entity, EntityNamed(options.entity(), name));
    AMEIDE_RETURN_IF_ERROR(RequireKey(name, method));
    AMEIDE_RETURN_IF_ERROR(SetResponse(name, false, method));
    AMEIDE_ASSIGN_OR_RETURN(method.requirements, Conditions(options.require(), name, origin_));
    for (const std::string& text : options.set()) {
      const size_t equals = text.find('=');
      if (equals == std::string::npos)
        return Refuse(name, absl::StrCat("'", text, "' is not `field = expression`"));
      AMEIDE_ASSIGN_OR_RETURN(const pb::FieldDescriptor* field,
                              FieldOf(*method.entity->type, Trimmed(text.substr(0, equals)), name));
      auto expression = ParseRule(std::string_view(text).substr(equals + 1), origin_);
      if (!expression.ok()) {
        return Refuse(name, absl::StrCat("'", text, "': ", std::string(expression.status().message())));
      }
      method.assignments.push_back({field, *std::move(expression)});
    }
    method.fact = options.fact();
    return absl::OkStatus();
  }

  absl::Status SetQuery(const std::string& name, Method& method) {
    const domain::v1::Query& options = method.descriptor->options().GetExtension(domain::v1::query);
    AMEIDE_ASSIGN_OR_RETURN(method.entity, EntityNamed(options.entity(), name));
    const pb::Descriptor& response = *method.descriptor->output_type();
    for (int i = 0; i < response.field_count() && &response != method.entity->type; ++i) {
      if (response.field(i)->message_type() == method.entity->type && response.field(i)->is_repeated())
        method.is_list = true;
    }
    AMEIDE_RETURN_IF_ERROR(SetResponse(name, method.is_list, method));
    if (!method.is_list) return RequireKey(name, method);
    for (const std::string& filter : options.filter()) {
      AMEIDE_ASSIGN_OR_RETURN(const auto* asked, FieldOf(*method.descriptor->input_type(), filter, name));
      AMEIDE_ASSIGN_OR_RETURN(const auto* stored, FieldOf(*method.entity->type, filter, name));
      if (asked->type() != stored->type() || asked->is_repeated() || asked->message_type() != nullptr) {
        return Refuse(
            name, absl::StrCat("filter '", filter, "' must be the same single scalar in request and entity"));
      }
      method.filters.push_back(filter);
    }
    method.order_by = method.entity->key;
    if (!options.order_by().empty()) {
      method.descending = options.order_by()[0] == '-';
      AMEIDE_ASSIGN_OR_RETURN(
          method.order_by,
          FieldOf(*method.entity->type, options.order_by().substr(method.descending ? 1 : 0), name));
      if (method.order_by->is_repeated() || method.order_by->message_type() != nullptr) {
        return Refuse(name, "order_by must name a single scalar field");
      }
    }
    return absl::OkStatus();
  }

  DomainModel::Origin origin_;
  std::unique_ptr<DomainModel> model_{new DomainModel()};
};

absl::StatusOr<std::unique_ptr<DomainModel>> DomainModel::Load(std::string_view path, std::string_view text,
                                                               Origin origin) {
  return ModelLoader(origin).Run(path, text);
}

}  // namespace ameide::domains
