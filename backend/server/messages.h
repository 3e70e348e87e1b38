#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "ameide/process/v1/job.pb.h"
#include "ameide/process/v1/process.pb.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/runtime/embedded/views.h"
#include "base/clock.h"

namespace ameide::server {

/// The runtime's values as messages of the contracts, field by field.
google::protobuf::Timestamp ToTimestamp(WallTime time);
/// What is not between the years 1 and 9999 becomes the nearer of them.
WallTime ToTime(const google::protobuf::Timestamp& timestamp);
process::v1::Process ToMessage(const runtime::ProcessView& view);
process::v1::InstanceSummary ToMessage(const runtime::InstanceRow& row);
process::v1::Task ToMessage(const runtime::TaskView& view);
process::v1::Incident ToMessage(const runtime::IncidentView& view);
process::v1::Instance ToMessage(const runtime::InstanceView& view);
process::v1::MigratedInstance ToMessage(const runtime::MigrationOutcome& outcome);
process::v1::ElementRun ToMessage(const runtime::ElementRun& run);
process::v1::VariableChange ToMessage(const runtime::VariableRow& row);
process::v1::RetentionRule ToMessage(const runtime::RetentionRule& rule);
process::v1::InstanceOutcome ToMessage(const runtime::BulkResult::Outcome& outcome);
process::v1::Job ToMessage(const runtime::LeasedJob& job);
process::v1::AuditEntry ToMessage(const runtime::AuditRow& row);

/// INVALID_ARGUMENT for variables that are too large for a call.
absl::Status CheckVariables(const std::string& json);

/// What a request for many instances asks for, but for tenant and actor. INVALID_ARGUMENT.
absl::StatusOr<runtime::BulkOperation> ToBulk(const process::v1::OperateInstancesRequest& request);

/// The page that a request with `page_size` and `page_token` asks for: 0 is 50, at most 500.
runtime::PageRequest ToPage(int size, const std::string& token);

}  // namespace ameide::server
