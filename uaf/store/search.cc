#include "uaf/store/search.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

using document::Document;
using document::NodeIndex;
using document::NodeKind;
using document::Op;

constexpr size_t kLongestIndexedText = 20'000;

/// What people may look for in a node: attribute values and its own text.
std::string SearchableText(const Document& document, NodeIndex node) {
  std::string text;
  switch (document.kind(node)) {
    case NodeKind::kElement:
      for (const document::Attribute& attribute : document.attributes(node)) {
        absl::StrAppend(&text, document::UnescapeXml(attribute.raw), "\n");
      }
      absl::StrAppend(&text, document.text(node));
      break;
    case NodeKind::kComment:
    case NodeKind::kLine:
      text = document.raw_text(node);
      break;
    default:
      break;
  }
  if (text.size() > kLongestIndexedText) text.resize(kLongestIndexedText);
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string() : text;
}

struct TouchedNodes {
  std::set<NodeId>& nodes;
  bool& everything;
  void operator()(const document::ImportOp&) const { everything = true; }
  void operator()(const document::InsertNodeOp&) const {}  // found by their event
  void operator()(const document::ShiftAttributesOp& op) const {
    for (const auto& target : op.targets) nodes.insert(target.node);
  }
  template <typename T>
  void operator()(const T& op) const {
    nodes.insert(op.node);
  }
};

/// Words as FTS5 strings, all of which must occur; a trailing `*` matches beginnings.
std::string MatchExpression(std::string_view text) {
  std::string expression;
  size_t begin = 0;
  while ((begin = text.find_first_not_of(" \t\n", begin)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    begin = end;
    const bool prefix = word.ends_with('*');
    if (prefix) word.remove_suffix(1);
    std::string quoted;
    for (const char c : word) {
      if (c == '"') quoted += '"';
      if (c != '\0') quoted += c;
    }
    if (!quoted.empty())
      absl::StrAppend(&expression, expression.empty() ? "" : " ", "\"", quoted, "\"", prefix ? "*" : "");
  }
  return expression;
}

}  // namespace

absl::StatusOr<bool> SearchIndex::Behind() {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store_->database().Prepare("SELECT EXISTS(SELECT 1 FROM artifacts a LEFT JOIN search_artifacts s"
                                 " ON s.artifact = a.id WHERE a.arrival > COALESCE(s.arrival, 0))"));
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  return query.Int(0) != 0;
}

absl::Status SearchIndex::IndexNode(int64_t number, const Document& document, const NodeId& node) {
  const std::string name = FormatId(node);
  AMEIDE_ASSIGN_OR_RETURN(Statement find, store_->database().Prepare(
                                              "SELECT id FROM search_nodes WHERE artifact = ? AND node = ?"));
  find.Bind(1, number).BindText(2, name);
  AMEIDE_ASSIGN_OR_RETURN(const bool known, find.Step());
  int64_t id = known ? find.Int(0) : 0;
  if (known) {
    AMEIDE_ASSIGN_OR_RETURN(Statement remove,
                            store_->database().Prepare("DELETE FROM search_text WHERE rowid = ?"));
    remove.Bind(1, id);
    AMEIDE_RETURN_IF_ERROR(remove.Run());
  }
  const std::optional<NodeIndex> index = document.Find(node);
  const std::string text =
      index && !document.InTrash(*index) ? SearchableText(document, *index) : std::string();
  if (text.empty()) return absl::OkStatus();
  if (!known) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement add,
        store_->database().Prepare("INSERT INTO search_nodes(artifact, node) VALUES(?, ?) RETURNING id"));
    add.Bind(1, number).BindText(2, name);
    AMEIDE_RETURN_IF_ERROR(add.Step().status());
    id = add.Int(0);
  }
  AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                          store_->database().Prepare("INSERT INTO search_text(rowid, text) VALUES(?, ?)"));
  insert.Bind(1, id).BindText(2, text);
  return insert.Run();
}

