#include "uaf/merge/judge.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "uaf/log/redact.h"
#include "uaf/merge/deletions.h"
#include "uaf/merge/describe.h"
#include "uaf/merge/identities.h"
#include "uaf/merge/namespaces.h"

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::kNoNode;
using document::MoveNodeOp;
using document::NodeIndex;
using document::Op;

/// Sides under way: events with their value, in fold order.
struct Value {
  EventIndex event = 0;
  std::optional<std::string> text;
};

class Judging {
 public:
  explicit Judging(const ConcurrentFold& fold) : fold_(fold), events_(fold.events()), describe_(fold) {}

  Judgement Run() {
    Contents();
    if (fold_.has_document()) {
      for (const Register& each : fold_.registers()) {
        if (each.contended) Contended(each);
      }
      for (const auto& inserted : fold_.inserted()) SameInserts(inserted);
      for (const auto& lost : fold_.lost_routes()) AddNote(lost.event, lost.by, lost.line, "route");
      Orders();
      for (const SiblingOrder& order : fold_.orders()) Moves(order);
      for (const auto& cycle : fold_.cycles()) OpenCycle(cycle);
      JudgeDeletions(fold_, describe_, judgement_);
      JudgeIdentities(fold_, describe_, judgement_);
      JudgeNamespaces(fold_, describe_, judgement_);
    }
    Finish();
    return std::move(judgement_);
  }

 private:
  const EventId& Id(EventIndex event) const { return events_.id(event); }

  void AddNote(EventIndex event, EventIndex by, NodeIndex node, std::string what) {
    judgement_.notes.push_back({Id(event), Id(by), fold_.document().id(node), std::move(what)});
  }

  /// Files `values` as a conflict when they differ, else as the same change. The last one stands.
  void Values(const Register& known, ConflictKind kind, const std::string& attribute,
              const std::vector<Value>& values, std::optional<std::string> base) {
    if (values.size() < 2) return;
    const Value& standing = values.back();
    const bool layout = fold_.format().IsLayout(fold_.document(), known.node);
    const bool differ = std::any_of(values.begin(), values.end(),
                                    [&](const Value& value) { return value.text != standing.text; });
    if (!differ || layout) {
      const NodeIndex line = fold_.LineAround(known.node);
      for (const Value& value : values) {
        if (value.event == standing.event) continue;
        if (value.text == standing.text)
          AddNote(value.event, standing.event, known.node, "same change");
        else if (line != kNoNode)
          AddNote(value.event, standing.event, line, "route");
        else
          AddNote(value.event, standing.event, known.node, "layout");
      }
      return;
    }
    Conflict conflict = describe_.About(kind, known.node);
    conflict.attribute = attribute;
    conflict.base = std::move(base);
    for (const Value& value : values) {
      auto side = std::find_if(conflict.sides.begin(), conflict.sides.end(),
                               [&](const ConflictSide& each) { return each.value == value.text; });
      if (side == conflict.sides.end()) {
        conflict.sides.push_back({{}, value.text});
        side = conflict.sides.end() - 1;
      }
      side->events.push_back(Id(value.event));
    }
    for (size_t i = 0; i < conflict.sides.size(); ++i) {
      if (conflict.sides[i].value == standing.text) conflict.standing = i;
    }
    judgement_.conflicts.push_back(std::move(conflict));
  }

  void Contended(const Register& known) {
    switch (known.aspect) {
      case Aspect::kAttribute:
        return ContendedAttribute(known);
      case Aspect::kName:
        return ContendedName(known);
      case Aspect::kText:
        return ContendedText(known);
      case Aspect::kPlace:
        return ContendedPlace(known);
      case Aspect::kTrivia:
      case Aspect::kOrder:
        for (const EventIndex head : known.heads) {
          if (head != known.heads.back()) AddNote(head, known.heads.back(), known.node, "white space");
        }
        return;
    }
  }

