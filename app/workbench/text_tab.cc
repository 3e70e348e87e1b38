#include "app/workbench/text_tab.h"

#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBlock>
#include <algorithm>
#include <string_view>
#include <utility>

#include "app/workbench/find_bar.h"
#include "app/workbench/problems.h"
#include "app/workbench/text_editor.h"
#include "app/workbench/text_highlighter.h"
#include "app/workbench/theme.h"
#include "base/status.h"
#include "uaf/document/diff.h"

namespace ameide::workbench {
namespace {

constexpr int kTypingPauseMs = 700;
constexpr std::string_view kMark = "\xEF\xBB\xBF";

struct Line {
  std::string_view text;
  std::string_view end;
};

std::vector<Line> SplitLines(std::string_view text) {
  std::vector<Line> lines;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find_first_of("\r\n", begin);
    if (end == std::string_view::npos) break;
    const size_t width = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n' ? 2 : 1;
    lines.push_back({text.substr(begin, end - begin), text.substr(end, width)});
    begin = end + width;
  }
  lines.push_back({text.substr(begin), {}});
  return lines;
}

/// What one pause of typing became.
struct Typed {
  absl::StatusOr<uaf::Receipt> receipt = absl::CancelledError();
  std::shared_ptr<const uaf::document::Document> base;  ///< the state now
  std::string bytes;
  bool same = false;  ///< nothing to record
};

/// Compares typed bytes with what they were made from, records the difference, and loads the state after it.
absl::StatusOr<Typed> RecordTyped(uaf::Workspace& workspace, const uaf::document::FormatRegistry& formats,
                                  const uaf::Artifact& artifact, const uaf::document::Document& base,
                                  const std::string& bytes, const std::string& label) {
  const uaf::document::Format* format = formats.Named(artifact.format);
  if (format == nullptr)
    return absl::FailedPreconditionError("this release does not know the artifact's notation");
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Intake intake, format->Accept(bytes));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document typed,
                          uaf::document::Document::Import(intake.import, bytes, uaf::EventId{{"typed"}, 1}));
  uaf::Command command;
  command.artifact = artifact.id;
  command.label = label;
  AMEIDE_ASSIGN_OR_RETURN(command.ops, uaf::document::DiffDocuments(base, typed));
  Typed result;
  result.same = command.ops.empty();
  if (!result.same) {
    result.receipt = workspace.Submit(std::move(command));
    if (!result.receipt.ok()) return result.receipt.status();
  }
  AMEIDE_ASSIGN_OR_RETURN(uaf::LoadedDocument now, workspace.LoadWithHead(artifact.id));
  result.bytes = now.document.Render();
  result.base = std::make_shared<const uaf::document::Document>(std::move(now.document));
  return result;
}

}  // namespace

std::string ReadForEditor(const std::string& bytes) {
  std::string_view view = bytes;
  if (view.substr(0, kMark.size()) == kMark) view.remove_prefix(kMark.size());
  std::string text;
  text.reserve(view.size());
  for (const Line& line : SplitLines(view)) {
    text.append(line.text);
    if (!line.end.empty()) text.push_back('\n');
  }
  return text;
}

std::string WriteLike(const std::string& before, const std::string& text) {
  std::string_view old_view = before;
  std::string out;
  if (old_view.substr(0, kMark.size()) == kMark) {
    out = kMark;
    old_view.remove_prefix(kMark.size());
  }
  const std::vector<Line> old_lines = SplitLines(old_view);
  const std::vector<Line> new_lines = SplitLines(text);
  // Lines ends belong to the lines before them, so compare from both sides and give what is between its
  // neighbour's.
  size_t head = 0;
  const size_t shorter = std::min(old_lines.size(), new_lines.size());
  while (head < shorter && old_lines[head].text == new_lines[head].text) ++head;
  size_t tail = 0;
  while (tail < shorter - head &&
         old_lines[old_lines.size() - 1 - tail].text == new_lines[new_lines.size() - 1 - tail].text)
    ++tail;
  std::string_view usual = "\n";
  for (const Line& line : old_lines) {
    if (line.end.empty()) continue;
    usual = line.end;
    break;
  }
  for (size_t index = 0; index < new_lines.size(); ++index) {
    std::string_view end = usual;
    if (index < head) end = old_lines[index].end;
    if (index >= new_lines.size() - tail) end = old_lines[old_lines.size() - (new_lines.size() - index)].end;
    if (end.empty()) end = usual;
    out.append(new_lines[index].text);
    if (!new_lines[index].end.empty()) out.append(end);
  }
  return out;
}

TextTab::TextTab(const Theme* theme, WorkspaceService* workspace, ProblemsModel* problems,
                 const uaf::Artifact& artifact, bool beside, QWidget* parent)
    : ArtifactTab(theme, workspace, artifact, parent),
      problems_(problems),
      beside_(beside),
      editor_(MakeTextEditor(theme, this)) {
  new TextHighlighter(theme, artifact.format, editor_->document());
  connect(problems_, &ProblemsModel::checked, this, [this](const QString& path) {
    if (path == ToQString(state().path)) ShowProblems();
  });
  connect(theme, &Theme::changed, this, &TextTab::ShowProblems);
  editor_->setAccessibleName(Title());
  SetContent(editor_);
  find_ = new FindBar(theme, editor_, this);
  SetFooter(find_);
  typing_.setSingleShot(true);
  typing_.setInterval(kTypingPauseMs);
  connect(&typing_, &QTimer::timeout, this, &TextTab::Flush);
  connect(editor_, &QPlainTextEdit::textChanged, this, [this] {
    if (showing_) return;
    dirty_ = true;
    refused_ = false;
    typing_.start();
  });
  Reload();
}

