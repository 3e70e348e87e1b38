#pragma once

#include <QStringList>

namespace ameide::workbench {

/// What the program does as a child of itself: works with the real window in a folder, and tells on standard
/// output, a line each, what it did. `words`: the job and what it takes. Returns the exit code; 0 when the
/// job came to its end.
///
///     step PHASE MODE N FOLDER   types a text and lets it be recorded ("edit"), written ("save"), committed
///     ("commit") or published
///                                ("publish"); what the phase does is broken at its N-th call on files as
///                                MODE says (BrokenCalls)
///     monkey SEED SECONDS FOLDER anything that a person may do, at random
///     large FOLDER               opens, edits and watches a workspace of many files
///     tabs COUNT FOLDER          opens so many
///     hung FOLDER                a backend that does not answer any more
int RunJob(int argc, char** argv, const QStringList& words);

/// Modes of the library that breaks calls (broken_calls.cc).
enum class BrokenCalls { kOff, kCount, kKill, kHalfThenKill, kFull };

}  // namespace ameide::workbench
