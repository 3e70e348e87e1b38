#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

/// What people write by hand in YAML: one bounded document, read field by field, with the line in every
/// error. Errors are INVALID_ARGUMENT and read `LINE: why`.
namespace ameide::yaml {

/// The one document of `text`, which `what` ("a policy") names. What a reader of YAML makes of `limit` bytes
/// is some hundred times as much.
absl::StatusOr<YAML::Node> ReadDocument(std::string_view text, std::string_view what, size_t limit);

/// An error at a node.
absl::Status At(const YAML::Node& node, std::string_view why);

/// Whether a node is a mapping of different keys, all of them `known` (empty: any).
absl::Status CheckFields(const YAML::Node& node, std::string_view what,
                         const std::vector<std::string>& known);

/// A scalar that is not empty. `what` names it in errors, here and below.
absl::StatusOr<std::string> ReadText(const YAML::Node& node, std::string_view what);
/// A list of such.
absl::StatusOr<std::vector<std::string>> ReadTexts(const YAML::Node& node, std::string_view what);
/// `true` or `false`.
absl::StatusOr<bool> ReadFlag(const YAML::Node& node, std::string_view what);

}  // namespace ameide::yaml
