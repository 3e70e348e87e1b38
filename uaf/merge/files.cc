#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/diff.h"
#include "uaf/document/subtree_hash.h"
#include "uaf/merge/file_version.h"
#include "uaf/merge/line_merge.h"
#include "uaf/merge/merge.h"
#include "uaf/merge/namespaces.h"
#include "uaf/merge/routes.h"

/// Three versions of a file: a base, and two concurrent edits of it.
namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::ImportOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;
using document::TreeKind;

const EventId kBase{{"base"}, 1};
/// A folds before B, whichever of the two is called ours.
const std::array<EventId, 2> kSides{EventId{{"side-a"}, 1}, EventId{{"side-b"}, 1}};

ChangeSet Event(const EventId& id, uint64_t time, EventBody body) {
  ChangeSet change_set;
  change_set.id = id;
  if (id != kBase) change_set.parents = {{kBase, {}}};
  change_set.time = {time, 0};
  const BodyType type = TypeOf(body);
  change_set.kind = type.kind;
  change_set.version = type.version;
  change_set.body = std::move(body);
  return change_set;
}

/// Merges all three as trees of one kind; nullopt when the differences cannot be said in operations.
std::optional<Merged> MergeAs(TreeKind kind, const Versions& versions, const document::Format& format) {
  ImportOp import;
  import.kind = kind;
  std::array<std::optional<Document>, 3> documents;
  for (size_t i = 0; i < versions.size(); ++i) {
    absl::StatusOr<Document> document = Document::Import(import, versions[i].text, kBase);
    if (!document.ok()) return std::nullopt;
    documents[i] = *std::move(document);
  }
  std::vector<ChangeSet> events = {Event(kBase, 1, ArtifactCreated{{}, {}, import})};
  Causality causality;
  for (size_t side = 0; side < kSides.size(); ++side) {
    absl::StatusOr<std::vector<Op>> ops = document::DiffDocuments(*documents[0], *documents[side + 1]);
    if (!ops.ok()) return std::nullopt;
    for (Op& op : *ops) BindToEvent(op, kSides[side]);
    Edit edit;
    edit.ops = *std::move(ops);
    events.push_back(Event(kSides[side], 2, std::move(edit)));
    causality.Add(events.back().id, events.back().parents);
  }
  const std::array<const ChangeSet*, 3> order = {&events[0], &events[1], &events[2]};
  const BlobSource blobs = [&](const Hash256&) { return absl::StatusOr<std::string>(versions[0].text); };
  absl::StatusOr<Merged> merged = MergeEvents(order, causality, blobs, format);
  if (!merged.ok() || !merged->document) return std::nullopt;
  return *std::move(merged);
}

std::string_view PrefixOf(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon + 1);
}
std::string_view LocalOf(std::string_view name) { return name.substr(PrefixOf(name).size()); }

/// Of two names of one element, where one side changed the prefix alone and the other what is behind it:
/// both.
std::optional<std::string> BothNames(const Conflict& conflict) {
  if (conflict.kind != ConflictKind::kType || conflict.sides.size() != 2 || !conflict.base)
    return std::nullopt;
  const std::string& base = *conflict.base;
  for (const size_t side : {0, 1}) {
    const std::optional<std::string>& prefixed = conflict.sides[side].value;
    const std::optional<std::string>& typed = conflict.sides[1 - side].value;
    if (prefixed && typed && LocalOf(*prefixed) == LocalOf(base) && PrefixOf(*typed) == PrefixOf(base))
      return std::string(PrefixOf(*prefixed)).append(LocalOf(*typed));
  }
  return std::nullopt;
}

/// What a merge of text comes to.
struct Result {
  std::string text;
  TreeKind kind = TreeKind::kLines;
  std::vector<Conflict> conflicts;
  std::vector<Note> notes;
};

/// Says in each note what it is about: `layout: Bounds of T_di`.
std::vector<Note> Subjects(std::vector<Note> notes, const Document& document) {
  for (Note& note : notes) {
    const auto node = document.Find(note.node);
    if (!node) continue;
    NodeIndex element = *node;
    while (element != document::kNoNode && document.kind(element) != NodeKind::kElement)
      element = document.parent(element);
    if (element == document::kNoNode) continue;
    std::string subject(document.local_name(element));
    for (NodeIndex at = element; at != document::kNoNode; at = document.parent(at)) {
      const auto id = document.kind(at) == NodeKind::kElement ? document.attribute(at, "id") : std::nullopt;
      if (!id) continue;
      absl::StrAppend(&subject, at == element ? " " : " of ", *id);
      break;
    }
    absl::StrAppend(&note.what, ": ", subject);
  }
  return notes;
}

