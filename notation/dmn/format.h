#pragma once

#include <memory>

#include "uaf/document/format.h"

namespace ameide::dmn {

/// The notation "dmn" (DMN 1.1 to 1.6): claims `*.dmn`, and XML files whose root is a `definitions` of one of
/// DMN's namespaces. References are `href`s (`#id`, `file#id`) and `dmnElementRef`s; what stands in a
/// decision table, a relation, a list, a context or among parameters is ordered; descriptions, questions and
/// annotations are prose; DMNDI is layout.
std::unique_ptr<uaf::document::Format> MakeDmnFormat();

}  // namespace ameide::dmn
