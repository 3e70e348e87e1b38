#include "tests/uaf/merge/textual_edits.h"

#include <algorithm>
#include <array>

namespace ameide::uaf::merge {
namespace {

/// Bytes [begin, end) of the line around `at`, its line end included.
struct Line {
  size_t begin = 0;
  size_t end = 0;
};

Line LineAt(std::string_view text, size_t at) {
  const size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const size_t end = text.find('\n', at);
  return {before == std::string_view::npos ? 0 : before + 1,
          end == std::string_view::npos ? text.size() : end + 1};
}

std::string_view LineEnd(std::string_view text) {
  return text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n";
}

class Editor {
 public:
  Editor(std::string_view text, Random& random) : text_(text), random_(random) {
    at_ = random.Below(text.size());
    line_ = LineAt(text, at_);
  }

  std::optional<TextualEdit> Edit() {
    switch (random_.Below(16)) {
      case 0:
      case 1:
        return ChangeAttribute();
      case 2:
        return RemoveAttribute();
      case 3:
        return AddAttribute();
      case 4:
        return ChangeWord();
      case 5:
        return DeleteLines();
      case 6:
        return InsertLine();
      case 7:
        return CopyLines();
      case 8:
        return DeleteElement();
      case 9:
        return CopyElement();
      case 10:
        return CommentOut();
      case 11:
        return Indent();
      case 12:
        return Close();
      case 13:
        return RenameElement();
      case 14:
        return Wrap();
      default:
        return ChangeText();
    }
  }

 private:
  using Found = std::optional<TextualEdit>;

  static TextualEdit One(std::string what, size_t begin, size_t end, std::string with,
                         bool attribute = false) {
    return {std::move(what), {{begin, end, std::move(with), attribute}}};
  }

  TextualEdit Copy(std::string what, size_t begin, size_t end, size_t to) const {
    TextualEdit edit = One(std::move(what), to, to, std::string(text_.substr(begin, end - begin)));
    edit.copied = Replacement{begin, end, "", false};
    return edit;
  }

  /// A new word that no file has.
  std::string Word() { return "w" + std::to_string(random_.Below(1'000'000)); }

  std::string_view Indentation() const {
    const std::string_view line = text_.substr(line_.begin, line_.end - line_.begin);
    return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  }

  /// ` name="value"` at or behind the dice's place: bytes of the whole with its white space, and of the
  /// value.
  struct AttributePlace {
    size_t begin, value, value_end, end;
  };
  std::optional<AttributePlace> Attribute() const {
    const size_t equals = text_.find("=\"", at_);
    if (equals == std::string_view::npos) return std::nullopt;
    const size_t tag = text_.rfind('<', equals);
    if (InComment(equals)) return std::nullopt;
    if (tag == std::string_view::npos || text_.substr(tag, 2) == "<!" || text_.substr(tag, 2) == "<?")
      return std::nullopt;
    if (const size_t close = text_.find('>', tag); close < equals) return std::nullopt;
    const size_t name = text_.find_last_of(" \t\r\n", equals);
    if (name == std::string_view::npos || name < tag) return std::nullopt;
    const size_t space = text_.find_last_not_of(" \t\r\n", name) + 1;
    const size_t value_end = text_.find('"', equals + 2);
    if (value_end == std::string_view::npos) return std::nullopt;
    return AttributePlace{space, equals + 2, value_end, value_end + 1};
  }

  bool InComment(size_t at) const {
    const size_t open = text_.rfind("<!--", at);
    return open != std::string_view::npos && text_.find("-->", open) > at;
  }

  Found ChangeAttribute() {
    const auto place = Attribute();
    if (!place) return std::nullopt;
    // All of it, or a word in it.
    const size_t length = place->value_end - place->value;
    const size_t from =
        length == 0 || random_.Below(2) == 0 ? place->value : place->value + random_.Below(length);
    if (text_.substr(from, place->value_end - from).find(';') != std::string_view::npos) return std::nullopt;
    return One("change an attribute", from, place->value_end, Word(), true);
  }
  Found RemoveAttribute() {
    const auto place = Attribute();
    if (!place) return std::nullopt;
    return One("remove an attribute", place->begin, place->end, "", true);
  }
  Found AddAttribute() {
    const auto place = Attribute();
    if (!place) return std::nullopt;
    return One("add an attribute", place->end, place->end, " " + Word() + "=\"" + Word() + "\"", true);
  }
  Found ChangeWord() {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    size_t begin = at_, end = at_;
    while (begin > 0 && is_letter(text_[begin - 1])) --begin;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    if (begin == end) return std::nullopt;
    return One("change a word", begin, end, Word());
  }
  Found ChangeText() {
    // Character data behind a start tag.
    const size_t begin = text_.find('>', at_) + 1;
    if (begin == 0) return std::nullopt;
    const size_t end = text_.find('<', begin);
    if (end == std::string_view::npos ||
        text_.substr(begin, end - begin).find_first_not_of(" \t\r\n") == std::string_view::npos)
      return std::nullopt;
    const size_t at = begin + random_.Below(end - begin);
    if ((text_[at] & 0xc0) == 0x80 || text_.substr(begin, end - begin).find('&') != std::string_view::npos)
      return std::nullopt;
    return One("insert into a text", at, at, Word());
  }

