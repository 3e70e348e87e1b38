#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "notation/dmn/entities.h"
#include "notation/dmn/metamodel.h"
#include "uaf/document/document.h"

namespace ameide::dmn {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::TextPosition;

/// One element of a file: a cheap handle, valid while its document lives. Reading from an empty handle gives
/// empty answers. Elements of DMN are known by their namespace (any release), never by prefix.
class Element {
 public:
  Element() = default;
  Element(const Document* document, NodeIndex node) : document_(document), node_(node) {}

  explicit operator bool() const { return node_ != kNoNode; }
  NodeIndex node() const { return node_; }
  const Document& document() const { return *document_; }
  friend bool operator==(const Element& a, const Element& b) {
    return a.node_ == b.node_ && a.document_ == b.document_;
  }

  /// The local name when it is in a model namespace of DMN ("decision"), else empty.
  std::string_view type() const;
  std::string_view local_name() const;
  std::string_view namespace_uri() const;
  std::string id() const { return attribute("id").value_or(""); }
  /// The `name` without white space at its ends and with single spaces inside (names are compared so).
  std::string name() const;
  /// An attribute without prefix.
  std::optional<std::string> attribute(std::string_view local_name) const;
  /// A boolean attribute ("true", "1").
  bool flag(std::string_view local_name) const;
  /// Character data without white space at its ends.
  std::string text() const;

  Element parent() const;
  /// Element children of DMN, in order.
  std::vector<Element> children() const;
  /// Those of that type.
  std::vector<Element> children(std::string_view type) const;
  /// The first of them, or empty.
  Element child(std::string_view type) const;
  /// The first child that is a boxed expression, or empty.
  Element expression() const;
  /// The `typeRef` attribute, or in an item definition the `typeRef` child; empty when there is none.
  std::string type_ref() const;

 private:
  const Document* document_ = nullptr;
  NodeIndex node_ = kNoNode;
};

/// Text of an expression with its place in the file: bytes of `text` are mapped back to lines and columns
/// through the references and line ends of the file.
struct SourceText {
  std::string text;               ///< as FEEL reads it
  std::string raw;                ///< as the file has it, where that differs
  Entities entities;              ///< of the document type, where `raw` refers to them
  TextPosition start{.line = 0};  ///< of the first byte; line 0 when unknown
  bool verbatim = false;          ///< stands in CDATA: nothing is escaped
  bool in_pieces = false;         ///< its bytes are not one run of the file: every place is `start`
  /// The place of byte `offset` of `text`; of what an entity stands for, that of its reference.
  TextPosition At(uint32_t offset) const;
  /// Whether the file itself has the bytes [begin, end), so that they can be changed there: entities do not
  /// stand for a part of them, and no comment or CDATA divides the text.
  bool IsWritten(uint32_t begin, uint32_t end) const;
};

/// A DMN file read through its document: a thin index of ids, built once in linear time. Takes any document;
/// files that are not DMN have an empty root(). The document must outlive it and must not change meanwhile.
/// Thread-safe to read.
class Definitions {
 public:
  explicit Definitions(const Document& document);

  const Document& document() const { return *document_; }
  /// The `definitions` element, or empty.
  Element root() const { return root_; }
  std::optional<Version> version() const { return version_; }
  /// The model's own namespace (the `namespace` attribute).
  const std::string& target_namespace() const { return namespace_; }
  std::string name() const { return root_.name(); }

  std::vector<Element> imports() const { return root_.children("import"); }
  std::vector<Element> item_definitions() const { return root_.children("itemDefinition"); }
  /// Decisions, input data, business knowledge models, decision services and knowledge sources, in order.
  const std::vector<Element>& drg_elements() const { return drg_elements_; }
  /// Every element of DMN's model namespaces, in document order.
  const std::vector<Element>& elements() const { return elements_; }
  /// The first element with that id, or empty.
  Element Find(std::string_view id) const;

  /// The text of a literal expression, unary tests or another element with a `text` child; of the element
  /// itself when it has none. One place costs the size of the document: use Sources for many.
  SourceText Source(const Element& element) const;
  /// The same for many elements in one pass.
  std::vector<SourceText> Sources(const std::vector<Element>& elements) const;

 private:
  const Document* document_;
  Element root_;
  std::optional<Version> version_;
  std::string namespace_;
  std::vector<Element> drg_elements_, elements_;
  std::unordered_map<std::string, Element> by_id_;
};

/// Whether the file's root is `definitions` of a DMN namespace.
bool IsDmn(const Document& document);

/// Collapses runs of white space to single spaces and trims: the form in which names are compared
/// (DMN 1.5 10.3.1.3).
std::string NormalizedName(std::string_view name);

/// `decision "Approve"`, `input data in_1` when it has no name, "rule 3 of decision \"Approve\"" is up to
/// callers.
std::string LabelOf(const Element& element);

}  // namespace ameide::dmn
