#include "app/workbench/compare_report.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QPageLayout>
#include <QSaveFile>
#include <QTemporaryFile>
#include <QWebEnginePage>
#include <QWebEngineProfile>
#include <QWebEngineSettings>
#include <map>
#include <memory>
#include <utility>

#include "app/workbench/compare_canvas_changes.h"
#include "app/workbench/times.h"
#include "app/workbench/worker.h"
#include "app/workbench/workspace_service.h"
#include "modeler/host/compare_canvas.h"

namespace ameide::workbench {
namespace {

/// Reasons that are told of one change.
constexpr size_t kMostReasons = 3;

/// The light colours as custom properties: paper is white.
QString LightColours() {
  QFile file(QStringLiteral(":/theme/colours.json"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QJsonObject roles =
      QJsonDocument::fromJson(file.readAll()).object()[QLatin1String("roles")].toObject();
  QString css;
  for (const QString& role : roles.keys())
    css += QStringLiteral("--ameide-%1: %2; ").arg(role, roles[role].toArray().first().toString());
  return css;
}

QString Escaped(const QString& text) { return text.toHtmlEscaped(); }

QString Reasons(const std::vector<uaf::ChangeSetSummary>& events) {
  QStringList lines;
  for (size_t i = 0; i < std::min(kMostReasons, events.size()); ++i) {
    const QString time = QLocale().toString(ToDateTime(events[i].time), QLocale::ShortFormat);
    lines.append(Escaped(QStringLiteral("%1 — %2, %3")
                             .arg(ToQString(events[i].label), ToQString(events[i].author.name), time)));
  }
  if (events.size() > kMostReasons)
    lines.append(QObject::tr("and %1 more changes").arg(events.size() - kMostReasons));
  return lines.join(QStringLiteral("<br>"));
}

QString Values(const ComparedElement& element) {
  QString rows;
  for (const ComparedValue& value : element.values) {
    const auto side = [](const std::optional<QString>& text, const char* tag) {
      return text ? QStringLiteral("<%1>%2</%1>").arg(QLatin1String(tag), Escaped(*text))
                  : QStringLiteral("<i>%1</i>").arg(QObject::tr("none"));
    };
    rows += QStringLiteral("<div><b>%1</b>: %2 → %3</div>")
                .arg(Escaped(value.name), side(value.before, "del"), side(value.after, "ins"));
  }
  return rows;
}

QString Rows(const ComparedArtifact& artifact, bool layout) {
  QString rows;
  for (const ComparedElement& element : artifact.elements) {
    if (element.layout != layout) continue;
    rows += QStringLiteral(
                "<tr><td class=\"%1\">%2</td><td><b>%3</b><br><small>%4 "
                "%5</small></td><td>%6</td><td>%7</td></tr>\n")
                .arg(RoleOf(element.kind), KindInWords(element.kind),
                     Escaped(element.name.isEmpty() ? element.type : element.name), Escaped(element.type),
                     Escaped(element.element), Values(element), Reasons(element.events));
  }
  return rows;
}

QString Table(const QString& rows) {
  return QStringLiteral(
             "<table><thead><tr><th>%1</th><th>%2</th><th>%3</th><th>%4</th></tr></thead><tbody>\n%5</"
             "tbody></table>\n")
      .arg(QObject::tr("Change"), QObject::tr("Element"), QObject::tr("Values"),
           QObject::tr("By whom and why"), rows);
}

QString Section(const ComparedArtifact& artifact, const QString& picture) {
  QString html = QStringLiteral("<section><h2>%1</h2>\n").arg(Escaped(artifact.path));
  if (!artifact.before)
    html += QStringLiteral("<p class=\"added\">%1</p>").arg(QObject::tr("This artifact is new."));
  if (!artifact.after)
    html += QStringLiteral("<p class=\"removed\">%1</p>").arg(QObject::tr("This artifact is gone."));
  if (!artifact.events.empty()) html += QStringLiteral("<p>%1</p>").arg(Reasons(artifact.events));
  if (!picture.isEmpty()) html += QStringLiteral("<figure>%1</figure>\n").arg(picture);
  if (const QString rows = Rows(artifact, false); !rows.isEmpty()) html += Table(rows);
  if (const QString rows = Rows(artifact, true); !rows.isEmpty())
    html += QStringLiteral("<details><summary>%1</summary>%2</details>\n")
                .arg(QObject::tr("Only moved"), Table(rows));
  return html + QStringLiteral("</section>\n");
}

/// Draws one diagram after the other in a browser that nobody sees, then writes. Deletes itself.
class ReportWriter final : public QObject {
 public:
  ReportWriter(ReportText text, std::vector<ComparedArtifact> compared, QString file, QObject* parent,
               std::function<void(QString)> done)
      : QObject(parent),
        text_(std::move(text)),
        compared_(std::move(compared)),
        file_(std::move(file)),
        done_(std::move(done)) {}

  void Go() {
    for (; at_ < compared_.size(); ++at_) {
      if (compared_[at_].diagram) return Draw(compared_[at_]);
    }
    const QString html = ComparisonHtml(text_, compared_, pictures_);
    canvas_.reset();
    if (file_.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive)) {
      Print(html);
    } else {
      Write(html);
    }
  }

 private:
  void Draw(const ComparedArtifact& artifact) {
    if (canvas_ == nullptr) {
      canvas_ = std::make_unique<modeler::CompareCanvas>();
      canvas_->resize(1600, 1000);
      canvas_->SetColours(LightColours(), false);
      connect(canvas_.get(), &modeler::CompareCanvas::painted, this,
              [this] { canvas_->TakePicture([this](const QString& svg) { Next(svg); }); });
      // A diagram that cannot be drawn is told by its table alone.
      connect(canvas_.get(), &modeler::CompareCanvas::problem, this, [this] { Next(QString()); });
    }
    canvas_->Open(artifact.before, artifact.after, CanvasChanges(artifact));
  }

  void Next(const QString& svg) {
    pictures_[compared_[at_].path] = svg;
    ++at_;
    // Not from inside the canvas's own signal: the last step takes it away.
    QMetaObject::invokeMethod(
        this, [this] { Go(); }, Qt::QueuedConnection);
  }

  void Write(const QString& html) {
    worker_.Run(
        this,
        [file = file_, bytes = html.toUtf8()]() -> QString {
          QSaveFile out(file);
          if (!out.open(QIODevice::WriteOnly)) return out.errorString();
          out.write(bytes);
          return out.commit() ? QString() : out.errorString();
        },
        [this](const QString& error) { End(error); });
  }

  /// The browser prints a file: a page that is handed over in memory may not be large.
  void Print(const QString& html) {
    scratch_ =
        std::make_unique<QTemporaryFile>(QDir::tempPath() + QStringLiteral("/ameide-report-XXXXXX.html"));
    if (!scratch_->open() || scratch_->write(html.toUtf8()) < 0 || !scratch_->flush())
      return End(scratch_->errorString());
    auto* page = new QWebEnginePage(new QWebEngineProfile(this), this);
    page->settings()->setAttribute(QWebEngineSettings::JavascriptEnabled, false);
    connect(page, &QWebEnginePage::loadFinished, this, [this, page](bool loaded) {
      if (!loaded) return End(QObject::tr("the page cannot be shown"));
      page->printToPdf(
          file_, QPageLayout(QPageSize(QPageSize::A4), QPageLayout::Landscape, QMarginsF(12, 12, 12, 12)));
    });
    connect(page, &QWebEnginePage::pdfPrintingFinished, this, [this](const QString&, bool printed) {
      End(printed ? QString() : QObject::tr("the file cannot be written"));
    });
    page->load(QUrl::fromLocalFile(scratch_->fileName()));
  }

  void End(const QString& error) {
    done_(error);
    deleteLater();
  }

  ReportText text_;
  std::vector<ComparedArtifact> compared_;
  QString file_;
  std::function<void(QString)> done_;
  std::map<QString, QString> pictures_;
  size_t at_ = 0;
  std::unique_ptr<modeler::CompareCanvas> canvas_;
  std::unique_ptr<QTemporaryFile> scratch_;
  Worker worker_;
};

}  // namespace

QString ComparisonHtml(const ReportText& text, const std::vector<ComparedArtifact>& compared,
                       const std::map<QString, QString>& pictures) {
  QString html =
      QStringLiteral(
          "<!doctype html>\n<html lang=\"%1\"><head><meta charset=\"utf-8\"><title>%2</title><style>\n"
          ":root { %3 }\n"
          "body { font: 13px system-ui, sans-serif; color: var(--ameide-text); margin: 24px; }\n"
          "h1 { font-size: 16px; } h2 { font-size: 13px; margin-top: 24px; }\n"
          "table { border-collapse: collapse; width: 100%; } tr { break-inside: avoid; }\n"
          "th, td { border: 1px solid var(--ameide-border); padding: 4px 8px; text-align: left; "
          "vertical-align: top; }\n"
          "th, small { color: var(--ameide-text-muted); font-weight: normal; }\n"
          ".added, ins { color: var(--ameide-added); } .removed, del { color: var(--ameide-removed); }\n"
          ".changed { color: var(--ameide-changed); } .moved { color: var(--ameide-moved); }\n"
          "ins { text-decoration: none; } figure { margin: 8px 0; break-inside: avoid; }\n"
          "figure svg { max-width: 100%; height: auto; max-height: 160mm; }\n"
          "</style></head><body>\n")
          .arg(QLocale().bcp47Name(), Escaped(text.title), LightColours());
  html += QStringLiteral("<h1>%1</h1>\n<p>%2 → %3</p>\n<p>%4</p>\n")
              .arg(Escaped(text.title), Escaped(text.before.when), Escaped(text.after.when),
                   Escaped(text.summary));
  for (const ComparedArtifact& artifact : compared) {
    const auto picture = pictures.find(artifact.path);
    html += Section(artifact, picture == pictures.end() ? QString() : picture->second);
  }
  return html + QStringLiteral("</body></html>\n");
}

void WriteComparisonReport(const ReportText& text, const std::vector<ComparedArtifact>& compared,
                           const QString& file, QObject* parent, std::function<void(QString error)> done) {
  (new ReportWriter(text, compared, file, parent, std::move(done)))->Go();
}

}  // namespace ameide::workbench
