#include "app/workbench/element_types.h"

#include <QCoreApplication>
#include <string>

#include "base/words.h"

namespace ameide::workbench {
namespace {

constexpr char kContext[] = "ElementTypes";

/// The standards' terms, so that translators find them; looked up by the text itself.
[[maybe_unused]] constexpr const char* kTypes[] = {
    QT_TRANSLATE_NOOP("ElementTypes", "process"),
    QT_TRANSLATE_NOOP("ElementTypes", "sub process"),
    QT_TRANSLATE_NOOP("ElementTypes", "ad hoc sub process"),
    QT_TRANSLATE_NOOP("ElementTypes", "transaction"),
    QT_TRANSLATE_NOOP("ElementTypes", "call activity"),
    QT_TRANSLATE_NOOP("ElementTypes", "task"),
    QT_TRANSLATE_NOOP("ElementTypes", "user task"),
    QT_TRANSLATE_NOOP("ElementTypes", "service task"),
    QT_TRANSLATE_NOOP("ElementTypes", "send task"),
    QT_TRANSLATE_NOOP("ElementTypes", "receive task"),
    QT_TRANSLATE_NOOP("ElementTypes", "manual task"),
    QT_TRANSLATE_NOOP("ElementTypes", "business rule task"),
    QT_TRANSLATE_NOOP("ElementTypes", "script task"),
    QT_TRANSLATE_NOOP("ElementTypes", "start event"),
    QT_TRANSLATE_NOOP("ElementTypes", "end event"),
    QT_TRANSLATE_NOOP("ElementTypes", "intermediate catch event"),
    QT_TRANSLATE_NOOP("ElementTypes", "intermediate throw event"),
    QT_TRANSLATE_NOOP("ElementTypes", "boundary event"),
    QT_TRANSLATE_NOOP("ElementTypes", "exclusive gateway"),
    QT_TRANSLATE_NOOP("ElementTypes", "parallel gateway"),
    QT_TRANSLATE_NOOP("ElementTypes", "inclusive gateway"),
    QT_TRANSLATE_NOOP("ElementTypes", "complex gateway"),
    QT_TRANSLATE_NOOP("ElementTypes", "event based gateway"),
    QT_TRANSLATE_NOOP("ElementTypes", "sequence flow"),
    QT_TRANSLATE_NOOP("ElementTypes", "message flow"),
    QT_TRANSLATE_NOOP("ElementTypes", "association"),
    QT_TRANSLATE_NOOP("ElementTypes", "data input association"),
    QT_TRANSLATE_NOOP("ElementTypes", "data output association"),
    QT_TRANSLATE_NOOP("ElementTypes", "collaboration"),
    QT_TRANSLATE_NOOP("ElementTypes", "participant"),
    QT_TRANSLATE_NOOP("ElementTypes", "lane"),
    QT_TRANSLATE_NOOP("ElementTypes", "lane set"),
    QT_TRANSLATE_NOOP("ElementTypes", "text annotation"),
    QT_TRANSLATE_NOOP("ElementTypes", "group"),
    QT_TRANSLATE_NOOP("ElementTypes", "data object"),
    QT_TRANSLATE_NOOP("ElementTypes", "data object reference"),
    QT_TRANSLATE_NOOP("ElementTypes", "data store"),
    QT_TRANSLATE_NOOP("ElementTypes", "data store reference"),
    QT_TRANSLATE_NOOP("ElementTypes", "data input"),
    QT_TRANSLATE_NOOP("ElementTypes", "data output"),
    QT_TRANSLATE_NOOP("ElementTypes", "message"),
    QT_TRANSLATE_NOOP("ElementTypes", "signal"),
    QT_TRANSLATE_NOOP("ElementTypes", "error"),
    QT_TRANSLATE_NOOP("ElementTypes", "escalation"),
    QT_TRANSLATE_NOOP("ElementTypes", "message event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "timer event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "signal event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "error event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "escalation event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "conditional event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "compensate event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "cancel event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "terminate event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "link event definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "condition expression"),
    QT_TRANSLATE_NOOP("ElementTypes", "documentation"),
    QT_TRANSLATE_NOOP("ElementTypes", "extension elements"),
    QT_TRANSLATE_NOOP("ElementTypes", "definitions"),
    QT_TRANSLATE_NOOP("ElementTypes", "shape"),
    QT_TRANSLATE_NOOP("ElementTypes", "edge"),
    QT_TRANSLATE_NOOP("ElementTypes", "decision"),
    QT_TRANSLATE_NOOP("ElementTypes", "decision table"),
    QT_TRANSLATE_NOOP("ElementTypes", "decision service"),
    QT_TRANSLATE_NOOP("ElementTypes", "business knowledge model"),
    QT_TRANSLATE_NOOP("ElementTypes", "knowledge source"),
    QT_TRANSLATE_NOOP("ElementTypes", "input data"),
    QT_TRANSLATE_NOOP("ElementTypes", "input"),
    QT_TRANSLATE_NOOP("ElementTypes", "output"),
    QT_TRANSLATE_NOOP("ElementTypes", "rule"),
    QT_TRANSLATE_NOOP("ElementTypes", "literal expression"),
    QT_TRANSLATE_NOOP("ElementTypes", "item definition"),
    QT_TRANSLATE_NOOP("ElementTypes", "information requirement"),
    QT_TRANSLATE_NOOP("ElementTypes", "knowledge requirement"),
    QT_TRANSLATE_NOOP("ElementTypes", "authority requirement"),
    QT_TRANSLATE_NOOP("ElementTypes", "element"),
    QT_TRANSLATE_NOOP("ElementTypes", "relationship"),
    QT_TRANSLATE_NOOP("ElementTypes", "view"),
    QT_TRANSLATE_NOOP("ElementTypes", "node"),
    QT_TRANSLATE_NOOP("ElementTypes", "connection"),
    QT_TRANSLATE_NOOP("ElementTypes", "folder"),
};

}  // namespace

QString TypeInWords(std::string_view type) {
  return QCoreApplication::translate(kContext, InWords(type).c_str());
}

}  // namespace ameide::workbench
