#pragma once

#include <span>

#include "notation/xml/schema.h"

namespace ameide::dmn {

/// The files under resources/schemas/dmn, compiled in by this folder's CMakeLists.txt: one model schema per
/// release, and what those import.
std::span<const xml::SchemaSource> SchemaFiles();

}  // namespace ameide::dmn
