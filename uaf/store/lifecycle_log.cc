#include "uaf/store/lifecycle_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/status.h"
#include "uaf/lifecycle/policy.h"

namespace ameide::uaf {

namespace {

/// Whether it only changes content. An edit of nothing takes a decision back, or makes it again.
bool IsEdit(const EventBody& body) {
  const auto* edit = std::get_if<Edit>(&body);
  return edit != nullptr ? !edit->ops.empty() : std::holds_alternative<ForeignEdit>(body);
}

}  // namespace

bool IsLifecycleEvent(const StoredEvent& event) {
  return !IsEdit(event.change_set.body) || !event.change_set.parents.empty();
}

absl::Status NoteLifecycleEvent(Database& database, const StoredEvent& event) {
  if (!IsLifecycleEvent(event)) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database.Prepare("INSERT OR IGNORE INTO lifecycle_events(arrival, key) VALUES(?, ?)"));
  insert.Bind(1, event.arrival).Bind(2, event.key);
  return insert.Run();
}

absl::Status NoteAllLifecycleEvents(Database& database, EventReader& reader) {
  constexpr uint64_t kAtATime = 4096;
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader.Everything());
  for (const auto& [stream, head] : cut.heads) {
    for (uint64_t first = 1; first <= head; first += kAtATime) {
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                              reader.OfStream(stream, first, std::min(head, first + kAtATime - 1)));
      for (const StoredEvent& event : events) AMEIDE_RETURN_IF_ERROR(NoteLifecycleEvent(database, event));
    }
  }
  return absl::OkStatus();
}

void LifecycleLog::Forget() {
  events_.clear();
  causality_ = merge::Causality();
  signatures_.clear();
  known_.clear();
  arrival_ = 0;
  guarded_ = false;
}

absl::Status LifecycleLog::CatchUp(Database& database, EventReader& reader) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT arrival, key FROM lifecycle_events WHERE arrival > ? ORDER BY arrival"));
  query.Bind(1, arrival_);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(const EventId id, reader.IdOf(query.Int(1)));
    AMEIDE_ASSIGN_OR_RETURN(std::optional<StoredEvent> event, reader.Find(id));
    if (!event) return absl::DataLossError("the store lacks event " + FormatId(id) + "; run `ameide doctor`");
    arrival_ = query.Int(0);
    causality_.Add(id, event->change_set.parents);
    const EventBody& body = event->change_set.body;
    guarded_ = guarded_ || std::holds_alternative<PolicyChanged>(body);
    if (!IsEdit(body)) events_.push_back(std::move(event->change_set));
  }
}

absl::StatusOr<lifecycle::History> LifecycleLog::At(Database& database, EventReader& reader, const Cut& cut,
                                                    const std::optional<Hash256>& first_policy,
                                                    const Documents& documents, const ArtifactId* only) {
  AMEIDE_RETURN_IF_ERROR(CatchUp(database, reader));
  lifecycle::History history;
  history.workspace = workspace_;
  history.causality = &causality_;
  history.cut = cut;
  history.first_policy = first_policy;
  history.signatures = &signatures_;
  for (const ChangeSet& event : events_) {
    if (cut.Covers(event.id)) history.events.push_back(&event);
  }
  lifecycle::Questions questions = lifecycle::QuestionsOf(history.events);
  for (const ArtifactId& artifact : questions.content) questions.nodes.try_emplace(artifact);
  if (only != nullptr) {
    std::erase_if(questions.nodes, [only](const auto& asked) { return asked.first != *only; });
    if (!only->name.empty()) {
      questions.nodes.try_emplace(*only);
      questions.content.insert(*only);
    }
  }
  for (const auto& [artifact, nodes] : questions.nodes) {
    AMEIDE_ASSIGN_OR_RETURN(history.artifacts[artifact],
                            FactsOf(database, reader, artifact, questions, cut, documents));
  }
  // Changes of the policy are the content of the workspace itself.
  for (const ChangeSet* event : history.events) {
    if (!std::holds_alternative<PolicyChanged>(event->body)) continue;
    AMEIDE_ASSIGN_OR_RETURN(std::string signer, signers_.KeyOf(database, event->id));
    history.artifacts[ArtifactId{}].content[event->id.stream].push_back(
        {event->id.seq, event->time, lifecycle::PersonOf(event->author.email), std::move(signer)});
  }
  for (const EventId& id : questions.events) {
    const absl::StatusOr<Hash256> link = reader.LinkOf(id);
    if (link.ok()) history.links[id] = *link;
    if (!link.ok() && !absl::IsNotFound(link.status())) return link.status();
  }
  return history;
}

