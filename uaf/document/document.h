#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "uaf/document/ids.h"
#include "uaf/document/op.h"

namespace ameide::uaf::document {

/// A node inside one Document object: cheap to copy, valid while that object lives (also after the node went
/// to the trash). Not stable over reloads: NodeId is.
enum class NodeIndex : uint32_t {};
inline constexpr NodeIndex kNoNode{0xffffffffu};
inline constexpr NodeIndex kDocumentNode{0};

/// What a node is. Only elements and the document have children.
enum class NodeKind : uint8_t {
  kDocument,
  kElement,
  kText,
  kCData,
  kComment,
  kInstruction,
  kDoctype,
  kDeclaration,
  kLine
};

/// One attribute of an element, as views that live until the next Apply.
struct Attribute {
  std::string_view name;    ///< qualified, as written
  std::string_view raw;     ///< between the quotes
  std::string_view markup;  ///< as it stands in the start tag, with the white space before it

  /// The value with references and line ends resolved as XML 1.0 §3.3.3 says.
  std::string Value() const;
};

/// A place in the rendered text, counted from 1; columns count code points.
struct TextPosition {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// One artifact's content: an element tree that renders to exactly the bytes it came from, and changes only
/// through operations that have inverses. The kernel's only view of a file; knows nothing of any notation.
///
/// Not thread-safe; copies are independent (Clone). Views returned stay valid until the next Apply.
class Document {
 public:
  /// Splits an imported file's bytes into a tree. `event` is the change set that imports. INVALID_ARGUMENT,
  /// with line and column in the message as `LINE:COLUMN: why`, when the tokenizer cannot take `bytes` as
  /// `import.kind`.
  static absl::StatusOr<Document> Import(const ImportOp& import, std::string_view bytes,
                                         const EventId& event);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();
  Document Clone() const;

  /// The file's bytes: plain concatenation of recorded text, in the import's encoding.
  std::string Render() const;
  /// One subtree's raw UTF-8 text with the white space before it: what InsertNodeOp takes.
  std::string RenderSubtree(NodeIndex node) const;
  const ImportOp& import() const;
  TreeKind kind() const;

  /// Applies one operation of change set `event`; returns the operations that undo it, in the order to apply
  /// them. On error (unknown node, wrong kind, a move below itself, malformed raw text) nothing has changed.
  absl::StatusOr<std::vector<Op>> Apply(const Op& op, const EventId& event);
  /// The same without what undoes it: for folding what is recorded.
  absl::Status Fold(const Op& op, const EventId& event);

  /// An event that operations were applied under is known by another name from now on, as are the nodes that
  /// it made. Places that are decided later are ordered by the new name. ALREADY_EXISTS when something was
  /// applied under `to` before; without effect when nothing was under `from`.
  absl::Status RenameEvent(const EventId& from, const EventId& to);

  /// Two events made the same nodes: the `count` nodes that came in together as `first` and those behind it
  /// are found as ordinals from `first_ordinal` of `event` too, from now on; id() gives their first name.
  /// ALREADY_EXISTS when one of the new names is taken, OUT_OF_RANGE when there are not so many nodes.
  absl::Status Alias(NodeIndex first, uint32_t count, const EventId& event, uint32_t first_ordinal);

  // Reading. Trashed nodes are reached only by Find.
  NodeKind kind(NodeIndex node) const;
  NodeId id(NodeIndex node) const;
  std::optional<NodeIndex> Find(const NodeId& id) const;
  bool InTrash(NodeIndex node) const;
  NodeIndex parent(NodeIndex node) const;
  NodeIndex first_child(NodeIndex node) const;
  NodeIndex last_child(NodeIndex node) const;
  NodeIndex next_sibling(NodeIndex node) const;
  NodeIndex previous_sibling(NodeIndex node) const;
  /// The document's one root element; kNoNode for line and opaque trees.
  NodeIndex root_element() const;
  /// Live nodes below and including `node`, in document order.
  std::vector<NodeIndex> Descendants(NodeIndex node) const;
  uint32_t node_count() const;
  /// Where `node` stands and ever stood, newest first, without repetition; empty for the document node.
  std::vector<NodeIndex> EverParents(NodeIndex node) const;
  /// All nodes that stand or ever stood below `node`, itself first: also those in the trash and those that
  /// moved away, with what they hold.
  std::vector<NodeIndex> EverBelow(NodeIndex node) const;

  /// Qualified name as written; local part; namespace URI in scope (empty for none). Elements only, else
  /// empty.
  std::string_view name(NodeIndex node) const;
  std::string_view local_name(NodeIndex node) const;
  std::string_view namespace_uri(NodeIndex node) const;
  /// The URI that `prefix` ("" for the default) is bound to at `node`; empty when unbound.
  std::string_view LookupNamespace(NodeIndex node, std::string_view prefix) const;
  /// A prefix bound to `uri` at `node` (possibly ""), nullopt when there is none.
  std::optional<std::string> LookupPrefix(NodeIndex node, std::string_view uri) const;

  std::vector<Attribute> attributes(NodeIndex node) const;
  /// The value with references and line ends resolved as XML 1.0 §3.3.3 says; nullopt when absent.
  std::optional<std::string> attribute(NodeIndex node, std::string_view qualified_name) const;
  /// The attribute's recorded text, for writers that keep style.
  std::optional<AttributeText> attribute_text(NodeIndex node, std::string_view qualified_name) const;
  /// Raw content of a text-like node (see SetTextOp).
  std::string_view raw_text(NodeIndex node) const;
  std::string_view trivia(NodeIndex node, Trivia which) const;
  /// The character data of an element that has text or CDATA children: theirs with the white space around
  /// them, references resolved, line ends as line feeds. Empty for one that has only elements.
  std::string text(NodeIndex node) const;
  /// Where the node's markup begins in the rendered text. O(size of the document).
  TextPosition position(NodeIndex node) const;
  /// The same for many nodes in one pass, answers in the order asked. Nodes in the trash get 0:0.
  std::vector<TextPosition> positions(std::span<const NodeIndex> nodes) const;

  /// The whole state, trash and places included, so that the same operations afterwards give the same bytes
  /// as a fold from the import. A cache: the format may change with any release, and DecodeSnapshot refuses
  /// what it does not know.
  std::string EncodeSnapshot() const;
  /// Inverse of EncodeSnapshot. DATA_LOSS for damaged bytes, UNIMPLEMENTED for another version.
  static absl::StatusOr<Document> DecodeSnapshot(std::string_view bytes);

 private:
  struct State;
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Escapes characters for use between `quote`s of an attribute, or (quote 0) in element content, also those
/// that `encoding` cannot hold (as character references).
std::string EscapeXml(std::string_view text, char quote, Encoding encoding);
/// Resolves character references and the five predefined entities; others stay as written.
std::string UnescapeXml(std::string_view raw);

}  // namespace ameide::uaf::document
