#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/document.h"

namespace ameide::dmn {

/// What the entities of a document type stand for, by name: those that the file itself declares
/// (XML 1.0, 4.2), the first declaration of each. Parameter entities and what lies outside of the file are
/// not read.
using Entities = std::map<std::string, std::string, std::less<>>;
Entities EntitiesOf(const uaf::document::Document& document);

/// Raw text as XML reads it: references to characters, to the predefined entities and to `entities` resolved,
/// the last also inside of one another. Other references stay as they are written, and so does the text of
/// one that would stand for more than 1 MiB.
std::string Resolved(std::string_view raw, const Entities& entities);
/// The names that `raw` refers to and that neither XML nor `entities` know.
std::vector<std::string> UnresolvedIn(std::string_view raw, const Entities& entities);

}  // namespace ameide::dmn
