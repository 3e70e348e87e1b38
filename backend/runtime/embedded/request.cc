#include "backend/runtime/embedded/request.h"

namespace ameide::runtime {

std::optional<engine::Key> ReportedJob(const EventRequest& event) {
  if (const auto* done = std::get_if<engine::CompleteJob>(&event.what)) return done->job;
  if (const auto* failed = std::get_if<engine::FailJob>(&event.what)) return failed->job;
  if (const auto* error = std::get_if<engine::ThrowJobError>(&event.what)) return error->job;
  return std::nullopt;
}

}  // namespace ameide::runtime
