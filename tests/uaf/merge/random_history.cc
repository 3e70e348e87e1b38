#include "tests/uaf/merge/random_history.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "tests/uaf/merge/fixture.h"
#include "tests/uaf/merge/oracle.h"

namespace ameide::uaf::merge {

using document::Document;
using document::kDocumentNode;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;
using document::Op;

const char kSmallModel[] =
    "<m><p id=\"P\"><documentation>one two three four</documentation><t id=\"A\" name=\"a\"><outgoing>F"
    "</outgoing></t><t id=\"B\" name=\"b\"/><f id=\"F\" sourceRef=\"A\" targetRef=\"B\"/><g id=\"G\"><t "
    "id=\"C\"/>"
    "</g><script>x\ny\nz\n</script></p><decisionTable id=\"R\"><rule id=\"1\"/><rule "
    "id=\"2\"/></decisionTable>"
    "<BPMNDiagram><s id=\"s\" bpmnElement=\"A\" x=\"10\" y=\"20\"/></BPMNDiagram></m>";

namespace {

class Editor {
 public:
  Editor(const Document& document, Random& random) : document_(document), random_(random) {
    for (const NodeIndex node : document.Descendants(kDocumentNode)) {
      if (document.kind(node) == NodeKind::kElement) elements_.push_back(node);
      if (document.kind(node) == NodeKind::kText || document.kind(node) == NodeKind::kLine)
        texts_.push_back(node);
    }
  }

  std::optional<Op> Any() {
    if (elements_.empty()) return texts_.empty() ? std::nullopt : Text();
    switch (random_.Below(14)) {
      case 0:
      case 1:
      case 2:
        return Attribute();
      case 3:
        return document::SetNameOp{document_.id(Element()), Pick({"t", "u", "v"})};
      case 4:
      case 5:
      case 6:
        return texts_.empty() ? Attribute() : Text();
      case 7:
      case 8:
        return Insert();
      case 9:
      case 10:
        return Move();
      case 11:
        return Remove();
      case 12:
        return Shift();
      default:
        return document::SetTriviaOp{document_.id(Element()), document::Trivia::kLead, Pick({"\n", " ", ""})};
    }
  }

 private:
  std::string Pick(std::initializer_list<const char*> words) {
    return *(words.begin() + random_.Below(words.size()));
  }
  NodeIndex Element() { return elements_[random_.Below(elements_.size())]; }

  std::optional<Op> Attribute() {
    const NodeIndex node = Element();
    std::string name = Pick({"name", "name", "id", "sourceRef", "targetRef", "bpmnElement"});
    const std::vector<document::Attribute> own = document_.attributes(node);
    if (!own.empty() && random_.Below(2) == 0) {
      const std::string_view any = own[random_.Below(own.size())].name;
      if (!any.starts_with("xmlns")) name = any;
    }
    std::optional<document::AttributeText> text = document_.attribute_text(node, name);
    if (!text) text = document::AttributeText{" ", "=", '"', ""};
    switch (random_.Below(6)) {
      case 0:
        return document::SetAttributeOp{document_.id(node), name, std::nullopt, ""};
      case 1:
        text->quote = random_.Below(2) == 0 ? '"' : '\'';
        text->lead = Pick({" ", "  ", "\n"});
        break;
      default:
        text->raw = random_.Below(3) == 0 ? AnyId() : Pick({"A", "B", "C", "F", "it&apos;s", "&quot;"});
    }
    return document::SetAttributeOp{document_.id(node), name, text, ""};
  }

  std::optional<Op> Text() {
    const NodeIndex node = texts_[random_.Below(texts_.size())];
    const std::string raw(document_.raw_text(node));
    if (random_.Below(3) == 0) {
      std::string changed = raw;
      const size_t at = random_.Below(raw.size() + 1);
      changed.insert(at, Pick({"x", " x ", "\n", "word ", " "}));
      return document::SetTextOp{document_.id(node), changed};
    }
    const auto offset = static_cast<uint32_t>(random_.Below(raw.size() + 1));
    const auto remove = static_cast<uint32_t>(random_.Below(std::min<size_t>(raw.size() - offset, 6) + 1));
    return document::SpliceTextOp{document_.id(node), offset, remove,
                                  Pick({"", "q", "new", " ", "\n", "&amp;"})};
  }

