#pragma once

#include "uaf/document/document.h"
#include "uaf/merge/describe.h"
#include "uaf/merge/judge.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// Files conflicts about names whose prefix no longer means what their writer saw: one renamed or removed a
/// namespace prefix, another used it at the same time. They are of kind kAttribute: `node` is the element at
/// or below which the names stand, `attribute` the declaration that it lacks ("xmlns:b"), `base` the URI that
/// was meant, `other` the element that declared it.
void JudgeNamespaces(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement);

/// True for those conflicts.
bool IsLostNamespace(const Conflict& conflict);

/// Settles such a conflict in `document` for who wrote the names: they get the prefix that stands for
/// their namespace there now; where there is none, their element declares it.
void MendNamespace(document::Document& document, const Conflict& conflict);

/// Whether names at or below `node` still have the prefix that such a conflict is about, and it still
/// does not stand for their namespace.
bool NamesAreLost(const document::Document& document, document::NodeIndex node, const Conflict& conflict);

}  // namespace ameide::uaf::merge
