#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ameide::uaf::merge {

/// A real BPMN, DMN or ArchiMate file.
struct Model {
  std::string path;
  std::string bytes;
};

/// Those of the sample workspace and, where it is present, of the public conformance data
/// (AMEIDE_CONFORMANCE_DIR, else beside the project), sorted by path, without those larger than `largest`
/// bytes.
std::vector<Model> RealModels(uintmax_t largest);

}  // namespace ameide::uaf::merge
