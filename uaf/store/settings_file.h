#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace ameide::uaf {

/// Every byte of workspace.yaml, as all releases write it: nothing else has a place in it, so that whatever
/// is changed there can be found. `policy` is the first one (first_policy.h), where there is one.
std::string SettingsText(int reader, std::string_view id, const std::optional<Hash256>& policy);

}  // namespace ameide::uaf
