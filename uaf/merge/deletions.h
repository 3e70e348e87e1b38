#pragma once

#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/describe.h"
#include "uaf/merge/judge.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// Adds what is to be said about deletions: edits in what somebody else deleted (kDeletedEdit), new
/// references to it (kDeletedEnd), and notes about layout that went with it.
void JudgeDeletions(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement);

}  // namespace ameide::uaf::merge
