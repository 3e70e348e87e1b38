#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/correlation.h"
#include "backend/engine/engine.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// Who waits for messages and signals, and the messages that are kept until somebody does: in memory as the
/// engine's Correlation, one for each tenant, and in tables within the transaction that the owner has begun.
/// After a rollback, Load. Not thread-safe.
class CorrelationStore {
 public:
  using Deliveries = std::vector<engine::Delivery>;

  static absl::StatusOr<std::unique_ptr<CorrelationStore>> Make(Sqlite& sqlite);
  /// Reads the tables anew.
  absl::Status Load();

  /// An instance of `process` waits from now on. What was kept for it is delivered.
  absl::StatusOr<Deliveries> Wait(const std::string& tenant, const std::string& process,
                                  InstanceNumber instance, const engine::OpenSubscription& subscription);
  absl::Status StopWaiting(const std::string& tenant, InstanceNumber instance, engine::Key subscription);
  /// Messages and signals that begin instances of `process` from now on, instead of those before.
  absl::StatusOr<Deliveries> SetStarts(const std::string& tenant, const std::string& process,
                                       const std::vector<engine::StartTrigger>& triggers);

  /// Gives the message to its one receiver; without one it is kept, if it may be.
  absl::StatusOr<Deliveries> Publish(const std::string& tenant, engine::Message message);
  /// To everybody who waits now; the instance that threw it has heard it.
  absl::StatusOr<Deliveries> Broadcast(const std::string& tenant, const std::string& name,
                                       const feel::Context& variables, std::optional<InstanceNumber> thrower);
  /// Drops kept messages whose time is over.
  absl::Status Expire(WallTime now);

 private:
  explicit CorrelationStore(Sqlite& sqlite) : sqlite_(sqlite) {}
  absl::Status PrepareStatements();
  absl::Status LoadWaiting();
  absl::Status LoadMessages();
  /// Deletes the rows of what the deliveries used up.
  absl::Status Forget(const Deliveries& deliveries);

  Sqlite& sqlite_;
  std::map<std::string, engine::Correlation> tenants_;
  /// (end of its life, number) → tenant.
  std::map<std::pair<WallTime, uint64_t>, std::string> expiries_;
  uint64_t last_message_ = 0;
  Statement insert_subscription_, delete_subscription_, insert_message_, delete_message_;
};

/// Variables as they lie in tables.
std::string EncodeVariables(const feel::Context& variables);
/// DATA_LOSS for malformed bytes.
absl::StatusOr<feel::Context> DecodeVariables(std::string_view bytes);

}  // namespace ameide::runtime
