#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"
#include "uaf/lifecycle/history.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/segment_signers.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// Notes `event`, which was just inserted, if it belongs to the life around content or says what it has seen:
/// that is how it is found again without reading every edit. In the caller's transaction.
absl::Status NoteLifecycleEvent(Database& database, const StoredEvent& event);
/// Notes all events of the store; the table is empty.
absl::Status NoteAllLifecycleEvents(Database& database, EventReader& reader);

/// What the judgement of lifecycle events needs (uaf/lifecycle), from one connection. Keeps the events
/// decoded and takes in only new ones. One thread at a time.
class LifecycleLog {
 public:
  /// Gives an artifact's document in the cut that is asked for; valid until the next call.
  using Documents = std::function<absl::StatusOr<const document::Document*>(const ArtifactId&)>;

  /// The pointers must outlive it.
  LifecycleLog(std::string workspace, const WorkspaceLayout* layout, const FileSystem* files)
      : workspace_(std::move(workspace)), signers_(layout, files, workspace_) {}

  /// The history that ends with `cut`. Valid until the next call of any function. `only`: nothing is asked
  /// about the contents of other artifacts, and nothing said about them is right.
  absl::StatusOr<lifecycle::History> At(Database& database, EventReader& reader, const Cut& cut,
                                        const std::optional<Hash256>& first_policy,
                                        const Documents& documents, const ArtifactId* only = nullptr);
  /// After a rollback or another connection.
  void Forget();
  SegmentSigners& signers() { return signers_; }

 private:
  absl::Status CatchUp(Database& database, EventReader& reader);
  absl::StatusOr<lifecycle::ArtifactFacts> FactsOf(Database& database, EventReader& reader,
                                                   const ArtifactId& artifact,
                                                   const lifecycle::Questions& questions, const Cut& cut,
                                                   const Documents& documents);

  std::string workspace_;
  SegmentSigners signers_;
  bool guarded_ = false;  ///< some policy was ever put in force: signers matter
  std::deque<ChangeSet> events_;
  merge::Causality causality_;
  std::map<EventId, bool> signatures_;
  int64_t arrival_ = 0;
};

}  // namespace ameide::uaf