/// One side renamed a prefix of namespaces, the other wrote names with it: nobody need be asked about that.
void MendNames(Merged& merged) {
  std::erase_if(merged.conflicts, [&](const Conflict& conflict) {
    const std::optional<std::string> both = BothNames(conflict);
    return both && merged.document->Fold(document::SetNameOp{conflict.node, *both}, kBase).ok();
  });
  std::erase_if(merged.conflicts, [&](const Conflict& conflict) {
    if (!IsLostNamespace(conflict)) return false;
    MendNamespace(*merged.document, conflict);
    const size_t writer = conflict.sides[0].value == conflict.base ? 0 : 1;
    merged.notes.push_back({conflict.sides[writer].events.front(), conflict.sides[1 - writer].events.front(),
                            conflict.node, "prefix"});
    return true;
  });
}

/// True when two documents say the same apart from white space, quotes and the order of attributes.
bool SaysTheSame(const Document& a, const Document& b) {
  const auto says_something = [](const Document& document, NodeIndex node) {
    return document.kind(node) != NodeKind::kText || !document::Collapsed(document.raw_text(node)).empty();
  };
  const auto children = [&](const Document& document, NodeIndex node) {
    std::vector<NodeIndex> list;
    for (NodeIndex child = document.first_child(node); child != document::kNoNode;
         child = document.next_sibling(child)) {
      if (says_something(document, child)) list.push_back(child);
    }
    return list;
  };
  const auto attributes = [](const Document& document, NodeIndex node) {
    std::vector<std::pair<std::string_view, std::string_view>> list;
    for (const document::Attribute& attribute : document.attributes(node))
      list.emplace_back(attribute.name, attribute.raw);
    std::sort(list.begin(), list.end());
    return list;
  };
  std::vector<std::pair<NodeIndex, NodeIndex>> open = {{document::kDocumentNode, document::kDocumentNode}};
  while (!open.empty()) {
    const auto [left, right] = open.back();
    open.pop_back();
    if (a.kind(left) != b.kind(right)) return false;
    const bool holds = a.kind(left) == NodeKind::kElement || left == document::kDocumentNode;
    if (!holds && document::Collapsed(a.raw_text(left)) != document::Collapsed(b.raw_text(right)))
      return false;
    if (!holds) continue;
    if (a.name(left) != b.name(right) || attributes(a, left) != attributes(b, right)) return false;
    const std::vector<NodeIndex> of_a = children(a, left);
    const std::vector<NodeIndex> of_b = children(b, right);
    if (of_a.size() != of_b.size()) return false;
    for (size_t i = 0; i < of_a.size(); ++i) open.emplace_back(of_a[i], of_b[i]);
  }
  return true;
}

/// The ids of elements that are there more than once, sorted.
std::vector<std::string> DoubledIds(const Document& document) {
  std::vector<std::string> ids;
  for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
    if (document.kind(node) != NodeKind::kElement) continue;
    if (auto id = document.attribute(node, "id")) ids.push_back(*std::move(id));
  }
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> doubled;
  for (size_t i = 1; i < ids.size(); ++i) {
    if (ids[i] == ids[i - 1] && (doubled.empty() || doubled.back() != ids[i])) doubled.push_back(ids[i]);
  }
  return doubled;
}

/// What only matching one element for another can lead to where no line of one side's changes touches the
/// other's: two values of one thing, an edit in what the other side deleted.
bool MayBeMistaken(const Conflict& conflict, const Document& merged) {
  switch (conflict.kind) {
    case ConflictKind::kAttribute:
    case ConflictKind::kReconnect:
    case ConflictKind::kText:
    case ConflictKind::kType:
      return conflict.other == conflict.node && !conflict.attribute.starts_with("xmlns");
    case ConflictKind::kDeletedEdit: {
      const auto node = merged.Find(conflict.node), other = merged.Find(conflict.other);
      if (!node || !other) return false;
      const std::vector<NodeIndex> below = merged.EverBelow(*node);
      return std::find(below.begin(), below.end(), *other) != below.end();
    }
    default:
      return false;
  }
}

/// A note about a drawn line or one of its points: lines see all that there is to a route.
bool IsOfRoute(const Note& note, const Document& merged, const document::Format& format) {
  const auto node = merged.Find(note.node);
  return note.what == "route" ||
         (note.what == "layout" && node && Routes::LooksLikePoint(merged, format, *node));
}

