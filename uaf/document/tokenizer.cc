#include "uaf/document/tokenizer.h"

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ameide::uaf::document {
namespace {

constexpr bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Ends a name: white space and what may follow a name in a tag. Which characters a name may hold is the
/// notation's judge's business.
constexpr bool EndsName(char c) {
  return IsSpace(c) || c == '=' || c == '>' || c == '/' || c == '<' || c == '"' || c == '\'';
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, bool fragment, TokenSink& sink)
      : text_(text), fragment_(fragment), sink_(sink) {}

  absl::Status Run() {
    if (text_.size() >= 0xfffffff0u) return absl::InvalidArgumentError("1:1: the file is larger than 4 GiB");
    while (at_ < text_.size() && status_.ok()) {
      if (text_[at_] == '<')
        Markup();
      else
        CharacterData();
    }
    if (status_.ok() && !open_.empty()) {
      Fail(text_.size(), absl::StrCat("the file ends inside element <", Text(open_.back()), ">"));
    }
    if (status_.ok() && !seen_root_) {
      Fail(text_.size(), text_.empty() ? "the file is empty"
                         : fragment_   ? "there is no node"
                                       : "there is no element");
    }
    return status_;
  }

 private:
  std::string_view View(TextSpan span) const { return text_.substr(span.begin, span.end - span.begin); }
  std::string Text(TextSpan span) const { return std::string(View(span)); }

  void Fail(size_t offset, std::string_view why) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(absl::StrCat(FormatPosition(text_, offset), ": ", std::string(why)));
  }

  static TextSpan Span(size_t begin, size_t end) {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }

  size_t SkipSpace(size_t at) const {
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    return at;
  }

  bool StartsWith(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  void CharacterData() {
    const size_t begin = at_;
    const size_t end = std::min(text_.find('<', at_), text_.size());
    const bool blank = SkipSpace(begin) >= end;
    at_ = end;
    if (!blank && open_.empty() && !fragment_) return Fail(SkipSpace(begin), "text outside the root element");
    if (!blank && open_.empty()) CountRoot(begin);
    sink_.CharacterData(Span(begin, end), blank);
  }

  void Markup() {
    if (StartsWith("</")) return EndTag();
    if (StartsWith("<!--")) return Delimited("<!--", "-->", "comment");
    if (StartsWith("<![CDATA[")) return Delimited("<![CDATA[", "]]>", "CDATA section");
    if (StartsWith("<?")) return Delimited("<?", "?>", "processing instruction");
    if (StartsWith("<!DOCTYPE")) return Doctype();
    StartTag();
  }

  void Delimited(std::string_view open, std::string_view close, std::string_view what) {
    const size_t begin = at_ + open.size();
    const size_t end = text_.find(close, begin);
    if (end == std::string_view::npos)
      return Fail(at_, absl::StrCat("this ", std::string(what), " has no end"));
    const TextSpan raw = Span(begin, end);
    const size_t start = at_;
    at_ = end + close.size();
    if (fragment_ && open_.empty()) CountRoot(start);
    switch (open[1] == '?' ? '?' : open[2]) {
      case '?': {
        const bool declaration =
            text_.substr(begin, 3) == "xml" && begin + 3 < end && IsSpace(text_[begin + 3]);
        if (declaration && start != 0 && !fragment_)
          return Fail(start, "an XML declaration may stand only at the very start");
        return sink_.Instruction(raw, declaration);
      }
      case '-':
        return sink_.Comment(raw);
      default:
        if (open_.empty() && !fragment_) return Fail(start, "a CDATA section outside the root element");
        return sink_.CData(raw);
    }
  }

  void Doctype() {
    const size_t begin = at_ + std::strlen("<!DOCTYPE");
    if (fragment_ || seen_root_ || seen_doctype_)
      return Fail(at_, "a document type may stand only once, before the root element");
    seen_doctype_ = true;
    bool in_subset = false;
    for (size_t i = begin; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '"' || c == '\'') {
        i = text_.find(c, i + 1);
        if (i == std::string_view::npos) break;
      } else if (text_.substr(i, 4) == "<!--") {
        i = text_.find("-->", i + 4);
        if (i == std::string_view::npos) break;
        i += 2;
      } else if (text_.substr(i, 2) == "<?") {
        i = text_.find("?>", i + 2);
        if (i == std::string_view::npos) break;
        i += 1;
      } else if (c == '[') {
        in_subset = true;
      } else if (c == ']') {
        in_subset = false;
      } else if (c == '>' && !in_subset) {
        sink_.Doctype(Span(begin, i));
        at_ = i + 1;
        return;
      }
    }
    Fail(at_, "this document type has no end");
  }

  void CountRoot(size_t offset) {
    if (seen_root_) Fail(offset, fragment_ ? "more than one node" : "a second root element");
    seen_root_ = true;
  }

  void StartTag() {
    const size_t start = at_;
    size_t end = at_ + 1;
    while (end < text_.size() && !EndsName(text_[end])) ++end;
    const TextSpan name = Span(at_ + 1, end);
    if (name.begin == name.end)
      return Fail(at_, "'<' is not followed by a name; write &lt; for the character");
    if (open_.empty()) CountRoot(start);
    if (open_.size() >= kDeepestNesting) return Fail(start, "elements are nested deeper than 4096");
    sink_.StartTag(name);
    at_ = end;
    while (status_.ok()) {
      const size_t lead = at_;
      at_ = SkipSpace(at_);
      if (at_ >= text_.size()) return Fail(start, absl::StrCat("the tag <", Text(name), "> has no end"));
      if (text_[at_] == '>' || StartsWith("/>")) {
        const bool self_closing = text_[at_] == '/';
        sink_.StartTagEnd(Span(lead, at_), self_closing);
        at_ += self_closing ? 2 : 1;
        if (!self_closing) open_.push_back(name);
        return;
      }
      if (at_ == lead) return Fail(at_, absl::StrCat("white space is missing in tag <", Text(name), ">"));
      Attribute(lead);
    }
  }

  void Attribute(size_t lead) {
    AttributeToken token;
    token.lead = Span(lead, at_);
    const size_t name_begin = at_;
    while (at_ < text_.size() && !EndsName(text_[at_])) ++at_;
    token.name = Span(name_begin, at_);
    const size_t equals_begin = at_;
    at_ = SkipSpace(at_);
    if (token.name.begin == token.name.end || at_ >= text_.size() || text_[at_] != '=') {
      return Fail(name_begin, "an attribute must be written name=\"value\"");
    }
    at_ = SkipSpace(at_ + 1);
    token.equals = Span(equals_begin, at_);
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
      return Fail(at_, "an attribute's value must stand in quotes");
    token.quote = text_[at_];
    const size_t close = text_.find(token.quote, at_ + 1);
    if (close == std::string_view::npos) return Fail(at_, "this attribute's value has no closing quote");
    token.raw = Span(at_ + 1, close);
    if (const void* bad = std::memchr(text_.data() + at_ + 1, '<', close - at_ - 1)) {
      return Fail(static_cast<size_t>(static_cast<const char*>(bad) - text_.data()),
                  "'<' inside an attribute's value; write &lt;");
    }
    at_ = close + 1;
    sink_.Attribute(token);
  }

  void EndTag() {
    const size_t start = at_;
    size_t end = at_ + 2;
    while (end < text_.size() && !EndsName(text_[end])) ++end;
    const TextSpan name = Span(at_ + 2, end);
    const size_t close = SkipSpace(end);
    if (close >= text_.size() || text_[close] != '>')
      return Fail(start, absl::StrCat("the end tag </", Text(name), "> has no end"));
    if (open_.empty()) return Fail(start, absl::StrCat("the end tag </", Text(name), "> has no start tag"));
    if (View(open_.back()) != View(name)) {
      return Fail(start,
                  absl::StrCat("the end tag </", Text(name), "> does not match <", Text(open_.back()), ">"));
    }
    open_.pop_back();
    sink_.EndTag(name, Span(end, close));
    at_ = close + 1;
  }

  const std::string_view text_;
  const bool fragment_;
  TokenSink& sink_;
  size_t at_ = 0;
  bool seen_root_ = false;
  bool seen_doctype_ = false;
  std::vector<TextSpan> open_;
  absl::Status status_;
};

}  // namespace

absl::Status TokenizeXml(std::string_view text, bool fragment, TokenSink& sink) {
  return Tokenizer(text, fragment, sink).Run();
}

std::string FormatPosition(std::string_view text, size_t offset) {
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++column;
    }
  }
  return absl::StrCat(line, ":", column);
}

}  // namespace ameide::uaf::document