  void ContendedAttribute(const Register& known) {
    const std::string& name = fold_.NameOfAttribute(known.number);
    // What only follows from a route that stands as a whole is nobody's answer to what was written.
    Heads written, heads;
    std::optional<Value> follows;
    for (size_t i = 0; i < known.versions.size(); ++i) {
      const AttributeVersion& version = known.versions[i];
      const bool said = known.writes[i].line == kNoNode;
      const bool value = (version.parts & AttributeParts::kValue) != 0;
      if (said) events_.Advance(written, version.event);
      if (said && value) events_.Advance(heads, version.event);
      if (value) follows = said ? std::nullopt : std::optional<Value>({version.event, ValueOf(version)});
    }
    std::vector<Value> values;
    for (const EventIndex head : heads) {
      // One event may write an attribute more than once; the last time counts.
      const auto version =
          std::find_if(known.versions.rbegin(), known.versions.rend(), [&](const AttributeVersion& each) {
            return each.event == head && (each.parts & AttributeParts::kValue) != 0;
          });
      values.push_back({head, ValueOf(*version)});
    }
    if (follows) {
      for (const Value& value : values) {
        if (value.text != follows->text) AddNote(value.event, follows->event, known.node, "route");
      }
      values.clear();
      heads.push_back(follows->event);
    }
    const bool refers = !fold_.format().ReferencesIn(fold_.document(), known.node, name).empty();
    std::optional<std::string> base;
    if (known.attribute_base) base = document::UnescapeXml(known.attribute_base->raw);
    Values(known, refers ? ConflictKind::kReconnect : ConflictKind::kAttribute, name, values,
           std::move(base));
    for (const EventIndex head : written) {
      const bool styled = std::find(heads.begin(), heads.end(), head) == heads.end();
      if (styled && !events_.SawAll(head, heads) && !StyleShows(known, head))
        AddNote(head, heads.empty() ? head : heads.back(), known.node, "white space");
    }
  }

  static std::optional<std::string> ValueOf(const AttributeVersion& version) {
    return version.text ? std::optional(document::UnescapeXml(version.text->raw)) : std::nullopt;
  }

  /// Whether all that `event` changed around the value is as it said.
  bool StyleShows(const Register& known, EventIndex event) const {
    const auto now = fold_.document().attribute_text(known.node, fold_.NameOfAttribute(known.number));
    return now &&
           std::all_of(known.versions.begin(), known.versions.end(), [&](const AttributeVersion& each) {
             if (each.event != event) return true;
             const bool respelled = (each.parts & AttributeParts::kSpelling) != 0;
             return (each.parts & AttributeParts::Changed(now, each.text)) == 0 &&
                    !(respelled && each.text->raw != now->raw);
           });
  }

  void ContendedName(const Register& known) {
    std::vector<Value> values;
    for (const EventIndex head : known.heads) {
      const auto write = std::find_if(known.writes.rbegin(), known.writes.rend(),
                                      [&](const Write& each) { return each.event == head; });
      values.push_back({head, std::get<document::SetNameOp>(*write->op).name});
    }
    Values(known, ConflictKind::kType, "", values, known.text_base);
  }

  void ContendedText(const Register& known) {
    // Whoever wrote the text last, having seen all of it, decided.
    if (known.heads.size() < 2) return;
    std::vector<Value> values;
    for (const EventIndex head : known.sequence->Divided())
      values.push_back({head, describe_.PlainText(known.node, known.sequence->TextWith(head))});
    Values(known, ConflictKind::kText, "", values, describe_.PlainText(known.node, known.text_base));
  }

  void ContendedPlace(const Register& known) {
    // Deletions are judged with what they took along.
    std::vector<Value> values;
    std::vector<const document::Place*> places;
    std::vector<EventIndex> deletions;
    for (const EventIndex head : known.heads) {
      const auto write = std::find_if(known.writes.rbegin(), known.writes.rend(),
                                      [&](const Write& each) { return each.event == head; });
      const auto& to = std::get<MoveNodeOp>(*write->op).to;
      if (!to) {
        deletions.push_back(head);
        continue;
      }
      places.push_back(&*to);
      values.push_back({head, describe_.Around(to->parent)});
    }
    for (size_t i = 0; i + 1 < deletions.size(); ++i)
      AddNote(deletions[i], deletions.back(), known.node, "same change");
    if (!deletions.empty() || values.size() < 2) return;
    const Document& document = fold_.document();
    const bool other_parents = std::any_of(places.begin(), places.end(), [&](const document::Place* place) {
      return document.Find(place->parent) != document.Find(places.back()->parent);
    });
    const bool same = std::all_of(places.begin(), places.end(),
                                  [&](const document::Place* place) { return *place == *places.back(); });
    const bool matters =
        !same && (other_parents || fold_.format().IsOrdered(document, document.parent(known.node)));
    if (!matters || fold_.format().IsLayout(document, known.node)) {
      const std::string what = same ? "same change" : matters ? "layout" : "order";
      for (const Value& value : values) {
        if (value.event != values.back().event) AddNote(value.event, values.back().event, known.node, what);
      }
      return;
    }
    if (!other_parents) {
      // Places in one list have no names of their own.
      for (size_t i = 0; i < values.size(); ++i) values[i].text = describe_.Beside(*places[i]);
    }
    Conflict conflict = describe_.About(ConflictKind::kPlace, known.node);
    for (size_t i = 0; i < values.size(); ++i) {
      conflict.sides.push_back({{Id(values[i].event)}, values[i].text});
      conflict.places.emplace_back(*places[i]);
    }
    conflict.standing = conflict.sides.size() - 1;
    judgement_.conflicts.push_back(std::move(conflict));
  }

