#include "app/workbench/settings_tab.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QStyle>
#include <QVBoxLayout>

#include "app/workbench/banner.h"
#include "app/workbench/language.h"
#include "app/workbench/problems.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"
#include "base/platform/paths.h"

namespace ameide::workbench {
namespace {

constexpr char kMotionKey[] = "animateTokens";

constexpr int kWidth = 640;

}  // namespace

SettingsTab::SettingsTab(const Theme* theme, WorkspaceService* workspace, ProblemsModel* problems,
                         QWidget* parent)
    : EditorTab(theme, parent), workspace_(workspace), problems_(problems) {
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* outer = new QWidget(scroll);
  auto* row = new QHBoxLayout(outer);
  row->setContentsMargins(24, 24, 24, 24);
  body_ = new QWidget(outer);
  body_->setMaximumWidth(kWidth);
  auto* column = new QVBoxLayout(body_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(24);
  column->addWidget(MakeLabel(tr("Settings"), "title", body_));
  row->addWidget(body_, 1);
  row->addStretch(1);
  scroll->setWidget(outer);
  SetContent(scroll);
  BuildAppearance();
  BuildLanguage();
  BuildChecking();
  BuildAuthor();
  BuildFolders();
  column->addStretch(1);
  connect(theme, &Theme::changed, this, &SettingsTab::Refresh);
  connect(problems_, &ProblemsModel::targetChanged, this, &SettingsTab::Refresh);
  connect(workspace_, &WorkspaceService::opened, this, &SettingsTab::Refresh);
  connect(workspace_, &WorkspaceService::closed, this, &SettingsTab::Refresh);
  Refresh();
}

void SettingsTab::FocusContent() { appearance_->setFocus(); }

QVBoxLayout* SettingsTab::Section(const QString& heading, const QString& explanation) {
  auto* section = new QVBoxLayout;
  section->setSpacing(8);
  section->addWidget(MakeLabel(heading, "heading", body_));
  auto* text = MakeLabel(explanation, "muted", body_);
  text->setWordWrap(true);
  section->addWidget(text);
  static_cast<QVBoxLayout*>(body_->layout())->addLayout(section);
  return section;
}

void SettingsTab::BuildAppearance() {
  QVBoxLayout* section =
      Section(tr("Appearance"), tr("Holds for you on this machine, in all workspaces. Pictures that you "
                                   "export are dark on white whatever you choose."));
  appearance_ = new QComboBox(body_);
  appearance_->setObjectName(QStringLiteral("settingsTheme"));
  appearance_->setAccessibleName(tr("Appearance"));
  appearance_->addItem(tr("Like the system"), static_cast<int>(ThemeChoice::kSystem));
  appearance_->addItem(tr("Light"), static_cast<int>(ThemeChoice::kLight));
  appearance_->addItem(tr("Dark"), static_cast<int>(ThemeChoice::kDark));
  appearance_->setMaximumWidth(280);
  section->addWidget(appearance_);
  connect(appearance_, &QComboBox::activated, this,
          [this] { Q_EMIT themeChosen(appearance_->currentData().toInt()); });
  auto* motion = new QCheckBox(tr("Let tokens travel over the diagram when a process is played"), body_);
  motion->setObjectName(QStringLiteral("settingsMotion"));
  motion->setToolTip(tr("Where the system asks for less motion, nothing moves whatever is chosen here"));
  motion->setChecked(QSettings().value(QLatin1String(kMotionKey), true).toBool());
  section->addWidget(motion);
  connect(motion, &QCheckBox::toggled, this,
          [](bool chosen) { QSettings().setValue(QLatin1String(kMotionKey), chosen); });
}

bool SettingsTab::AnimatesTokens() {
  // Desktops tell Qt whether they want effects; the page asks its engine, too.
  return QSettings().value(QLatin1String(kMotionKey), true).toBool() &&
         qApp->style()->styleHint(QStyle::SH_Widget_Animation_Duration) != 0;
}

void SettingsTab::BuildLanguage() {
  QVBoxLayout* section =
      Section(tr("Language"),
              tr("Of menus, messages, dates and numbers. Holds for you on this machine, from the next "
                 "start of the program on. Your models and their history are not translated."));
  language_ = new QComboBox(body_);
  language_->setObjectName(QStringLiteral("settingsLanguage"));
  language_->setAccessibleName(tr("Language"));
  for (const Language& language : Languages()) {
    language_->addItem(language.id.isEmpty() ? tr("Like the system") : language.name, language.id);
  }
  language_->setMaximumWidth(280);
  language_->setCurrentIndex(language_->findData(ChosenLanguage()));
  section->addWidget(language_);
  language_note_ = MakeLabel(QString(), "muted", body_);
  language_note_->setObjectName(QStringLiteral("settingsLanguageNote"));
  section->addWidget(language_note_);
  connect(language_, &QComboBox::activated, this, [this] {
    ChooseLanguage(language_->currentData().toString());
    ShowLanguageNote();
  });
  ShowLanguageNote();
}

void SettingsTab::ShowLanguageNote() {
  const QString chosen = ChosenLanguage();
  const QString next = chosen.isEmpty() ? SystemLanguage() : chosen;
  language_note_->setVisible(next != UsedLanguage());
  for (const Language& language : Languages()) {
    if (language.id == next) language_note_->setText(tr("From the next start on: %1").arg(language.name));
  }
}

void SettingsTab::BuildChecking() {
  QVBoxLayout* section = Section(
      tr("What models are checked for"),
      tr("Where the processes of this workspace are to run. Holds for this workspace on this machine."));
  target_ = new QComboBox(body_);
  target_->setObjectName(QStringLiteral("settingsTarget"));
  target_->setAccessibleName(tr("What models are checked for"));
  target_->setMaximumWidth(280);
  for (const LintTarget& target : LintTargets()) target_->addItem(target.name, target.id);
  section->addWidget(target_);
  target_explanation_ = MakeLabel(QString(), "muted", body_);
  target_explanation_->setWordWrap(true);
  section->addWidget(target_explanation_);
  connect(target_, &QComboBox::activated, this,
          [this] { problems_->SetTarget(target_->currentData().toString()); });
}

void SettingsTab::BuildAuthor() {
  QVBoxLayout* section = Section(
      tr("Who you are"), tr("The name and address that your changes and commits carry. Kept in the git "
                            "configuration of this workspace."));
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  const auto field = [&](const char* object, const QString& text) {
    auto* edit = new QLineEdit(body_);
    edit->setObjectName(QLatin1String(object));
    edit->setPlaceholderText(text);
    edit->setAccessibleName(text);
    row->addWidget(edit, 1);
    return edit;
  };
  name_ = field("settingsName", tr("Your name"));
  email_ = field("settingsEmail", tr("Your e-mail address"));
  save_ = MakeButton(tr("Save"), "plain", body_);
  save_->setObjectName(QStringLiteral("settingsSaveAuthor"));
  row->addWidget(save_);
  section->addLayout(row);
  saved_ = MakeLabel(QString(), "muted", body_);
  section->addWidget(saved_);
  connect(save_, &QPushButton::clicked, this, &SettingsTab::SaveAuthor);
}

void SettingsTab::BuildFolders() {
  QVBoxLayout* section =
      Section(tr("Where things are"),
              tr("Every edit is kept in the workspace at once; what belongs to you alone is in "
                 "your profile. Nothing is sent anywhere unless you push or publish."));
  folder_ = MakeLabel(QString(), "muted", body_);
  folder_->setObjectName(QStringLiteral("settingsFolders"));
  folder_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  folder_->setWordWrap(true);
  section->addWidget(folder_);
}

void SettingsTab::SaveAuthor() {
  const QString name = name_->text().trimmed();
  const QString email = email_->text().trimmed();
  SetInvalid(name_, name.isEmpty());
  SetInvalid(email_, !email.contains(QLatin1Char('@')));
  if (name.isEmpty() || !email.contains(QLatin1Char('@')))
    return saved_->setText(tr("A name and an e-mail address with an @ are needed."));
  workspace_->SetIdentity(name, email, this, [this](const absl::Status& status) {
    saved_->setText(status.ok() ? tr("Saved. Changes from now on carry it.") : MessageOf(status));
    SetRole(saved_, status.ok() ? "success" : "error");
  });
}

void SettingsTab::Refresh() {
  appearance_->setCurrentIndex(appearance_->findData(static_cast<int>(theme()->choice())));
  target_->setCurrentIndex(target_->findData(problems_->target()));
  for (const LintTarget& target : LintTargets()) {
    if (target.id == problems_->target()) target_explanation_->setText(target.explanation);
  }
  const bool open = workspace_->is_open();
  const bool writable = open && !workspace_->read_only();
  target_->setEnabled(open);
  for (QWidget* widget :
       {static_cast<QWidget*>(name_), static_cast<QWidget*>(email_), static_cast<QWidget*>(save_)}) {
    widget->setEnabled(writable);
    widget->setToolTip(writable ? QString()
                       : open   ? tr("The workspace is read-only")
                                : tr("No workspace is open"));
  }
  const absl::StatusOr<ProfilePaths> profile = CurrentProfile();
  QStringList lines;
  lines << (open ? tr("Workspace: %1").arg(QDir::toNativeSeparators(workspace_->root()))
                 : tr("No workspace is open."));
  if (profile.ok()) lines << tr("Profile: %1").arg(QString::fromStdString(profile->data.string()));
  folder_->setText(lines.join(QLatin1Char('\n')));
  if (!open) return;
  workspace_->Read(
      this, [](const uaf::Workspace& workspace) { return workspace.actor(); },
      [this](const uaf::Actor& actor) {
        const auto show = [](QLineEdit* edit, const std::string& text) {
          if (edit->isModified()) return;
          edit->setText(ToQString(text));
          edit->setCursorPosition(0);
        };
        show(name_, actor.name);
        show(email_, actor.email);
      });
}

}  // namespace ameide::workbench
