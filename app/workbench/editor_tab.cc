#include "app/workbench/editor_tab.h"

#include <QVBoxLayout>

namespace ameide::workbench {

EditorTab::EditorTab(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("editorPage"));
  setAttribute(Qt::WA_StyledBackground);
  layout_ = new QVBoxLayout(this);
  layout_->setContentsMargins(0, 0, 0, 0);
  layout_->setSpacing(0);
  banners_ = new BannerStack(theme, this);
  layout_->addWidget(banners_);
}

void EditorTab::SetContent(QWidget* content) {
  layout_->insertWidget(1, content, 1);
  setFocusProxy(content);
}

void EditorTab::SetFooter(QWidget* footer) { layout_->addWidget(footer); }

}  // namespace ameide::workbench
