#include "sync/git/tree_path.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace ameide::sync::git {
namespace {

bool MayBeNamed(std::string_view part) {
  if (part.empty() || part == "." || part == "..") return false;
  part = part.substr(0, part.find_last_not_of(". ") + 1);
  const std::string name = absl::AsciiStrToLower(std::string(part));
  return name != ".git" && name != "git~1";
}

}  // namespace

absl::Status CheckTreePath(std::string_view path) {
  bool may_be = true;
  for (size_t begin = 0; may_be && begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    may_be = MayBeNamed(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (may_be) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("a commit has a file \"", absl::CEscape(std::string(path)),
                   "\", which git itself never makes: it was made to do harm, or is damaged. That file was "
                   "not written; do not trust the commit, and ask whoever made it"));
}

}  // namespace ameide::sync::git
