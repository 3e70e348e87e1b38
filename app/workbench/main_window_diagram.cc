// The commands about the diagram that is shown: looking at it, taking it elsewhere, arranging it.
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QPrintDialog>
#include <QPrinter>
#include <memory>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/bpmn_tab.h"
#include "app/workbench/diagram_export.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/main_window.h"
#include "modeler/host/bpmn_editor.h"
#include "modeler/host/compare_canvas.h"

namespace ameide::workbench {
namespace {

/// Commands of bpmn-js's own, by what they are called there.
struct EditorAction {
  const char* id;
  const char* text;
  const char* action;
  const char* type;  ///< its option of that name; empty for none
};

constexpr EditorAction kArranging[] = {
    {"diagram.align_left", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Align left"), "alignElements",
     "left"},
    {"diagram.align_center", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Align centres"),
     "alignElements", "center"},
    {"diagram.align_right", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Align right"),
     "alignElements", "right"},
    {"diagram.align_top", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Align top"), "alignElements",
     "top"},
    {"diagram.align_middle", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Align middles"),
     "alignElements", "middle"},
    {"diagram.align_bottom", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Align bottom"),
     "alignElements", "bottom"},
    {"diagram.distribute_horizontally",
     QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Distribute horizontally"), "distributeElements",
     "horizontal"},
    {"diagram.distribute_vertically",
     QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Distribute vertically"), "distributeElements",
     "vertical"},
};

/// Colours of elements: fill and stroke that are legible together on light and on dark.
struct ElementColour {
  const char* id;
  const char* text;
  const char* fill;
  const char* stroke;
};

constexpr ElementColour kColours[] = {
    {"diagram.colour_none", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Colour: none"), "", ""},
    {"diagram.colour_blue", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Colour: blue"), "#BBDEFB",
     "#0D4372"},
    {"diagram.colour_green", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Colour: green"), "#C8E6C9",
     "#205022"},
    {"diagram.colour_orange", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Colour: orange"), "#FFE0B2",
     "#6B3C00"},
    {"diagram.colour_red", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Colour: red"), "#FFCDD2",
     "#831311"},
    {"diagram.colour_purple", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Colour: purple"), "#E1BEE7",
     "#5B176D"},
};

constexpr EditorAction kCopying[] = {
    {"diagram.copy", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Copy elements"), "copy", ""},
    {"diagram.cut", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Cut elements"), "cut", ""},
    {"diagram.paste", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Paste elements"), "paste", ""},
    {"diagram.duplicate", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Duplicate elements"),
     "duplicate", ""},
    {"diagram.select_all", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Select all elements"),
     "selectElements", ""},
    {"diagram.layout", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Lay out the diagram"), "layout",
     ""},
    {"diagram.find", QT_TRANSLATE_NOOP("ameide::workbench::MainWindow", "Find in the diagram"), "find", ""},
};

}  // namespace

void MainWindow::DeclareDiagramActions() {
  const QString group = tr("Diagram");
  const auto add = [&](const char* id, const QString& text, const char* icon, const QKeySequence& keys,
                       std::function<void()> run) {
    actions_->Add({QLatin1String(id), text, QLatin1String(icon), keys, group}, std::move(run));
  };
  const auto add_view = [&](const char* id, const QString& text, const char* icon, const QKeySequence& keys,
                            const char* command) {
    add(id, text, icon, keys, [this, command] {
      EditorTab* tab = editors_->current();
      if (tab == nullptr) return;
      if (auto* editor = tab->findChild<modeler::BpmnEditor*>()) editor->Command(QLatin1String(command));
      if (auto* canvas = tab->findChild<modeler::CompareCanvas*>()) canvas->Command(QLatin1String(command));
    });
  };
  add_view("diagram.zoom_in", tr("Zoom in"), "zoom-in", QKeySequence::ZoomIn, "zoomIn");
  add_view("diagram.zoom_out", tr("Zoom out"), "zoom-out", QKeySequence::ZoomOut, "zoomOut");
  add_view("diagram.zoom_fit", tr("Fit the diagram"), "zoom-fit", QKeySequence(tr("Ctrl+0")), "zoomFit");
  add_view("diagram.minimap", tr("Show or hide the minimap"), "", {}, "toggleMinimap");
  for (const EditorAction& action : kCopying) {
    add(action.id, tr(action.text), "", {}, [this, action] {
      if (auto* tab = qobject_cast<BpmnTab*>(editors_->current()))
        tab->editor()->Act(QLatin1String(action.action));
    });
  }
  for (const EditorAction& action : kArranging) {
    add(action.id, tr(action.text), "", {}, [this, action] {
      if (auto* tab = qobject_cast<BpmnTab*>(editors_->current()))
        tab->editor()->Act(QLatin1String(action.action), {{"type", QLatin1String(action.type)}});
    });
  }
  for (const ElementColour& colour : kColours) {
    add(colour.id, tr(colour.text), "", {}, [this, colour] {
      auto* tab = qobject_cast<BpmnTab*>(editors_->current());
      if (tab == nullptr) return;
      QJsonObject chosen;
      if (*colour.fill != '\0') chosen = {{"fill", colour.fill}, {"stroke", colour.stroke}};
      tab->editor()->Act(QStringLiteral("setColor"), chosen);
    });
  }
  add("diagram.text", tr("Open as text"), "file", {}, [this] { OpenAsText(); });
  add("diagram.export_svg", tr("Export the diagram as SVG…"), "document", {},
      [this] { OfferExport(QStringLiteral("svg")); });
  add("diagram.export_png", tr("Export the diagram as PNG…"), "document", {},
      [this] { OfferExport(QStringLiteral("png")); });
  add("diagram.export_pdf", tr("Export the diagram as PDF…"), "document", {},
      [this] { OfferExport(QStringLiteral("pdf")); });
  add("diagram.print", tr("Print the diagram…"), "document", QKeySequence::Print, [this] { OfferPrint(); });
  add("diagram.copy_svg", tr("Copy as SVG"), "copy", {}, [this] { CopyPicture(PictureFormat::kSvg); });
  add("diagram.copy_png", tr("Copy as image"), "copy", QKeySequence(tr("Ctrl+Alt+C")),
      [this] { CopyPicture(PictureFormat::kPng); });
}

void MainWindow::RefreshDiagramActions() {
  EditorTab* tab = editors_->current();
  const bool shown = tab != nullptr && tab->findChild<modeler::WebPage*>() != nullptr;
  const auto* diagram = qobject_cast<BpmnTab*>(tab);
  const QString none = tr("No diagram is open");
  for (const char* id : {"diagram.zoom_in", "diagram.zoom_out", "diagram.zoom_fit", "diagram.minimap"})
    actions_->SetEnabled(QLatin1String(id), shown, none);
  for (const char* id : {"diagram.text", "diagram.export_svg", "diagram.export_png", "diagram.export_pdf",
                         "diagram.print", "diagram.copy_svg", "diagram.copy_png"})
    actions_->SetEnabled(QLatin1String(id), diagram != nullptr, none);
  const bool writable = diagram != nullptr && !diagram->in_past() && !workspace_->read_only();
  const QString why = diagram == nullptr ? none : tr("This state cannot be changed");
  for (const EditorAction& action : kCopying) actions_->SetEnabled(QLatin1String(action.id), writable, why);
  for (const EditorAction& action : kArranging) actions_->SetEnabled(QLatin1String(action.id), writable, why);
  for (const ElementColour& colour : kColours) actions_->SetEnabled(QLatin1String(colour.id), writable, why);
}

void MainWindow::FillArrangeMenus(QMenu* menu) {
  menu->addSeparator();
  QMenu* arrange = menu->addMenu(tr("Arrange"));
  for (const EditorAction& action : kArranging) arrange->addAction(actions_->Get(QLatin1String(action.id)));
  QMenu* colour = menu->addMenu(tr("Colour"));
  for (const ElementColour& each : kColours) colour->addAction(actions_->Get(QLatin1String(each.id)));
}

void MainWindow::OfferExport(const QString& suffix) {
  auto* tab = qobject_cast<BpmnTab*>(editors_->current());
  if (tab == nullptr) return;
  auto* dialog = new QFileDialog(this, tr("Export the diagram"));
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilter(tr("%1 file (*.%2)").arg(suffix.toUpper(), suffix));
  dialog->setDefaultSuffix(suffix);
  dialog->selectFile(QFileInfo(tab->ToolTip()).completeBaseName() + QLatin1Char('.') + suffix);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QFileDialog::fileSelected, tab, [this, tab](const QString& file) {
    Tell(tr("Drawing…"));
    ExportDiagram(tab->editor(), PictureFormatOf(file), false, file, tab,
                  [this, tab, file](const QString& error) {
                    TellPicture(tab, error, tr("Exported to %1").arg(QDir::toNativeSeparators(file)));
                  });
  });
  dialog->open();
}

void MainWindow::OfferPrint() {
  auto* tab = qobject_cast<BpmnTab*>(editors_->current());
  if (tab == nullptr) return;
  auto printer = std::make_shared<QPrinter>(QPrinter::HighResolution);
  printer->setPageOrientation(QPageLayout::Landscape);
  printer->setDocName(tab->Title());
  auto* dialog = new QPrintDialog(printer.get(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, tab, [this, tab, printer] {
    PrintDiagram(tab->editor(), printer.get(), tab, [this, tab, printer](const QString& error) {
      TellPicture(tab, error, tr("Printed %1").arg(tab->Title()));
    });
  });
  // The printer lives as long as somebody may print on it.
  connect(dialog, &QObject::destroyed, tab, [printer] {});
  dialog->open();
}

void MainWindow::CopyPicture(PictureFormat format) {
  auto* tab = qobject_cast<BpmnTab*>(editors_->current());
  if (tab == nullptr) return;
  CopyDiagram(tab->editor(), format, true, tab, [this, tab, format](const QString& error) {
    TellPicture(tab, error, format == PictureFormat::kPng ? tr("Copied as image") : tr("Copied as SVG"));
  });
}

void MainWindow::TellPicture(BpmnTab* tab, const QString& error, const QString& success) {
  if (error.isEmpty()) {
    tab->banners()->Hide(QStringLiteral("picture"));
    return Tell(success);
  }
  tab->banners()->Show(
      QStringLiteral("picture"),
      {BannerText::Tone::kWarning, tr("The diagram was not drawn: %1").arg(error), QString(), {}});
}

}  // namespace ameide::workbench
