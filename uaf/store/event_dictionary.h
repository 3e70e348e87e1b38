#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/status/statusor.h"
#include "uaf/log/change_set.h"
#include "uaf/log/forks.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// Who recorded an event, with what.
struct EventActor {
  Author author;
  std::string tool;
  auto operator<=>(const EventActor&) const = default;
};

/// What the rows of events name by number because it repeats: actors, labels, streams, artifacts. Numbers
/// never change their meaning. Keeps what it met in memory, boundedly. One thread.
class EventDictionary {
 public:
  explicit EventDictionary(Database* database) : database_(database) {}

  // By number. DATA_LOSS when there is none. Valid until the next call.
  absl::StatusOr<const EventActor*> Actor(int64_t number);
  absl::StatusOr<const std::string*> Label(int64_t number);
  absl::StatusOr<const StreamId*> Stream(int64_t number);
  absl::StatusOr<const ArtifactId*> Artifact(int64_t number);

  /// What some events call others by names that these do not have here; the numbers are those of runs.
  absl::StatusOr<const SaidNames*> Names(int64_t number);

  // Numbers, given where there are none yet. For the owner, in a transaction.
  absl::StatusOr<int64_t> NumberOf(const EventActor& actor);
  /// Labels get one when they are met for the second time; nullopt: this one has none yet.
  absl::StatusOr<std::optional<int64_t>> NumberOf(const std::string& label);

  /// Forgets what a rolled back transaction may have taken with it.
  void Forget();

 private:
  Database* database_;
  std::unordered_map<int64_t, EventActor> actors_;
  std::unordered_map<int64_t, std::string> labels_;
  std::unordered_map<int64_t, StreamId> streams_;
  std::unordered_map<int64_t, ArtifactId> artifacts_;
  std::unordered_map<int64_t, SaidNames> names_;
  std::map<EventActor, int64_t> actor_numbers_;
  std::unordered_map<std::string, int64_t> label_numbers_;
  std::unordered_set<std::string> met_once_;
};

}  // namespace ameide::uaf
