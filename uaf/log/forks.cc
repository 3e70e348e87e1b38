#include "uaf/log/forks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ameide::uaf {
namespace {

constexpr char kMark = '~';
/// Half of a hash: nobody can make two that begin so.
constexpr size_t kDigits = 32;

void Visit(document::Place& place, const std::function<void(EventId&)>& visit) {
  visit(place.parent.event);
  if (place.left) visit(place.left->event);
  if (place.right) visit(place.right->event);
}

struct OpVisitor {
  const std::function<void(EventId&)>& visit;
  void operator()(document::ImportOp&) const {}
  void operator()(document::InsertNodeOp& op) const { Visit(op.place, visit); }
  void operator()(document::MoveNodeOp& op) const {
    visit(op.node.event);
    if (op.to) Visit(*op.to, visit);
  }
  void operator()(document::ShiftAttributesOp& op) const {
    for (document::ShiftAttributesOp::Target& target : op.targets) visit(target.node.event);
  }
  template <typename Other>
  void operator()(Other& op) const {
    visit(op.node.event);
  }
};

struct BodyVisitor {
  const std::function<void(EventId&)>& visit;

  void Ops(std::vector<document::Op>& ops) const {
    for (document::Op& op : ops) std::visit(OpVisitor{visit}, op);
  }
  void All(std::vector<EventId>& events) const {
    for (EventId& event : events) visit(event);
  }
  void All(RecordedCut& cut) const {
    for (EventReference& reference : cut) visit(reference.id);
  }
  void Node(std::optional<NodeId>& node) const {
    if (node) visit(node->event);
  }

  void operator()(UnknownBody&) const {}
  void operator()(Edit& body) const {
    Ops(body.ops);
    All(body.reverts);
    if (body.origin) visit(*body.origin);
  }
  void operator()(ForeignEdit& body) const { Ops(body.ops); }
  void operator()(ArtifactCreated&) const {}
  void operator()(ArtifactRenamed&) const {}
  void operator()(ArtifactRetired&) const {}
  void operator()(KeyAdded&) const {}
  void operator()(BranchStarted&) const {}
  void operator()(BranchMerged&) const {}
  void operator()(BranchClosed&) const {}
  void operator()(RevisionTagged& body) const { All(body.cut); }
  void operator()(CommentAdded& body) const {
    Node(body.anchor);
    if (body.reply_to) visit(*body.reply_to);
  }
  void operator()(CommentResolved& body) const { visit(body.comment); }
  void operator()(ReviewRequested&) const {}
  void operator()(ReviewSubmitted& body) const {
    visit(body.request);
    All(body.cut);
  }
  void operator()(Approved& body) const { All(body.cut); }
  void operator()(PromotionRequested&) const {}
  void operator()(Promoted& body) const { All(body.approvals); }
  void operator()(PromotionRefused& body) const { visit(body.request); }
  void operator()(Published& body) const { All(body.cut); }
  void operator()(ConflictResolved& body) const { Ops(body.ops); }
  void operator()(LinkAdded& body) const {
    Node(body.from.node);
    Node(body.to.node);
  }
  void operator()(LinkRemoved& body) const { visit(body.link); }
  void operator()(KeyCertified&) const {}
  void operator()(KeyRevoked&) const {}
  void operator()(Redacted& body) const { visit(body.event); }
  void operator()(QuarantineLifted& body) const { visit(body.up_to.id); }
  void operator()(PolicyChanged& body) const { All(body.approvals); }
};

/// The cut that a body recorded; nullptr for those that record none.
RecordedCut* CutIn(EventBody& body) {
  if (auto* tagged = std::get_if<RevisionTagged>(&body)) return &tagged->cut;
  if (auto* verdict = std::get_if<ReviewSubmitted>(&body)) return &verdict->cut;
  if (auto* approved = std::get_if<Approved>(&body)) return &approved->cut;
  if (auto* published = std::get_if<Published>(&body)) return &published->cut;
  return nullptr;
}

const Tail* Find(std::span<const Tail> tails, const StreamId& stream) {
  const auto found =
      std::find_if(tails.begin(), tails.end(), [&](const Tail& tail) { return tail.stream == stream; });
  return found == tails.end() ? nullptr : &*found;
}

/// Where the chain goes on that is in stream `at` behind `after`, for somebody who had seen `past`: the first
/// tail by hash that parts from it where `past` does not go on in the stream itself.
const Tail* GoesOn(std::span<const Tail> tails, const StreamId& at, uint64_t after, const Cut& past) {
  const Tail* next = nullptr;
  for (const Tail& tail : tails) {
    if (tail.base != at || tail.after < after || past.HeadOf(at) > tail.after) continue;
    if (past.HeadOf(tail.stream) <= tail.after) continue;
    const bool earlier = next == nullptr || tail.after < next->after ||
                         (tail.after == next->after && tail.first < next->first);
    if (earlier) next = &tail;
  }
  return next;
}

}  // namespace