  void SameInserts(const ConcurrentFold::Inserted& inserted) {
    for (const EventIndex event : inserted.same)
      AddNote(event, inserted.event, inserted.first, "same change");
  }

  /// Concurrent inserts at one place of a list whose order counts.
  void Orders() {
    using Spot = std::tuple<uint32_t, std::optional<NodeIndex>, std::optional<NodeIndex>>;
    std::map<Spot, std::vector<const ConcurrentFold::Inserted*>> at;
    for (const auto& inserted : fold_.inserted()) {
      if (!fold_.format().IsOrdered(fold_.document(), inserted.parent)) continue;
      at[{static_cast<uint32_t>(inserted.parent), inserted.left, inserted.right}].push_back(&inserted);
    }
    for (const auto& [spot, list] : at) {
      Heads heads;
      for (const auto* inserted : list) events_.Advance(heads, inserted->event);
      if (heads.size() < 2) continue;
      std::vector<const ConcurrentFold::Inserted*> open;
      for (const auto* inserted : list) {
        const bool head = std::find(heads.begin(), heads.end(), inserted->event) != heads.end();
        const bool first = open.empty() || open.back()->event != inserted->event;
        // What was moved or removed since by somebody who saw it is in order.
        if (head && first && fold_.Find(inserted->first, Aspect::kPlace) == nullptr) open.push_back(inserted);
      }
      if (open.size() < 2) continue;
      Conflict conflict = describe_.About(ConflictKind::kOrder, open.front()->first);
      conflict.other = fold_.document().id(open[1]->first);
      for (const auto* inserted : open)
        conflict.sides.push_back({{Id(inserted->event)}, describe_.Named(inserted->first)});
      for (NodeIndex next = fold_.document().next_sibling(open.front()->first); next != kNoNode;
           next = fold_.document().next_sibling(next)) {
        if (next == open[1]->first) break;
        if (fold_.document().next_sibling(next) == kNoNode) conflict.standing = 1;
      }
      if (fold_.document().next_sibling(open.front()->first) == kNoNode) conflict.standing = 1;
      judgement_.conflicts.push_back(std::move(conflict));
    }
  }

  /// Concurrent moves of several children that cannot all be had.
  void Moves(const SiblingOrder& order) {
    if (order.movers().size() < 2) return;
    const Document& document = fold_.document();
    const auto passes_over = [&](NodeIndex node) {
      if (document.InTrash(node) || document.parent(node) != order.parent()) return true;
      const Register* place = fold_.Find(node, Aspect::kPlace);
      if (place == nullptr) return false;
      // Moved by both: that is told by itself.
      return place->contended ||
             std::any_of(place->writes.begin(), place->writes.end(), [&](const Write& write) {
               const auto& to = std::get<MoveNodeOp>(*write.op).to;
               return !to || document.Find(to->parent) != order.parent();
             });
    };
    const bool matters = fold_.format().IsOrdered(document, order.parent()) &&
                         !fold_.format().IsLayout(document, order.parent());
    for (const OrderDispute& dispute : DisputesOf(order, events_, passes_over)) {
      if (!matters) {
        if (dispute.a_is_lost || dispute.b_shows) {
          AddNote(dispute.a.back(), dispute.b.back(), dispute.moved_by_a, "order");
        } else {
          AddNote(dispute.b.back(), dispute.a.back(), dispute.moved_by_b, "order");
        }
        continue;
      }
      Conflict conflict = describe_.About(ConflictKind::kOrder, dispute.moved_by_a);
      conflict.other = document.id(dispute.moved_by_b);
      for (const auto& [by, in] : {std::pair(&dispute.a, &dispute.in_a), {&dispute.b, &dispute.in_b}}) {
        ConflictSide side{{}, describe_.InTurn(*in)};
        for (const EventIndex event : *by) side.events.push_back(Id(event));
        conflict.sides.push_back(std::move(side));
        for (const NodeIndex node : *in) conflict.together.push_back(document.id(node));
      }
      conflict.standing = dispute.a_shows ? 0 : 1;
      judgement_.conflicts.push_back(std::move(conflict));
    }
  }