absl::Status SearchIndex::IndexArtifact(int64_t number, const ArtifactId& artifact, int64_t indexed) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          store_->log().reader().OfArtifact(artifact, nullptr));
  const absl::StatusOr<const Document*> live = store_->Live(artifact);
  std::set<NodeId> nodes;
  bool everything = false;
  std::set<EventId> inserting;
  int64_t newest = indexed;
  for (const StoredEvent& event : events) {
    newest = std::max(newest, event.arrival);
    if (event.arrival <= indexed) continue;
    if (std::holds_alternative<ArtifactCreated>(event.change_set.body)) everything = true;
    if (const auto* edit = std::get_if<Edit>(&event.change_set.body)) {
      inserting.insert(event.change_set.id);
      for (const Op& op : edit->ops) std::visit(TouchedNodes{nodes, everything}, op);
    }
  }
  if (live.ok()) {
    const Document& document = **live;
    // A moved node takes all below it along, into the trash or out of it.
    std::set<NodeId> below;
    for (const NodeId& node : nodes) {
      const std::optional<NodeIndex> index = document.Find(node);
      if (!index) continue;
      for (const NodeIndex descendant : document.Descendants(*index)) below.insert(document.id(descendant));
      // A text's words are found at the element around it.
      if (document.parent(*index) != document::kNoNode) below.insert(document.id(document.parent(*index)));
    }
    nodes.merge(below);
    for (const NodeIndex index : document.Descendants(document::kDocumentNode)) {
      const NodeId id = document.id(index);
      if (everything || inserting.contains(id.event)) nodes.insert(id);
    }
    if (everything) {
      AMEIDE_RETURN_IF_ERROR(store_->database().Execute(absl::StrCat(
          "DELETE FROM search_text WHERE rowid IN (SELECT id FROM search_nodes WHERE artifact = ", number,
          ");", "DELETE FROM search_nodes WHERE artifact = ", number)));
    }
    for (const NodeId& node : nodes) AMEIDE_RETURN_IF_ERROR(IndexNode(number, document, node));
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement done,
      store_->database().Prepare("INSERT OR REPLACE INTO search_artifacts(artifact, arrival) VALUES(?, ?)"));
  done.Bind(1, number).Bind(2, newest);
  return done.Run();
}

absl::Status SearchIndex::CatchUp() {
  struct Stale {
    int64_t number;
    ArtifactId artifact;
    int64_t indexed;
  };
  std::vector<Stale> stale;
  {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        store_->database().Prepare(
            "SELECT a.id, n.name, COALESCE(s.arrival, 0) FROM artifacts a JOIN artifact_names n"
            " ON n.id = a.id LEFT JOIN search_artifacts s ON s.artifact = a.id"
            " WHERE a.arrival > COALESCE(s.arrival, 0)"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      stale.push_back({query.Int(0), ArtifactId{std::string(query.Text(1))}, query.Int(2)});
    }
  }
  if (stale.empty()) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(store_->Begin());
  absl::Status status;
  for (const Stale& entry : stale) {
    if (status.ok()) status = store_->Noted(IndexArtifact(entry.number, entry.artifact, entry.indexed));
  }
  if (status.ok()) status = store_->Commit().status();
  if (!status.ok()) store_->Abort().IgnoreError();
  return status;
}

absl::StatusOr<std::vector<SearchHit>> SearchIndex::Find(Database& database, std::string_view text,
                                                         size_t limit) {
  const std::string expression = MatchExpression(text);
  if (expression.empty()) return absl::InvalidArgumentError("give at least one word to search for");
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare(
          "SELECT n.name, a.path, s.node, snippet(search_text, 0, '', '', '…', 12) FROM search_text"
          " JOIN search_nodes s ON s.id = search_text.rowid JOIN artifacts a ON a.id = s.artifact"
          " JOIN artifact_names n ON n.id = a.id WHERE search_text MATCH ? AND a.retired = 0"
          " ORDER BY rank LIMIT ?"));
  query.BindText(1, expression).Bind(2, static_cast<int64_t>(limit));
  std::vector<SearchHit> hits;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return hits;
    SearchHit hit;
    hit.artifact.name = query.Text(0);
    hit.path = query.Text(1);
    AMEIDE_ASSIGN_OR_RETURN(hit.node, ParseNodeId(query.Text(2)));
    hit.excerpt = query.Text(3);
    hits.push_back(std::move(hit));
  }
}

}  // namespace ameide::uaf
