#include "notation/dmn/schema.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

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

/// Compiled when the first file of a release needs it; constants from then on. nullptr: not here.
const Schemas* SchemaOf(Version version) {
  switch (version) {
    case Version::k1_1: {
      static const Schemas schema = LoadSchema("DMN11.xsd");
      return &schema;
    }
    case Version::k1_2: {
      static const Schemas schema = LoadSchema("DMN12.xsd");
      return &schema;
    }
    case Version::k1_3: {
      static const Schemas schema = LoadSchema("DMN13.xsd");
      return &schema;
    }
    case Version::k1_4: {
      static const Schemas schema = LoadSchema("DMN14.xsd");
      return &schema;
    }
    case Version::k1_5: {
      static const Schemas schema = LoadSchema("DMN15.xsd");
      return &schema;
    }
    case Version::k1_0:
    case Version::k1_6:
      return nullptr;
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
