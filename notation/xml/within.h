#pragma once

#include <string_view>

#include "uaf/document/document.h"

namespace ameide::xml {

/// True when `node` or an element around it, below `above`, belongs to the namespace `uri`.
bool IsWithin(const uaf::document::Document& document, uaf::document::NodeIndex node,
              uaf::document::NodeIndex above, std::string_view uri);

}  // namespace ameide::xml
