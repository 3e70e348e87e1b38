#pragma once

#include <optional>
#include <string>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/format.h"

namespace ameide::uaf {

/// A value that names another element: of the attribute `attribute`, or of character data where that is
/// empty.
struct Usage {
  std::string attribute;  ///< qualified name, as written
  std::string file;       ///< of `file#id`; empty: by id alone
  std::string target;     ///< the id that it names
  auto operator<=>(const Usage&) const = default;
};

/// What the projections keep of one node: an element, a comment or a line.
struct IndexedElement {
  NodeId node;
  std::optional<NodeId> parent;  ///< the element around it
  std::string type;              ///< local name of the element, or what its xsi:type says; else empty
  std::string name;              ///< its `name`
  std::string identifier;        ///< its `id`
  std::string text;           ///< its other attribute values and its text, one a line; white space collapsed
  bool layout = false;        ///< only drawn: not found by its text
  std::vector<Usage> usages;  ///< sorted
  bool operator==(const IndexedElement&) const = default;

  /// Whether full text finds it.
  bool Searchable() const { return !layout && !(name.empty() && identifier.empty() && text.empty()); }
};

/// What the projections keep of `node`; nullopt when nothing: other nodes, those in the trash, drawn ones
/// that name nothing. Looks at the node, the text in it and the namespaces around it, and at nothing else,
/// so an edit changes what is kept of few nodes (uaf/projection/touched.h). Pure.
std::optional<IndexedElement> DescribeElement(const document::Document& document, document::NodeIndex node,
                                              const document::Format& format);

}  // namespace ameide::uaf
