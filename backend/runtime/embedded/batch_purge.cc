// Finished instances whose time is over: what policies ask for, and what people do.
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/batch.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

/// So much one transaction deletes, so that nobody waits long behind it.
constexpr int64_t kInstancesAtOnce = 200;
constexpr int64_t kRowsAtOnce = 2000;
/// Between two such transactions, and between two looks at the policies.
constexpr std::chrono::milliseconds kPauseBetweenSlices{20};
constexpr std::chrono::minutes kPauseBetweenLooks{10};
/// Who acts where nobody asked: the policy.
constexpr char kPolicyActor[] = "retention policy";

}  // namespace

absl::StatusOr<int64_t> BatchWork::PurgeSome(const PurgeScope& scope, const std::string& actor,
                                             const std::string& reason, int64_t most) {
  auto found = retention_->Find(scope, most);
  if (!found.ok()) return Storage(found.status());
  if (found->empty()) return 0;
  for (const InstanceNumber instance : *found) {
    instances_->Drop(instance);
    AMEIDE_RETURN_IF_ERROR(Storage(retention_->Drop(scope.tenant, instance)));
  }
  AMEIDE_RETURN_IF_ERROR(
      Audit(scope.tenant, actor, "purge", 0, scope.process,
            absl::StrCat("process ", scope.process, ": ", found->size(), " instances that ended before ",
                         FormatTime(scope.ended_before), ", from ", FormatInstance(found->front()), " to ",
                         FormatInstance(found->back())),
            reason));
  return static_cast<int64_t>(found->size());
}

absl::StatusOr<std::string> BatchWork::Purge(const std::string& tenant, const PurgeSliceRequest& request,
                                             BatchEffects& effects) {
  const bool by_policy = tenant.empty();
  // Whoever asked for another look has taken this one's place.
  if (by_policy && request.look != look_) return std::string();
  auto scopes =
      by_policy ? retention_->Due(now_) : retention_->ScopesOf(tenant, request.process, request.ended_before);
  if (!scopes.ok()) return Storage(scopes.status());
  if (!by_policy && scopes->empty() && !request.process.empty()) {
    return absl::NotFoundError(absl::StrCat("no process `", request.process.substr(0, 200), "` is deployed"));
  }
  int64_t left = kInstancesAtOnce;
  for (const PurgeScope& scope : *scopes) {
    if (left == 0) break;
    AMEIDE_ASSIGN_OR_RETURN(const int64_t purged,
                            PurgeSome(scope, by_policy ? kPolicyActor : request.actor, request.reason, left));
    left -= purged;
  }
  const absl::StatusOr<bool> rest = retention_->Sweep(kRowsAtOnce);
  if (!rest.ok()) return Storage(rest.status());
  if (by_policy)
    LookAgain(*rest || left == 0 ? Look::kSoon : Look::kLater, effects);
  else if (*rest)
    LookAgain(Look::kSoon, effects);
  return absl::StrCat(kInstancesAtOnce - left);
}

void BatchWork::LookAgain(Look when, BatchEffects& effects) {
  Request look;
  look.what = PurgeSliceRequest{.look = ++look_};
  const auto pause = when == Look::kSoon ? std::chrono::microseconds(kPauseBetweenSlices)
                                         : std::chrono::microseconds(kPauseBetweenLooks);
  effects.later.emplace_back(now_ + pause, std::move(look));
}

absl::StatusOr<std::string> BatchWork::SetRetention(const std::string& tenant,
                                                    const SetRetentionRequest& request,
                                                    BatchEffects& effects) {
  const RetentionChange& change = request.change;
  if (!change.process.empty()) AMEIDE_RETURN_IF_ERROR(NewestVersion(tenant, change.process).status());
  const bool clears = change.rule == RetentionChange::Rule::kNone;
  const bool keeps = change.rule == RetentionChange::Rule::kForEver;
  AMEIDE_RETURN_IF_ERROR(Storage(
      clears ? retention_->Clear(tenant, change.process)
             : retention_->Set(tenant, change.process, keeps ? std::nullopt : std::optional(change.keep))));
  AMEIDE_RETURN_IF_ERROR(Audit(
      tenant, change.actor, "retention", 0, change.process,
      absl::StrCat(
          change.process.empty() ? "every process" : absl::StrCat("process ", change.process), ": ",
          clears  ? "as for every process"
          : keeps ? "kept for ever"
                  : absl::StrCat(
                        "kept for ",
                        std::chrono::seconds(std::chrono::floor<std::chrono::seconds>(change.keep)).count(),
                        " s")),
      change.reason));
  LookAgain(Look::kSoon, effects);
  return std::string();
}

}  // namespace ameide::runtime
