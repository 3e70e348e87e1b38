#pragma once

#include <string>

namespace ameide::bench {

/// A BPMN model with about `elements` flow elements (tasks, gateways and flows of one process, with their
/// diagram), laid out in rows. The same number gives the same bytes.
std::string GenerateBpmn(int elements);

}  // namespace ameide::bench
