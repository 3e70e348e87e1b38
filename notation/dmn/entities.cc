#include "notation/dmn/entities.h"

#include <algorithm>

namespace ameide::dmn {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

namespace {

constexpr size_t kMostText = 1 << 20;
constexpr int kMostNesting = 32;  ///< of entities in entities

constexpr bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// The reference that begins at `at`, with its & and ;, or empty.
std::string_view ReferenceAt(std::string_view raw, size_t at) {
  if (raw[at] != '&') return {};
  const size_t end = raw.find_first_of("; \t\r\n<&", at + 1);
  return end == std::string_view::npos || raw[end] != ';' ? std::string_view() : raw.substr(at, end - at + 1);
}

std::string_view NameOf(std::string_view reference) { return reference.substr(1, reference.size() - 2); }

/// Whether XML itself knows what the reference stands for.
bool IsPredefined(std::string_view reference) { return uaf::document::UnescapeXml(reference) != reference; }

/// References to characters resolved, as in the text that declares an entity (XML 1.0, 4.5).
std::string WithCharacters(std::string_view literal) {
  std::string text;
  for (size_t at = 0; at < literal.size();) {
    const std::string_view reference = ReferenceAt(literal, at);
    if (reference.size() > 2 && reference[1] == '#') {
      text += uaf::document::UnescapeXml(reference);
      at += reference.size();
    } else {
      text += literal[at++];
    }
  }
  return text;
}

/// Reads the `<!ENTITY name "text">` of a document type.
class DeclarationReader {
 public:
  explicit DeclarationReader(std::string_view raw) : raw_(raw) {}

  Entities Read() {
    Entities entities;
    while (at_ < raw_.size()) {
      if (Starts("<!--")) {
        SkipPast("-->");
      } else if (Starts("<?")) {
        SkipPast("?>");
      } else if (Starts("<!ENTITY")) {
        at_ += 8;
        Declaration(entities);
      } else if (raw_[at_] == '"' || raw_[at_] == '\'') {
        Literal();
      } else {
        ++at_;
      }
    }
    return entities;
  }

 private:
  bool Starts(std::string_view what) const { return raw_.substr(at_, what.size()) == what; }
  void SkipPast(std::string_view end) {
    const size_t found = raw_.find(end, at_);
    at_ = found == std::string_view::npos ? raw_.size() : found + end.size();
  }
  void SkipSpace() {
    while (at_ < raw_.size() && IsSpace(raw_[at_])) ++at_;
  }
  std::string_view Literal() {
    const size_t close = std::min(raw_.find(raw_[at_], at_ + 1), raw_.size());
    const std::string_view inside = raw_.substr(at_ + 1, close - at_ - 1);
    at_ = std::min(close + 1, raw_.size());
    return inside;
  }
  /// Of a parameter entity (`%`), and of one outside of the file (SYSTEM, PUBLIC), nothing is kept.
  void Declaration(Entities& entities) {
    SkipSpace();
    const size_t begin = at_;
    while (at_ < raw_.size() && !IsSpace(raw_[at_]) && raw_[at_] != '>') ++at_;
    const std::string name(raw_.substr(begin, at_ - begin));
    SkipSpace();
    const bool quoted = at_ < raw_.size() && (raw_[at_] == '"' || raw_[at_] == '\'');
    if (quoted && name != "%") entities.emplace(name, WithCharacters(Literal()));
  }

  std::string_view raw_;
  size_t at_ = 0;
};

/// False when it becomes too much.
bool Resolve(std::string_view raw, const Entities& entities, int depth, std::string& text) {
  for (size_t at = 0; at < raw.size();) {
    const std::string_view reference = ReferenceAt(raw, at);
    if (reference.empty()) {
      text += raw[at++];
      continue;
    }
    at += reference.size();
    const auto entity = entities.find(NameOf(reference));
    if (IsPredefined(reference)) {
      text += uaf::document::UnescapeXml(reference);
    } else if (entity == entities.end()) {
      text += reference;
    } else if (depth == kMostNesting || !Resolve(entity->second, entities, depth + 1, text)) {
      return false;
    }
    if (text.size() > kMostText && depth > 0) return false;
  }
  return true;
}

}  // namespace

Entities EntitiesOf(const Document& document) {
  const NodeIndex top = uaf::document::kDocumentNode;
  for (NodeIndex at = document.first_child(top); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) == NodeKind::kDoctype) return DeclarationReader(document.raw_text(at)).Read();
    if (document.kind(at) == NodeKind::kElement) break;
  }
  return {};
}

std::string Resolved(std::string_view raw, const Entities& entities) {
  if (entities.empty()) return uaf::document::UnescapeXml(raw);
  std::string text;
  for (size_t at = 0; at < raw.size();) {
    const std::string_view reference = ReferenceAt(raw, at);
    const std::string_view piece = reference.empty() ? raw.substr(at, 1) : reference;
    const size_t before = text.size();
    if (!Resolve(piece, entities, 0, text)) {
      text.resize(before);
      text += piece;
    }
    at += piece.size();
  }
  return text;
}

std::vector<std::string> UnresolvedIn(std::string_view raw, const Entities& entities) {
  std::vector<std::string> names;
  for (size_t at = raw.find('&'); at != std::string_view::npos; at = raw.find('&', at + 1)) {
    const std::string_view reference = ReferenceAt(raw, at);
    if (reference.empty() || Resolved(reference, entities) != reference) continue;
    names.emplace_back(NameOf(reference));
  }
  return names;
}

}  // namespace ameide::dmn
