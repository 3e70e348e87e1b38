#include "uaf/store/settings_file.h"

#include "absl/strings/str_cat.h"

namespace ameide::uaf {

std::string SettingsText(int reader, std::string_view id, const std::optional<Hash256>& policy) {
  std::string text = absl::StrCat(
      "# A workspace of Ameide Workbench. Generated; commit it, do not edit it.\nformat: 1\nreader: ", reader,
      "\nid: ", std::string(id), "\n");
  if (policy) absl::StrAppend(&text, "policy: ", policy->Hex(), "\n");
  return text;
}

}  // namespace ameide::uaf
