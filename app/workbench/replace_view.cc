#include "app/workbench/replace_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <map>
#include <utility>

#include "app/workbench/artifact_model.h"
#include "app/workbench/banner.h"
#include "app/workbench/navigator.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

constexpr int kPauseMs = 250;
constexpr size_t kMost = 5000;
constexpr int kIndexRole = Qt::UserRole + 1;
constexpr qsizetype kExcerpt = 60;
constexpr qsizetype kBefore = 8;  ///< of what is the same, so that what differs is seen in a narrow list

QString KindName(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::kName:
      return ReplaceView::tr("name");
    case PlaceKind::kDocumentation:
      return ReplaceView::tr("documentation");
    case PlaceKind::kValue:
      return ReplaceView::tr("value");
    case PlaceKind::kLine:
      return ReplaceView::tr("line");
  }
  return {};
}

/// The part of both texts where they differ, with some of what is around it.
std::pair<QString, QString> Excerpts(const std::string& before, const std::string& after) {
  QString a = ToQString(before).simplified();
  QString b = ToQString(after).simplified();
  qsizetype same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  const qsizetype from = same <= 2 * kBefore ? 0 : same - kBefore;
  const auto cut = [from](const QString& text) {
    QString part = text.mid(from, kExcerpt);
    if (from > 0) part.prepend(QStringLiteral("…"));
    if (from + kExcerpt < text.size()) part.append(QStringLiteral("…"));
    return part;
  };
  return {cut(a), cut(b)};
}

}  // namespace

ReplaceView::ReplaceView(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* form = new QVBoxLayout;
  form->setContentsMargins(8, 0, 8, 8);
  form->setSpacing(4);
  column->addLayout(form);
  const auto field = [&](const char* name, const QString& text) {
    auto* edit = new QLineEdit(this);
    edit->setObjectName(QLatin1String(name));
    edit->setPlaceholderText(text);
    edit->setAccessibleName(text);
    edit->setClearButtonEnabled(true);
    form->addWidget(edit);
    return edit;
  };
  find_ = field("replaceFind", tr("Find"));
  replacement_ = field("replaceWith", tr("Replace with"));
  auto* how = new QHBoxLayout;
  how->setSpacing(4);
  const auto toggle = [&](const char* name, const QString& text, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setObjectName(QLatin1String(name));
    button->setText(text);
    button->setCheckable(true);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    connect(button, &QToolButton::toggled, &pause_, qOverload<>(&QTimer::start));
    how->addWidget(button);
    return button;
  };
  case_ = toggle("replaceCase", QStringLiteral("Aa"), tr("Match upper and lower case"));
  words_ = toggle("replaceWords", QStringLiteral("ab|"), tr("Whole words only"));
  regular_ = toggle("replaceRegular", QStringLiteral(".*"), tr("Regular expression; \\1 is its first group"));
  how->addStretch(1);
  replace_ = MakeButton(tr("Replace"), "primary", this);
  replace_->setObjectName(QStringLiteral("replaceNow"));
  how->addWidget(replace_);
  form->addLayout(how);
  auto* kinds = new QHBoxLayout;
  kinds->setSpacing(8);
  names_ = AddKind(tr("Names"), QStringLiteral("replaceNames"), true, kinds);
  documentation_ = AddKind(tr("Documentation"), QStringLiteral("replaceDocumentation"), true, kinds);
  kinds->addStretch(1);
  form->addLayout(kinds);
  auto* more = new QHBoxLayout;
  more->setSpacing(8);
  lines_ = AddKind(tr("Text files"), QStringLiteral("replaceLines"), true, more);
  values_ = AddKind(tr("Values"), QStringLiteral("replaceValues"), false, more);
  values_->setToolTip(tr("Expressions, scripts and properties; never ids and references"));
  more->addStretch(1);
  form->addLayout(more);
  list_ = new QTreeWidget(this);
  list_->setObjectName(QStringLiteral("replaceList"));
  list_->setAccessibleName(tr("What would change"));
  list_->setHeaderHidden(true);
  list_->setIndentation(12);
  empty_ = MakeLabel(QString(), "muted", this);
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(12, 4, 12, 4);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(list_);
  column->addWidget(stack_, 1);
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &ReplaceView::Search);
  for (QLineEdit* edit : {find_, replacement_})
    connect(edit, &QLineEdit::textChanged, &pause_, qOverload<>(&QTimer::start));
  connect(replace_, &QPushButton::clicked, this, &ReplaceView::Replace);
  connect(list_, &QTreeWidget::itemChanged, this, &ReplaceView::Refresh);
  connect(list_, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) {
    if (item->parent() == nullptr) return;
    const Replacement& replacement = found_[item->data(0, kIndexRole).toUInt()];
    Q_EMIT activated(ToQString(replacement.path), ToQString(replacement.element), replacement.line);
  });
  connect(workspace_, &WorkspaceService::recorded, this, [this] {
    if (isVisible() && !find_->text().isEmpty()) pause_.start();
  });
  connect(workspace_, &WorkspaceService::closed, this, [this] { find_->clear(); });
  Show(std::vector<Replacement>());
}

