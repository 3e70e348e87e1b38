#include "tests/uaf/lifecycle/story.h"

#include <algorithm>
#include <cstdlib>

#include "uaf/lifecycle/authority.h"

namespace ameide::uaf::lifecycle {
namespace {

std::string SignatureOf(const Ed25519PrivateKey& key, std::string_view message) {
  const Ed25519Signature signature = key.Sign(message);
  return {reinterpret_cast<const char*>(signature.data()), signature.size()};
}

Hash256 LinkOf(const EventId& event) { return Sha256("link " + FormatId(event)); }

}  // namespace

Writer& Story::Person(std::string_view email) {
  Writer writer{std::string(email),
                StreamId{HexEncode(random_.Bytes(16))},
                Ed25519PrivateKey::Generate(random_),
                0,
                {}};
  return writers_.emplace_back(std::move(writer));
}

void Story::Meet(Writer& writer, const Writer& other) {
  for (const auto& [stream, head] : other.seen.heads) {
    uint64_t& seen = writer.seen.heads[stream];
    seen = std::max(seen, head);
  }
}

void Story::MeetAll() {
  for (Writer& writer : writers_) writer.seen = everything();
}

EventId Story::Say(Writer& writer, const ArtifactId& artifact, EventBody body) {
  return SayAs(writer, writer.email, artifact, std::move(body), ++now_);
}

EventId Story::SayAs(Writer& writer, std::string_view email, const ArtifactId& artifact, EventBody body,
                     uint64_t micros) {
  ChangeSet event;
  event.id = {writer.stream, ++writer.seq};
  for (const auto& [stream, head] : writer.seen.heads) {
    if (stream != writer.stream) event.parents.push_back({{stream, head}, LinkOf({stream, head})});
  }
  event.time = {micros, 0};
  event.author = {std::string(email), std::string(email)};
  event.wall_time = WallTime(std::chrono::microseconds(micros));
  event.label = "said";
  event.artifact = artifact;
  const BodyType type = TypeOf(body);
  event.kind = type.kind;
  event.version = type.version;
  event.body = std::move(body);
  causality_.Add(event.id, event.parents);
  writer.seen.heads[writer.stream] = writer.seq;
  events_.push_back(std::move(event));
  return events_.back().id;
}

ArtifactId Story::Artifact(std::string_view name) { return ArtifactId{Sha256(name).Hex()}; }

EventId Story::Create(Writer& writer, std::string_view name, std::string_view path) {
  return Say(writer, Artifact(name), ArtifactCreated{std::string(path), "xml", {}});
}

EventId Story::Edit(Writer& writer, const ArtifactId& artifact) {
  uaf::Edit edit;
  edit.ops = {document::SetNameOp{}};
  return Say(writer, artifact, std::move(edit));
}

EventId Story::Add(Writer& writer) {
  return Say(writer, {}, KeyAdded{std::string(writer.key.public_key().view()), "device"});
}

EventId Story::Certify(Writer& writer, const Writer& whose, std::string_view person) {
  KeyCertified body{std::string(whose.key.public_key().view()),
                    std::string(person.empty() ? whose.email : std::string(person)),
                    "device",
                    writer.fingerprint(),
                    {}};
  body.signature = SignatureOf(writer.key, CertificateMessage(kWorkspace, body));
  return Say(writer, {}, std::move(body));
}

EventId Story::Revoke(Writer& writer, const Writer& whose) {
  KeyRevoked body{whose.fingerprint(), "lost", writer.fingerprint(), {}};
  body.signature = SignatureOf(writer.key, RevocationMessage(kWorkspace, body));
  return Say(writer, {}, std::move(body));
}

Hash256 Story::PolicyOf(const Writer& writer) const {
  const History history = At(writer.seen);
  Authority authority(history);
  return authority.PolicyAt(writer.seen).policy->hash;
}

RecordedCut Story::Seen(const Writer& writer) const {
  RecordedCut cut;
  for (const auto& [stream, head] : writer.seen.heads)
    cut.push_back({{stream, head}, LinkOf({stream, head})});
  return cut;
}

Approved Story::Approval(const Writer& writer, const ArtifactId& artifact, std::string_view purpose) const {
  Approved body{std::string(purpose), Seen(writer),         ContentAt(artifact, writer.seen),
                PolicyOf(writer),     writer.fingerprint(), {}};
  body.signature = SignatureOf(writer.key, ApprovalMessage(kWorkspace, artifact, body));
  return body;
}

EventId Story::Approve(Writer& writer, const ArtifactId& artifact, std::string_view purpose) {
  return Say(writer, artifact, Approval(writer, artifact, purpose));
}

ReviewSubmitted Story::VerdictOf(const Writer& writer, const ArtifactId& artifact, const EventId& request,
                                 uaf::Verdict verdict, std::string_view text) {
  ReviewSubmitted body;
  body.request = request;
  body.verdict = verdict;
  body.text = text;
  body.cut = Seen(writer);
  body.content = ContentAt(artifact, writer.seen);
  body.salt = random_.Bytes(16);
  body.text_hash = TextHashOf(body);
  body.key = writer.fingerprint();
  body.signature = SignatureOf(writer.key, VerdictMessage(kWorkspace, artifact, body));
  return body;
}

EventId Story::Review(Writer& writer, const ArtifactId& artifact, const EventId& request,
                      uaf::Verdict verdict, std::string_view text) {
  return Say(writer, artifact, VerdictOf(writer, artifact, request, verdict, text));
}

EventId Story::Redact(Writer& writer, const EventId& redacted) {
  Redacted body{redacted, Sha256("payload"), "", writer.fingerprint(), {}};
  body.signature = SignatureOf(writer.key, RedactionStatement(kWorkspace, body));
  return Say(writer, event(redacted).artifact, std::move(body));
}

EventId Story::ApprovePolicy(Writer& writer, std::string_view policy) {
  Approved body{"policy", Seen(writer), Sha256(policy), PolicyOf(writer), writer.fingerprint(), {}};
  body.signature = SignatureOf(writer.key, ApprovalMessage(kWorkspace, {}, body));
  return Say(writer, {}, std::move(body));
}

EventId Story::ChangePolicy(Writer& writer, std::string_view policy) {
  return Say(writer, {}, PolicyChanged{std::string(policy), PolicyOf(writer), {}});
}

EventId Story::Promote(Writer& writer, const ArtifactId& artifact, std::string_view to) {
  return Say(writer, artifact,
             Promoted{std::string(to), {}, ContentAt(artifact, writer.seen), PolicyOf(writer)});
}

Cut Story::everything() const {
  Cut cut;
  for (const ChangeSet& event : events_) {
    uint64_t& head = cut.heads[event.id.stream];
    head = std::max(head, event.id.seq);
  }
  return cut;
}

Hash256 Story::ContentAt(const ArtifactId& artifact, const Cut& cut) const {
  std::vector<std::string> ids;
  for (const ChangeSet& event : events_) {
    if (event.artifact == artifact && cut.Covers(event.id) && MayChangeContent(event))
      ids.push_back(FormatId(event.id));
  }
  std::sort(ids.begin(), ids.end());
  std::string content;
  for (const std::string& id : ids) content += id + "\n";
  return Sha256(content);
}

History Story::At(const Cut& cut) const {
  History history;
  history.workspace = kWorkspace;
  history.causality = &causality_;
  history.cut = cut;
  history.first_policy = first_policy_;
  for (const ChangeSet& event : events_) {
    if (!cut.Covers(event.id)) continue;
    history.events.push_back(&event);
    history.links[event.id] = LinkOf(event.id);
    if (std::holds_alternative<PolicyChanged>(event.body)) {
      history.artifacts[ArtifactId{}].content[event.id.stream].push_back(
          {event.id.seq, event.time, PersonOf(event.author.email), SignerOf(event.id)});
    }
    if (event.artifact.name.empty()) continue;
    ArtifactFacts& facts = history.artifacts[event.artifact];
    if (MayChangeContent(event))
      facts.content[event.id.stream].push_back(
          {event.id.seq, event.time, PersonOf(event.author.email), SignerOf(event.id)});
    if (std::holds_alternative<ArtifactCreated>(event.body)) facts.exists = true;
    if (std::holds_alternative<ArtifactRetired>(event.body)) facts.exists = false;
    // The one node that the story knows: what its beginning made.
    if (std::holds_alternative<ArtifactCreated>(event.body)) facts.present.insert(NodeId{event.id, 1});
  }
  for (auto& [artifact, facts] : history.artifacts) facts.hash = ContentAt(artifact, cut);
  return history;
}

std::string Story::SignerOf(const EventId& id) const {
  const auto found = std::find_if(sealed_.begin(), sealed_.end(),
                                  [&](const Writer* writer) { return writer->stream == id.stream; });
  return found == sealed_.end() ? std::string() : (*found)->fingerprint();
}

const ChangeSet& Story::event(const EventId& id) const {
  const auto found =
      std::find_if(events_.begin(), events_.end(), [&](const ChangeSet& event) { return event.id == id; });
  if (found == events_.end()) std::abort();
  return *found;
}

}  // namespace ameide::uaf::lifecycle
