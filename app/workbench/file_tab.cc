#include "app/workbench/file_tab.h"

#include <QFile>
#include <QFileInfo>
#include <QPlainTextEdit>
#include <QTextBlock>

#include "app/workbench/text_editor.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

/// More than anybody reads; a larger file is cut.
constexpr qint64 kLargest = qint64{4} << 20;

}  // namespace

FileTab::FileTab(const Theme* theme, WorkspaceService* workspace, const QString& path, QWidget* parent)
    : EditorTab(theme, parent), path_(path), text_(MakeTextEditor(theme, this)) {
  text_->setReadOnly(true);
  SetContent(text_);
  banners()->Show(QStringLiteral("file"),
                  {BannerText::Tone::kInfo,
                   tr("This is the file's text, read-only. Mend it in the program that wrote it."),
                   QString(),
                   {},
                   false});
  workspace->Compute(
      this,
      [path]() -> QByteArray {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.read(kLargest) : QByteArray();
      },
      [this](const QByteArray& bytes) {
        text_->setPlainText(QString::fromUtf8(bytes));
        loaded_ = true;
        ShowLine();
      });
}

QString FileTab::Title() const { return QFileInfo(path_).fileName(); }

void FileTab::Select(const QString&, int line) {
  line_ = line;
  ShowLine();
}

void FileTab::ShowLine() {
  if (!loaded_ || line_ <= 0) return;
  QTextCursor cursor(text_->document()->findBlockByNumber(line_ - 1));
  cursor.select(QTextCursor::LineUnderCursor);
  text_->setTextCursor(cursor);
  text_->centerCursor();
}

}  // namespace ameide::workbench
