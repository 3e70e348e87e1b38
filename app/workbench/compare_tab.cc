#include "app/workbench/compare_tab.h"

#include <QDateEdit>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTextBlock>
#include <QToolButton>
#include <QVBoxLayout>
#include <utility>

#include "app/workbench/compare_canvas_changes.h"
#include "app/workbench/compare_list.h"
#include "app/workbench/compare_report.h"
#include "app/workbench/model_canvas.h"
#include "app/workbench/text_editor.h"
#include "app/workbench/theme.h"
#include "modeler/host/compare_canvas.h"

namespace ameide::workbench {
namespace {

constexpr int kListWidth = 340;
constexpr int kDaysBack = 90;

/// A moment as Workspace::ResolveCut takes it.
QString Moment(const QDateTime& time) { return time.toUTC().toString(Qt::ISODate); }

/// Lines that came and went in their colours.
void Colour(QPlainTextEdit* text, const Theme* theme) {
  QList<QTextEdit::ExtraSelection> marks;
  for (QTextBlock block = text->document()->begin(); block.isValid(); block = block.next()) {
    const QString line = block.text();
    const bool header = line.startsWith(QLatin1String("+++")) || line.startsWith(QLatin1String("---"));
    QString role;
    if (line.startsWith(QLatin1Char('+')) && !header) role = QStringLiteral("success-soft");
    if (line.startsWith(QLatin1Char('-')) && !header) role = QStringLiteral("error-soft");
    if (line.startsWith(QLatin1String("@@"))) role = QStringLiteral("hover");
    if (role.isEmpty()) continue;
    QTextEdit::ExtraSelection mark;
    mark.cursor = QTextCursor(block);
    mark.format.setBackground(theme->Colour(role));
    mark.format.setProperty(QTextFormat::FullWidthSelection, true);
    marks.append(mark);
  }
  text->setExtraSelections(marks);
}

}  // namespace

CompareTab::CompareTab(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : EditorTab(theme, parent), workspace_(workspace) {
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(BuildBar());
  parts_ = new QSplitter(Qt::Horizontal, content);
  parts_->setChildrenCollapsible(false);
  parts_->setHandleWidth(1);
  stack_ = new QStackedWidget(parts_);
  said_ = MakeLabel(QString(), "muted", stack_);
  said_->setObjectName(QStringLiteral("compareSaid"));
  said_->setAlignment(Qt::AlignCenter);
  said_->setWordWrap(true);
  text_ = MakeTextEditor(theme, stack_);
  text_->setObjectName(QStringLiteral("compareLines"));
  text_->setReadOnly(true);
  text_->setAccessibleName(tr("What differs, line by line"));
  model_canvas_ = new ModelCanvas(theme, stack_);
  stack_->addWidget(said_);
  stack_->addWidget(text_);
  stack_->addWidget(model_canvas_);
  connect(model_canvas_, &ModelCanvas::selected, this,
          [this](const QString& element) { list_->Reveal(shown_, element); });
  list_ = new CompareList(theme, parts_);
  parts_->addWidget(stack_);
  parts_->addWidget(list_);
  parts_->setStretchFactor(0, 1);
  parts_->setStretchFactor(1, 0);
  parts_->setSizes({1000, kListWidth});
  column->addWidget(parts_, 1);
  SetContent(content);
  setFocusProxy(nullptr);
  connect(list_, &CompareList::picked, this, &CompareTab::OnPicked);
  connect(theme, &Theme::changed, this, [this] { Colour(text_, this->theme()); });
}

QWidget* CompareTab::BuildBar() {
  auto* bar = new QWidget(this);
  bar->setObjectName(QStringLiteral("compareBar"));
  bar->setAttribute(Qt::WA_StyledBackground);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(3 * kGrid, kGrid, 2 * kGrid, kGrid);
  row->setSpacing(2 * kGrid);
  states_ = new QLabel(bar);
  states_->setObjectName(QStringLiteral("compareStates"));
  row->addWidget(states_);
  dates_ = new QWidget(bar);
  auto* days = new QHBoxLayout(dates_);
  days->setContentsMargins(0, 0, 0, 0);
  since_ = new QDateEdit(QDate::currentDate().addDays(-kDaysBack), dates_);
  since_->setObjectName(QStringLiteral("compareSince"));
  since_->setAccessibleName(tr("Compare the beginning of this day"));
  until_ = new QDateEdit(QDate::currentDate(), dates_);
  until_->setObjectName(QStringLiteral("compareUntil"));
  until_->setAccessibleName(tr("with the end of this day"));
  days->addWidget(new QLabel(tr("From"), dates_));
  days->addWidget(since_);
  days->addWidget(new QLabel(tr("to"), dates_));
  days->addWidget(until_);
  for (QDateEdit* day : {since_, until_}) {
    day->setCalendarPopup(true);
    connect(day, &QDateEdit::dateChanged, this, &CompareTab::OnDates);
  }
  row->addWidget(dates_);
  summary_ = MakeLabel(QString(), "muted", bar);
  summary_->setObjectName(QStringLiteral("compareSummary"));
  row->addWidget(summary_);
  progress_ = new QProgressBar(bar);
  progress_->setFixedWidth(120);
  progress_->setTextVisible(false);
  progress_->hide();
  row->addWidget(progress_);
  cancel_ = MakeButton(tr("Cancel"), "link", bar);
  cancel_->hide();
  row->addWidget(cancel_);
  connect(cancel_, &QPushButton::clicked, this, [this] {
    waiting_.clear();
    ++asked_;
    Finish(absl::OkStatus());
  });
  row->addStretch(1);
  const auto tool = [&](const char* name, const char* icon, const QString& says, int by) {
    auto* button = new QToolButton(bar);
    button->setObjectName(QLatin1String(name));
    button->setIcon(theme()->Icon(QLatin1String(icon)));
    button->setToolTip(says);
    button->setAccessibleName(says);
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, [this, by] { Step(by); });
    row->addWidget(button);
    return button;
  };
  previous_ = tool("comparePrevious", "push", tr("Previous change (Alt+Up)"), -1);
  next_ = tool("compareNext", "pull", tr("Next change (Alt+Down)"), 1);
  side_ = MakeButton(tr("Side by side"), "plain", bar);
  side_->setObjectName(QStringLiteral("compareSide"));
  side_->setCheckable(true);
  connect(side_, &QPushButton::toggled, this, &CompareTab::SetSideBySide);
  row->addWidget(side_);
  as_lines_ = MakeButton(tr("Lines"), "plain", bar);
  as_lines_->setObjectName(QStringLiteral("compareAsLines"));
  as_lines_->setCheckable(true);
  as_lines_->setToolTip(tr("Show what differs line by line"));
  as_lines_->hide();
  connect(as_lines_, &QPushButton::toggled, this, [this] {
    if (shown_ < 0) return;
    const int number = std::exchange(shown_, -1);
    ShowArtifact(number);
  });
  row->addWidget(as_lines_);
  report_ = MakeButton(tr("Save report…"), "plain", bar);
  report_->setObjectName(QStringLiteral("compareReport"));
  connect(report_, &QPushButton::clicked, this, &CompareTab::OfferReport);
  row->addWidget(report_);
  return bar;
}

QString CompareTab::Title() const {
  if (of_files()) return tr("Compare %1").arg(QFileInfo(request_.file).fileName());
  return request_.path.isEmpty() ? tr("Compare workspace")
                                 : tr("Compare %1").arg(QFileInfo(request_.path).fileName());
}

QString CompareTab::ToolTip() const {
  return tr("%1: %2 compared with %3")
      .arg(of_files()                ? tr("Two files")
           : request_.path.isEmpty() ? workspace_->name()
                                     : request_.path,
           request_.before.when, request_.after.when);
}

void CompareTab::FocusContent() { list_->FocusList(); }

void CompareTab::Say(const QString& text) {
  said_->setText(text);
  stack_->setCurrentWidget(said_);
}

void CompareTab::Show(const CompareRequest& request) {
  request_ = request;
  dates_->setVisible(request.dates);
  states_->setVisible(!request.dates);
  states_->setText(QStringLiteral("%1  →  %2").arg(request.before.when, request.after.when));
  states_->setToolTip(QStringLiteral("%1\n%2").arg(request.before.what, request.after.what));
  if (request.dates) return OnDates();
  LoadTouched();
}

void CompareTab::OnDates() {
  const QDate first = std::min(since_->date(), until_->date());
  const QDate last = std::max(since_->date(), until_->date());
  const auto day = [](const QDate& date) { return QLocale().toString(date, QLocale::ShortFormat); };
  request_.before = {day(first), QString(), Moment(first.startOfDay())};
  // Today is not over: what is there now.
  request_.after = {
      day(last), QString(),
      last >= QDate::currentDate() ? QStringLiteral("now") : Moment(last.addDays(1).startOfDay())};
  LoadTouched();
}

void CompareTab::LoadTouched() {
  const uint64_t asked = ++asked_;
  waiting_.clear();
  compared_.clear();
  list_->Clear();
  shown_ = -1;
  loading_ = true;
  painted_ = false;
  summary_->clear();
  Say(tr("Comparing…"));
  Q_EMIT changed();
  const std::string before = request_.before.revision.toStdString();
  const std::string after = request_.after.revision.toStdString();
  const auto artifact = workspace_->FindPath(request_.path);
  if (!request_.path.isEmpty() && !artifact)
    return Finish(absl::NotFoundError("the artifact is not there any more"));
  const auto take_files = [this, asked](absl::StatusOr<std::vector<ComparedArtifact>> compared) {
    if (asked != asked_) return;
    const absl::Status status = compared.status();
    if (status.ok()) Take(std::move(compared));
    Finish(status);
  };
  if (of_files()) {
    return workspace_->Compute(
        this,
        [one = request_.file.toStdString(), two = request_.other_file.toStdString(),
         formats = &workspace_->formats()] { return CompareFiles(*formats, one, two); },
        take_files);
  }
  if (!request_.file.isEmpty()) {
    workspace_->Read(
        this,
        [artifact = *artifact, file = request_.file.toStdString(), formats = &workspace_->formats()](
            uaf::Workspace& open) { return CompareWithFile(open, *formats, artifact, file); },
        take_files);
    return;
  }
  if (artifact) {
    waiting_.push_back(*artifact);
    return LoadNext(1);
  }
  workspace_->Read(
      this, [before, after](uaf::Workspace& open) { return TouchedBetween(open, before, after); },
      [this, asked](absl::StatusOr<std::vector<uaf::Artifact>> touched) {
        if (asked != asked_) return;
        if (!touched.ok()) return Finish(touched.status());
        waiting_.assign(touched->begin(), touched->end());
        LoadNext(waiting_.size());
      });
}

void CompareTab::LoadNext(size_t all) {
  const size_t done = all - waiting_.size();
  progress_->setVisible(all > 1);
  cancel_->setVisible(all > 1);
  progress_->setRange(0, static_cast<int>(all));
  progress_->setValue(static_cast<int>(done));
  if (waiting_.empty()) return Finish(absl::OkStatus());
  const uaf::ArtifactId artifact = waiting_.front().id;
  waiting_.pop_front();
  workspace_->Read(
      this,
      [artifact, before = request_.before.revision.toStdString(),
       after = request_.after.revision.toStdString(), formats = &workspace_->formats()](
          uaf::Workspace& open) { return CompareStates(open, *formats, before, after, artifact); },
      [this, all, asked = asked_](absl::StatusOr<std::vector<ComparedArtifact>> compared) {
        if (asked != asked_) return;
        if (!compared.ok()) return Finish(compared.status());
        Take(std::move(compared));
        LoadNext(all);
      });
}

void CompareTab::Take(absl::StatusOr<std::vector<ComparedArtifact>> compared) {
  for (ComparedArtifact& artifact : *compared) {
    list_->Add(artifact, static_cast<int>(compared_.size()), request_.path.isEmpty() && !of_files());
    compared_.push_back(std::move(artifact));
  }
  summary_->setText(Summary());
  if (shown_ < 0 && !compared_.empty()) ShowArtifact(0);
}

void CompareTab::Finish(const absl::Status& status) {
  loading_ = false;
  progress_->hide();
  cancel_->hide();
  for (QWidget* widget :
       {static_cast<QWidget*>(previous_), static_cast<QWidget*>(next_), static_cast<QWidget*>(report_)}) {
    widget->setEnabled(!compared_.empty());
  }
  if (!status.ok()) {
    painted_ = true;
    Say(tr("These states cannot be compared: %1").arg(MessageOf(status)));
  } else if (compared_.empty()) {
    painted_ = true;
    Say(tr("Nothing differs between these two states."));
  }
  Q_EMIT changed();
}

QString CompareTab::Summary() const {
  int counts[4] = {};
  for (const ComparedArtifact& artifact : compared_) {
    if (artifact.elements.empty()) ++counts[!artifact.before ? 0 : !artifact.after ? 1 : 2];
    for (const ComparedElement& element : artifact.elements) ++counts[static_cast<size_t>(element.kind)];
  }
  QStringList parts;
  if (counts[0] > 0) parts.append(tr("%1 added").arg(counts[0]));
  if (counts[1] > 0) parts.append(tr("%1 removed").arg(counts[1]));
  if (counts[2] > 0) parts.append(tr("%1 changed").arg(counts[2]));
  if (counts[3] > 0) parts.append(tr("%1 moved").arg(counts[3]));
  return parts.join(QStringLiteral(" · "));
}

void CompareTab::ShowArtifact(int number) {
  if (number == shown_) return;
  shown_ = number;
  const ComparedArtifact& artifact = compared_[static_cast<size_t>(number)];
  side_->setEnabled(artifact.diagram);
  side_->setToolTip(artifact.diagram ? QString() : tr("Only BPMN diagrams are shown side by side"));
  const bool drawn = !artifact.drawings_before.empty() || !artifact.drawings_after.empty();
  as_lines_->setVisible(drawn && !artifact.lines.isEmpty());
  if (artifact.diagram) return ShowOnCanvas(artifact);
  painted_ = true;
  if (!drawn || (as_lines_->isChecked() && !artifact.lines.isEmpty())) return ShowLines(artifact);
  model_canvas_->Show(artifact);
  stack_->setCurrentWidget(model_canvas_);
}

void CompareTab::ShowLines(const ComparedArtifact& artifact) {
  // Of a file that was only renamed git has no more to say than that.
  if (artifact.renamed_from && !artifact.lines.contains(QLatin1String("@@")))
    return Say(tr("%1 was %2 before. Nothing else differs.").arg(artifact.path, *artifact.renamed_from));
  if (artifact.lines.isEmpty())
    return Say(tr("%1 is kept as a whole file; its versions cannot be shown here.").arg(artifact.path));
  text_->setPlainText(artifact.lines);
  Colour(text_, theme());
  stack_->setCurrentWidget(text_);
}

void CompareTab::ShowOnCanvas(const ComparedArtifact& artifact) {
  if (canvas_ == nullptr) {
    canvas_ = new modeler::CompareCanvas(stack_);
    canvas_->SetColours(theme()->CssVariables(), theme()->dark());
    stack_->addWidget(canvas_);
    connect(theme(), &Theme::changed, canvas_,
            [this] { canvas_->SetColours(theme()->CssVariables(), theme()->dark()); });
    connect(canvas_, &modeler::CompareCanvas::painted, this, [this] {
      painted_ = true;
      banners()->Hide(QStringLiteral("web"));
      if (!wanted_.isEmpty()) canvas_->SelectElement(std::exchange(wanted_, QString()));
    });
    connect(canvas_, &modeler::CompareCanvas::selected, this,
            [this](const QString& element) { list_->Reveal(shown_, element); });
    connect(canvas_, &modeler::CompareCanvas::stepRequested, this, &CompareTab::Step);
    connect(canvas_, &modeler::CompareCanvas::commandSearchRequested, this,
            &CompareTab::commandSearchRequested);
    connect(canvas_, &modeler::CompareCanvas::problem, this, [this](const QString& why) {
      painted_ = true;
      banners()->Show(QStringLiteral("web"), {BannerText::Tone::kWarning,
                                              tr("The diagrams cannot be shown beside the list: %1").arg(why),
                                              QString(),
                                              {}});
    });
  }
  painted_ = false;
  canvas_->SetSideBySide(side_->isChecked());
  canvas_->Open(artifact.before, artifact.after, CanvasChanges(artifact));
  stack_->setCurrentWidget(canvas_);
}

void CompareTab::OnPicked(int artifact, int element) {
  ShowArtifact(artifact);
  if (element < 0) return;
  const ComparedArtifact& compared = compared_[static_cast<size_t>(artifact)];
  const ComparedElement& picked = compared.elements[static_cast<size_t>(element)];
  if (compared.diagram) {
    if (!painted_) {
      wanted_ = picked.element;
    } else if (canvas_ != nullptr) {
      canvas_->SelectElement(picked.element);
    }
    return;
  }
  if (stack_->currentWidget() == model_canvas_) return model_canvas_->SelectElement(picked.element);
  const QString words = picked.element.isEmpty() ? picked.name : picked.element;
  QTextCursor found = text_->document()->find(words);
  if (found.isNull()) found = text_->document()->find(picked.name);
  if (found.isNull()) return;
  text_->setTextCursor(found);
  text_->centerCursor();
}

void CompareTab::Step(int by) { list_->Step(by); }

bool CompareTab::side_by_side() const { return side_->isChecked(); }

void CompareTab::SetSideBySide(bool side) {
  side_->setChecked(side);
  if (canvas_ != nullptr) canvas_->SetSideBySide(side);
}

void CompareTab::OfferReport() {
  auto* dialog = new QFileDialog(this, tr("Save report"));
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters({tr("Web page (*.html)"), tr("For printing (*.pdf)")});
  dialog->setDefaultSuffix(QStringLiteral("html"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
    dialog->setDefaultSuffix(filter.contains(QLatin1String("pdf")) ? QStringLiteral("pdf")
                                                                   : QStringLiteral("html"));
  });
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) {
    WriteReport(file, [this, file](const QString& error) {
      BannerText told{
          error.isEmpty() ? BannerText::Tone::kSuccess : BannerText::Tone::kError, QString(), QString(), {}};
      told.text = error.isEmpty() ? tr("Saved the report as %1").arg(QFileInfo(file).fileName())
                                  : tr("The report was not saved: %1").arg(error);
      banners()->Show(QStringLiteral("report"), told);
    });
  });
  dialog->open();
}

void CompareTab::WriteReport(const QString& file, std::function<void(QString error)> done) {
  ReportText text;
  text.title = of_files()                ? QFileInfo(request_.file).fileName()
               : request_.path.isEmpty() ? workspace_->name()
                                         : request_.path;
  text.before = request_.before;
  text.after = request_.after;
  text.summary = Summary();
  WriteComparisonReport(text, compared_, file, this, std::move(done));
}

}  // namespace ameide::workbench
