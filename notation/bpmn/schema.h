#pragma once

#include <string_view>
#include <vector>

#include "uaf/document/format.h"

namespace ameide::bpmn {

/// What in a BPMN file breaks the schemas of the standard (resources/schemas/bpmn): see
/// xml::SchemaSet::Check. `text` is the well-formed file as UTF-8; one with a document type is not judged.
/// Thread-safe.
std::vector<uaf::document::Finding> CheckSchema(std::string_view text);

}  // namespace ameide::bpmn