QCheckBox* ReplaceView::AddKind(const QString& text, const QString& name, bool checked, QBoxLayout* row) {
  auto* box = new QCheckBox(text, this);
  box->setObjectName(name);
  box->setChecked(checked);
  connect(box, &QCheckBox::toggled, &pause_, qOverload<>(&QTimer::start));
  row->addWidget(box);
  return box;
}

void ReplaceView::FocusWords() {
  find_->setFocus();
  find_->selectAll();
}

ReplaceQuery ReplaceView::Query() const {
  ReplaceQuery query;
  query.find = find_->text();
  query.replacement = replacement_->text();
  query.match_case = case_->isChecked();
  query.whole_words = words_->isChecked();
  query.regular = regular_->isChecked();
  query.names = names_->isChecked();
  query.documentation = documentation_->isChecked();
  query.values = values_->isChecked();
  query.lines = lines_->isChecked();
  return query;
}

void ReplaceView::Search() {
  if (searching_) {
    again_ = true;
    return;
  }
  if (!workspace_->is_open()) return Show(std::vector<Replacement>());
  searching_ = true;
  workspace_->Read(
      this,
      [query = Query(), formats = &workspace_->formats()](uaf::Workspace& open) {
        return FindReplacements(open, *formats, query, kMost);
      },
      [this](const absl::StatusOr<std::vector<Replacement>>& found) {
        searching_ = false;
        if (std::exchange(again_, false)) return Search();
        Show(found);
      });
}

void ReplaceView::Show(const absl::StatusOr<std::vector<Replacement>>& found) {
  const QSignalBlocker quiet(list_);
  list_->clear();
  found_ = found.ok() ? *found : std::vector<Replacement>();
  SetInvalid(find_, !found.ok());
  if (!found.ok()) {
    empty_->setText(MessageOf(found.status()));
  } else if (find_->text().isEmpty()) {
    empty_->setText(
        tr("Finds words in all artifacts, open or not, and shows what would change before anything does."));
  } else {
    empty_->setText(tr("Nothing holds “%1”.").arg(find_->text()));
  }
  std::map<std::string, QTreeWidgetItem*> files;
  for (size_t i = 0; i < found_.size(); ++i) {
    const Replacement& replacement = found_[i];
    QTreeWidgetItem*& file = files[replacement.path];
    if (file == nullptr) {
      file = new QTreeWidgetItem(list_, {ToQString(replacement.path)});
      file->setFlags(file->flags() | Qt::ItemIsUserCheckable | Qt::ItemIsAutoTristate);
      const auto artifact = workspace_->Find(replacement.artifact);
      file->setIcon(0, theme_->Icon(FormatIcon(artifact ? artifact->format : "")));
    }
    const auto [before, after] = Excerpts(replacement.before, replacement.after);
    auto* line = new QTreeWidgetItem(file, {QStringLiteral("%1\n→ %2").arg(before, after)});
    line->setFlags(line->flags() | Qt::ItemIsUserCheckable);
    line->setCheckState(0, Qt::Checked);
    line->setData(0, kIndexRole, static_cast<uint>(i));
    line->setToolTip(0, tr("%1, line %2").arg(KindName(replacement.kind)).arg(replacement.line));
  }
  list_->expandAll();
  stack_->setCurrentIndex(found_.empty() ? 0 : 1);
  Refresh();
}

std::vector<Replacement> ReplaceView::Chosen() const {
  std::vector<Replacement> chosen;
  for (int file = 0; file < list_->topLevelItemCount(); ++file) {
    const QTreeWidgetItem* item = list_->topLevelItem(file);
    for (int row = 0; row < item->childCount(); ++row) {
      if (item->child(row)->checkState(0) == Qt::Checked)
        chosen.push_back(found_[item->child(row)->data(0, kIndexRole).toUInt()]);
    }
  }
  return chosen;
}

void ReplaceView::Refresh() {
  const size_t count = Chosen().size();
  const bool can = count > 0 && !workspace_->read_only();
  replace_->setEnabled(can);
  replace_->setText(count == 0 ? tr("Replace") : tr("Replace %1").arg(count));
  replace_->setToolTip(can                       ? tr("Changes what is ticked, as one change")
                       : workspace_->read_only() ? tr("The workspace is read-only")
                                                 : tr("Nothing is ticked"));
}

void ReplaceView::Replace() {
  std::vector<Replacement> chosen = Chosen();
  if (chosen.empty()) return;
  Q_EMIT flushWanted();
  const std::string label = tr("Replace “%1” by “%2”").arg(find_->text(), replacement_->text()).toStdString();
  replace_->setEnabled(false);
  workspace_->Read(
      this,
      [chosen = std::move(chosen), label, formats = &workspace_->formats()](uaf::Workspace& open) {
        return MakeReplacements(open, *formats, chosen, label);
      },
      [this](const absl::StatusOr<int>& made) {
        Q_EMIT told(!made.ok()   ? tr("Nothing was replaced: %1").arg(MessageOf(made.status()))
                    : *made == 1 ? tr("Replaced 1 value; Undo takes it back")
                                 : tr("Replaced %1 values; Undo takes them back").arg(*made));
        Search();
      });
}

}  // namespace ameide::workbench
