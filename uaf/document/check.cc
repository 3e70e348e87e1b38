#include "uaf/document/check.h"

#include <charconv>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/encoding.h"
#include "uaf/document/tokenizer.h"

namespace ameide::uaf::document {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool IsCharacter(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
         (c >= 0x10000 && c <= 0x10ffff);
}

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameCharacter(char c) { return IsNameStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

bool IsPlainName(std::string_view name) {
  if (name.empty() || !IsNameStart(name[0])) return false;
  for (const char c : name) {
    if (!IsNameCharacter(c)) return false;
  }
  return true;
}

bool IsReference(std::string_view name) {
  if (name.substr(0, 1) != "#") return IsPlainName(name);
  const bool hex = name.substr(0, 2) == "#x";
  name.remove_prefix(hex ? 2 : 1);
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  return error == std::errc() && end == name.data() + name.size() && IsCharacter(code);
}

absl::Status CheckReferences(std::string_view raw) {
  for (size_t at = 0; (at = raw.find('&', at)) != std::string_view::npos; ++at) {
    const size_t end = raw.find(';', at);
    if (end == std::string_view::npos || !IsReference(raw.substr(at + 1, end - at - 1))) {
      return absl::InvalidArgumentError("'&' does not begin a reference; write &amp; for the character");
    }
  }
  return absl::OkStatus();
}

/// Whether a document type says `raw` and nothing behind it.
class DoctypeProbe final : public TokenSink {
 public:
  explicit DoctypeProbe(size_t end) : end_(end) {}
  void StartTag(TextSpan) override {}
  void Attribute(const AttributeToken&) override {}
  void StartTagEnd(TextSpan, bool) override {}
  void EndTag(TextSpan, TextSpan) override {}
  void CharacterData(TextSpan, bool) override {}
  void CData(TextSpan) override {}
  void Comment(TextSpan) override {}
  void Instruction(TextSpan, bool) override {}
  void Doctype(TextSpan raw) override { whole_ = raw.end == end_; }
  bool whole() const { return whole_; }

 private:
  const size_t end_;
  bool whole_ = false;
};

bool IsWholeDoctype(std::string_view raw) {
  const std::string text = absl::StrCat("<!DOCTYPE", std::string(raw), "><a/>");
  DoctypeProbe probe(text.size() - std::string_view("><a/>").size());
  return TokenizeXml(text, false, probe).ok() && probe.whole();
}

}  // namespace

absl::Status CheckCharacters(std::string_view text, TreeKind kind) {
  if (!IsValidUtf8(text)) return absl::InvalidArgumentError("the operation's text is not valid UTF-8");
  for (size_t at = 0; at < text.size();) {
    // Most text is plain ASCII.
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80) {
      ++at;
      continue;
    }
    const char32_t character = NextCodePoint(text, at);
    if (kind == TreeKind::kXml ? !IsCharacter(character) : character == 0) {
      return absl::InvalidArgumentError(absl::StrCat("character ", static_cast<uint32_t>(character),
                                                     " cannot stand in this file; leave it out"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view name, std::string_view what) {
  const size_t colon = name.find(':');
  const bool good = colon == std::string_view::npos
                        ? IsPlainName(name)
                        : IsPlainName(name.substr(0, colon)) && IsPlainName(name.substr(colon + 1));
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", std::string(name), "' is not a name for ", std::string(what)));
}

absl::Status CheckAttributeRaw(std::string_view raw, char quote) {
  if (raw.find('<') != std::string_view::npos || raw.find(quote) != std::string_view::npos) {
    return absl::InvalidArgumentError("the value of an attribute holds '<' or its own quote; escape it");
  }
  return CheckReferences(raw);
}

absl::Status CheckAttribute(std::string_view name, const AttributeText& text) {
  AMEIDE_RETURN_IF_ERROR(CheckName(name, "an attribute"));
  const size_t equals = text.equals.find('=');
  if ((text.quote != '"' && text.quote != '\'') || text.lead.empty() || equals == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("the text of attribute '", std::string(name), "' is malformed"));
  }
  AMEIDE_RETURN_IF_ERROR(CheckSpace(text.lead));
  AMEIDE_RETURN_IF_ERROR(CheckSpace(std::string_view(text.equals).substr(0, equals)));
  AMEIDE_RETURN_IF_ERROR(CheckSpace(std::string_view(text.equals).substr(equals + 1)));
  return CheckAttributeRaw(text.raw, text.quote);
}

absl::Status CheckText(NodeKind kind, std::string_view raw) {
  const auto has = [&](std::string_view what) { return raw.find(what) != std::string_view::npos; };
  bool good = true;
  switch (kind) {
    case NodeKind::kText:
      if (!has("<") && !has("]]>")) return CheckReferences(raw);
      good = false;
      break;
    case NodeKind::kCData:
      good = !has("]]>");
      break;
    case NodeKind::kComment:
      good = !has("--") && (raw.empty() || raw.back() != '-');
      break;
    case NodeKind::kInstruction:
    case NodeKind::kDeclaration:
      good = !has("?>") && CheckName(raw.substr(0, raw.find_first_of(kSpace)), "an instruction").ok();
      break;
    case NodeKind::kDoctype:
      good = IsWholeDoctype(raw);
      break;
    case NodeKind::kLine:
    case NodeKind::kDocument:
    case NodeKind::kElement:
      break;
  }
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError("the text would end its node or is not well-formed in it; escape it");
}

absl::Status CheckSpace(std::string_view text) {
  if (text.find_first_not_of(kSpace) == std::string_view::npos) return absl::OkStatus();
  return absl::InvalidArgumentError("only white space may stand between markup");
}

}  // namespace ameide::uaf::document
