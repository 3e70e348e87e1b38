#pragma once

#include <QByteArray>
#include <QObject>
#include <QSize>
#include <QString>
#include <functional>

class QPrinter;

namespace ameide::modeler {
class BpmnEditor;
}  // namespace ameide::modeler

namespace ameide::workbench {

/// What a diagram can be saved as.
enum class PictureFormat { kSvg, kPng, kPdf };

/// By the end of a file's name; SVG for others.
PictureFormat PictureFormatOf(const QString& file);

/// Writes the diagram that is shown, or of it what is selected, to a file: SVG and PDF as lines, with text
/// that can be searched, PNG with two pixels for each unit. `done` is called once, later, with an empty text
/// or with what went wrong, for people; not at all when `context` ends before. An existing file is replaced
/// only by a whole one. UI thread.
void ExportDiagram(modeler::BpmnEditor* editor, PictureFormat format, bool selected_only, const QString& file,
                   QObject* context, std::function<void(QString error)> done);

/// Puts the picture on the clipboard, as SVG (with its text) or as an image. As ExportDiagram otherwise.
void CopyDiagram(modeler::BpmnEditor* editor, PictureFormat format, bool selected_only, QObject* context,
                 std::function<void(QString error)> done);

/// Prints the diagram on one page of the printer's paper, as large as fits and never larger than life.
void PrintDiagram(modeler::BpmnEditor* editor, QPrinter* printer, QObject* context,
                  std::function<void(QString error)> done);

}  // namespace ameide::workbench
