#include "notation/dmn/view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/words.h"
#include "notation/feel/finding.h"

namespace ameide::dmn {

using uaf::document::NodeKind;

namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Calls `use(child)` for the element children until it answers true.
template <typename Use>
void ForEachChild(const Document* document, NodeIndex node, const Use& use) {
  if (node == kNoNode) return;
  for (NodeIndex at = document->first_child(node); at != kNoNode; at = document->next_sibling(at)) {
    if (document->kind(at) == NodeKind::kElement && use(Element(document, at))) return;
  }
}

NodeIndex OnlyText(const Document& document, NodeIndex node) {
  NodeIndex found = kNoNode;
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    const NodeKind kind = document.kind(at);
    if (kind == NodeKind::kComment || kind == NodeKind::kInstruction) return kNoNode;
    if (kind != NodeKind::kText && kind != NodeKind::kCData) continue;
    if (found != kNoNode) return kNoNode;
    found = at;
  }
  return found;
}

/// How many bytes of raw text make the character at `at`, and how many bytes of text it is.
struct RawStep {
  size_t raw = 1;
  size_t text = 1;
};

RawStep StepAt(std::string_view raw, size_t at, const Entities& entities) {
  if (raw[at] == '\r') return {1, at + 1 < raw.size() && raw[at + 1] == '\n' ? 0u : 1u};
  if (raw[at] != '&') return {};
  const size_t end = raw.find(';', at);
  if (end == std::string_view::npos) return {};
  const std::string_view reference = raw.substr(at, end - at + 1);
  return {reference.size(), Resolved(reference, entities).size()};
}

/// XML 1.0, 2.11: line ends reach the reader as a single line feed.
std::string WithLineFeeds(std::string_view raw) {
  std::string text;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\r') text += raw[i];
    if (raw[i] == '\r' && (i + 1 == raw.size() || raw[i + 1] != '\n')) text += '\n';
  }
  return text;
}

/// The character data of an element, with the entities of its document type.
std::string TextOf(const Document& document, NodeIndex node) {
  std::string text = document.text(node);
  if (text.find('&') == std::string::npos) return text;
  const Entities entities = EntitiesOf(document);
  if (entities.empty()) return text;
  text.clear();
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    text += WithLineFeeds(document.trivia(at, uaf::document::Trivia::kLead));
    const std::string raw = WithLineFeeds(document.raw_text(at));
    if (document.kind(at) == NodeKind::kText) text += Resolved(raw, entities);
    if (document.kind(at) == NodeKind::kCData) text += raw;
  }
  return text + WithLineFeeds(document.trivia(node, uaf::document::Trivia::kTail));
}

}  // namespace

std::string NormalizedName(std::string_view name) {
  std::string normal;
  bool space = false;
  for (const char c : Trimmed(name)) {
    if (kSpace.find(c) != std::string_view::npos) {
      space = true;
      continue;
    }
    if (space) normal += ' ';
    space = false;
    normal += c;
  }
  return normal;
}

// ---- Element

std::string_view Element::type() const {
  if (!*this || !ModelVersion(document_->namespace_uri(node_))) return {};
  return document_->local_name(node_);
}

std::string_view Element::local_name() const {
  return *this ? document_->local_name(node_) : std::string_view();
}

std::string_view Element::namespace_uri() const {
  return *this ? document_->namespace_uri(node_) : std::string_view();
}

std::string Element::name() const { return NormalizedName(attribute("name").value_or("")); }

std::optional<std::string> Element::attribute(std::string_view local_name) const {
  if (!*this) return std::nullopt;
  std::optional<std::string> value = document_->attribute(node_, local_name);
  if (!value || value->find('&') == std::string::npos) return value;
  const auto written = document_->attribute_text(node_, local_name);
  return written ? Resolved(written->raw, EntitiesOf(*document_)) : std::move(value);
}

bool Element::flag(std::string_view local_name) const {
  const std::optional<std::string> value = attribute(local_name);
  if (!value) return false;
  const std::string_view text = Trimmed(*value);
  return text == "true" || text == "1";
}

std::string Element::text() const {
  return *this ? std::string(Trimmed(TextOf(*document_, node_))) : std::string();
}

Element Element::parent() const {
  if (!*this) return {};
  const NodeIndex up = document_->parent(node_);
  if (up == kNoNode || document_->kind(up) != NodeKind::kElement) return {};
  return {document_, up};
}

std::vector<Element> Element::children() const {
  std::vector<Element> found;
  ForEachChild(document_, node_, [&](const Element& child) {
    if (!child.type().empty()) found.push_back(child);
    return false;
  });
  return found;
}

std::vector<Element> Element::children(std::string_view type) const {
  std::vector<Element> found;
  ForEachChild(document_, node_, [&](const Element& child) {
    if (child.local_name() == type && !child.type().empty()) found.push_back(child);
    return false;
  });
  return found;
}

Element Element::child(std::string_view type) const {
  Element found;
  ForEachChild(document_, node_, [&](const Element& child) {
    if (child.local_name() == type && !child.type().empty()) found = child;
    return static_cast<bool>(found);
  });
  return found;
}

Element Element::expression() const {
  Element found;
  ForEachChild(document_, node_, [&](const Element& child) {
    if (IsExpression(child.type())) found = child;
    return static_cast<bool>(found);
  });
  return found;
}

std::string Element::type_ref() const {
  if (const std::optional<std::string> written = attribute("typeRef")) return std::string(Trimmed(*written));
  const Element child_ref = child("typeRef");
  return child_ref ? child_ref.text() : std::string();
}

// ---- SourceText

