#include "app/workbench/sample.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>

#include "absl/strings/str_cat.h"
#include "base/platform/paths.h"
#include "base/status.h"

namespace ameide::workbench {

absl::StatusOr<QString> SampleFolder() {
  const QString program = QCoreApplication::applicationDirPath();
  // Installed beside the program, or in the tree that this was built from.
  for (const QString& place :
       {program + QStringLiteral("/../share/ameide/sample"), QStringLiteral(AMEIDE_SAMPLE_DIR)}) {
    if (QFileInfo(place).isDir()) return QDir::cleanPath(place);
  }
  return absl::NotFoundError("the sample workspace is not installed; open a folder of your own instead");
}

absl::Status CopyFolder(const QString& from, const QString& to) {
  if (QFileInfo::exists(to))
    return absl::AlreadyExistsError(absl::StrCat(to.toStdString(), " is there already"));
  const QDir source(from);
  QDirIterator files(from, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
  QDir().mkpath(to);
  while (files.hasNext()) {
    const QString file = files.next();
    const QString target = to + QLatin1Char('/') + source.relativeFilePath(file);
    QDir().mkpath(QFileInfo(target).path());
    if (!QFile::copy(file, target))
      return absl::InternalError(absl::StrCat("cannot write ", target.toStdString()));
    QFile::setPermissions(target, QFile::permissions(target) | QFile::WriteOwner);
  }
  return absl::OkStatus();
}

absl::StatusOr<QString> SampleCopy() {
  AMEIDE_ASSIGN_OR_RETURN(const QString sample, SampleFolder());
  AMEIDE_ASSIGN_OR_RETURN(const ProfilePaths profile, CurrentProfile());
  const QString target = QString::fromStdString((profile.data / "sample").string());
  if (!QFileInfo(target).isDir()) AMEIDE_RETURN_IF_ERROR(CopyFolder(sample, target));
  return target;
}

}  // namespace ameide::workbench
