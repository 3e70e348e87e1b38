#pragma once

#include <memory>

#include "uaf/document/format.h"

namespace ameide::bpmn {

/// The notation "bpmn": claims `*.bpmn`, `*.bpmn20.xml`, and XML files whose head names BPMN's model
/// namespace as a namespace declaration of a `definitions` element. Accepts by notation/xml's intake, with
/// findings `xml/schema` for what breaks the standard's schemas.
/// DisplayName is the `name`, else a condition's text or the type in words ("Exclusive gateway"); everything
/// inside a BPMNDiagram is layout. References are those of the metamodel (attributes and child elements), of
/// the diagram (`bpmnElement`, …), and of Zeebe's called processes, decisions and forms. Documentation and
/// the text of annotations are prose.
std::unique_ptr<uaf::document::Format> MakeBpmnFormat();

}  // namespace ameide::bpmn
