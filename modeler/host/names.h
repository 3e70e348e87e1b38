#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "uaf/document/document.h"

namespace ameide::modeler {

/// Splits `{uri}local` (or `local`, with an empty URI): how the editor names elements and attributes.
std::pair<std::string, std::string> SplitExpandedName(std::string_view name);

/// A prefix other than the default one that is bound to `uri` at `node`: what an attribute needs. Empty when
/// there is none.
std::string AttributePrefix(const uaf::document::Document& document, uaf::document::NodeIndex node,
                            std::string_view uri);

/// The prefix by which a namespace is usually known ("zeebe"), or "ns".
std::string UsualPrefix(std::string_view uri);

inline constexpr std::string_view kXsiNamespace = "http://www.w3.org/2001/XMLSchema-instance";

}  // namespace ameide::modeler
