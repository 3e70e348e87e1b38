#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "uaf/document/ids.h"

/// The operations that change a document (uaf.md, Model). They are recorded for ever, so every field here is
/// part of the store's format: later releases may add operations, never change these.
///
/// Text in operations is *raw*: exactly the characters (UTF-8) that rendering puts into the file, entity
/// spelling and quotes included. The writer of an operation decides style once; rendering only concatenates.
namespace ameide::uaf::document {

/// How the bytes of an imported file were turned into characters. `kUtf8` includes US-ASCII.
enum class Encoding : uint8_t { kUtf8 = 0, kUtf16Le = 1, kUtf16Be = 2, kLatin1 = 3, kWindows1252 = 4 };

/// What kind of tree an artifact is.
enum class TreeKind : uint8_t {
  kXml = 0,     ///< elements, text, comments, processing instructions
  kLines = 1,   ///< one node a line: Markdown, proto, YAML, and XML that cannot be kept losslessly as a tree
  kOpaque = 2,  ///< whole-file versions only
};

/// A whole file. The nodes' ordinals are given by the frozen tokenizer of that version, in document order.
struct ImportOp {
  Hash256 blob;  ///< the file's bytes, in the blob store
  TreeKind kind = TreeKind::kOpaque;
  Encoding encoding = Encoding::kUtf8;
  bool byte_order_mark = false;
  uint32_t tree_format = 1;
  uint32_t tokenizer_version = 1;
  auto operator<=>(const ImportOp&) const = default;
};

/// Where a node stands among its siblings: Fugue origins (Weidner, Kleppmann: "The Art of the Fugue"). Each
/// is the sibling it was put beside, nullopt for the end of the list. They may be in the trash by now; they
/// still say where.
struct Place {
  NodeId parent;
  std::optional<NodeId> left;
  std::optional<NodeId> right;
  auto operator<=>(const Place&) const = default;
};

/// New nodes: `raw` is the text of one subtree with the white space before it (for lines: one line with its
/// line end). It is split by the frozen tokenizer of `tokenizer_version`; its nodes get the ordinals
/// `first_ordinal`, +1, … in document order, all under the change set that holds this operation.
struct InsertNodeOp {
  Place place;
  uint32_t first_ordinal = 0;
  std::string raw;
  uint32_t tokenizer_version = 1;
  auto operator<=>(const InsertNodeOp&) const = default;
};

/// Moves a node with all below it. `to` nullopt is the artifact's trash: that is what deleting means.
struct MoveNodeOp {
  NodeId node;
  std::optional<Place> to;
  auto operator<=>(const MoveNodeOp&) const = default;
};

/// The qualified name of an element ("bpmn:userTask"), in its start and end tag.
struct SetNameOp {
  NodeId node;
  std::string name;
  auto operator<=>(const SetNameOp&) const = default;
};

/// One attribute's text as it stands in a start tag.
struct AttributeText {
  std::string lead;          ///< white space before the name
  std::string equals = "=";  ///< with any white space around it
  char quote = '"';
  std::string raw;  ///< between the quotes, references unexpanded
  auto operator<=>(const AttributeText&) const = default;
};

/// Sets, adds or (text nullopt) removes an attribute. A removed attribute keeps its slot, so setting it again
/// (undo) brings it back where it was; a new one goes behind `after` (empty: in front), or last when that
/// name is unknown.
struct SetAttributeOp {
  NodeId node;
  std::string name;  ///< qualified
  std::optional<AttributeText> text;
  std::string after;
  auto operator<=>(const SetAttributeOp&) const = default;
};

/// The whole raw content of a text, CDATA, comment or processing-instruction node, or of a line (with its
/// line end). For markup nodes the raw text excludes the delimiters (`<!--`, `-->`, `<![CDATA[`, `]]>`, `<?`,
/// `?>`).
struct SetTextOp {
  NodeId node;
  std::string raw;
  auto operator<=>(const SetTextOp&) const = default;
};

/// Replaces `remove` code points at `offset` (code points of the raw text in the state at the causal
/// parents).
struct SpliceTextOp {
  NodeId node;
  uint32_t offset = 0;
  uint32_t remove = 0;
  std::string insert;
  auto operator<=>(const SpliceTextOp&) const = default;
};

/// Which recorded text that carries no meaning is set.
enum class Trivia : uint8_t {
  kLead = 0,        ///< white space before the node
  kTail = 1,        ///< white space before an element's end tag
  kTagEnd = 2,      ///< white space before `>` or `/>` of a start tag
  kEndTagEnd = 3,   ///< white space before `>` of an end tag
  kSelfClosing = 4  ///< "1": written `<a/>` while it has no children; "": written `<a></a>`
};

/// Sets one piece of trivia; white space only.
struct SetTriviaOp {
  NodeId node;
  Trivia which = Trivia::kLead;
  std::string raw;
  auto operator<=>(const SetTriviaOp&) const = default;
};

/// Several SetAttribute operations on numbers that moved by the same amounts, compactly: moving a group of
/// shapes. Each value is parsed as a decimal number and `delta` (in 1/1000 units) is added; the result is
/// written in the shortest plain decimal form with at most three digits behind the point.
struct ShiftAttributesOp {
  struct Target {
    NodeId node;
    std::string name;
    auto operator<=>(const Target&) const = default;
  };
  std::vector<Target> targets;
  int64_t delta_milli = 0;
  auto operator<=>(const ShiftAttributesOp&) const = default;
};

/// The order in which an element's attributes stand: those named, in this order; present ones that are not
/// named come behind them as they stood. Names without an attribute are passed over. Only meaning-free style
/// changes by it (XML 1.0 §3.1).
struct OrderAttributesOp {
  NodeId node;
  std::vector<std::string> names;  ///< qualified
  auto operator<=>(const OrderAttributesOp&) const = default;
};

using Op = std::variant<ImportOp, InsertNodeOp, MoveNodeOp, SetNameOp, SetAttributeOp, SetTextOp,
                        SpliceTextOp, SetTriviaOp, ShiftAttributesOp, OrderAttributesOp>;

}  // namespace ameide::uaf::document
