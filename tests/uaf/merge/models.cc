#include "tests/uaf/merge/models.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ameide::uaf::merge {

std::vector<Model> RealModels(uintmax_t largest) {
  const char* source = std::getenv("AMEIDE_SOURCE_DIR");
  const std::filesystem::path root = source != nullptr ? source : ".";
  const char* given = std::getenv("AMEIDE_CONFORMANCE_DIR");
  const std::filesystem::path conformance = given != nullptr ? given : root / "../shared/conformance";
  std::vector<Model> models;
  for (const std::filesystem::path& folder : {conformance, root / "resources/sample"}) {
    std::error_code absent;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, absent)) {
      const std::string ending = entry.path().extension().string();
      if (ending != ".bpmn" && ending != ".dmn" && ending != ".archimate") continue;
      if (!entry.is_regular_file() || entry.file_size() > largest) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      models.push_back({entry.path().string(), {std::istreambuf_iterator<char>(in), {}}});
    }
  }
  std::sort(models.begin(), models.end(), [](const Model& a, const Model& b) { return a.path < b.path; });
  return models;
}

}  // namespace ameide::uaf::merge
