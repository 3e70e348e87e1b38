#pragma once

#include <string_view>
#include <vector>

#include "notation/dmn/metamodel.h"
#include "uaf/document/format.h"

namespace ameide::dmn {

/// What in a DMN file breaks the schema of its release (resources/schemas/dmn): see xml::SchemaSet::Check.
/// `text` is the well-formed file as UTF-8; one with a document type is not judged, nor one of a release
/// whose schema is not here (1.0 and 1.6). Thread-safe.
std::vector<uaf::document::Finding> CheckSchema(std::string_view text, Version version);

}  // namespace ameide::dmn
