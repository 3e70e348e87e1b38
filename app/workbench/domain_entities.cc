// What a process wrote into domains, read through the domains' own services: the backend's reflection
// describes them, so nothing here knows any domain.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ameide/reflection/v1/reflection.pb.h"
#include "app/connection/connection.h"
#include "app/workbench/backend_calls.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

constexpr char kReflectionMethod[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

/// One question on a stream of its own, one answer; also a unary call is that on the wire.
absl::StatusOr<std::string> Ask(const connection::Connection& backend, const std::string& method,
                                const std::string& request) {
  grpc::GenericStub stub(backend.channel());
  const auto context = backend.NewContext();
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(context.get(), method, &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer response;
  bool answered = false;
  if (ok) {
    call->WriteLast(ToBuffer(request), grpc::WriteOptions(), nullptr);
    queue.Next(&tag, &ok);
    call->Read(&response, nullptr);
    queue.Next(&tag, &answered);
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  AMEIDE_RETURN_IF_ERROR(connection::FromGrpc(status));
  if (!answered) return absl::UnavailableError("the domain did not answer");
  return ToBytes(response);
}

absl::StatusOr<reflection::v1::ReflectionResponse> Reflect(const connection::Connection& backend,
                                                           const reflection::v1::ReflectionRequest& request) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes,
                          Ask(backend, kReflectionMethod, request.SerializeAsString()));
  reflection::v1::ReflectionResponse response;
  if (!response.ParseFromString(bytes))
    return absl::DataLossError("the backend's description of its services is damaged");
  return response;
}

/// `order_id`, `orderId` and `OrderID` are one name to people.
QString Plain(const QString& name) { return QString(name).remove(QLatin1Char('_')).toLower(); }

/// The value of a variable with that name, also further down (`order.order_id`); nullopt when there is none.
std::optional<std::string> FindVariable(const QJsonObject& variables, const QString& name) {
  for (auto field = variables.begin(); field != variables.end(); ++field) {
    if ((*field).isString() && Plain(field.key()) == Plain(name)) return (*field).toString().toStdString();
  }
  for (const QJsonValue value : variables) {
    if (!value.isObject()) continue;
    const std::optional<std::string> found = FindVariable(value.toObject(), name);
    if (found) return found;
  }
  return std::nullopt;
}

/// A query's answer, when its one key has a value among the variables and something is found.
std::optional<DomainEntity> Query(const connection::Connection& backend,
                                  google::protobuf::DynamicMessageFactory& factory,
                                  const google::protobuf::MethodDescriptor& method,
                                  const QJsonObject& variables) {
  const google::protobuf::Descriptor& input = *method.input_type();
  if (!absl::StartsWith(method.name(), "Get") || input.field_count() != 1) return std::nullopt;
  const google::protobuf::FieldDescriptor& key = *input.field(0);
  if (key.type() != google::protobuf::FieldDescriptor::TYPE_STRING || key.is_repeated()) return std::nullopt;
  const std::optional<std::string> value = FindVariable(variables, QString::fromStdString(key.name()));
  if (!value || value->empty()) return std::nullopt;
  const std::unique_ptr<google::protobuf::Message> request(factory.GetPrototype(&input)->New());
  request->GetReflection()->SetString(request.get(), &key, *value);
  const std::string name = absl::StrCat(method.service()->full_name(), "/", method.name());
  const absl::StatusOr<std::string> bytes =
      Ask(backend, absl::StrCat("/", name), request->SerializeAsString());
  if (!bytes.ok()) return std::nullopt;
  const std::unique_ptr<google::protobuf::Message> response(
      factory.GetPrototype(method.output_type())->New());
  if (!response->ParseFromString(*bytes)) return std::nullopt;
  google::protobuf::util::JsonPrintOptions print;
  print.preserve_proto_field_names = true;
  DomainEntity entity{name, method.output_type()->name(), {}};
  if (!google::protobuf::util::MessageToJsonString(*response, &entity.json, print).ok()) return std::nullopt;
  return entity;
}

}  // namespace

absl::StatusOr<std::vector<DomainEntity>> FindDomainEntities(const connection::Connection& backend,
                                                             const std::string& variables_json) {
  const QJsonObject variables = QJsonDocument::fromJson(QByteArray::fromStdString(variables_json)).object();
  reflection::v1::ReflectionRequest list;
  list.set_list_services("");
  AMEIDE_ASSIGN_OR_RETURN(const reflection::v1::ReflectionResponse services, Reflect(backend, list));
  google::protobuf::SimpleDescriptorDatabase database;
  std::vector<std::string> names;
  for (const reflection::v1::ServiceResponse& service : services.list_services_response().service()) {
    if (absl::StartsWith(service.name(), "ameide.") || absl::StartsWith(service.name(), "grpc.")) continue;
    reflection::v1::ReflectionRequest request;
    request.set_file_containing_symbol(service.name());
    AMEIDE_ASSIGN_OR_RETURN(const reflection::v1::ReflectionResponse files, Reflect(backend, request));
    for (const std::string& bytes : files.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      google::protobuf::FileDescriptorProto known;
      if (file.ParseFromString(bytes) && !database.FindFileByName(file.name(), &known)) database.Add(file);
    }
    names.push_back(service.name());
  }
  google::protobuf::DescriptorPool pool(&database);
  google::protobuf::DynamicMessageFactory factory(&pool);
  std::vector<DomainEntity> entities;
  for (const std::string& name : names) {
    const google::protobuf::ServiceDescriptor* service = pool.FindServiceByName(name);
    if (service == nullptr) continue;
    for (int index = 0; index < service->method_count(); ++index) {
      std::optional<DomainEntity> entity = Query(backend, factory, *service->method(index), variables);
      if (entity) entities.push_back(*std::move(entity));
    }
  }
  return entities;
}

}  // namespace ameide::workbench
