#include "app/workbench/text_highlighter.h"

#include <QFont>
#include <QRegularExpression>
#include <algorithm>

#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

/// States of a block: what its end is inside of.
constexpr int kOutside = -1;
constexpr int kComment = 1;
constexpr int kFence = 2;
constexpr int kTag = 3;
constexpr int kVerbatim = 4;

QRegularExpression Expression(const char* pattern) { return QRegularExpression(QLatin1String(pattern)); }

}  // namespace

struct TextHighlighter::Rule {
  const QRegularExpression& expression;
  const QTextCharFormat& format;
  int group = 0;
};

TextHighlighter::TextHighlighter(const Theme* theme, const std::string& format, QTextDocument* document)
    : QSyntaxHighlighter(document), theme_(theme), language_(Language::kPlain) {
  if (format == "markdown") language_ = Language::kMarkdown;
  if (format == "yaml") language_ = Language::kYaml;
  if (format == "json") language_ = Language::kJson;
  if (format == "proto") language_ = Language::kProto;
  if (format == "xml" || format == "bpmn" || format == "dmn" || format == "archimate")
    language_ = Language::kXml;
  MakeFormats();
  connect(theme, &Theme::changed, this, [this] {
    MakeFormats();
    rehighlight();
  });
}

void TextHighlighter::MakeFormats() {
  const auto colour = [this](QTextCharFormat& format, const char* role) {
    format = QTextCharFormat();
    format.setForeground(theme_->Colour(QLatin1String(role)));
  };
  colour(keyword_, "accent");
  colour(name_, "link");
  colour(string_, "success");
  colour(number_, "warning");
  colour(comment_, "text-muted");
  comment_.setFontItalic(true);
  colour(heading_, "accent");
  heading_.setFontWeight(QFont::DemiBold);
  colour(strong_, "text");
  strong_.setFontWeight(QFont::DemiBold);
  colour(code_, "success");
}

void TextHighlighter::Mark(const QString& text, const std::vector<Rule>& rules) {
  for (const Rule& rule : rules) {
    auto matches = rule.expression.globalMatch(text);
    while (matches.hasNext()) {
      const QRegularExpressionMatch match = matches.next();
      setFormat(static_cast<int>(match.capturedStart(rule.group)),
                static_cast<int>(match.capturedLength(rule.group)), rule.format);
    }
  }
}

void TextHighlighter::Span(const QString& text, const QString& begin, const QString& end, int state,
                           const QTextCharFormat& format) {
  qsizetype at = previousBlockState() == state ? 0 : text.indexOf(begin);
  bool inside = previousBlockState() == state;
  while (at >= 0) {
    const qsizetype close = text.indexOf(end, inside ? at : at + begin.size());
    if (close < 0) {
      setFormat(static_cast<int>(at), static_cast<int>(text.size() - at), format);
      return setCurrentBlockState(state);
    }
    setFormat(static_cast<int>(at), static_cast<int>(close + end.size() - at), format);
    at = text.indexOf(begin, close + end.size());
    inside = false;
  }
}

void TextHighlighter::HighlightXml(const QString& text) {
  // By hand: what an expression would find inside of a comment or a value is none of it.
  int state = previousBlockState();
  qsizetype at = 0;
  const auto colour = [&](qsizetype end, const QTextCharFormat& format) {
    setFormat(static_cast<int>(at), static_cast<int>(end - at), format);
    at = end;
  };
  const auto until = [&](const char* mark) {
    const QString end = QLatin1String(mark);
    const qsizetype found = text.indexOf(end, at);
    return found < 0 ? qsizetype{-1} : found + end.size();
  };
  while (at < text.size()) {
    if (state == kComment || state == kVerbatim) {
      const qsizetype end = until(state == kComment ? "-->" : "]]>");
      colour(end < 0 ? text.size() : end, state == kComment ? comment_ : string_);
      if (end >= 0) state = kOutside;
    } else if (state == kTag) {
      const QChar c = text[at];
      if (c == QLatin1Char('>') || text.mid(at, 2) == QLatin1String("/>") ||
          text.mid(at, 2) == QLatin1String("?>")) {
        colour(at + (c == QLatin1Char('>') ? 1 : 2), keyword_);
        state = kOutside;
      } else if (c == QLatin1Char('"') || c == QLatin1Char('\'')) {
        const qsizetype end = text.indexOf(c, at + 1);
        colour(end < 0 ? text.size() : end + 1, string_);
      } else if (c.isLetter() || c == QLatin1Char('_')) {
        qsizetype end = at;
        while (end < text.size() &&
               (text[end].isLetterOrNumber() || QStringLiteral(":_-.").contains(text[end])))
          ++end;
        colour(end, name_);
      } else {
        ++at;
      }
    } else {
      at = text.indexOf(QLatin1Char('<'), at);
      if (at < 0) break;
      if (text.mid(at, 4) == QLatin1String("<!--")) {
        state = kComment;
      } else if (text.mid(at, 9) == QLatin1String("<![CDATA[")) {
        state = kVerbatim;
      } else {
        qsizetype end = at + 1;
        while (end < text.size() &&
               (text[end].isLetterOrNumber() || QStringLiteral("/?!:_-.").contains(text[end])))
          ++end;
        colour(end, keyword_);
        state = kTag;
      }
    }
  }
  setCurrentBlockState(state);
}

