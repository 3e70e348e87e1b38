#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ed25519.h"
#include "base/random.h"
#include "uaf/lifecycle/history.h"
#include "uaf/lifecycle/state.h"

namespace ameide::uaf::lifecycle {

/// A person at a device: a stream, a key, and what they have seen.
struct Writer {
  std::string email;
  StreamId stream;
  Ed25519PrivateKey key;
  uint64_t seq = 0;
  Cut seen;

  std::string fingerprint() const { return key.public_key().Fingerprint(); }
};

/// Tells a history event by event. An artifact's content is the list of its content events, so that equal
/// sets of edits, and only they, render equally.
class Story {
 public:
  explicit Story(uint64_t seed = 1) : random_(seed) {}

  Writer& Person(std::string_view email);
  /// `writer` gets all that `other` has: what a pull does.
  void Meet(Writer& writer, const Writer& other);
  /// Everybody gets everything.
  void MeetAll();

  EventId Say(Writer& writer, const ArtifactId& artifact, EventBody body);
  /// As Say, but with an author of the writer's choice, and as long ago as wanted.
  EventId SayAs(Writer& writer, std::string_view email, const ArtifactId& artifact, EventBody body,
                uint64_t micros);
  EventId Create(Writer& writer, std::string_view name, std::string_view path);
  EventId Edit(Writer& writer, const ArtifactId& artifact);
  /// Seals what `writer` says in a segment that its key signs, whoever the events name.
  void Seal(const Writer& writer) { sealed_.push_back(&writer); }
  EventId Add(Writer& writer);
  EventId Certify(Writer& writer, const Writer& whose, std::string_view person = {});
  EventId Revoke(Writer& writer, const Writer& whose);
  /// The approval that the writer would give for what they see, signed.
  Approved Approval(const Writer& writer, const ArtifactId& artifact, std::string_view purpose) const;
  EventId Approve(Writer& writer, const ArtifactId& artifact, std::string_view purpose);
  /// The verdict that the writer would give, signed.
  ReviewSubmitted VerdictOf(const Writer& writer, const ArtifactId& artifact, const EventId& request,
                            uaf::Verdict verdict, std::string_view text);
  EventId Review(Writer& writer, const ArtifactId& artifact, const EventId& request, uaf::Verdict verdict,
                 std::string_view text);
  EventId Redact(Writer& writer, const EventId& event);
  EventId ApprovePolicy(Writer& writer, std::string_view policy);
  EventId ChangePolicy(Writer& writer, std::string_view policy);
  /// A promotion as an honest program would write it; whether the gate is passed is not asked.
  EventId Promote(Writer& writer, const ArtifactId& artifact, std::string_view to);

  /// What of the events in `cut` is to be folded.
  History At(const Cut& cut) const;
  History Now() const { return At(everything()); }
  State Fold() const { return lifecycle::Fold(Now()); }
  State FoldAt(const Cut& cut) const { return lifecycle::Fold(At(cut)); }
  Hash256 ContentAt(const ArtifactId& artifact, const Cut& cut) const;
  Cut everything() const;

  static ArtifactId Artifact(std::string_view name);
  const std::deque<ChangeSet>& events() const { return events_; }
  const ChangeSet& event(const EventId& id) const;
  std::deque<Writer>& writers() { return writers_; }
  Random& random() { return random_; }
  void Fix(Hash256 first_policy) { first_policy_ = first_policy; }

  static constexpr std::string_view kWorkspace = "w";

 private:
  Hash256 PolicyOf(const Writer& writer) const;
  RecordedCut Seen(const Writer& writer) const;
  /// Empty: not sealed yet.
  std::string SignerOf(const EventId& id) const;

  mutable SeededRandom random_;
  std::deque<Writer> writers_;
  std::vector<const Writer*> sealed_;
  std::deque<ChangeSet> events_;
  merge::Causality causality_;
  uint64_t now_ = 1'000'000;
  std::optional<Hash256> first_policy_;
};

}  // namespace ameide::uaf::lifecycle
