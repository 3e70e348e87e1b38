#include "app/workbench/diagram_export.h"

#include <QClipboard>
#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QMimeData>
#include <QPageLayout>
#include <QPointer>
#include <QPrinter>
#include <QSaveFile>
#include <QTemporaryFile>
#include <QWebEnginePage>
#include <QWebEngineProfile>
#include <QWebEngineSettings>
#include <QWebEngineView>
#include <algorithm>
#include <memory>
#include <utility>

#include "app/workbench/worker.h"
#include "app/workbench/workspace_service.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

constexpr int kPngScale = 2;
/// Units of a drawing are CSS pixels; PDF counts points.
constexpr double kPointsPerUnit = 72.0 / 96.0;
/// The longest side of a page that readers take: 200 inches.
constexpr double kLongestPage = 14400;

using Done = std::function<void(QString)>;

/// Writes bytes off the UI thread.
void WriteFile(const QString& file, const QByteArray& bytes, QObject* context, Done done) {
  auto* worker = new Worker(context);
  worker->Run(
      worker,
      [file, bytes]() -> QString {
        QSaveFile out(file);
        if (!out.open(QIODevice::WriteOnly)) return out.errorString();
        out.write(bytes);
        return out.commit() ? QString() : out.errorString();
      },
      [worker, done = std::move(done)](const QString& error) {
        done(error);
        worker->deleteLater();
      });
}

/// A page without scripts that holds nothing but the drawing, on a sheet of its size or fitted to the paper.
/// The browser prints a file: a page that is handed over in memory may not be large.
class DrawingPage : public QObject {
 public:
  DrawingPage(const modeler::DiagramPicture& picture, bool fit, QObject* parent)
      : QObject(parent), scratch_(QDir::tempPath() + QStringLiteral("/ameide-drawing-XXXXXX.html")) {
    QByteArray svg = picture.svg;
    svg.remove(0, std::max<qsizetype>(0, svg.indexOf("<svg")));
    const QByteArray size =
        fit ? QByteArray(
                  "@page { margin: 10mm } svg { max-width: 100%; max-height: 98vh; width: auto; height: "
                  "auto; "
                  "display: block }")
            : QByteArray("@page { margin: 0 } svg { display: block; width: 100vw; height: 100vh }");
    const bool written =
        scratch_.open() &&
        scratch_.write(
            "<!doctype html><html><head><meta charset=\"utf-8\"><style>html, body { margin: 0; overflow: "
            "hidden } " +
            size + "</style></head><body>" + svg + "</body></html>") > 0 &&
        scratch_.flush();
    if (!written) error_ = scratch_.errorString();
    view_.setPage(new QWebEnginePage(new QWebEngineProfile(this), &view_));
    view_.page()->settings()->setAttribute(QWebEngineSettings::JavascriptEnabled, false);
  }

  /// Calls `ready` when the drawing is there; with what went wrong otherwise.
  void Load(std::function<void(QString)> ready) {
    if (!error_.isEmpty()) return ready(error_);
    connect(view_.page(), &QWebEnginePage::loadFinished, this, [ready = std::move(ready)](bool loaded) {
      ready(loaded ? QString() : QObject::tr("the drawing cannot be shown"));
    });
    view_.load(QUrl::fromLocalFile(scratch_.fileName()));
  }
  QWebEngineView& view() { return view_; }

 private:
  QTemporaryFile scratch_;
  QString error_;
  QWebEngineView view_;
};

void WritePdf(const modeler::DiagramPicture& picture, const QString& file, QObject* context, Done done) {
  auto* page = new DrawingPage(picture, false, context);
  page->Load([page, file, context, size = QSizeF(picture.size) * kPointsPerUnit,
              done = std::move(done)](const QString& error) {
    if (!error.isEmpty()) {
      page->deleteLater();
      return done(error);
    }
    const QSizeF sheet = size * std::min(1.0, kLongestPage / std::max(size.width(), size.height()));
    const QPageLayout layout(QPageSize(sheet, QPageSize::Point, QString(), QPageSize::ExactMatch),
                             QPageLayout::Portrait, QMarginsF());
    page->view().page()->printToPdf(
        [page, file, context, done](const QByteArray& pdf) {
          // Not from inside the page's own call.
          page->deleteLater();
          if (pdf.isEmpty()) return done(QObject::tr("the browser cannot print this drawing"));
          WriteFile(file, pdf, context, done);
        },
        layout);
  });
}

/// Draws and hands over; `use` is not called when there is no picture.
void WithPicture(modeler::BpmnEditor* editor, PictureFormat format, bool selected_only, QObject* context,
                 const Done& done, std::function<void(const modeler::DiagramPicture&)> use) {
  editor->TakePicture(selected_only, format == PictureFormat::kPng ? kPngScale : 0,
                      [guard = QPointer<QObject>(context), done,
                       use = std::move(use)](const absl::StatusOr<modeler::DiagramPicture>& picture) {
                        if (!guard) return;
                        if (!picture.ok()) return done(MessageOf(picture.status()));
                        use(*picture);
                      });
}

}  // namespace

PictureFormat PictureFormatOf(const QString& file) {
  const QString suffix = QFileInfo(file).suffix().toLower();
  if (suffix == QLatin1String("png")) return PictureFormat::kPng;
  if (suffix == QLatin1String("pdf")) return PictureFormat::kPdf;
  return PictureFormat::kSvg;
}

void ExportDiagram(modeler::BpmnEditor* editor, PictureFormat format, bool selected_only, const QString& file,
                   QObject* context, Done done) {
  WithPicture(editor, format, selected_only, context, done,
              [format, file, context, done](const modeler::DiagramPicture& picture) {
                if (format == PictureFormat::kPdf) return WritePdf(picture, file, context, done);
                WriteFile(file, format == PictureFormat::kPng ? picture.png : picture.svg, context, done);
              });
}

void CopyDiagram(modeler::BpmnEditor* editor, PictureFormat format, bool selected_only, QObject* context,
                 Done done) {
  WithPicture(editor, format, selected_only, context, done,
              [format, done](const modeler::DiagramPicture& picture) {
                auto* data = new QMimeData;
                if (format == PictureFormat::kPng) {
                  data->setImageData(QImage::fromData(picture.png, "PNG"));
                } else {
                  data->setData(QStringLiteral("image/svg+xml"), picture.svg);
                  data->setText(QString::fromUtf8(picture.svg));
                }
                QGuiApplication::clipboard()->setMimeData(data);
                done(QString());
              });
}

void PrintDiagram(modeler::BpmnEditor* editor, QPrinter* printer, QObject* context, Done done) {
  WithPicture(editor, PictureFormat::kSvg, false, context, done,
              [printer, context, done](const modeler::DiagramPicture& picture) {
                auto* page = new DrawingPage(picture, true, context);
                page->Load([page, printer, done](const QString& error) {
                  if (!error.isEmpty()) {
                    page->deleteLater();
                    return done(error);
                  }
                  QObject::connect(&page->view(), &QWebEngineView::printFinished, page,
                                   [page, done](bool printed) {
                                     page->deleteLater();
                                     done(printed ? QString() : QObject::tr("the printer took nothing"));
                                   });
                  page->view().print(printer);
                });
              });
}

}  // namespace ameide::workbench
