#include "uaf/projection/element_index.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "uaf/projection/tables.h"
#include "uaf/projection/touched.h"

namespace ameide::uaf {

using document::Document;
using document::NodeIndex;

absl::StatusOr<std::vector<ElementIndex::Stale>> ElementIndex::FindStale() {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store_->database().Prepare(
          "SELECT a.id, n.name, a.format, a.head, a.events, a.retired, COALESCE(i.head, 0),"
          " COALESCE(i.events, 0), COALESCE(i.retired, 0) FROM artifacts a JOIN artifact_names n ON n.id = "
          "a.id"
          " LEFT JOIN indexed_artifacts i ON i.artifact = a.id"
          " WHERE i.head IS NOT a.head OR i.events IS NOT a.events OR i.retired IS NOT a.retired"));
  std::vector<Stale> stale;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return stale;
    stale.push_back({query.Int(0), ArtifactId{std::string(query.Text(1))}, std::string(query.Text(2)),
                     query.Int(3), query.Int(4), query.Int(5) != 0, query.Int(6), query.Int(7),
                     query.Int(8) != 0});
  }
}

/// The events behind those that the rows reflect, if these are all of this writer, who had seen everything
/// before: then nothing else changed than what they name.
absl::StatusOr<std::optional<std::vector<StoredEvent>>> ElementIndex::OwnTail(const Stale& stale) {
  const std::optional<std::vector<StoredEvent>> unknown;
  if (stale.indexed_head == 0) return unknown;
  EventReader& reader = store_->log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const EventId head, reader.IdOf(stale.indexed_head));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> newest, reader.Find(head));
  if (!newest) return unknown;
  HybridTime before = newest->change_set.time;
  if (before.counter > 0) {
    --before.counter;
  } else {
    --before.micros;
    before.counter = INT64_MAX;
  }
  // With the newest reflected event itself, so that it is seen to be part of the present.
  AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> events, reader.OfArtifactAfter(stale.artifact, before));
  if (events.empty() || events.front().change_set.id != head) return unknown;
  events.erase(events.begin());
  if (stale.indexed_events + static_cast<int64_t>(events.size()) != stale.events) return unknown;
  for (const StoredEvent& event : events) {
    if (event.change_set.id.stream != store_->log().own()) return unknown;
  }
  return std::optional<std::vector<StoredEvent>>(std::move(events));
}

absl::Status ElementIndex::Compare(ElementRows& rows, const Stale& stale, const Document* document) {
  std::map<NodeId, ElementRows::Stored> stored;
  AMEIDE_RETURN_IF_ERROR(rows.ForEach(stale.number, [&](ElementRows::Stored each) {
    const NodeId node = each.element.node;
    stored.emplace(node, std::move(each));
  }));
  const document::Format* format = store_->options().formats->Named(stale.format);
  if (format == nullptr) format = store_->options().formats->Named("opaque");
  if (document != nullptr && format != nullptr) {
    for (const NodeIndex node : document->Descendants(document::kDocumentNode)) {
      const std::optional<IndexedElement> element = DescribeElement(*document, node, *format);
      if (!element) continue;
      const auto known = stored.find(element->node);
      std::optional<ElementRows::Stored> before;
      if (known != stored.end()) {
        before = std::move(known->second);
        stored.erase(known);
      }
      AMEIDE_RETURN_IF_ERROR(rows.Replace(stale.number, before, element));
    }
  }
  for (const auto& [node, gone] : stored) AMEIDE_RETURN_IF_ERROR(rows.Remove(gone));
  return absl::OkStatus();
}

absl::Status ElementIndex::UpdateElements(ElementRows& rows, const Stale& stale, const Document* document,
                                          const std::optional<std::vector<StoredEvent>>& tail) {
  const document::Format* format = store_->options().formats->Named(stale.format);
  if (document == nullptr || format == nullptr || !tail || stale.was_retired)
    return Compare(rows, stale, document);
  std::vector<const ChangeSet*> events;
  for (const StoredEvent& event : *tail) events.push_back(&event.change_set);
  const std::optional<std::set<NodeIndex>> nodes = NodesToDescribe(*document, events);
  if (!nodes) return Compare(rows, stale, document);
  for (const NodeIndex node : *nodes) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<ElementRows::Stored> stored,
                            rows.Find(stale.number, document->id(node)));
    AMEIDE_RETURN_IF_ERROR(rows.Replace(stale.number, stored, DescribeElement(*document, node, *format)));
  }
  return absl::OkStatus();
}