StreamId WrittenAs(const StreamId& stream) {
  return StreamId{stream.name.substr(0, stream.name.find(kMark))};
}

bool IsTail(const StreamId& stream) { return stream.name.find(kMark) != std::string::npos; }

StreamId TailName(const StreamId& stream, const Hash256& first) {
  return StreamId{absl::StrCat(WrittenAs(stream).name, "~", first.Hex().substr(0, kDigits))};
}

bool IsNamedAfter(const StreamId& tail, const Hash256& first) { return tail == TailName(tail, first); }

SaidNames NamesWithin(std::span<const Tail> tails, std::span<const Tail> marks, const Cut& past) {
  SaidNames names;
  const auto follow = [&](const StreamId& said, StreamId at, uint64_t after) {
    while (const Tail* next = GoesOn(tails, at, after, past)) {
      names.push_back({said, next->after, next->stream});
      at = next->stream;
      after = next->after + 1;
    }
  };
  std::set<StreamId> written;
  for (const Tail& tail : tails) {
    if (written.insert(WrittenAs(tail.stream)).second)
      follow(WrittenAs(tail.stream), WrittenAs(tail.stream), 0);
    if (past.HeadOf(tail.stream) > tail.after) follow(tail.stream, tail.stream, tail.after + 1);
  }
  for (const Tail& mark : marks) {
    if (past.HeadOf(mark.base) <= mark.after) continue;  // nothing of it was seen
    names.push_back({mark.stream, mark.after, mark.base});
    follow(mark.stream, mark.base, mark.after + 1);
  }
  std::sort(names.begin(), names.end());
  return names;
}

EventId Meant(const SaidNames& names, const EventId& said) {
  EventId meant = said;
  for (const SaidName& name : names) {
    if (name.said == said.stream && name.after < said.seq) meant.stream = name.meant;
  }
  return meant;
}

EventId SaidAs(const SaidNames& names, const EventId& meant) {
  // Whoever calls a tail by its own name has seen another one under the stream's.
  for (const bool tails : {false, true}) {
    for (const SaidName& name : names) {
      const EventId said{name.said, meant.seq};
      if (name.meant == meant.stream && IsTail(name.said) == tails && Meant(names, said) == meant)
        return said;
    }
  }
  return meant;
}

ChangeSet AsCalledHere(const ChangeSet& said, const EventId& id, std::vector<EventReference> parents,
                       const SaidNames& names, std::span<const Tail> tails) {
  ChangeSet here = said;
  here.said.form = std::make_shared<const ChangeSet>(said);
  here.id = id;
  here.parents = std::move(parents);
  std::sort(here.parents.begin(), here.parents.end());
  ForEachEventId(here.body, [&](EventId& event) { event = Meant(names, event); });
  if (RecordedCut* cut = CutIn(here.body)) {
    for (size_t i = 0; i < cut->size(); ++i) {
      const Tail* tail = Find(tails, (*cut)[i].id.stream);
      if (tail == nullptr || tail->after == 0) continue;
      const auto known = std::find_if(cut->begin(), cut->end(), [&](const EventReference& reference) {
        return reference.id.stream == tail->base && reference.id.seq >= tail->after;
      });
      if (known == cut->end()) cut->push_back({{tail->base, tail->after}, tail->before});
    }
    std::sort(cut->begin(), cut->end());
  }
  return here;
}

void ForEachEventId(EventBody& body, const std::function<void(EventId&)>& visit) {
  std::visit(BodyVisitor{visit}, body);
}

std::vector<EventReference> ReferencesIn(const EventBody& body) {
  if (const auto* lifted = std::get_if<QuarantineLifted>(&body)) return {lifted->up_to};
  EventBody copy = body;
  const RecordedCut* cut = CutIn(copy);
  return cut == nullptr ? RecordedCut() : *cut;
}

EventId Along(std::span<const Tail> tails, StreamId stream, uint64_t seq) {
  for (const Tail* tail = Find(tails, stream); tail != nullptr && seq <= tail->after;
       tail = Find(tails, stream))
    stream = tail->base;
  return {std::move(stream), seq};
}

void CloseOverTails(std::span<const Tail> tails, Cut& cut) {
  // Tails of tails: as often as there are any.
  for (bool grown = true; grown;) {
    grown = false;
    for (const Tail& tail : tails) {
      if (cut.HeadOf(tail.stream) <= tail.after || cut.HeadOf(tail.base) >= tail.after) continue;
      cut.heads[tail.base] = tail.after;
      grown = true;
    }
  }
}

}  // namespace ameide::uaf
