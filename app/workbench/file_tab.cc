#include "app/workbench/file_tab.h"

#include <QFile>
#include <QFileInfo>
#include <QPlainTextEdit>
#include <QSaveFile>
#include <QTextBlock>

#include "app/workbench/find_bar.h"
#include "app/workbench/text_editor.h"
#include "app/workbench/text_highlighter.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

/// More than anybody reads; a larger file is cut.
constexpr qint64 kLargest = qint64{4} << 20;

}  // namespace

FileTab::FileTab(const Theme* theme, WorkspaceService* workspace, const QString& path, const QString& target,
                 QWidget* parent)
    : EditorTab(theme, parent),
      workspace_(workspace),
      path_(path),
      target_(target),
      text_(MakeTextEditor(theme, this)) {
  text_->setReadOnly(true);
  text_->setAccessibleName(Title());
  const std::string_view format =
      workspace->formats().ForFile(target.toStdString(), std::string_view()).name();
  new TextHighlighter(theme, std::string(format), text_->document());
  SetContent(text_);
  find_ = new FindBar(theme, text_, this);
  SetFooter(find_);
  workspace->Compute(
      this,
      [path]() -> QByteArray {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.read(kLargest + 1) : QByteArray();
      },
      [this](const QByteArray& bytes) {
        const QString text = QString::fromUtf8(bytes);
        text_->setPlainText(text);
        loaded_ = true;
        // Only what is shown whole and exactly can be written back.
        exact_ = bytes.size() <= kLargest && text.toUtf8() == bytes && !bytes.contains('\r') &&
                 !workspace_->read_only();
        text_->setReadOnly(!exact_);
        ShowBanner();
        ShowLine();
      });
}

void FileTab::OfferFind() { find_->Open(); }

void FileTab::ShowBanner() {
  BannerText banner{
      BannerText::Tone::kInfo,
      exact_ ? tr("This is the file's text. Mend it here and save it: the workspace takes it in as "
                  "soon as it can be read.")
             : tr("This is the file's text, read-only. Mend it in the program that wrote it."),
      QString(),
      {},
      false};
  if (exact_) banner.buttons.append({tr("Save"), [this] { Save(); }, true});
  banners()->Show(QStringLiteral("file"), banner);
}

void FileTab::Save() {
  if (!exact_) return;
  workspace_->Compute(
      this,
      [target = target_, bytes = text_->toPlainText().toUtf8()]() -> QString {
        QSaveFile file(target);
        if (!file.open(QIODevice::WriteOnly)) return file.errorString();
        file.write(bytes);
        return file.commit() ? QString() : file.errorString();
      },
      [this](const QString& error) {
        if (!error.isEmpty()) {
          return banners()->Show(QStringLiteral("saved"),
                                 {BannerText::Tone::kError, tr("Not saved: %1").arg(error), QString(), {}});
        }
        banners()->Hide(QStringLiteral("saved"));
        workspace_->SyncFiles();
        Q_EMIT saved();
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
