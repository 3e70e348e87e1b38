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

/// Whether the event belongs to the life around content or says what it has seen.
bool IsLifecycleEvent(const StoredEvent& event);
/// Notes `event`, which was just inserted, if it is a lifecycle event: that is how it is found again
/// without reading every edit. In the caller's transaction.
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
  /// Adds to `history`, of the last call of At, which content events the artifact has in its cut.
  absl::Status AddContent(Database& database, EventReader& reader, const ArtifactId& artifact,
                          lifecycle::History& history);
  /// After a rollback or another connection.
  void Forget();
  SegmentSigners& signers() { return signers_; }

 private:
  absl::Status CatchUp(Database& database, EventReader& reader);
  absl::StatusOr<lifecycle::ArtifactFacts> FactsOf(Database& database, EventReader& reader,
                                                   const ArtifactId& artifact,
                                                   const lifecycle::Questions& questions, const Cut& cut,
                                                   const Documents& documents);
  /// What was ever recorded about an artifact's content, so far.
  struct Known {
    /// An event that begins, renames or retires it.
    struct Turn {
      HybridTime time;
      EventId event;
      bool exists = false;
      auto operator<=>(const Turn&) const = default;
    };
    int64_t arrival = 0;                                               ///< of the newest event that is in it
    std::map<StreamId, std::vector<lifecycle::ContentEvent>> content;  ///< by growing seq
    std::vector<Turn> turns;                                           ///< in fold order
  };
  absl::StatusOr<Known*> CatchUpWith(EventReader& reader, const ArtifactId& artifact);
  absl::StatusOr<lifecycle::ArtifactFacts> ContentOf(Database& database, EventReader& reader,
                                                     const ArtifactId& artifact, bool signers,
                                                     const Cut& cut);

  std::string workspace_;
  SegmentSigners signers_;
  bool guarded_ = false;  ///< some policy was ever put in force: signers matter
  std::deque<ChangeSet> events_;
  merge::Causality causality_;
  std::map<EventId, bool> signatures_;
  std::map<ArtifactId, Known> known_;
  int64_t arrival_ = 0;
};

}  // namespace ameide::uaf
