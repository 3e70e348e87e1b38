#pragma once

#include <vector>

#include "notation/feel/syntax.h"

namespace ameide::feel {

/// Computes what does not depend on anything, once, into `folded` of its nodes. What gives null is left to
/// run, so that its reason is there each time; the reasons are returned, too, those of calls and operators.
std::vector<Diagnostic> FoldConstants(Syntax& syntax);

}  // namespace ameide::feel
