#include "uaf/document/edit.h"

#include "absl/strings/str_cat.h"
#include "uaf/document/encoding.h"

namespace ameide::uaf::document {
namespace {

/// How a document is laid out, as far as writing a new element needs to know.
struct Layout {
  std::string line_end;  ///< empty when elements do not stand on their own lines
  std::string indent;    ///< one level
};

std::string_view LineEnd(std::string_view lead) {
  const size_t newline = lead.find('\n');
  if (newline == std::string_view::npos) return {};
  return newline > 0 && lead[newline - 1] == '\r' ? lead.substr(newline - 1, 2) : lead.substr(newline, 1);
}

/// What stands between the last line end and the node.
std::string_view Indentation(std::string_view lead) {
  const size_t newline = lead.rfind('\n');
  return newline == std::string_view::npos ? std::string_view() : lead.substr(newline + 1);
}

Layout LayoutOf(const Document& document) {
  const NodeIndex root = document.root_element();
  if (root == kNoNode) return {};
  const NodeIndex child = document.first_child(root);
  if (child == kNoNode) return {"\n", "  "};
  const std::string_view lead = document.trivia(child, Trivia::kLead);
  const std::string_view end = LineEnd(lead);
  if (end.empty()) return {};
  const std::string_view inner = Indentation(lead);
  const std::string_view outer = Indentation(document.trivia(root, Trivia::kLead));
  return {std::string(end), std::string(inner.size() > outer.size() ? inner.substr(outer.size()) : inner)};
}

char QuoteOf(const Document& document) {
  const NodeIndex root = document.root_element();
  if (root == kNoNode) return '"';
  const auto attributes = document.attributes(root);
  if (attributes.empty()) return '"';
  return document.attribute_text(root, attributes.front().name)->quote;
}

/// White space in front of a child of `parent`.
std::string ChildLead(const Document& document, const Layout& layout, NodeIndex parent) {
  for (NodeIndex child = document.last_child(parent); child != kNoNode;
       child = document.previous_sibling(child)) {
    const std::string_view lead = document.trivia(child, Trivia::kLead);
    const std::string_view end = LineEnd(lead);
    if (!end.empty()) return absl::StrCat(std::string(end), std::string(Indentation(lead)));
    if (document.kind(child) == NodeKind::kElement) return "";
  }
  if (layout.line_end.empty() || document.kind(parent) == NodeKind::kDocument) return layout.line_end;
  return absl::StrCat(layout.line_end, std::string(Indentation(document.trivia(parent, Trivia::kLead))),
                      layout.indent);
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// White space in front of the end tag of `element`, whose children stand behind `child_lead`.
std::string EndTagLead(const Document& document, NodeIndex element, std::string_view child_lead) {
  return absl::StrCat(std::string(LineEnd(child_lead)),
                      std::string(Indentation(document.trivia(element, Trivia::kLead))));
}

void Write(const NewElement& element, const std::string& lead, const Layout& layout, char quote,
           Encoding encoding, std::string& out) {
  absl::StrAppend(&out, lead, "<", element.name);
  for (const auto& [name, value] : element.attributes) {
    absl::StrAppend(&out, " ", name, "=", std::string(1, quote), EscapeXml(value, quote, encoding),
                    std::string(1, quote));
  }
  if (element.children.empty() && element.text.empty()) {
    out += "/>";
    return;
  }
  out += ">";
  if (!element.text.empty()) out += EscapeXml(element.text, 0, encoding);
  const std::string inner = lead.empty() ? "" : absl::StrCat(lead, layout.indent);
  for (const NewElement& child : element.children) Write(child, inner, layout, quote, encoding, out);
  absl::StrAppend(&out, element.children.empty() ? "" : lead, "</", element.name, ">");
}

}  // namespace

uint32_t CountNodes(const NewElement& element) {
  uint32_t count = 1 + (element.text.empty() ? 0 : 1);
  for (const NewElement& child : element.children) count += CountNodes(child);
  return count;
}

Place PlaceBefore(const Document& document, NodeIndex parent, NodeIndex before) {
  Place place{document.id(parent), std::nullopt, std::nullopt};
  const NodeIndex left = before == kNoNode ? document.last_child(parent) : document.previous_sibling(before);
  if (left != kNoNode) place.left = document.id(left);
  if (before != kNoNode) place.right = document.id(before);
  return place;
}

std::vector<Op> InsertElementOps(const Document& document, NodeIndex parent, NodeIndex before,
                                 const NewElement& element, uint32_t first_ordinal) {
  const Layout layout = LayoutOf(document);
  const std::string lead = ChildLead(document, layout, parent);
  InsertNodeOp insert{PlaceBefore(document, parent, before), first_ordinal, "", 1};
  Write(element, lead, layout, QuoteOf(document), document.import().encoding, insert.raw);
  const bool is_element = document.kind(parent) == NodeKind::kElement;
  // White space alone in an element is its text; in front of a child it would be a line of its own.
  if (const NodeIndex blank = document.first_child(parent);
      is_element && !lead.empty() && blank != kNoNode && document.kind(blank) == NodeKind::kText &&
      document.next_sibling(blank) == kNoNode && IsBlank(document.raw_text(blank))) {
    return {MoveNodeOp{document.id(blank), std::nullopt}, insert,
            SetTriviaOp{document.id(parent), Trivia::kTail, EndTagLead(document, parent, lead)}};
  }
  std::vector<Op> ops = {insert};
  // The first child of an element that stood on one line: its end tag gets a line of its own.
  if (document.first_child(parent) == kNoNode && is_element && !lead.empty() &&
      document.trivia(parent, Trivia::kTail).empty()) {
    ops.push_back(SetTriviaOp{document.id(parent), Trivia::kTail, EndTagLead(document, parent, lead)});
  }
  return ops;
}

std::vector<Op> SetAttributeOps(const Document& document, NodeIndex node, std::string_view name,
                                const std::optional<std::string>& value) {
  auto text = document.attribute_text(node, name);
  const auto attributes = document.attributes(node);
  const std::string after = attributes.empty() ? "" : std::string(attributes.back().name);
  if (!value) {
    if (!text) return {};
    return {SetAttributeOp{document.id(node), std::string(name), std::nullopt, after}};
  }
  if (text && document.attribute(node, name) == value) return {};
  if (!text) {
    AttributeText fresh{" ", "=", QuoteOf(document), ""};
    // Attributes on lines of their own stay so.
    if (attributes.size() > 1) {
      const auto last = document.attribute_text(node, attributes.back().name);
      if (last->lead.find('\n') != std::string::npos) fresh.lead = last->lead;
    }
    text = fresh;
  }
  text->raw = EscapeXml(*value, text->quote, document.import().encoding);
  return {SetAttributeOp{document.id(node), std::string(name), *text, after}};
}

namespace {

/// What an element holds, as far as setting its text needs to know.
struct Content {
  std::vector<NodeIndex> pieces;  ///< text and CDATA
  std::vector<NodeIndex> others;  ///< comments and instructions
  bool elements = false;
};

Content ContentOf(const Document& document, NodeIndex element) {
  Content content;
  for (NodeIndex child = document.first_child(element); child != kNoNode;
       child = document.next_sibling(child)) {
    const NodeKind kind = document.kind(child);
    if (kind == NodeKind::kText || kind == NodeKind::kCData)
      content.pieces.push_back(child);
    else if (kind == NodeKind::kElement)
      content.elements = true;
    else
      content.others.push_back(child);
  }
  return content;
}

/// The text without the white space that stands around the one piece; empty when it does not begin and end
/// so.
std::string_view Core(const Document& document, NodeIndex element, NodeIndex piece, std::string_view text) {
  const std::string_view lead = document.trivia(piece, Trivia::kLead);
  const std::string_view tail = document.trivia(element, Trivia::kTail);
  if (lead.find('\r') != std::string_view::npos || tail.find('\r') != std::string_view::npos) return {};
  if (text.size() < lead.size() + tail.size() || !text.starts_with(lead) || !text.ends_with(tail)) return {};
  return text.substr(lead.size(), text.size() - lead.size() - tail.size());
}

/// Makes white space that would count as text go away.
void ClearSpace(const Document& document, NodeIndex element, const std::vector<NodeIndex>& children,
                std::vector<Op>& ops) {
  for (const NodeIndex child : children) {
    if (document.trivia(child, Trivia::kLead).empty()) continue;
    ops.push_back(SetTriviaOp{document.id(child), Trivia::kLead, ""});
  }
  if (!document.trivia(element, Trivia::kTail).empty()) {
    ops.push_back(SetTriviaOp{document.id(element), Trivia::kTail, ""});
  }
}

/// The raw text for a node of `kind`, nullopt when CDATA cannot hold it.
std::optional<std::string> RawFor(const Document& document, NodeKind kind, std::string_view text,
                                  bool alone) {
  const Encoding encoding = document.import().encoding;
  if (kind == NodeKind::kCData) {
    if (text.find("]]>") != std::string_view::npos || text.find('\r') != std::string_view::npos)
      return std::nullopt;
    for (size_t at = 0; at < text.size();) {
      if (!Holds(encoding, NextCodePoint(text, at))) return std::nullopt;
    }
    return std::string(text);
  }
  std::string raw = EscapeXml(text, 0, encoding);
  // White space beside other nodes would be read as space between markup; a reference keeps it text.
  if (IsBlank(raw) && !raw.empty() && !alone)
    raw = absl::StrCat("&#", static_cast<int>(raw[0]), ";", raw.substr(1));
  return raw;
}

}  // namespace

std::vector<Op> SetElementTextOps(const Document& document, NodeIndex element, std::string_view text,
                                  uint32_t first_ordinal) {
  if (document.text(element) == text) return {};
  const Content content = ContentOf(document, element);
  const bool alone = content.others.empty() && !content.elements;
  std::vector<Op> ops;
  if (content.pieces.size() == 1 && !text.empty()) {
    const NodeIndex piece = content.pieces[0];
    const std::string_view core = alone ? Core(document, element, piece, text) : std::string_view();
    if (const auto raw = RawFor(document, document.kind(piece), core.empty() ? text : core, alone)) {
      if (core.empty() && !content.elements) {
        ClearSpace(document, element, content.pieces, ops);
        for (const NodeIndex other : content.others) ClearSpace(document, element, {other}, ops);
      }
      ops.push_back(SetTextOp{document.id(piece), *raw});
      return ops;
    }
  }
  for (const NodeIndex piece : content.pieces) ops.push_back(MoveNodeOp{document.id(piece), std::nullopt});
  if (!content.elements && (!text.empty() || content.others.empty()))
    ClearSpace(document, element, content.others, ops);
  if (text.empty()) return ops;
  const NodeIndex first = document.first_child(element);
  Place place{document.id(element), std::nullopt, std::nullopt};
  if (first != kNoNode) place.right = document.id(first);
  ops.push_back(InsertNodeOp{place, first_ordinal, *RawFor(document, NodeKind::kText, text, false), 1});
  return ops;
}

std::vector<Op> DeleteOps(const Document& document, NodeIndex node) {
  return {MoveNodeOp{document.id(node), std::nullopt}};
}

std::optional<std::string> QualifiedName(const Document& document, NodeIndex node, std::string_view uri,
                                         std::string_view local) {
  const auto prefix = document.LookupPrefix(node, uri);
  if (!prefix) return std::nullopt;
  return prefix->empty() ? std::string(local) : absl::StrCat(*prefix, ":", std::string(local));
}

}  // namespace ameide::uaf::document
