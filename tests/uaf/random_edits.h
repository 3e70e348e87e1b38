#pragma once

#include <string>

#include "base/random.h"
#include "uaf/document/document.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// A random command on `document`: set, add or remove an attribute, change text, copy, move or remove an
/// element, change white space, several at once. Not every one can be applied; the store refuses those.
Command RandomEdit(const ArtifactId& artifact, const document::Document& document, Random& random);

/// The bytes as another program might save them: an attribute value changed, an element line doubled or
/// removed.
std::string RandomForeignEdit(const document::Document& document, Random& random);

}  // namespace ameide::uaf
