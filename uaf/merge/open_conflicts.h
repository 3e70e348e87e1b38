#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/conflict.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// False when the state leaves nothing to be decided: a node was put away, a reference does not stand any
/// more.
bool Matters(const Conflict& conflict, const document::Document& document, const document::Format& format);

/// Conflicts of concurrent events whom everybody has seen since. Each stays until somebody writes what it is
/// about: the attribute, text or type, the place of the node. What settled it opens it again when it is taken
/// back. Decisions that only name a conflict (decisions.h) are for the caller to heed.
/// Nothing here changes the state.
class OpenConflicts {
 public:
  void Add(std::vector<Conflict> conflicts, const document::Document& document);
  /// One that `decision` settled, which has been seen already, and that is open once that is taken back.
  void AddSettled(Conflict conflict, const EventId& decision, const document::Document& document);
  /// Takes an event into account that saw all that is in conflict here.
  void See(const ChangeSet& change_set, const document::Document& document);
  /// Those that are left in the state `document`, in the order in which they came. What is about a node that
  /// was put away rests with it.
  std::vector<Conflict> Left(const document::Document& document, const document::Format& format) const;
  bool empty() const { return conflicts_.empty(); }

 private:
  using Key = std::tuple<uint32_t, Aspect, std::string>;
  struct Open {
    Conflict conflict;
    std::vector<EventId> decisions = {};  ///< each settles it
    std::vector<EventId> undone = {};     ///< what took decisions back
  };
  /// Takes into account that `change_set` takes decisions back, or makes them again.
  void SeeUndo(const ChangeSet& change_set);
  void Watch(const document::Document& document, const NodeId& node, Aspect aspect, const std::string& name);
  void Wrote(const document::Document& document, const NodeId& node, Aspect aspect, const std::string& name,
             const EventId& by);
  static void Settle(Open& open, const EventId& by);

  std::vector<Open> conflicts_;
  std::multimap<Key, size_t> watched_;
};

}  // namespace ameide::uaf::merge
