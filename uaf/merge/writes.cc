#include "uaf/merge/writes.h"

#include <set>
#include <string>
#include <tuple>
#include <variant>

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::Op;

using Target = std::tuple<uint32_t, char, std::string>;

class Targets {
 public:
  Targets(const Document& document, std::span<const Op> ops) : document_(document) {
    for (const Op& op : ops) std::visit([this](const auto& each) { Add(each); }, op);
  }

  bool Meet(const Targets& others) const {
    if (whole_file_ || others.whole_file_) return true;
    for (const Target& target : others.set_) {
      // Two inserts below one parent do not concern each other.
      if (std::get<1>(target) != 'c' && set_.contains(target)) return true;
      for (NodeIndex at{std::get<0>(target)}; at != kNoNode; at = document_.parent(at)) {
        if (put_away_.contains(static_cast<uint32_t>(at))) return true;
      }
    }
    return false;
  }

 private:
  void Set(const NodeId& id, char what, std::string name = {}) {
    if (const auto node = document_.Find(id))
      set_.emplace(static_cast<uint32_t>(*node), what, std::move(name));
  }
  void Add(const document::ImportOp&) { whole_file_ = true; }
  void Add(const document::InsertNodeOp& op) { Set(op.place.parent, 'c'); }
  void Add(const document::MoveNodeOp& op) {
    Set(op.node, 'p');
    if (const auto node = document_.Find(op.node); node && !op.to)
      put_away_.insert(static_cast<uint32_t>(*node));
  }
  void Add(const document::SetNameOp& op) { Set(op.node, 'n'); }
  void Add(const document::SetAttributeOp& op) { Set(op.node, 'a', op.name); }
  void Add(const document::SetTextOp& op) { Set(op.node, 't'); }
  void Add(const document::SpliceTextOp& op) { Set(op.node, 't'); }
  void Add(const document::SetTriviaOp& op) {
    Set(op.node, static_cast<char>('0' + static_cast<int>(op.which)));
  }
  void Add(const document::ShiftAttributesOp& op) {
    for (const auto& target : op.targets) Set(target.node, 'a', target.name);
  }
  void Add(const document::OrderAttributesOp& op) { Set(op.node, 'o'); }

  const Document& document_;
  std::set<Target> set_;
  std::set<uint32_t> put_away_;
  bool whole_file_ = false;
};

}  // namespace

bool Overwrites(const Document& document, std::span<const Op> ops, std::span<const Op> others) {
  Targets theirs(document, others);
  return Targets(document, ops).Meet(theirs);
}

}  // namespace ameide::uaf::merge
