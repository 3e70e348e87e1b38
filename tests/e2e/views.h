#pragma once

#include <QString>
#include <functional>
#include <vector>

#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {

/// One state of the window that people meet, and how it comes about from the one before.
struct View {
  const char* name;
  /// False when it did not come about.
  std::function<bool(WorkbenchFixture& fixture)> show;
};

/// Every side view, tab, panel and inline form, in an order in which each can follow the last. Begins on a
/// window with the sample open and a running backend.
std::vector<View> AllViews();

}  // namespace ameide::workbench