TextPosition SourceText::At(uint32_t offset) const {
  if (start.line == 0 || in_pieces) return start;
  TextPosition at = start;
  const std::string_view source = raw.empty() ? std::string_view(text) : std::string_view(raw);
  size_t taken = 0;
  for (size_t i = 0; i < source.size() && taken < offset;) {
    const RawStep step = raw.empty() ? RawStep() : StepAt(source, i, entities);
    if (step.text > 1 && taken + step.text > offset) return at;
    for (size_t k = i; k < i + step.raw; ++k) {
      if (source[k] == '\n') {
        ++at.line;
        at.column = 1;
      } else if ((source[k] & 0xc0) != 0x80) {
        ++at.column;
      }
    }
    i += step.raw;
    taken += step.text;
  }
  return at;
}

bool SourceText::IsWritten(uint32_t begin, uint32_t end) const {
  if (in_pieces) return false;
  size_t taken = 0;
  for (size_t i = 0; i < raw.size() && !entities.empty();) {
    const RawStep step = StepAt(raw, i, entities);
    const bool entity = raw[i] == '&' && uaf::document::UnescapeXml(std::string_view(raw).substr(
                                             i, step.raw)) == std::string_view(raw).substr(i, step.raw);
    if (entity && begin < taken + step.text && (end > taken || begin > taken)) return false;
    i += step.raw;
    taken += step.text;
  }
  return true;
}

// ---- Definitions

Definitions::Definitions(const Document& document) : document_(&document) {
  const NodeIndex top = document.root_element();
  if (top == kNoNode || document.local_name(top) != "definitions") return;
  version_ = ModelVersion(document.namespace_uri(top));
  if (!version_) return;
  root_ = Element(&document, top);
  namespace_ = std::string(Trimmed(root_.attribute("namespace").value_or("")));
  for (NodeIndex at = top; at != kNoNode;) {
    const Element element(&document, at);
    if (document.kind(at) == NodeKind::kElement && !element.type().empty()) {
      elements_.push_back(element);
      if (const auto id = element.attribute("id")) by_id_.emplace(std::string(Trimmed(*id)), element);
    }
    NodeIndex next = document.first_child(at);
    while (next == kNoNode && at != top) {
      next = document.next_sibling(at);
      if (next == kNoNode) at = document.parent(at);
    }
    at = next;
  }
  for (const Element& child : root_.children()) {
    if (IsInFamily(child.type(), "drgElement")) drg_elements_.push_back(child);
  }
}

Element Definitions::Find(std::string_view id) const {
  const auto found = by_id_.find(std::string(id));
  return found == by_id_.end() ? Element() : found->second;
}

SourceText Definitions::Source(const Element& element) const { return Sources({element}).front(); }

std::vector<SourceText> Definitions::Sources(const std::vector<Element>& elements) const {
  std::vector<SourceText> sources(elements.size());
  std::vector<NodeIndex> places;
  places.reserve(elements.size());
  const Entities entities = EntitiesOf(*document_);
  for (size_t i = 0; i < elements.size(); ++i) {
    const Element holder = elements[i].child("text") ? elements[i].child("text") : elements[i];
    if (!holder) {
      places.push_back(uaf::document::kDocumentNode);
      continue;
    }
    const NodeIndex text = OnlyText(*document_, holder.node());
    places.push_back(text == kNoNode ? holder.node() : text);
    if (text == kNoNode) {
      sources[i].text = holder.text();
      sources[i].in_pieces = true;
      continue;
    }
    const std::string_view raw = document_->raw_text(text);
    if (document_->kind(text) == NodeKind::kText && raw.find_first_of("&\r") != std::string_view::npos) {
      sources[i].raw = std::string(raw);
      sources[i].entities = entities;
    }
    sources[i].text = holder.text();
  }
  const std::vector<TextPosition> positions = document_->positions(places);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!elements[i]) continue;
    sources[i].start = positions[i];
    if (places[i] == uaf::document::kDocumentNode || sources[i].in_pieces) continue;
    sources[i].verbatim = document_->kind(places[i]) == NodeKind::kCData;
    if (sources[i].verbatim) sources[i].start.column += 9;  // <![CDATA[
    // The white space around the text is no part of it, also where references stand for it.
    const std::string_view raw = document_->raw_text(places[i]);
    size_t lead = 0;
    while (lead < raw.size()) {
      const size_t step = sources[i].verbatim ? 1 : StepAt(raw, lead, entities).raw;
      const std::string_view piece = raw.substr(lead, step);
      const std::string meant = step > 1 ? Resolved(piece, entities) : std::string(piece);
      if (const size_t mark = meant.find_first_not_of(kSpace); mark != std::string::npos) {
        // The text begins inside what an entity stands for, so no byte of the file is its first.
        sources[i].in_pieces = mark > 0;
        break;
      }
      lead += step;
    }
    const SourceText spaces{.text = std::string(raw.substr(0, lead)), .start = sources[i].start};
    sources[i].start = spaces.At(static_cast<uint32_t>(lead));
    sources[i].raw.erase(0, std::min(lead, sources[i].raw.size()));
  }
  return sources;
}

bool IsDmn(const Document& document) {
  const NodeIndex root = document.root_element();
  return root != kNoNode && document.local_name(root) == "definitions" &&
         ModelVersion(document.namespace_uri(root)).has_value();
}

std::string LabelOf(const Element& element) {
  const std::string type = InWords(element.local_name());
  if (const std::string name = element.name(); !name.empty())
    return absl::StrCat(type, " \"", feel::Shortened(name), "\"");
  const std::string id = element.id();
  return id.empty() ? type : absl::StrCat(type, " ", id);
}

}  // namespace ameide::dmn