absl::Status ElementIndex::UpdateTouches(ElementRows& rows, const Stale& stale,
                                         const std::optional<std::vector<StoredEvent>>& tail) {
  std::vector<StoredEvent> all;
  if (!tail) {
    AMEIDE_ASSIGN_OR_RETURN(Statement remove,
                            store_->database().Prepare("DELETE FROM touches WHERE artifact = ?"));
    remove.Bind(1, stale.number);
    AMEIDE_RETURN_IF_ERROR(remove.Run());
    AMEIDE_ASSIGN_OR_RETURN(all, store_->log().reader().OfArtifact(stale.artifact, nullptr));
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      store_->database().Prepare(
          "INSERT OR IGNORE INTO touches(artifact, event, ordinal, change) VALUES(?, ?, ?, ?)"));
  for (const StoredEvent& event : tail ? *tail : all) {
    for (const NodeId& node : TouchedNodes(event.change_set)) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> made_by, rows.KeyOf(node.event));
      if (!made_by) continue;
      insert.Bind(1, stale.number).Bind(2, *made_by).Bind(3, node.ordinal).Bind(4, event.key);
      AMEIDE_RETURN_IF_ERROR(insert.Run());
    }
  }
  return absl::OkStatus();
}

absl::Status ElementIndex::Update(ElementRows& rows, const Stale& stale) {
  const Document* document = nullptr;
  if (!stale.retired) {
    const absl::StatusOr<const Document*> live = store_->Live(stale.artifact);
    if (!live.ok()) {
      LogWarning("an artifact could not be read for search",
                 {{"artifact", stale.artifact.name}, {"reason", std::string(live.status().message())}});
      return absl::OkStatus();
    }
    document = *live;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::vector<StoredEvent>> tail, OwnTail(stale));
  AMEIDE_RETURN_IF_ERROR(UpdateElements(rows, stale, document, tail));
  AMEIDE_RETURN_IF_ERROR(UpdateTouches(rows, stale, tail));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement done,
      store_->database().Prepare(
          "INSERT OR REPLACE INTO indexed_artifacts(artifact, head, events, retired) VALUES(?, ?, ?, ?)"));
  done.Bind(1, stale.number).Bind(2, stale.head).Bind(3, stale.events).Bind(4, stale.retired ? 1 : 0);
  return done.Run();
}

absl::StatusOr<std::vector<int64_t>> ElementIndex::FindGone() {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, store_->database().Prepare("SELECT artifact FROM indexed_artifacts WHERE artifact NOT"
                                                  " IN (SELECT id FROM artifacts)"));
  std::vector<int64_t> gone;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return gone;
    gone.push_back(query.Int(0));
  }
}

absl::Status ElementIndex::Forget(ElementRows& rows, int64_t artifact) {
  std::vector<ElementRows::Stored> stored;
  AMEIDE_RETURN_IF_ERROR(
      rows.ForEach(artifact, [&](ElementRows::Stored each) { stored.push_back(std::move(each)); }));
  for (const ElementRows::Stored& each : stored) AMEIDE_RETURN_IF_ERROR(rows.Remove(each));
  for (const char* sql :
       {"DELETE FROM touches WHERE artifact = ?", "DELETE FROM indexed_artifacts WHERE artifact = ?"}) {
    AMEIDE_ASSIGN_OR_RETURN(Statement remove, store_->database().Prepare(sql));
    remove.Bind(1, artifact);
    AMEIDE_RETURN_IF_ERROR(remove.Run());
  }
  return absl::OkStatus();
}

absl::Status ElementIndex::CatchUp() {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Stale> stale, FindStale());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<int64_t> gone, FindGone());
  if (stale.empty() && gone.empty()) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(store_->Begin());
  ElementRows rows(&store_->database(), &store_->log().reader());
  absl::Status status;
  for (const int64_t artifact : gone) {
    if (status.ok()) status = store_->Noted(Forget(rows, artifact));
  }
  for (const Stale& each : stale) {
    if (status.ok()) status = store_->Noted(Update(rows, each));
  }
  if (status.ok()) status = store_->Commit().status();
  if (!status.ok()) store_->Abort();
  return status;
}

absl::Status ElementIndex::Clear() { return ResetElementTables(store_->database()); }

}  // namespace ameide::uaf
