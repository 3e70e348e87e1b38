#pragma once

#include <QString>

#include "absl/status/statusor.h"

namespace ameide::workbench {

/// The folder of the sample that ships with the program; NOT_FOUND when it was not installed.
absl::StatusOr<QString> SampleFolder();
/// A copy of the sample in the user's documents, for working on; made when there is none.
absl::StatusOr<QString> SampleCopy();
/// Copies a folder with all below it. ALREADY_EXISTS when `to` is there.
absl::Status CopyFolder(const QString& from, const QString& to);

}  // namespace ameide::workbench
