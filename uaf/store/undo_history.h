#pragma once

#include <string>
#include <vector>

#include "uaf/log/change_set.h"

namespace ameide::uaf {

/// What undo and redo of one artifact act on: built from this writer's own edits and decisions of conflicts
/// in their order, so it
/// follows from the log and survives a restart. Pure value.
class UndoHistory {
 public:
  /// Edits that are taken back together.
  struct Unit {
    std::vector<EventId> events;  ///< oldest first
    std::string label;            ///< of the original edit
    std::string group;
    std::string batch;  ///< not empty: edits of other artifacts are taken back with them
    bool bare = false;  ///< a decision that let stand what stood: there are no operations to be taken back
  };

  /// Takes the next own event of the artifact into account.
  void Add(const ChangeSet& change_set);
  const Unit* NextUndo() const { return undo_.empty() ? nullptr : &undo_.back(); }
  const Unit* NextRedo() const { return redo_.empty() ? nullptr : &redo_.back(); }

 private:
  std::vector<Unit> undo_;
  std::vector<Unit> redo_;
};

}  // namespace ameide::uaf
