#pragma once

#include <QByteArray>
#include <QFile>
#include <QString>

#include "notation/xml/intake.h"
#include "uaf/document/document.h"

/// Documents from files and texts, as an import makes them.
inline absl::StatusOr<ameide::uaf::document::Document> DocumentOf(const std::string& bytes) {
  const auto intake = ameide::xml::Accept(bytes);
  if (!intake.ok()) return intake.status();
  return ameide::uaf::document::Document::Import(intake->import, bytes, {{"test"}, 1});
}

inline absl::StatusOr<ameide::uaf::document::Document> DocumentFromFile(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return absl::NotFoundError(path.toStdString());
  return DocumentOf(file.readAll().toStdString());
}

/// Where the suites of others lie; empty when they are not on this machine.
inline QString ConformanceDirectory() {
  QString path = qEnvironmentVariable("AMEIDE_CONFORMANCE_DIR");
  if (path.isEmpty()) path = qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/../shared/conformance";
  return QFile::exists(path) ? path : QString();
}
