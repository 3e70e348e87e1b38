#pragma once

#include <QString>

namespace ameide::workbench {

class Theme;

/// The main job of the product without a person, in `folder` (which is changed): opens the workspace, edits
/// the diagram in the editor, undoes and repeats, commits, publishes, starts an instance, completes its task,
/// reads what it wrote into its domain. Prints each step and its result on standard output, writes
/// screenshots into `shots` (may be empty), ends every process that it started. 0 when every step worked,
/// else 1.
int RunMainJob(Theme* theme, const QString& folder, const QString& shots);

}  // namespace ameide::workbench
