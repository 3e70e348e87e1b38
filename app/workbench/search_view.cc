#include "app/workbench/search_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStackedWidget>
#include <QTabBar>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <map>
#include <vector>

#include "app/workbench/artifact_model.h"
#include "app/workbench/banner.h"
#include "app/workbench/found_places.h"
#include "app/workbench/navigator.h"
#include "app/workbench/replace_view.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

constexpr int kPauseMs = 200;
constexpr size_t kMostHits = 100;
constexpr int kPathRole = Qt::UserRole + 1;
constexpr int kElementRole = Qt::UserRole + 2;
constexpr int kLineRole = Qt::UserRole + 3;

}  // namespace

SearchView::SearchView(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->setSpacing(0);
  outer->addWidget(MakeSideHeading(tr("Search"), nullptr, this));
  modes_ = new QTabBar(this);
  modes_->setObjectName(QStringLiteral("searchModes"));
  modes_->setDocumentMode(true);
  modes_->setExpanding(false);
  modes_->addTab(tr("Find"));
  modes_->addTab(tr("Replace"));
  outer->addWidget(modes_);
  outer->addSpacing(8);
  pages_ = new QStackedWidget(this);
  outer->addWidget(pages_, 1);
  auto* find = new QWidget(this);
  auto* column = new QVBoxLayout(find);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  pages_->addWidget(find);
  replace_ = new ReplaceView(theme_, workspace_, this);
  pages_->addWidget(replace_);
  connect(modes_, &QTabBar::currentChanged, pages_, &QStackedWidget::setCurrentIndex);
  connect(replace_, &ReplaceView::activated, this, &SearchView::activated);
  words_ = new QLineEdit(this);
  words_->setObjectName(QStringLiteral("searchWords"));
  words_->setPlaceholderText(tr("Search names and text"));
  words_->setAccessibleName(tr("Search names and text"));
  words_->setClearButtonEnabled(true);
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(8, 0, 8, 8);
  inset->addWidget(words_);
  column->addLayout(inset);
  hits_ = new QTreeWidget(this);
  hits_->setObjectName(QStringLiteral("searchHits"));
  hits_->setAccessibleName(tr("Results"));
  hits_->setHeaderHidden(true);
  hits_->setIndentation(16);
  empty_ = MakeLabel(QString(), "muted", this);
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(12, 4, 12, 4);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(hits_);
  column->addWidget(stack_, 1);
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &SearchView::Search);
  connect(words_, &QLineEdit::textChanged, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::closed, this, [this] { words_->clear(); });
  const auto go = [this](QTreeWidgetItem* item) {
    if (item->parent() == nullptr) return;
    Q_EMIT activated(item->data(0, kPathRole).toString(), item->data(0, kElementRole).toString(),
                     item->data(0, kLineRole).toInt());
  };
  connect(hits_, &QTreeWidget::itemClicked, this, go);
  connect(hits_, &QTreeWidget::itemActivated, this, go);
  Search();
}

void SearchView::FocusWords(bool replace) {
  modes_->setCurrentIndex(replace ? 1 : 0);
  if (replace) return replace_->FocusWords();
  words_->setFocus();
  words_->selectAll();
}

void SearchView::Search() {
  const QString words = words_->text().trimmed();
  if (words.isEmpty() || !workspace_->is_open()) {
    hits_->clear();
    stack_->setCurrentIndex(0);
    empty_->setText(tr("Finds words in the names and texts of all artifacts, whether they are open or not."));
    return;
  }
  workspace_->Read(
      this, [text = words.toStdString()](uaf::Workspace& open) { return FindPlaces(open, text, kMostHits); },
      [this, words](absl::StatusOr<std::vector<FoundPlace>> found) {
        if (words != words_->text().trimmed()) return;
        hits_->clear();
        const bool any = found.ok() && !found->empty();
        stack_->setCurrentIndex(any ? 1 : 0);
        empty_->setText(found.ok() ? tr("Nothing holds “%1”.").arg(words) : MessageOf(found.status()));
        if (!any) return;
        std::map<std::string, QTreeWidgetItem*> files;
        for (const FoundPlace& place : *found) {
          QTreeWidgetItem*& file = files[place.hit.path];
          if (file == nullptr) {
            file = new QTreeWidgetItem(hits_, {ToQString(place.hit.path)});
            const auto artifact = workspace_->Find(place.hit.artifact);
            file->setIcon(0, theme_->Icon(FormatIcon(artifact ? artifact->format : "")));
            file->setExpanded(true);
          }
          auto* line = new QTreeWidgetItem(file, {ToQString(place.hit.excerpt).simplified()});
          line->setToolTip(0, ToQString(place.hit.excerpt));
          line->setData(0, kPathRole, ToQString(place.hit.path));
          line->setData(0, kElementRole, ToQString(place.hit.element));
          line->setData(0, kLineRole, place.line);
        }
      });
}

}  // namespace ameide::workbench
