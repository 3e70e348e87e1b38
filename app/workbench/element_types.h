#pragma once

#include <QString>
#include <string_view>

namespace ameide::workbench {

/// The type of an element of a model ("userTask", "bpmn:UserTask") as people say it: "user task",
/// "Benutzeraufgabe". A type of a notation that has no such words is taken apart: "businessRuleTask" gives
/// "business rule task". Any thread.
QString TypeInWords(std::string_view type);

}  // namespace ameide::workbench
