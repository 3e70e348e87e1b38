#include "backend/server/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "ameide/common/v1/common.pb.h"
#include "base/log.h"

namespace ameide::server {
namespace {

constexpr char kReasonPayload[] = "ameide.io/reason";
constexpr char kTypePayload[] = "ameide.io/resource_type";
constexpr char kResourcePayload[] = "ameide.io/resource";

struct Mapping {
  absl::StatusCode code;
  grpc::StatusCode outside;
  const char* reason;  // when the error carries none of its own
};

constexpr Mapping kTable[] = {
    {absl::StatusCode::kCancelled, grpc::StatusCode::CANCELLED, "CANCELLED"},
    {absl::StatusCode::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT"},
    {absl::StatusCode::kDeadlineExceeded, grpc::StatusCode::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"},
    {absl::StatusCode::kNotFound, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"},
    {absl::StatusCode::kAlreadyExists, grpc::StatusCode::ALREADY_EXISTS, "ALREADY_EXISTS"},
    {absl::StatusCode::kPermissionDenied, grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_DENIED"},
    {absl::StatusCode::kResourceExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"},
    {absl::StatusCode::kFailedPrecondition, grpc::StatusCode::FAILED_PRECONDITION, "FAILED_PRECONDITION"},
    {absl::StatusCode::kAborted, grpc::StatusCode::ABORTED, "ABORTED"},
    {absl::StatusCode::kOutOfRange, grpc::StatusCode::OUT_OF_RANGE, "OUT_OF_RANGE"},
    {absl::StatusCode::kUnimplemented, grpc::StatusCode::UNIMPLEMENTED, "UNIMPLEMENTED"},
    {absl::StatusCode::kInternal, grpc::StatusCode::INTERNAL, "INTERNAL"},
    {absl::StatusCode::kUnavailable, grpc::StatusCode::UNAVAILABLE, "UNAVAILABLE"},
    {absl::StatusCode::kDataLoss, grpc::StatusCode::DATA_LOSS, "DATA_LOSS"},
    {absl::StatusCode::kUnauthenticated, grpc::StatusCode::UNAUTHENTICATED, "UNAUTHENTICATED"},
    {absl::StatusCode::kUnknown, grpc::StatusCode::INTERNAL, "INTERNAL"},
};

const Mapping& MappingOf(absl::StatusCode code) {
  for (const Mapping& mapping : kTable) {
    if (mapping.code == code) return mapping;
  }
  return kTable[std::size(kTable) - 1];
}

std::string Payload(const absl::Status& status, const char* name) {
  const auto payload = status.GetPayload(name);
  return payload ? std::string(*payload) : "";
}

}  // namespace

absl::Status WithDetail(absl::Status status, std::string_view reason, std::string_view resource_type,
                        std::string_view resource) {
  const auto set = [&status](const char* name, std::string_view text) {
    if (!text.empty()) status.SetPayload(name, absl::Cord(std::string(text)));
  };
  set(kReasonPayload, reason);
  set(kTypePayload, resource_type);
  set(kResourcePayload, resource);
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return "";
  std::string reason = Payload(status, kReasonPayload);
  return reason.empty() ? MappingOf(status.code()).reason : reason;
}

grpc::Status ToGrpc(const absl::Status& status, std::string_view trace_id) {
  if (status.ok()) return grpc::Status::OK;
  const Mapping& mapping = MappingOf(status.code());
  std::string message(status.message());
  if (mapping.outside == grpc::StatusCode::INTERNAL) {
    LogError("internal error", {{"error", message}, {"trace", trace_id}});
    message = "the backend failed inside; its log says why";
    if (!trace_id.empty()) absl::StrAppend(&message, " (trace ", std::string(trace_id), ")");
  }
  common::v1::ErrorDetail detail;
  detail.set_reason(ReasonOf(status));
  detail.set_resource_type(Payload(status, kTypePayload));
  detail.set_resource(Payload(status, kResourcePayload));
  detail.set_trace_id(std::string(trace_id));
  common::v1::Status outside;
  outside.set_code(mapping.outside);
  outside.set_message(message);
  outside.add_details()->PackFrom(detail);
  return grpc::Status(mapping.outside, message, outside.SerializeAsString());
}

}  // namespace ameide::server