absl::StatusOr<LifecycleLog::Known*> LifecycleLog::CatchUpWith(EventReader& reader,
                                                               const ArtifactId& artifact) {
  Known& known = known_[artifact];
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          reader.OfArtifactSince(artifact, known.arrival));
  for (const StoredEvent& event : events) {
    const ChangeSet& change_set = event.change_set;
    known.arrival = std::max(known.arrival, event.arrival);
    const bool retired = std::holds_alternative<ArtifactRetired>(change_set.body);
    if (retired || std::holds_alternative<ArtifactCreated>(change_set.body) ||
        std::holds_alternative<ArtifactRenamed>(change_set.body)) {
      known.turns.push_back({change_set.time, change_set.id, !retired});
    }
    if (!lifecycle::MayChangeContent(change_set)) continue;
    known.content[change_set.id.stream].push_back(
        {change_set.id.seq, change_set.time, lifecycle::PersonOf(change_set.author.email), {}});
  }
  if (events.empty()) return &known;
  const auto by_seq = [](const lifecycle::ContentEvent& a, const lifecycle::ContentEvent& b) {
    return a.seq < b.seq;
  };
  for (auto& [stream, seqs] : known.content) std::sort(seqs.begin(), seqs.end(), by_seq);
  std::sort(known.turns.begin(), known.turns.end());
  return &known;
}

absl::StatusOr<lifecycle::ArtifactFacts> LifecycleLog::ContentOf(Database& database, EventReader& reader,
                                                                 const ArtifactId& artifact, bool signers,
                                                                 const Cut& cut) {
  AMEIDE_ASSIGN_OR_RETURN(Known * known, CatchUpWith(reader, artifact));
  lifecycle::ArtifactFacts facts;
  for (const Known::Turn& turn : known->turns) {
    if (cut.Covers(turn.event)) facts.exists = turn.exists;
  }
  for (auto& [stream, events] : known->content) {
    const uint64_t head = cut.HeadOf(stream);
    for (lifecycle::ContentEvent& event : events) {
      if (event.seq > head) break;
      // What is not sealed yet has no signer yet.
      if (signers && event.signer.empty()) {
        AMEIDE_ASSIGN_OR_RETURN(event.signer, signers_.KeyOf(database, {stream, event.seq}));
      }
      facts.content[stream].push_back(event);
    }
  }
  return facts;
}

absl::Status LifecycleLog::AddContent(Database& database, EventReader& reader, const ArtifactId& artifact,
                                      lifecycle::History& history) {
  AMEIDE_ASSIGN_OR_RETURN(lifecycle::ArtifactFacts facts,
                          ContentOf(database, reader, artifact, /*signers=*/false, history.cut));
  history.artifacts.insert_or_assign(artifact, std::move(facts));
  return absl::OkStatus();
}

absl::StatusOr<lifecycle::ArtifactFacts> LifecycleLog::FactsOf(Database& database, EventReader& reader,
                                                               const ArtifactId& artifact,
                                                               const lifecycle::Questions& questions,
                                                               const Cut& cut, const Documents& documents) {
  const bool content = questions.content.contains(artifact);
  AMEIDE_ASSIGN_OR_RETURN(lifecycle::ArtifactFacts facts,
                          ContentOf(database, reader, artifact, guarded_ && content, cut));
  const std::set<NodeId>& nodes = questions.nodes.at(artifact);
  if (!content && nodes.empty()) return facts;
  // What has no content, or cannot be read now, has no nodes and no hash; why, others tell.
  const absl::StatusOr<const document::Document*> document = documents(artifact);
  if (!document.ok()) return facts;
  if (content) facts.hash = Sha256((*document)->Render());
  for (const NodeId& node : nodes) {
    const std::optional<document::NodeIndex> found = (*document)->Find(node);
    if (found && !(*document)->InTrash(*found)) facts.present.insert(node);
  }
  return facts;
}

}  // namespace ameide::uaf
