#include "backend/domains/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "absl/strings/str_cat.h"

namespace ameide::domains {
namespace {

namespace pb = google::protobuf;
using reflection::v1::ReflectionRequest;
using reflection::v1::ReflectionResponse;

// Numbers of grpc::StatusCode.
constexpr int kInvalidArgument = 3;
constexpr int kNotFound = 5;

void AddFile(const pb::FileDescriptor& file, std::set<std::string>& seen, ReflectionResponse& response) {
  if (!seen.insert(file.name()).second) return;
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, response);
}

const pb::FileDescriptor* FileByName(const DomainHost& host, const std::string& name) {
  for (const pb::FileDescriptor* file : host.Files()) {
    if (const pb::FileDescriptor* found = file->pool()->FindFileByName(name)) return found;
  }
  return pb::DescriptorPool::generated_pool()->FindFileByName(name);
}

const pb::FileDescriptor* FileBySymbol(const DomainHost& host, const std::string& symbol) {
  for (const pb::FileDescriptor* file : host.Files()) {
    if (const pb::FileDescriptor* found = file->pool()->FindFileContainingSymbol(symbol)) return found;
  }
  return pb::DescriptorPool::generated_pool()->FindFileContainingSymbol(symbol);
}

void ListServices(const DomainHost& host, ReflectionResponse& response) {
  std::set<std::string> names;
  for (const DomainDescription& domain : host.Domains()) {
    for (const MethodDescription& method : domain.methods)
      names.insert(method.name.substr(0, method.name.find('/')));
  }
  for (const char* file : {"ameide/process/v1/process.proto", "ameide/publish/v1/publish.proto",
                           "ameide/backend/v1/backend.proto"}) {
    const pb::FileDescriptor* own = pb::DescriptorPool::generated_pool()->FindFileByName(file);
    for (int i = 0; own != nullptr && i < own->service_count(); ++i)
      names.insert(own->service(i)->full_name());
  }
  names.insert("grpc.reflection.v1.ServerReflection");
  names.insert("grpc.reflection.v1alpha.ServerReflection");
  for (const std::string& name : names)
    response.mutable_list_services_response()->add_service()->set_name(name);
}

void SetError(int code, const std::string& message, ReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(message);
}

void AnswerFile(const pb::FileDescriptor* file, const std::string& what, ReflectionResponse& response) {
  std::set<std::string> seen;
  if (file != nullptr)
    AddFile(*file, seen, response);
  else
    SetError(kNotFound, absl::StrCat("nothing known of '", what, "'"), response);
}

}  // namespace

ReflectionResponse Reflect(const DomainHost& host, const ReflectionRequest& request) {
  ReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.question_case()) {
    case ReflectionRequest::kListServices:
      ListServices(host, response);
      break;
    case ReflectionRequest::kFileByFilename:
      AnswerFile(FileByName(host, request.file_by_filename()), request.file_by_filename(), response);
      break;
    case ReflectionRequest::kFileContainingSymbol:
      AnswerFile(FileBySymbol(host, request.file_containing_symbol()), request.file_containing_symbol(),
                 response);
      break;
    case ReflectionRequest::kFileContainingExtension: {
      const auto& pool = *pb::DescriptorPool::generated_pool();
      const pb::Descriptor* type =
          pool.FindMessageTypeByName(request.file_containing_extension().containing_type());
      const pb::FieldDescriptor* extension =
          type == nullptr
              ? nullptr
              : pool.FindExtensionByNumber(type, request.file_containing_extension().extension_number());
      AnswerFile(extension == nullptr ? nullptr : extension->file(),
                 request.file_containing_extension().containing_type(), response);
      break;
    }
    case ReflectionRequest::kAllExtensionNumbersOfType: {
      const auto& pool = *pb::DescriptorPool::generated_pool();
      const pb::Descriptor* type = pool.FindMessageTypeByName(request.all_extension_numbers_of_type());
      if (type == nullptr) {
        SetError(kNotFound, absl::StrCat("no message '", request.all_extension_numbers_of_type(), "'"),
                 response);
        break;
      }
      std::vector<const pb::FieldDescriptor*> extensions;
      pool.FindAllExtensions(type, &extensions);
      auto& answer = *response.mutable_all_extension_numbers_response();
      answer.set_base_type_name(type->full_name());
      for (const pb::FieldDescriptor* extension : extensions)
        answer.add_extension_number(extension->number());
      break;
    }
    case ReflectionRequest::QUESTION_NOT_SET:
      SetError(kInvalidArgument, "the request asks nothing", response);
      break;
  }
  return response;
}

}  // namespace ameide::domains