  document::Place PlaceIn(NodeIndex parent) {
    std::vector<NodeIndex> children = {kNoNode};
    for (NodeIndex at = document_.first_child(parent); at != kNoNode; at = document_.next_sibling(at))
      children.push_back(at);
    document::Place place{document_.id(parent), std::nullopt, std::nullopt};
    const size_t at = random_.Below(children.size());
    if (at > 0) place.left = document_.id(children[at]);
    if (at + 1 < children.size()) place.right = document_.id(children[at + 1]);
    return place;
  }

  /// The identifier of any element, or something that is none.
  std::string AnyId() {
    const auto text = document_.attribute_text(Element(), "id");
    return text ? text->raw : Pick({"A", "nobody"});
  }

  /// A copy of some element, as people paste them.
  std::optional<Op> Paste() {
    constexpr size_t kLargest = 2000;
    const std::string raw = document_.RenderSubtree(Element());
    const size_t begin = raw.find('<');
    if (begin == std::string::npos || raw.size() > kLargest) return std::nullopt;
    return document::InsertNodeOp{PlaceIn(Element()), 0, raw, 1};
  }

  std::optional<Op> Insert() {
    if (random_.Below(3) == 0) return Paste();
    return document::InsertNodeOp{PlaceIn(Element()), 0,
                                  Pick({"<t id=\"N\"/>", "<t id=\"N\" name=\"n\"><outgoing>F</outgoing></t>",
                                        "<f id=\"M\" sourceRef=\"A\" targetRef=\"C\"/>", "<rule/>",
                                        "<documentation>a b c</documentation>"}),
                                  1};
  }

  std::optional<Op> Move() {
    const NodeIndex node = Element();
    return node == document_.root_element()
               ? std::nullopt
               : std::optional<Op>(document::MoveNodeOp{document_.id(node), PlaceIn(Element())});
  }

  std::optional<Op> Remove() {
    const NodeIndex node = Element();
    return node == document_.root_element()
               ? std::nullopt
               : std::optional<Op>(document::MoveNodeOp{document_.id(node), std::nullopt});
  }

  std::optional<Op> Shift() {
    for (const NodeIndex node : elements_) {
      if (document_.attribute(node, "x") && document_.attribute(node, "y")) {
        const NodeId id = document_.id(node);
        return document::ShiftAttributesOp{{{id, "x"}, {id, "y"}},
                                           static_cast<int64_t>(random_.Below(9)) * 500};
      }
    }
    return std::nullopt;
  }

  const Document& document_;
  Random& random_;
  std::vector<NodeIndex> elements_;
  std::vector<NodeIndex> texts_;
};

class Checking {
 public:
  Checking(std::string_view file, uint64_t seed, const document::Format& format)
      : graph_(file, format), random_(seed) {
    const uint64_t count = 3 + random_.Below(4);
    for (uint64_t i = 0; i < count; ++i) {
      names_.push_back("r" + std::to_string(i));
      live_.emplace(names_.back(), graph_.StateOf(names_.back()));
    }
  }

  std::string Run(unsigned steps, HistoryTotals& totals) {
    for (unsigned step = 0; step < steps && problem_.empty(); ++step) {
      const std::string& name = names_[random_.Below(names_.size())];
      switch (random_.Below(10)) {
        case 9:
          TakeBack(name);
          break;
        case 8:
          Remember(name);
          break;
        case 0:
        case 1:
          Pull(name, names_[random_.Below(names_.size())]);
          break;
        case 2:
          Resolve(name);
          break;
        default:
          Edit(name);
      }
    }
    for (const std::string& name : names_) CheckSeen(name);
    if (problem_.empty()) CheckAll();
    totals.events += graph_.events().size();
    const Merged all = graph_.All();
    totals.conflicts += all.conflicts.size();
    totals.notes += all.notes.size();
    totals.taken_back += taken_back_;
    if (problem_.empty()) ResolveAll(totals);
    return problem_.empty() ? problem_ : problem_ + "\n" + graph_.Trace();
  }

 private:
  void Expect(bool holds, const std::string& what) {
    if (!holds && problem_.empty()) problem_ = what;
  }

  /// The newest thing that a replica did, while it can be taken back as it was done.
  struct Newest {
    Merged before;
    std::vector<Conflict> everywhere;  ///< open in the state of all events, all of whose sides it has seen
    size_t events = 0;                 ///< that there are
    EventId event;
    std::vector<Op> inverse;
  };