  size_t EndOfLines(size_t count) const {
    size_t end = line_.end;
    for (; count > 1 && end < text_.size(); --count) end = LineAt(text_, end).end;
    return end;
  }
  Found DeleteLines() {
    const size_t end = EndOfLines(1 + random_.Below(4));
    // Half a comment would make what it holds markup, which is no longer the text that the other edit
    // changed.
    if (InComment(line_.begin) != InComment(end)) return std::nullopt;
    return One("delete lines", line_.begin, end, "");
  }
  Found InsertLine() {
    const std::array<std::string, 5> lines = {"<!-- " + Word() + " -->", "<" + Word() + " k=\"v\"/>",
                                              "<" + Word() + ">" + Word() + "</" + Word() + ">",
                                              "<?" + Word() + " x?>", ""};
    return One("insert a line", line_.begin, line_.begin,
               std::string(Indentation()) + lines[random_.Below(lines.size())] + std::string(LineEnd(text_)));
  }
  Found CopyLines() {
    const size_t end = EndOfLines(1 + random_.Below(3));
    const size_t to = LineAt(text_, random_.Below(text_.size())).begin;
    // Half a tag, or a place inside one, would make the attributes of an element its text.
    const std::string_view lines = text_.substr(line_.begin, end - line_.begin);
    const auto inside_tag = [&](size_t at) {
      const size_t open = at == 0 ? std::string_view::npos : text_.rfind('<', at - 1);
      return open != std::string_view::npos && text_.find('>', open) >= at;
    };
    if (inside_tag(line_.begin) || inside_tag(end) || inside_tag(to) || lines.empty()) return std::nullopt;
    return Copy("copy lines", line_.begin, end, to);
  }

  /// The element that begins on the dice's line: to the end of its lines.
  std::optional<Line> ElementLines() const {
    const size_t open = line_.begin + Indentation().size();
    if (open + 1 >= text_.size() || text_[open] != '<' || text_[open + 1] == '/' || text_[open + 1] == '!' ||
        text_[open + 1] == '?')
      return std::nullopt;
    int depth = 0;
    for (size_t at = open; at != std::string_view::npos && at < text_.size(); at = text_.find('<', at + 1)) {
      const size_t close = text_.find('>', at);
      if (close == std::string_view::npos) return std::nullopt;
      if (text_[at + 1] == '!' || text_[at + 1] == '?') continue;
      if (text_[at + 1] == '/')
        --depth;
      else if (text_[close - 1] != '/')
        ++depth;
      if (depth > 0) continue;
      const Line last = LineAt(text_, close);
      if (depth < 0 ||
          text_.substr(close + 1, last.end - close - 1).find_first_not_of("\r\n") != std::string_view::npos)
        return std::nullopt;
      return Line{line_.begin, last.end};
    }
    return std::nullopt;
  }
  Found DeleteElement() {
    const auto lines = ElementLines();
    if (!lines || lines->end - lines->begin > text_.size() / 3) return std::nullopt;
    return One("delete an element", lines->begin, lines->end, "");
  }
  Found CopyElement() {
    const auto lines = ElementLines();
    if (!lines || lines->end - lines->begin > text_.size() / 3) return std::nullopt;
    const size_t to = LineAt(text_, random_.Below(text_.size())).begin;
    return Copy("copy an element", lines->begin, lines->end, to);
  }
  Found CommentOut() {
    const auto lines = ElementLines();
    if (!lines || lines->end - lines->begin > text_.size() / 3) return std::nullopt;
    const std::string_view body = text_.substr(lines->begin, lines->end - lines->begin);
    if (body.find("--") != std::string_view::npos) return std::nullopt;
    const std::string indent(Indentation());
    const std::string end(LineEnd(text_));
    return One("comment out", lines->begin, lines->end,
               indent + "<!--" + end + std::string(body) + indent + "-->" + end);
  }
  Found Indent() {
    const std::array<std::string_view, 3> spaces = {"\t", "    ", ""};
    return One("indent", line_.begin, line_.begin + Indentation().size(),
               std::string(spaces[random_.Below(3)]));
  }
  /// `<a/>` becomes `<a></a>` and back.
  Found Close() {
    const size_t close = text_.find("/>", at_);
    if (close == std::string_view::npos) return std::nullopt;
    const size_t open = text_.rfind('<', close);
    const std::string_view name = text_.substr(open + 1, text_.find_first_of(" \t\r\n/>", open) - open - 1);
    return One("write out an empty element", close, close + 2, "></" + std::string(name) + ">");
  }
  Found RenameElement() {
    const auto lines = ElementLines();
    if (!lines) return std::nullopt;
    const size_t open = line_.begin + Indentation().size() + 1;
    const std::string_view name = text_.substr(open, text_.find_first_of(" \t\r\n/>", open) - open);
    const std::string fresh = Word();
    TextualEdit edit = One("rename an element", open, open + name.size(), fresh);
    const std::string end_tag = "</" + std::string(name) + ">";
    const std::string_view body = text_.substr(lines->begin, lines->end - lines->begin);
    const size_t end = body.rfind(end_tag);
    if (end != std::string_view::npos)
      edit.places.push_back({lines->begin + end + 2, lines->begin + end + 2 + name.size(), fresh});
    return edit;
  }
  Found Wrap() {
    const auto lines = ElementLines();
    if (!lines) return std::nullopt;
    const std::string name = Word(), indent(Indentation()), end(LineEnd(text_));
    TextualEdit edit = One("wrap", lines->begin, lines->begin, indent + "<" + name + ">" + end);
    edit.places.push_back({lines->end, lines->end, indent + "</" + name + ">" + end});
    return edit;
  }

