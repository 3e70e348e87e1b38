#pragma once

#include <memory>

#include "uaf/document/format.h"

namespace ameide {

/// Every notation of this program, in order of precedence; what none claims is opaque. For composition roots.
std::unique_ptr<uaf::document::FormatRegistry> MakeFormats();

}  // namespace ameide
