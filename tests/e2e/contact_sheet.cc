// Puts screenshots beside each other in one picture, each with its name. usage: contact_sheet OUT.png COLUMNS
// WIDTH FILE...
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <cstdio>

namespace {

constexpr int kGap = 12;
constexpr int kCaption = 20;

}  // namespace

int main(int argc, char** argv) {
  QGuiApplication program(argc, argv);
  const QStringList words = QGuiApplication::arguments();
  const int columns = words.value(2).toInt();
  const int width = words.value(3).toInt();
  const QStringList files = words.mid(4);
  if (columns < 1 || width < 1 || files.isEmpty()) {
    std::fprintf(stderr, "usage: contact_sheet OUT.png COLUMNS WIDTH FILE...\n");
    return 2;
  }
  QList<QImage> pictures;
  int height = 0;
  for (const QString& file : files) {
    const QImage picture(file);
    if (picture.isNull()) {
      std::fprintf(stderr, "contact_sheet: cannot read %s\n", qPrintable(file));
      return 1;
    }
    pictures.append(picture.scaledToWidth(width, Qt::SmoothTransformation));
    height = std::max(height, pictures.last().height());
  }
  const int rows = (static_cast<int>(files.size()) + columns - 1) / columns;
  QImage sheet(kGap + columns * (width + kGap), kGap + rows * (height + kCaption + kGap),
               QImage::Format_RGB32);
  sheet.fill(QColor(0x80, 0x86, 0x90));
  QPainter painter(&sheet);
  QFont font = painter.font();
  font.setPixelSize(13);
  painter.setFont(font);
  painter.setPen(Qt::white);
  for (int index = 0; index < pictures.size(); ++index) {
    const QPoint at(kGap + index % columns * (width + kGap),
                    kGap + index / columns * (height + kCaption + kGap));
    painter.drawText(QRect(at, QSize(width, kCaption)), Qt::AlignVCenter,
                     QFileInfo(files[index]).completeBaseName());
    painter.drawImage(at + QPoint(0, kCaption), pictures[index]);
  }
  painter.end();
  if (!sheet.save(words[1], "png", 0)) {
    std::fprintf(stderr, "contact_sheet: cannot write %s\n", qPrintable(words[1]));
    return 1;
  }
  return 0;
}
