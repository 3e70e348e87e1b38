#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notation/bpmn/metamodel.h"
#include "uaf/document/document.h"

namespace ameide::bpmn {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;

class Definitions;

/// One element of a file, also of a foreign namespace: a cheap handle, valid while its Definitions lives.
/// Reading from a handle that is empty gives empty answers.
class Element {
 public:
  Element() = default;
  Element(const Definitions* definitions, NodeIndex node) : definitions_(definitions), node_(node) {}

  explicit operator bool() const { return node_ != kNoNode; }
  NodeIndex node() const { return node_; }
  /// Of an element that is not empty.
  const Document& document() const;
  friend bool operator==(const Element& a, const Element& b) { return a.node_ == b.node_; }

  /// The local name when it is in the BPMN model namespace ("userTask"), else empty.
  std::string_view type() const;
  /// The table row of type(); nullptr for foreign elements and names that BPMN does not have.
  const ElementType* element_type() const;
  bool is(Trait trait) const;
  std::string_view local_name() const;
  std::string_view namespace_uri() const;

  /// The `id` and `name` attributes; empty when absent.
  std::string id() const;
  std::string name() const;
  /// An attribute without prefix.
  std::optional<std::string> attribute(std::string_view local_name) const;
  /// An attribute of a namespace, whatever its prefix.
  std::optional<std::string> attribute(std::string_view uri, std::string_view local_name) const;
  /// A boolean attribute of the schema ("true", "1", "false", "0").
  bool flag(std::string_view local_name, bool fallback) const;
  /// Character data, without white space at its ends.
  std::string text() const;

  Element parent() const;
  /// Element children, in order.
  std::vector<Element> children() const;
  /// Children of that BPMN type ("incoming", "timerEventDefinition").
  std::vector<Element> children(std::string_view type) const;
  /// The first of them, or empty.
  Element child(std::string_view type) const;
  /// The first child of `extensionElements` with that name.
  Element extension(std::string_view uri, std::string_view local_name) const;
  /// First child of any namespace.
  Element foreign_child(std::string_view uri, std::string_view local_name) const;
  std::vector<Element> foreign_children(std::string_view uri, std::string_view local_name) const;

  /// What an attribute or (first) child element of that name refers to in this file, or empty.
  Element reference(std::string_view name) const;

  /// The innermost process or subprocess around this element; empty at the top.
  Element container() const;

 private:
  const Definitions* definitions_ = nullptr;
  NodeIndex node_ = kNoNode;
};

/// A BPMN file read through its document: builds an index of ids and flows once, in linear time, and then
/// answers. Namespaces are known by URI, never by prefix. Takes any document; files that are not BPMN have an
/// empty root(). The document must outlive it and must not change meanwhile. Thread-safe to read.
class Definitions {
 public:
  explicit Definitions(const Document& document);
  ~Definitions();
  Definitions(const Definitions&) = delete;
  Definitions& operator=(const Definitions&) = delete;

  const Document& document() const { return document_; }
  /// The `definitions` element, or empty.
  Element root() const;
  std::string target_namespace() const;

  std::vector<Element> processes() const;
  /// Whether the file has elements of a BPMN type at all.
  bool Has(std::string_view type) const;
  /// All elements of a BPMN type in the whole file, in document order; also of the diagram ("BPMNShape").
  const std::vector<Element>& OfType(std::string_view type) const;
  /// All elements of the BPMN model namespace outside diagrams, in document order.
  const std::vector<Element>& model_elements() const;
  /// All elements of BPMN's diagram interchange namespace, in document order.
  const std::vector<Element>& diagram_elements() const;
  /// All elements with an id attribute but those in the diagram, that share it, in document order.
  const std::vector<Element>& WithId(std::string_view id) const;
  /// All elements of the diagram with that id, in document order.
  const std::vector<Element>& DrawnWithId(std::string_view id) const;
  /// The first element with that id (diagram elements have their own ids and are found too), or empty.
  Element Find(std::string_view id) const;
  /// Resolves a QName as written at `at`: its prefix is resolved and, when it is the target namespace or
  /// none, the local part looked up. Empty when it is not in this file.
  Element Resolve(const Element& at, std::string_view qualified_name) const;
  /// Whether the QName's prefix is bound to another namespace than the target's: a thing of an imported file.
  bool IsOutside(const Element& at, std::string_view qualified_name) const;

  /// Flow nodes and sequence flows directly in a process or subprocess, in document order.
  std::vector<Element> FlowNodes(const Element& container) const;
  std::vector<Element> SequenceFlows(const Element& container) const;
  /// By the flows' sourceRef and targetRef (not by incoming/outgoing), in document order.
  const std::vector<Element>& Outgoing(const Element& flow_node) const;
  const std::vector<Element>& Incoming(const Element& flow_node) const;
  /// Boundary events attached to an activity.
  const std::vector<Element>& BoundaryEvents(const Element& activity) const;

  /// The BPMNShape, BPMNEdge or BPMNPlane of an element's id: the first in the file, or empty.
  Element DiagramElement(std::string_view id) const;

 private:
  struct Index;
  friend class Element;
  friend class LiveDefinitions;
  const Document& document_;
  std::unique_ptr<Index> index_;
};

/// Whether the file's root is BPMN's `definitions`.
bool IsBpmn(const Document& document);

}  // namespace ameide::bpmn