/// Whether the text says more than the elements could know of: the merge of the elements decided nothing that
/// lines do not see.
bool LinesSayAll(const Merged& merged, const document::Format& format) {
  return std::all_of(merged.conflicts.begin(), merged.conflicts.end(),
                     [&](const Conflict& each) { return MayBeMistaken(each, *merged.document); }) &&
         std::all_of(merged.notes.begin(), merged.notes.end(), [&](const Note& note) {
           return note.what == "white space" || note.what == "same change" ||
                  IsOfRoute(note, *merged.document, format);
         });
}

/// The merged file: as its elements say, or as its lines do where those of one side's changes are apart from
/// those of the other's (ADR 0038). Then the lines are exactly both edits; the elements come to something
/// else only where one was taken for another (copies without ids), or in spelling (blank lines between two
/// changes, attributes that both moved). Lines know nothing of what elements mean: what the merge of the
/// elements decided about that stands.
std::string Text(Merged& merged, const Versions& versions, const document::Format& format) {
  std::string rendered = merged.document->Render();
  const LineMerge lines = MergeLines(versions[0].text, versions[1].text, versions[2].text);
  if (!lines.text || !lines.moved.empty() || *lines.text == rendered) return rendered;
  // Both took the same lines away: one to remove what they say, the other to put it elsewhere.
  const auto deleted = [](const Conflict& each) { return each.kind == ConflictKind::kDeletedEdit; };
  if (lines.twice && std::any_of(merged.conflicts.begin(), merged.conflicts.end(), deleted)) return rendered;
  const absl::StatusOr<Document> read = Document::Import(merged.document->import(), *lines.text, kBase);
  if (!read.ok()) return rendered;
  if (!LinesSayAll(merged, format)) {
    return merged.conflicts.empty() && SaysTheSame(*read, *merged.document) ? *lines.text : rendered;
  }
  // Both sides may have moved one element, each elsewhere.
  std::vector<std::string> doubled = DoubledIds(*read);
  for (size_t side = 1; side < versions.size() && !doubled.empty(); ++side) {
    const absl::StatusOr<Document> version =
        Document::Import(merged.document->import(), versions[side].text, kBase);
    if (!version.ok()) return rendered;
    const std::vector<std::string> before = DoubledIds(*version);
    std::erase_if(
        doubled, [&](const std::string& id) { return std::binary_search(before.begin(), before.end(), id); });
  }
  if (!doubled.empty()) return rendered;
  merged.conflicts.clear();
  std::erase_if(merged.notes, [&](const Note& note) { return IsOfRoute(note, *merged.document, format); });
  return *lines.text;
}

Conflict Between(ConflictKind kind, const NodeId& node, std::array<std::optional<std::string>, 2> values,
                 size_t standing) {
  Conflict conflict;
  conflict.kind = kind;
  conflict.node = conflict.other = node;
  for (size_t side = 0; side < 2; ++side)
    conflict.sides.push_back({{kSides[side]}, std::move(values[side]), {}});
  conflict.standing = standing;
  return conflict;
}

Conflict ConflictOf(const MovedLines& moved) {
  std::array<std::optional<std::string>, 2> places;
  for (size_t side = 0; side < 2; ++side)
    places[side] = moved.behind[side] ? absl::StrCat("behind ", *moved.behind[side]) : "first";
  Conflict conflict =
      Between(ConflictKind::kPlace, {kBase, static_cast<uint32_t>(moved.line + 1)}, places, 1);
  conflict.type = "line";
  conflict.name = moved.text;
  conflict.key = KeyOf(conflict);
  return conflict;
}

/// The encoding that a side changed to cannot hold what the other one wrote.
Conflict EncodingConflict(const Versions& versions, size_t instead) {
  Conflict conflict = Between(ConflictKind::kText, {kBase, 0},
                              {EncodingName(versions[1]), EncodingName(versions[2])}, instead == 1 ? 0 : 1);
  conflict.name = "the encoding";
  conflict.base = EncodingName(versions[0]);
  conflict.key = KeyOf(conflict);
  return conflict;
}

/// Merges as lines. Lines that both sides moved stand where B put them.
std::optional<Result> MergeAsLines(const Versions& versions, const document::Format& format) {
  LineMerge lines = MergeLines(versions[0].text, versions[1].text, versions[2].text);
  Result result;
  for (const MovedLines& moved : lines.moved) result.conflicts.push_back(ConflictOf(moved));
  if (lines.text) {
    result.text = *std::move(lines.text);
    return result;
  }
  Versions left = versions;
  left[1].text = std::move(lines.a);
  std::optional<Merged> merged = MergeAs(TreeKind::kLines, left, format);
  if (!merged) return std::nullopt;
  result.text = merged->document->Render();
  std::move(merged->conflicts.begin(), merged->conflicts.end(), std::back_inserter(result.conflicts));
  result.notes = Subjects(std::move(merged->notes), *merged->document);
  return result;
}

