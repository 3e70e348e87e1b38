#include "notation/dmn/schema.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notation/dmn/schema_files.h"

namespace ameide::dmn {
namespace {

using uaf::document::Finding;

using Schemas = absl::StatusOr<std::unique_ptr<xml::SchemaSet>>;

Schemas LoadSchema(std::string_view root) {
  std::vector<xml::SchemaSource> files(SchemaFiles().begin(), SchemaFiles().end());
  const auto at = std::find_if(files.begin(), files.end(),
                               [&](const xml::SchemaSource& file) { return file.name == root; });
  if (at == files.end()) return absl::InternalError(absl::StrCat("no schema ", std::string(root)));
  std::rotate(files.begin(), at, at + 1);
  return xml::SchemaSet::Load(files);
}

constexpr std::pair<Version, std::string_view> kRoots[] = {{Version::k1_1, "DMN11.xsd"},
                                                           {Version::k1_2, "DMN12.xsd"},
                                                           {Version::k1_3, "DMN13.xsd"},
                                                           {Version::k1_4, "DMN14.xsd"},
                                                           {Version::k1_5, "DMN15.xsd"}};

/// Compiled when the first file of a release needs it; constants from then on. nullptr: not here.
const Schemas* SchemaOf(Version version) {
  struct Compiled {
    std::once_flag once;
    std::optional<Schemas> schemas;
  };
  static std::array<Compiled, std::size(kRoots)> compiled;
  for (size_t i = 0; i < compiled.size(); ++i) {
    if (kRoots[i].first != version) continue;
    std::call_once(compiled[i].once, [i] { compiled[i].schemas = LoadSchema(kRoots[i].second); });
    return &*compiled[i].schemas;
  }
  return nullptr;
}

}  // namespace

std::vector<Finding> CheckSchema(std::string_view text, Version version) {
  const Schemas* const schemas = SchemaOf(version);
  if (schemas == nullptr || text.find("<!DOCTYPE") != std::string_view::npos) return {};
  if (schemas->ok()) return (**schemas)->Check(text);
  Finding finding;
  finding.severity = uaf::document::Severity::kWarning;
  finding.rule = "xml/schema";
  finding.message = std::string(schemas->status().message());
  return {finding};
}

}  // namespace ameide::dmn
