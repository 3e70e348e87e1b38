#include "uaf/projection/element.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ameide::uaf {
namespace {

using document::Attribute;
using document::Document;
using document::Format;
using document::NodeIndex;
using document::NodeKind;

/// What is behind it is not found; pictures in base64 and the like are as long as that.
constexpr size_t kLongestText = 64 * 1024;
constexpr std::string_view kInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";

std::string_view LocalPart(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// Adds a line, its white space collapsed.
void AddLine(std::string_view line, std::string& text) {
  bool space = false;
  bool first = true;
  for (const char c : line) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      space = true;
      continue;
    }
    if (first) {
      if (!text.empty()) text += '\n';
    } else if (space) {
      text += ' ';
    }
    first = space = false;
    text += c;
  }
}

void Shorten(std::string& text) {
  if (text.size() <= kLongestText) return;
  size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

void AddUsages(const Document& document, NodeIndex node, const Format& format, std::string_view attribute,
               std::vector<Usage>& usages) {
  for (const std::string& named : format.ReferencesIn(document, node, attribute)) {
    const size_t hash = named.rfind('#');
    Usage usage{std::string(attribute), {}, named};
    if (hash != std::string::npos) {
      usage.file = named.substr(0, hash);
      usage.target = named.substr(hash + 1);
    }
    if (!usage.target.empty()) usages.push_back(std::move(usage));
  }
}

void DescribeAttributes(const Document& document, NodeIndex node, const Format& format,
                        IndexedElement& element) {
  for (const Attribute& attribute : document.attributes(node)) {
    const std::string_view name = attribute.name;
    if (name == "xmlns" || name.starts_with("xmlns:")) continue;
    std::string value = document.attribute(node, name).value_or("");
    if (!element.layout) {
      const std::string_view local = LocalPart(name);
      if (name == "name") {
        AddLine(value, element.name);
      } else if (name == "id" || name == "xml:id" || name == "identifier") {
        element.identifier = value;
      } else if (local == "type" && name.size() > local.size() &&
                 document.LookupNamespace(node, name.substr(0, name.size() - local.size() - 1)) ==
                     kInstanceNamespace) {
        element.type = LocalPart(value);
      } else {
        AddLine(value, element.text);
      }
    }
    AddUsages(document, node, format, name, element.usages);
  }
}

}  // namespace

std::optional<IndexedElement> DescribeElement(const Document& document, NodeIndex node,
                                              const Format& format) {
  const NodeKind kind = document.kind(node);
  if (kind != NodeKind::kElement && kind != NodeKind::kComment && kind != NodeKind::kLine)
    return std::nullopt;
  if (document.InTrash(node)) return std::nullopt;
  IndexedElement element;
  element.node = document.id(node);
  element.layout = format.IsLayout(document, node);
  const NodeIndex parent = document.parent(node);
  if (parent != document::kNoNode && parent != document::kDocumentNode) element.parent = document.id(parent);
  if (kind == NodeKind::kElement) {
    element.type = document.local_name(node);
    DescribeAttributes(document, node, format, element);
    const std::string text = document.text(node);
    if (!element.layout) AddLine(text, element.text);
    if (!text.empty()) AddUsages(document, node, format, {}, element.usages);
  } else {
    if (!element.layout) AddLine(document.raw_text(node), element.text);
    if (kind == NodeKind::kLine) AddUsages(document, node, format, {}, element.usages);
    if (element.text.empty() && element.usages.empty()) return std::nullopt;
  }
  if (element.layout && element.usages.empty()) return std::nullopt;
  Shorten(element.name);
  Shorten(element.identifier);
  Shorten(element.text);
  std::sort(element.usages.begin(), element.usages.end());
  element.usages.erase(std::unique(element.usages.begin(), element.usages.end()), element.usages.end());
  return element;
}

}  // namespace ameide::uaf