std::optional<Result> MergeAsXml(const Versions& versions, const document::Format& format) {
  std::optional<Merged> merged = MergeAs(TreeKind::kXml, versions, format);
  if (!merged) return std::nullopt;
  MendNames(*merged);
  Result result;
  result.text = Text(*merged, versions, format);
  result.kind = TreeKind::kXml;
  result.conflicts = std::move(merged->conflicts);
  result.notes = Subjects(std::move(merged->notes), *merged->document);
  return result;
}

/// Two versions of which only one can stand.
FileMerge MergeWhole(std::string_view base, std::string_view a, std::string_view b) {
  FileMerge result;
  result.bytes = Either(base, a, b);
  if (a == b || a == base || b == base) return result;
  Conflict conflict;
  conflict.kind = ConflictKind::kContent;
  conflict.node = conflict.other = {kBase, 0};
  conflict.name = "the whole file";
  const std::array<std::string_view, 2> bytes{a, b};
  constexpr size_t kShort = 12;
  for (size_t side = 0; side < bytes.size(); ++side)
    conflict.sides.push_back({{kSides[side]}, "file " + Sha256(bytes[side]).Hex().substr(0, kShort)});
  conflict.standing = 1;
  conflict.key = KeyOf(conflict);
  result.conflicts.push_back(std::move(conflict));
  return result;
}

/// Whether the format takes all of the versions, so that it must take what they are merged to.
bool AreTaken(const Versions& versions) {
  return std::all_of(versions.begin(), versions.end(), [](const Version& each) {
    return each.refused.empty() && each.kind != TreeKind::kOpaque;
  });
}

/// Why a file of elements was merged as lines, a note for each version that is the reason; none where lines
/// are what there was.
std::vector<Note> WhyAsLines(const Versions& versions) {
  const std::array<EventId, 3> events = {kBase, kSides[0], kSides[1]};
  std::vector<Note> notes;
  bool elements = false;
  for (size_t i = 0; i < versions.size(); ++i) {
    elements = elements || versions[i].kind == TreeKind::kXml;
    if (!versions[i].refused.empty())
      notes.push_back({events[i], events[i], {kBase, 0}, absl::StrCat("lines: ", versions[i].refused)});
  }
  if (notes.empty() && elements)
    notes.push_back({kBase, kBase, {kBase, 0}, "lines: its elements could not be compared"});
  return notes;
}

}  // namespace

FileMerge MergeFiles(std::string_view base, std::string_view ours, std::string_view theirs,
                     const document::Format& format) {
  const bool a_is_ours = Sha256(ours) <= Sha256(theirs);
  const std::string_view a = a_is_ours ? ours : theirs;
  const std::string_view b = a_is_ours ? theirs : ours;
  FileMerge result = MergeWhole(base, a, b);
  if (!result.conflicts.empty()) {
    const Versions versions = ReadVersions({base, a, b}, format);
    const auto all = [&](auto is) { return std::all_of(versions.begin(), versions.end(), is); };
    std::optional<Result> merged;
    if (all([&](const Version& each) { return each.kind == TreeKind::kXml; }))
      merged = MergeAsXml(versions, format);
    // Two files under one name that began with nothing: one after the other they would be no file.
    const bool began_apart =
        base.empty() && versions[1].kind == TreeKind::kXml && versions[2].kind == TreeKind::kXml;
    if (!merged && !began_apart && all([&](const Version& each) { return each.kind != TreeKind::kOpaque; }))
      merged = MergeAsLines(versions, format);
    if (merged) {
      Written written = WriteMerged(merged->text, merged->kind, versions);
      // Lines know no elements: of two halves no file may come that nobody can open.
      const absl::Status taken =
          AreTaken(versions) ? format.Accept(written.bytes).status() : absl::OkStatus();
      if (!taken.ok()) {
        absl::StrAppend(&result.conflicts.front().name,
                        " (with both edits it would be none: ", std::string(taken.message()), ")");
        result.a_is_ours = a_is_ours;
        return result;
      }
      if (written.instead) merged->conflicts.push_back(EncodingConflict(versions, *written.instead));
      result.bytes = std::move(written.bytes);
      result.conflicts = std::move(merged->conflicts);
      result.notes = std::move(merged->notes);
      if (merged->kind == TreeKind::kLines) {
        std::vector<Note> why = WhyAsLines(versions);
        result.notes.insert(result.notes.begin(), std::make_move_iterator(why.begin()),
                            std::make_move_iterator(why.end()));
      }
    }
  }
  result.a_is_ours = a_is_ours;
  return result;
}

}  // namespace ameide::uaf::merge
