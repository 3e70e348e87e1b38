#pragma once

#include <span>

#include "notation/xml/schema.h"

namespace ameide::bpmn {

/// The files under resources/schemas/bpmn, compiled in by this folder's CMakeLists.txt; BPMN20.xsd comes
/// first.
std::span<const xml::SchemaSource> SchemaFiles();

}  // namespace ameide::bpmn
