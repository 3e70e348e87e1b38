#pragma once

#include <vector>

#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/conflict.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// What a concurrent fold leaves to be said.
struct Judgement {
  std::vector<Conflict> conflicts;  ///< open ones, by first event, then node
  std::vector<Note> notes;
};

/// Tells which concurrent edits exclude each other (conflicts) and which gave way without asking (notes). A
/// conflict is settled by any later edit of the same thing that saw all its sides. Decisions that name its
/// key (decisions.h) are for the caller to heed.
Judgement Judge(const ConcurrentFold& fold);

}  // namespace ameide::uaf::merge