  const std::string_view text_;
  Random& random_;
  size_t at_ = 0;
  Line line_;
};

/// Lines that are deleted, with those that may as well have been.
Replacement WithAllReadings(std::string_view text, const Replacement& place) {
  if (!place.with.empty() || place.begin == place.end || LineAt(text, place.begin).begin != place.begin)
    return place;
  Replacement all = place;
  for (size_t by = 1; by <= place.begin && text[place.begin - by] == text[place.end - by]; ++by) {
    const size_t begin = place.begin - by;
    if (LineAt(text, begin).begin == begin) all.begin = begin;
  }
  for (size_t by = 0; place.end + by < text.size() && text[place.begin + by] == text[place.end + by]; ++by) {
    if (text[place.end + by] == '\n') all.end = place.end + by + 1;
  }
  return all;
}

bool AreApart(std::string_view text, const Replacement& one, const Replacement& other) {
  const Replacement a = WithAllReadings(text, one), b = WithAllReadings(text, other);
  const Replacement& first = a.begin <= b.begin ? a : b;
  const Replacement& second = a.begin <= b.begin ? b : a;
  if (a.attribute && b.attribute) return first.end <= second.begin && first.begin != second.begin;
  // The line behind the first one's last line is unchanged and whole.
  const bool at_line_begin = first.end == 0 || text[first.end - 1] == '\n';
  const size_t next = at_line_begin ? first.end : LineAt(text, first.end).end;
  return next < text.size() && LineAt(text, next).end <= second.begin;
}

}  // namespace

std::optional<TextualEdit> RandomTextualEdit(std::string_view text, Random& random) {
  return Editor(text, random).Edit();
}

std::string Edited(std::string_view text, std::vector<Replacement> places) {
  std::stable_sort(places.begin(), places.end(),
                   [](const Replacement& a, const Replacement& b) { return a.begin < b.begin; });
  std::string result;
  size_t at = 0;
  for (const Replacement& place : places) {
    result += text.substr(at, place.begin - at);
    result += place.with;
    at = place.end;
  }
  return result += text.substr(at);
}

bool AreDisjoint(std::string_view text, const TextualEdit& a, const TextualEdit& b) {
  const auto apart = [&](const Replacement& one, const std::vector<Replacement>& others) {
    return std::all_of(others.begin(), others.end(),
                       [&](const Replacement& other) { return AreApart(text, one, other); });
  };
  return std::all_of(a.places.begin(), a.places.end(),
                     [&](const Replacement& one) { return apart(one, b.places); }) &&
         (!a.copied || apart(*a.copied, b.places)) && (!b.copied || apart(*b.copied, a.places));
}

}  // namespace ameide::uaf::merge
