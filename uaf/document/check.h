#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "uaf/document/document.h"
#include "uaf/document/op.h"

/// What the text in operations must be, so that no operation can make a file that is not well-formed by its
/// own text. Depends on the operation alone, not on the state that it meets, so a valid operation stays valid
/// in every order of arrival (but for SpliceText, whose result is looked at). All
/// errors are INVALID_ARGUMENT.
namespace ameide::uaf::document {

/// Valid UTF-8 of characters that XML 1.0 §2.2 has; in a tree of lines anything but NUL.
absl::Status CheckCharacters(std::string_view text, TreeKind kind);

/// A qualified name: at most one colon, no character of ASCII that a name cannot hold.
absl::Status CheckName(std::string_view name, std::string_view what);

/// Text between the quotes of an attribute.
absl::Status CheckAttributeRaw(std::string_view raw, char quote);

/// The recorded text of a whole attribute.
absl::Status CheckAttribute(std::string_view name, const AttributeText& text);

/// The raw content of a text-like node.
absl::Status CheckText(NodeKind kind, std::string_view raw);

/// Nothing but white space.
absl::Status CheckSpace(std::string_view text);

}  // namespace ameide::uaf::document