void TextHighlighter::HighlightMarkdown(const QString& text) {
  static const QRegularExpression fence = Expression("^\\s*(```|~~~)");
  static const QRegularExpression heading = Expression("^#{1,6}\\s.*$");
  static const QRegularExpression item = Expression("^\\s*([-*+]|\\d+[.)])\\s");
  static const QRegularExpression quote = Expression("^\\s*>.*$");
  static const QRegularExpression strong = Expression("(\\*\\*|__)(?=\\S).+?\\1");
  static const QRegularExpression code = Expression("`[^`]+`");
  static const QRegularExpression link = Expression("!?\\[[^\\]]*\\]\\([^)]*\\)");
  const bool inside = previousBlockState() == kFence;
  if (fence.match(text).hasMatch()) {
    setFormat(0, static_cast<int>(text.size()), comment_);
    return setCurrentBlockState(inside ? kOutside : kFence);
  }
  setCurrentBlockState(inside ? kFence : kOutside);
  if (inside) return setFormat(0, static_cast<int>(text.size()), code_);
  Mark(text, {{heading, heading_},
              {item, keyword_, 1},
              {quote, comment_},
              {strong, strong_},
              {link, name_},
              {code, code_}});
}

void TextHighlighter::highlightBlock(const QString& text) {
  static const QRegularExpression text_value = Expression("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'");
  static const QRegularExpression number = Expression("\\b-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\b");
  static const QRegularExpression json_key = Expression("(\"(?:[^\"\\\\]|\\\\.)*\")\\s*:");
  static const QRegularExpression constant = Expression("\\b(true|false|null)\\b");
  static const QRegularExpression yaml_key = Expression("^\\s*(?:- )*([^\\s#\"'][^:#]*):(?=\\s|$)");
  static const QRegularExpression yaml_comment = Expression("(?:^|\\s)(#.*)$");
  static const QRegularExpression yaml_mark = Expression("^(---|\\.\\.\\.)|[&*!][\\w/-]+");
  static const QRegularExpression proto_word = Expression(
      "\\b(syntax|package|import|public|option|message|enum|service|rpc|returns|stream|oneof|map|repeated|"
      "optional|required|reserved|extend|extensions|to|max)\\b");
  static const QRegularExpression proto_type =
      Expression("\\b(double|float|u?int(?:32|64)|sint(?:32|64)|s?fixed(?:32|64)|bool|string|bytes)\\b");
  static const QRegularExpression line_comment = Expression("//.*$");
  switch (language_) {
    case Language::kPlain:
      return;
    case Language::kXml:
      return HighlightXml(text);
    case Language::kMarkdown:
      return HighlightMarkdown(text);
    case Language::kJson:
      return Mark(text,
                  {{number, number_}, {constant, keyword_}, {text_value, string_}, {json_key, name_, 1}});
    case Language::kYaml:
      return Mark(text, {{number, number_},
                         {constant, keyword_},
                         {text_value, string_},
                         {yaml_mark, keyword_},
                         {yaml_key, name_, 1},
                         {yaml_comment, comment_, 1}});
    case Language::kProto:
      setCurrentBlockState(kOutside);
      Mark(text, {{number, number_},
                  {proto_word, keyword_},
                  {proto_type, name_},
                  {constant, keyword_},
                  {text_value, string_},
                  {line_comment, comment_}});
      return Span(text, QStringLiteral("/*"), QStringLiteral("*/"), kComment, comment_);
  }
}

}  // namespace ameide::workbench
