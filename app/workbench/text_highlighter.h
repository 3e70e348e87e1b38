#pragma once

#include <QSyntaxHighlighter>
#include <string>
#include <vector>

namespace ameide::workbench {

class Theme;

/// Colours a text by its notation: "markdown", "yaml", "json", "proto", and XML in all its dialects; others
/// stay plain. Follows the theme. Owned by the document.
class TextHighlighter : public QSyntaxHighlighter {
  Q_OBJECT

 public:
  TextHighlighter(const Theme* theme, const std::string& format, QTextDocument* document);

 protected:
  void highlightBlock(const QString& text) override;

 private:
  enum class Language { kPlain, kMarkdown, kYaml, kJson, kProto, kXml };
  struct Rule;

  void MakeFormats();
  void Mark(const QString& text, const std::vector<Rule>& rules);
  /// Colours what lies between two marks, over lines; `state` is that of a block inside.
  void Span(const QString& text, const QString& begin, const QString& end, int state,
            const QTextCharFormat& format);
  void HighlightXml(const QString& text);
  void HighlightMarkdown(const QString& text);

  const Theme* theme_;
  Language language_;
  QTextCharFormat keyword_, name_, string_, number_, comment_, heading_, strong_, code_;
};

}  // namespace ameide::workbench