  /// Edits or decides, so that it can be taken back.
  void Remember(const std::string& name) {
    Newest newest{graph_.StateOf(name), SeenConflicts(name), graph_.events().size() + 1, {}, {}};
    const uint64_t seq = graph_.SeqOf(name);
    if (random_.Below(2) == 0 || !Resolve(name)) Edit(name);
    if (graph_.SeqOf(name) == seq) return;
    newest.event = {StreamId{name}, seq + 1};
    Document document = newest.before.document->Clone();
    newest.inverse = Inverse(document, OpsOf(graph_.events().back()->body), newest.event);
    newest_.insert_or_assign(name, std::move(newest));
    if (random_.Below(2) == 0) TakeBack(name);
  }

  std::vector<Conflict> SeenConflicts(const std::string& name) {
    std::vector<Conflict> conflicts = graph_.All().conflicts;
    const auto unseen = [&](const EventId& event) { return !graph_.HasSeen(name, event); };
    std::erase_if(conflicts, [&](const Conflict& conflict) {
      return std::any_of(conflict.sides.begin(), conflict.sides.end(), [&](const ConflictSide& side) {
        return std::any_of(side.events.begin(), side.events.end(), unseen);
      });
    });
    return conflicts;
  }

  /// Applies `ops` to `document`; gives what takes them back.
  static std::vector<Op> Inverse(Document& document, std::span<const Op> ops, const EventId& event) {
    std::vector<Op> inverse;
    for (const Op& op : ops) {
      auto undo = document.Apply(op, event);
      if (undo.ok()) inverse.insert(inverse.begin(), undo->begin(), undo->end());
    }
    return inverse;
  }

  /// Takes back what was done last, and now and then does it again.
  void TakeBack(const std::string& name) {
    const auto found = newest_.find(name);
    if (found == newest_.end() || graph_.SeqOf(name) != found->second.event.seq) return;
    const Newest newest = std::move(found->second);
    newest_.erase(found);
    const Merged done = graph_.StateOf(name);
    const Merged all = graph_.All();
    Document document = done.document->Clone();
    const EventId undo{newest.event.stream, newest.event.seq + 1};
    const std::vector<Op> again = Inverse(document, newest.inverse, undo);
    graph_.Records(name, uaf::Edit{newest.inverse, UndoRole::kUndo, {newest.event}, {}, {}, {}, {}});
    ++taken_back_;
    const Merged undone = graph_.StateOf(name);
    Expect(undone.document->Render() == newest.before.document->Render(),
           name + " took back to\n" + undone.document->Render() + "\nwhat was\n" +
               newest.before.document->Render());
    Expect(undone.conflicts == newest.before.conflicts, name + " took back to other conflicts");
    if (graph_.events().size() == newest.events + 1) {
      const std::vector<Conflict> open = SeenConflicts(name);
      for (const Conflict& each : newest.everywhere) {
        Expect(std::find(open.begin(), open.end(), each) != open.end(),
               name + " took back, and a conflict that was open for all is not open again: " +
                   std::string(NameOf(each.kind)) + " of " + FormatId(each.node) + " " + each.attribute);
      }
    }
    if (random_.Below(3) == 0) {
      graph_.Records(name, uaf::Edit{again, UndoRole::kRedo, {undo}, {}, {}, {}, {}});
      const Merged redone = graph_.StateOf(name);
      Expect(redone.document->Render() == done.document->Render(), name + " did it again otherwise");
      Expect(redone.conflicts == done.conflicts, name + " did it again, to other conflicts");
    }
    live_.at(name) = graph_.StateOf(name);
  }

  void Edit(const std::string& name) {
    Document& document = *live_.at(name).document;
    const EventId next{StreamId{name}, graph_.SeqOf(name) + 1};
    std::vector<Op> ops;
    for (uint64_t left = 1 + random_.Below(3); left > 0; --left) {
      std::optional<Op> op = Editor(document, random_).Any();
      if (!op) continue;
      // Each insertion of one event numbers its nodes from its own ordinal.
      if (auto* insert = std::get_if<document::InsertNodeOp>(&*op)) {
        constexpr uint32_t kApart = 1000;
        insert->first_ordinal = kApart * static_cast<uint32_t>(ops.size());
      }
      if (document.Apply(*op, next).ok()) ops.push_back(*std::move(op));
    }
    if (ops.empty()) return;
    graph_.Edits(name, std::move(ops));
    if (random_.Below(4) == 0) CheckSeen(name);
  }

