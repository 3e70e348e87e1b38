// What the window makes: new artifacts from templates, and the settings.
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/workbench/banner.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/main_window.h"
#include "app/workbench/settings_tab.h"
#include "app/workbench/templates.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

constexpr char kNewBanner[] = "new";

}  // namespace

void MainWindow::OfferNew() {
  auto* form = new QWidget;
  auto* row = new QHBoxLayout(form);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  auto* kind = new QComboBox(form);
  kind->setObjectName(QStringLiteral("newTemplate"));
  kind->setAccessibleName(tr("Begin with"));
  for (const Template& each : Templates()) kind->addItem(each.name);
  auto* name = new QLineEdit(form);
  name->setObjectName(QStringLiteral("newName"));
  name->setPlaceholderText(tr("Its name"));
  name->setAccessibleName(tr("Its name"));
  auto* path = new QLineEdit(form);
  path->setObjectName(QStringLiteral("newPath"));
  path->setAccessibleName(tr("Its file"));
  path->setToolTip(tr("The file in the workspace"));
  QPushButton* create = MakeButton(tr("Create"), "primary", form);
  create->setObjectName(QStringLiteral("newCreate"));
  QPushButton* cancel = MakeButton(tr("Cancel"), "plain", form);
  row->addWidget(MakeLabel(tr("New"), "heading", form));
  row->addWidget(kind);
  row->addWidget(name, 2);
  row->addWidget(path, 2);
  row->addWidget(create);
  row->addWidget(cancel);
  const auto refresh = [kind, name, path, create] {
    if (!path->isModified())
      path->setText(PathFor(Templates()[static_cast<size_t>(kind->currentIndex())], name->text()));
    create->setEnabled(!name->text().trimmed().isEmpty() && !path->text().trimmed().isEmpty());
  };
  connect(name, &QLineEdit::textChanged, form, refresh);
  connect(path, &QLineEdit::textChanged, form, refresh);
  connect(kind, &QComboBox::currentIndexChanged, form, refresh);
  refresh();
  connect(name, &QLineEdit::returnPressed, create, &QPushButton::click);
  connect(path, &QLineEdit::returnPressed, create, &QPushButton::click);
  connect(cancel, &QPushButton::clicked, this, [this] { banners_->Hide(QLatin1String(kNewBanner)); });
  connect(create, &QPushButton::clicked, this, [this, kind, name, path] {
    CreateFrom(Templates()[static_cast<size_t>(kind->currentIndex())], name->text().trimmed(),
               path->text().trimmed());
  });
  banners_->ShowWidget(QLatin1String(kNewBanner), BannerText::Tone::kInfo, form);
  name->setFocus();
}

void MainWindow::CreateFrom(const Template& chosen, const QString& name, const QString& path) {
  workspace_->Read(
      this,
      [path = path.toStdString(), bytes = FilledIn(chosen, name),
       label =
           tr("Create %1").arg(name).toStdString()](uaf::Workspace& open) -> absl::StatusOr<uaf::Receipt> {
        AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, open.Artifacts());
        const bool taken = std::ranges::any_of(
            artifacts, [&](const uaf::Artifact& artifact) { return artifact.path == path; });
        std::error_code error;
        if (taken || std::filesystem::exists(open.root() / path, error))
          return absl::AlreadyExistsError(path + " is there already; choose another file");
        return open.Create(path, bytes, label);
      },
      [this, path](const absl::StatusOr<uaf::Receipt>& receipt) {
        if (!receipt.ok()) {
          banners_->Show(QStringLiteral("newFailed"), {BannerText::Tone::kWarning,
                                                       tr("Not created: %1").arg(MessageOf(receipt.status())),
                                                       QString(),
                                                       {}});
          return;
        }
        banners_->Hide(QStringLiteral("newFailed"));
        banners_->Hide(QLatin1String(kNewBanner));
        created_ = path;
        OpenCreated();
      });
}

void MainWindow::OpenCreated() {
  if (created_.isEmpty() || !workspace_->FindPath(created_)) return;
  OpenArtifact(std::exchange(created_, QString()));
}

void MainWindow::OpenSettings() {
  if (EditorTab* open = editors_->Find(QStringLiteral("settings"))) return editors_->Show(open);
  auto* tab = new SettingsTab(theme_, workspace_, problems_model_, editors_);
  connect(tab, &SettingsTab::themeChosen, this,
          [this](int choice) { ChooseTheme(static_cast<ThemeChoice>(choice)); });
  editors_->Add(tab);
  tab->FocusContent();
}

}  // namespace ameide::workbench