  void OpenCycle(const ConcurrentFold::Cycle& cycle) {
    // Whoever moved the node again, having seen both, decided.
    if (const Register* place = fold_.Find(cycle.node, Aspect::kPlace); place != nullptr) {
      const bool settled = std::any_of(place->writes.begin(), place->writes.end(), [&](const Write& write) {
        return write.event != cycle.event && events_.Saw(write.event, cycle.event) &&
               std::all_of(cycle.against.begin(), cycle.against.end(),
                           [&](EventIndex other) { return events_.Saw(write.event, other); });
      });
      if (settled) return;
    }
    Conflict conflict = describe_.About(ConflictKind::kCycle, cycle.node);
    conflict.other = fold_.document().id(cycle.parent);
    ConflictSide against{{}, describe_.Around(fold_.document().id(fold_.document().parent(cycle.node)))};
    for (const EventIndex event : cycle.against) against.events.push_back(Id(event));
    conflict.sides.push_back(std::move(against));
    conflict.sides.push_back({{Id(cycle.event)}, describe_.Around(conflict.other)});
    conflict.places = {std::nullopt, cycle.place};
    judgement_.conflicts.push_back(std::move(conflict));
  }

  /// Whole files against each other and against edits.
  void Contents() {
    const Heads& imports = fold_.imports();
    if (imports.empty()) return;
    ConflictSide edits;
    EventIndex first_edit = 0;
    for (const EventIndex event : fold_.beside_import()) {
      const bool taken = std::any_of(imports.begin(), imports.end(),
                                     [&](EventIndex import) { return events_.Saw(import, event); });
      if (taken || (!edits.events.empty() && edits.events.back() == Id(event))) continue;
      if (edits.events.empty()) first_edit = event;
      edits.events.push_back(Id(event));
    }
    std::vector<std::pair<EventIndex, ConflictSide>> sides;
    std::vector<Hash256> files;  // of the sides
    size_t standing = 0;
    for (const EventIndex import : imports) {
      // Whoever put the same file there is of one mind.
      const std::vector<Hash256> put = BlobsOf(events_[import].body);
      const Hash256 file = put.empty() ? Hash256{} : put.back();
      standing = static_cast<size_t>(std::find(files.begin(), files.end(), file) - files.begin());
      if (standing == files.size()) {
        files.push_back(file);
        sides.push_back({import, {{}, Describe::File(file)}});
      }
      sides[standing].second.events.push_back(Id(import));
    }
    const EventIndex stands = sides[standing].first;
    if (!edits.events.empty()) {
      edits.value = "edits of single elements";
      sides.emplace_back(first_edit, std::move(edits));
    }
    if (sides.size() < 2) return;
    Conflict conflict;
    conflict.kind = ConflictKind::kContent;
    conflict.node = conflict.other = fold_.document().id(document::kDocumentNode);
    std::sort(sides.begin(), sides.end());
    for (auto& [event, side] : sides) {
      if (event == stands) conflict.standing = conflict.sides.size();
      conflict.sides.push_back(std::move(side));
    }
    conflict.name = "the whole file";
    judgement_.conflicts.push_back(std::move(conflict));
  }

  void Finish() {
    std::vector<Conflict>& conflicts = judgement_.conflicts;
    for (Conflict& conflict : conflicts) conflict.key = KeyOf(conflict);
    if (conflicts.empty() && judgement_.notes.empty()) return;
    absl::flat_hash_map<EventId, EventIndex> order;
    order.reserve(events_.size());
    for (EventIndex event = 0; event < events_.size(); ++event) order.emplace(events_.id(event), event);
    std::sort(conflicts.begin(), conflicts.end(), [&](const Conflict& a, const Conflict& b) {
      return std::tuple(order[a.sides.front().events.front()], a.node, a.kind, a.attribute, a.key) <
             std::tuple(order[b.sides.front().events.front()], b.node, b.kind, b.attribute, b.key);
    });
    using Line = std::tuple<EventIndex, NodeId, EventIndex, std::string>;
    std::vector<Line> lines;
    lines.reserve(judgement_.notes.size());
    for (Note& note : judgement_.notes)
      lines.emplace_back(order[note.event], std::move(note.node), order[note.by], std::move(note.what));
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    judgement_.notes.clear();
    for (Line& line : lines) {
      judgement_.notes.push_back({events_.id(std::get<0>(line)), events_.id(std::get<2>(line)),
                                  std::move(std::get<1>(line)), std::move(std::get<3>(line))});
    }
  }

  const ConcurrentFold& fold_;
  const EventTable& events_;
  const Describe describe_;
  Judgement judgement_;
};

}  // namespace

Judgement Judge(const ConcurrentFold& fold) { return Judging(fold).Run(); }

}  // namespace ameide::uaf::merge
