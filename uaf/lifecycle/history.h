#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/causality.h"

/// What the life of artifacts is judged by: values, so that the judgement is a pure function of them.
namespace ameide::uaf::lifecycle {

/// An event that may have changed an artifact's content, and who stands behind it.
struct ContentEvent {
  uint64_t seq = 0;
  HybridTime time;
  std::string author;  ///< a person; as the event says
  std::string signer;  ///< fingerprint of the key that signed its segment; empty: not sealed yet
};

/// What must be known of one artifact's content.
struct ArtifactFacts {
  /// Edits, foreign edits, imports, resolutions with operations, and events of unknown kinds, per stream by
  /// growing seq.
  std::map<StreamId, std::vector<ContentEvent>> content;
  /// SHA-256 of the rendered bytes; nullopt when it has no content or cannot be rendered.
  std::optional<Hash256> hash;
  bool exists = false;       ///< it has a beginning, and is not retired
  std::set<NodeId> present;  ///< of the nodes that were asked for: those that are not in the trash
};

/// Everything that is folded. Events that are not in the cut must not be here.
struct History {
  std::string workspace;  ///< its id, which signatures are bound to
  /// At least every event that is no edit, in any order. They must outlive what is made of the history.
  std::vector<const ChangeSet*> events;
  const merge::Causality* causality = nullptr;
  Cut cut;  ///< what is folded
  /// The first policy that this workspace left the open one for, where it is known from elsewhere
  /// (workspace.yaml). Without it whoever comes first in the order of folding is believed.
  std::optional<Hash256> first_policy;
  std::map<ArtifactId, ArtifactFacts> artifacts;  ///< those of Questions
  std::map<EventId, Hash256> links;               ///< the chain's hash at each of Questions::events
  /// Remembers whether the signature in an event is right, which never changes. May be nullptr.
  std::map<EventId, bool>* signatures = nullptr;
};

/// What a fold of `events` will want to know.
struct Questions {
  std::set<ArtifactId> content;                  ///< of these the content events and the hash
  std::map<ArtifactId, std::set<NodeId>> nodes;  ///< of these whether they exist, and which nodes do
  std::set<EventId> events;                      ///< of these the chain's hash
};
/// Of all events of a cut that are no edits.
Questions QuestionsOf(std::span<const ChangeSet* const> events);

/// True for events that may change what an artifact renders to.
bool MayChangeContent(const ChangeSet& event);

/// The order in which events are folded: (hybrid time, stream, seq).
bool FoldsBefore(const ChangeSet* a, const ChangeSet* b);

}  // namespace ameide::uaf::lifecycle
