#pragma once

#include <span>

#include "uaf/document/document.h"
#include "uaf/document/op.h"

/// What operations set, for undo. Pure.
namespace ameide::uaf::merge {

/// Whether carrying out `ops` in the state `document` would take something back that `others`, recorded
/// operations in it, say: they set the same (an attribute, a text, a name, a place, white space), or
/// something in a node that `ops` put away. Whole-file imports concern everything.
bool Overwrites(const document::Document& document, std::span<const document::Op> ops,
                std::span<const document::Op> others);

}  // namespace ameide::uaf::merge