  void Pull(const std::string& name, const std::string& from) {
    CheckSeen(name);
    graph_.Pulls(name, from);
    newest_.erase(name);
    live_.at(name) = graph_.StateOf(name);
    Expect(live_.at(name).passed_over == 0, "an edit was passed over");
  }

  /// Decides one conflict that the replica sees; false when there was none that could be decided.
  bool Resolve(const std::string& name) {
    const Merged now = graph_.StateOf(name);
    if (now.conflicts.empty()) return false;
    const Conflict& conflict = now.conflicts[random_.Below(now.conflicts.size())];
    Choice choice{random_.Below(conflict.sides.size()), std::nullopt};
    if (conflict.kind == ConflictKind::kAttribute && random_.Below(3) == 0) choice = {std::nullopt, "chosen"};
    auto ops = ResolutionOps(*now.document, conflict, choice, graph_.format());
    // A text may be no text any more where it would stand; the other side can always be had.
    if (!ops.ok())
      ops = ResolutionOps(*now.document, conflict, {conflict.standing, std::nullopt}, graph_.format());
    Expect(ops.ok(), "a conflict cannot be settled: " + std::string(ops.status().message()));
    if (!ops.ok()) return false;
    graph_.Records(name, ConflictResolved{{conflict.key}, "", *std::move(ops)});
    live_.at(name) = graph_.StateOf(name);
    const auto& left = live_.at(name).conflicts;
    Expect(std::none_of(left.begin(), left.end(),
                        [&](const Conflict& each) { return each.key == conflict.key; }),
           "a conflict is open although it was decided");
    Expect(live_.at(name).passed_over == 0, "a decision was passed over");
    return true;
  }

  /// What the replica has by editing is what its events say.
  void CheckSeen(const std::string& name) {
    const Merged again = graph_.StateOf(name);
    Expect(
        again.document->Render() == live_.at(name).document->Render(),
        name + " saw\n" + live_.at(name).document->Render() + "\nbut recorded\n" + again.document->Render());
  }

  void CheckAll() {
    std::vector<const ChangeSet*> events;
    for (const auto& event : graph_.events()) events.push_back(event.get());
    const Merged all = graph_.Of(events);
    for (size_t i = events.size(); i-- > 1;) std::swap(events[i], events[random_.Below(i + 1)]);
    const Merged shuffled = graph_.Of(events);
    Expect(shuffled.document->EncodeSnapshot() == all.document->EncodeSnapshot() &&
               shuffled.conflicts == all.conflicts && shuffled.notes == all.notes,
           "the order of arrival matters");
    Expect(all.passed_over == 0, "an edit was passed over");
    const auto restored = Document::DecodeSnapshot(all.document->EncodeSnapshot());
    Expect(restored.ok() && restored->Render() == all.document->Render(), "the snapshot differs");
    Expect(Document::Import(all.document->import(), all.document->Render(), {}).ok(),
           "the merged file is not well-formed:\n" + all.document->Render());
    if (problem_.empty()) problem_ = UnaccountedEdit(graph_, all);
  }

  void ResolveAll(HistoryTotals& totals) {
    const std::string& last = names_.front();
    for (const std::string& name : names_) graph_.Pulls(last, name);
    // A decision may open a question of its own (what is brought back may refer to what is gone), but not for
    // ever.
    for (size_t left = 4 * graph_.All().conflicts.size() + 4; left > 0 && Resolve(last); --left)
      ++totals.resolved;
    Expect(graph_.StateOf(last).conflicts.empty(), "conflicts are left after all were decided");
  }

  Graph graph_;
  SeededRandom random_;
  std::vector<std::string> names_;
  std::map<std::string, Merged> live_;
  std::map<std::string, Newest> newest_;
  uint64_t taken_back_ = 0;
  std::string problem_;
};

}  // namespace

std::string CheckRandomHistory(std::string_view file, uint64_t seed, unsigned steps, HistoryTotals& totals,
                               const document::Format& format) {
  return Checking(file, seed, format).Run(steps, totals);
}

}  // namespace ameide::uaf::merge