QString TextTab::KeyBeside(const uaf::ArtifactId& artifact) {
  return QStringLiteral("text:") + ToQString(artifact.name);
}

QString TextTab::Key() const { return beside_ ? KeyBeside(state().id) : ArtifactTab::Key(); }
QString TextTab::Title() const {
  return beside_ ? tr("%1 (text)").arg(ArtifactTab::Title()) : ArtifactTab::Title();
}
QString TextTab::IconName() const { return beside_ ? QStringLiteral("file") : ArtifactTab::IconName(); }

void TextTab::OfferFind() { find_->Open(); }

void TextTab::ShowProblems() {
  QList<QTextEdit::ExtraSelection> marks;
  if (!in_past()) {
    for (const uaf::document::Finding& finding : problems_->Of(ToQString(state().path))) {
      if (finding.line == 0 || finding.severity == uaf::document::Severity::kInfo) continue;
      const QTextBlock block = editor_->document()->findBlockByNumber(static_cast<int>(finding.line) - 1);
      if (!block.isValid()) continue;
      QTextEdit::ExtraSelection mark;
      mark.cursor = QTextCursor(block);
      // Of the whole line without its indentation: a place alone would be a dot.
      const auto indent = static_cast<int>(block.text().size() - block.text().trimmed().size());
      mark.cursor.setPosition(block.position() + std::min<int>(indent, block.length() - 1));
      mark.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
      mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
      mark.format.setUnderlineColor(theme()->Colour(finding.severity == uaf::document::Severity::kError
                                                        ? QStringLiteral("error")
                                                        : QStringLiteral("warning")));
      mark.format.setToolTip(ToQString(finding.message));
      marks.append(mark);
    }
  }
  editor_->setExtraSelections(marks);
}

QString TextTab::PlainText() const {
  // Not toPlainText(): that turns no-break spaces into spaces.
  QString text;
  for (QTextBlock block = editor_->document()->begin(); block.isValid(); block = block.next()) {
    if (block.blockNumber() > 0) text += QLatin1Char('\n');
    text += block.text();
  }
  return text;
}

void TextTab::SetText(const std::string& bytes) {
  showing_ = true;
  const int position = editor_->textCursor().position();
  const int scroll = editor_->verticalScrollBar()->value();
  editor_->setPlainText(ToQString(ReadForEditor(bytes)));
  QTextCursor cursor = editor_->textCursor();
  cursor.setPosition(std::min(position, editor_->document()->characterCount() - 1));
  editor_->setTextCursor(cursor);
  editor_->verticalScrollBar()->setValue(scroll);
  ShowProblems();
  showing_ = false;
}

void TextTab::ShowDocument(uaf::document::Document document, const uaf::EventId&, bool read_only) {
  // Typed on since it was asked for.
  if (dirty_ && base_ != nullptr && !in_past()) return Flush();
  base_bytes_ = document.Render();
  base_ = std::make_shared<const uaf::document::Document>(std::move(document));
  dirty_ = false;
  typing_.stop();
  SetText(base_bytes_);
  // What the editor cannot hold exactly (other encodings, exotic line ends) is shown but not edited here.
  const bool exact = WriteLike(base_bytes_, PlainText().toStdString()) == base_bytes_;
  if (!exact && !read_only) {
    banners()->Show(QStringLiteral("inexact"), {BannerText::Tone::kInfo,
                                                tr("This file has characters or an encoding that the text "
                                                   "view cannot keep exactly, so it is shown read-only."),
                                                QString(),
                                                {},
                                                false});
  }
  editor_->setReadOnly(read_only || !exact);
}

void TextTab::ApplyRecorded(const std::vector<uaf::document::Op>&, const uaf::EventId&) {
  // A text that is being typed on is not replaced: the difference is recorded first and merges by lines.
  if (dirty_ || recording_) return Flush();
  Reload();
}

void TextTab::Acknowledged(uint64_t, const absl::StatusOr<uaf::Receipt>&) {}

void TextTab::Flush() {
  typing_.stop();
  if (!dirty_ || recording_ || in_past() || base_ == nullptr) return;
  dirty_ = false;
  recording_ = true;
  const std::string typed = WriteLike(base_bytes_, PlainText().toStdString());
  const std::string label = tr("Edit %1").arg(Title()).toStdString();
  workspace()->Read(
      this,
      [formats = &workspace()->formats(), artifact = state(), base = base_, typed,
       label](uaf::Workspace& open) { return RecordTyped(open, *formats, artifact, *base, typed, label); },
      [this, typed](absl::StatusOr<Typed> result) {
        recording_ = false;
        refused_ = !result.ok() && !dirty_;
        if (!result.ok()) {
          dirty_ = true;
          banners()->Show(QStringLiteral("typed"),
                          {BannerText::Tone::kWarning,
                           tr("Not recorded yet: %1").arg(MessageOf(result.status())),
                           QString(),
                           {}});
          return;
        }
        banners()->Hide(QStringLiteral("typed"));
        if (!result->same) {
          MarkOwn(result->receipt->event);
          Q_EMIT acknowledged(tr("Edit"));
        }
        base_ = result->base;
        base_bytes_ = result->bytes;
        if (dirty_) return typing_.start();
        if (base_bytes_ != typed) SetText(base_bytes_);
      });
}

void TextTab::Select(const QString&, int line) {
  if (line <= 0) return;
  QTextCursor cursor(editor_->document()->findBlockByNumber(line - 1));
  cursor.select(QTextCursor::LineUnderCursor);
  editor_->setTextCursor(cursor);
  editor_->centerCursor();
  editor_->setFocus();
}

}  // namespace ameide::workbench
