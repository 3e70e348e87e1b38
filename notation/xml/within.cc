#include "notation/xml/within.h"

namespace ameide::xml {

using uaf::document::Document;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

bool IsWithin(const Document& document, NodeIndex node, NodeIndex above, std::string_view uri) {
  for (NodeIndex at = node; at != above; at = document.parent(at)) {
    if (document.kind(at) == NodeKind::kElement && document.namespace_uri(at) == uri) return true;
  }
  return false;
}

}  // namespace ameide::xml
