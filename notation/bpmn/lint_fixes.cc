// What mends findings, as edits of the text.
#include <algorithm>

#include "notation/bpmn/lint_rules.h"
#include "uaf/document/encoding.h"
#include "uaf/document/text_edits.h"

namespace ameide::bpmn {
namespace {

using uaf::document::Document;
using uaf::document::TextEdit;

/// More fixes than this are not offered at once: each needs a look at its place in the text.
constexpr size_t kMostFixes = 500;

/// Bytes of a text.
struct Range {
  size_t begin = 0;
  size_t end = 0;
};

/// Where an element's attribute stands, from the beginning of its start tag: with the white space before it,
/// or between its quotes.
std::optional<Range> AttributeRange(const Document& document, NodeIndex node, std::string_view name,
                                    bool value_only) {
  size_t at = 1 + document.name(node).size();
  for (const uaf::document::Attribute& attribute : document.attributes(node)) {
    const size_t end = at + attribute.markup.size();
    if (attribute.name == name) {
      if (!value_only) return Range{at, end};
      return Range{end - 1 - attribute.raw.size(), end - 1};
    }
    at = end;
  }
  return std::nullopt;
}

}  // namespace

void AddFixes(const Document& document, const std::vector<Mend>& mends,
              std::vector<uaf::document::Finding>& findings) {
  if (mends.empty()) return;
  const uaf::document::ImportOp& import = document.import();
  const auto text = uaf::document::DecodeText(document.Render(), import.encoding, import.byte_order_mark);
  if (!text.ok()) return;
  const uaf::document::LineIndex lines(*text);
  const size_t count = std::min(mends.size(), kMostFixes);
  std::vector<NodeIndex> nodes;
  for (size_t i = 0; i < count; ++i) nodes.push_back(mends[i].element.node());
  const std::vector<uaf::document::TextPosition> positions = document.positions(nodes);
  for (size_t i = 0; i < count; ++i) {
    const Mend& mend = mends[i];
    const std::optional<size_t> start = lines.OffsetAt(positions[i]);
    if (!start || *start >= text->size() || (*text)[*start] != '<') continue;
    Range range;
    if (mend.attribute.empty()) {
      // White space belongs to the element behind it.
      const std::string markup = document.RenderSubtree(nodes[i]);
      const size_t space = markup.find('<');
      if (space > *start || markup.size() - space > text->size() - *start) continue;
      range = {*start - space, *start + markup.size() - space};
    } else {
      const auto found = AttributeRange(document, nodes[i], mend.attribute, mend.value.has_value());
      if (!found || *start + found->end > text->size()) continue;
      range = {*start + found->begin, *start + found->end};
    }
    const TextEdit edit{lines.PositionAt(range.begin), lines.PositionAt(range.end), mend.value.value_or("")};
    findings[mend.finding].fix = uaf::document::Fix{mend.title, {edit}};
  }
}

}  // namespace ameide::bpmn
