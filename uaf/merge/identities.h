#pragma once

#include "uaf/merge/describe.h"
#include "uaf/merge/judge.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// Files conflicts about what elements are called by others: a new reference to an id that somebody changed
/// at the same time (kReconnect, kText where the reference is the text of an element; `other` is the element
/// that has another id now), and two new elements with one id (kAttribute of the second; `other` is the
/// first).
void JudgeIdentities(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement);

}  // namespace ameide::uaf::merge
