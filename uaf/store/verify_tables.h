#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"
#include "uaf/store/event_graph.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// Compares the store's tables with those that this program makes: their columns, indexes and triggers. What
/// SQLite keeps for the full-text index by itself is left out, as each release of it may word that otherwise.
absl::StatusOr<std::vector<document::Finding>> VerifySchema(Database& database);

/// Compares the tables that follow from the log alone with what the log gives. Shown every event first.
class TableVerifier {
 public:
  TableVerifier(Database* database, EventReader* reader) : database_(database), reader_(reader) {}

  void See(const StoredEvent& event);
  /// Of each artifact, the events that are "now", in fold order.
  absl::Status CheckArtifact(const ArtifactId& artifact, std::span<const StoredEvent> events);
  /// The tables by which events are found by their kind.
  absl::Status CheckLists();
  std::vector<document::Finding> TakeFindings() { return std::exchange(findings_, {}); }

 private:
  /// Tells when the rows (two numbers each) that `sql` gives are not `expected`.
  absl::Status Compare(std::string_view table, const char* sql,
                       std::set<std::pair<int64_t, int64_t>> expected);
  void Tell(std::string message);

  Database* database_;
  EventReader* reader_;
  std::optional<EventGraph> graph_;
  std::set<std::pair<int64_t, int64_t>> markers_;
  std::set<std::pair<int64_t, int64_t>> lifecycle_;
  std::vector<document::Finding> findings_;
};

}  // namespace ameide::uaf
