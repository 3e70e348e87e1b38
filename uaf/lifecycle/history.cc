#include "uaf/lifecycle/history.h"

#include <tuple>

namespace ameide::uaf::lifecycle {

bool MayChangeContent(const ChangeSet& event) {
  return std::holds_alternative<UnknownBody>(event.body) ||
         std::holds_alternative<ArtifactCreated>(event.body) || !OpsOf(event.body).empty();
}

bool FoldsBefore(const ChangeSet* a, const ChangeSet* b) {
  return std::tie(a->time, a->id.stream, a->id.seq) < std::tie(b->time, b->id.stream, b->id.seq);
}

Questions QuestionsOf(std::span<const ChangeSet* const> events) {
  Questions questions;
  const auto ask = [&](const ArtifactId& artifact, const std::optional<NodeId>& node) {
    std::set<NodeId>& nodes = questions.nodes[artifact];
    if (node) nodes.insert(*node);
  };
  for (const ChangeSet* event : events) {
    if (const auto* approved = std::get_if<Approved>(&event->body)) {
      if (!event->artifact.name.empty()) questions.content.insert(event->artifact);
      for (const EventReference& reference : approved->cut) questions.events.insert(reference.id);
    } else if (const auto* verdict = std::get_if<ReviewSubmitted>(&event->body)) {
      for (const EventReference& reference : verdict->cut) questions.events.insert(reference.id);
    } else if (std::holds_alternative<Promoted>(event->body) ||
               std::holds_alternative<ReviewRequested>(event->body)) {
      if (!event->artifact.name.empty()) questions.content.insert(event->artifact);
    } else if (const auto* comment = std::get_if<CommentAdded>(&event->body)) {
      ask(event->artifact, comment->anchor);
    } else if (const auto* link = std::get_if<LinkAdded>(&event->body)) {
      ask(link->from.artifact, link->from.node);
      ask(link->to.artifact, link->to.node);
    }
  }
  return questions;
}

}  // namespace ameide::uaf::lifecycle
