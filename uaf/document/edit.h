#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "uaf/document/document.h"

/// Builds the operations of everyday edits in the file's own style: its indentation, quotes, line ends. Each
/// function looks at one state of the document and changes nothing; the operations are valid for that state.
namespace ameide::uaf::document {

/// An element to be written: names are qualified, values plain text (escaping is done here).
struct NewElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  ///< written in front of the children; normally one of the two is empty
  std::vector<NewElement> children;
};

/// Number of nodes that inserting `element` makes: ordinals first_ordinal … + count - 1, in document order.
uint32_t CountNodes(const NewElement& element);

/// Inserts `element` into `parent` in front of `before` (kNoNode: as the last child), on a line of its own
/// where the siblings stand on their own lines. The new element's id is (event of the command,
/// first_ordinal).
std::vector<Op> InsertElementOps(const Document& document, NodeIndex parent, NodeIndex before,
                                 const NewElement& element, uint32_t first_ordinal);

/// Sets, adds (behind the last attribute) or removes an attribute. Empty when nothing would change.
std::vector<Op> SetAttributeOps(const Document& document, NodeIndex node, std::string_view name,
                                const std::optional<std::string>& value);

/// Makes `text` the character data of an element: its one text node is changed, a missing one inserted (with
/// `first_ordinal`), several are replaced. CDATA stays CDATA where the text allows it.
std::vector<Op> SetElementTextOps(const Document& document, NodeIndex element, std::string_view text,
                                  uint32_t first_ordinal);

/// Deletes a node: moves it to the trash.
std::vector<Op> DeleteOps(const Document& document, NodeIndex node);

/// Where a node goes that is put into `parent` in front of `before` (kNoNode: last).
Place PlaceBefore(const Document& document, NodeIndex parent, NodeIndex before);

/// `local` with a prefix that is bound to `uri` at `node`; nullopt when none is.
std::optional<std::string> QualifiedName(const Document& document, NodeIndex node, std::string_view uri,
                                         std::string_view local);

}  // namespace ameide::uaf::document
