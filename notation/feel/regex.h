#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/feel/function.h"

/// Regular expressions as XPath has them (XQuery and XPath Functions 3.1, 5.6; XML Schema part 2, appendix
/// G), run by PCRE2 within the evaluation's budget.
namespace ameide::feel {

/// An expression, translated and compiled. Immutable; thread-safe.
class Regex {
 public:
  /// `flags`: of s m i x q. INVALID_ARGUMENT says what is malformed, RESOURCE_EXHAUSTED that it takes more
  /// work than is left.
  static absl::StatusOr<std::shared_ptr<const Regex>> Compile(std::string_view pattern,
                                                              std::string_view flags, Budget& budget);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// Where a match begins and ends, in bytes, and those of its groups; an unused group begins at npos.
  struct Match {
    std::vector<std::pair<size_t, size_t>> groups;  // the first is the whole
  };
  /// The first match from `from` on; nullopt when there is none. RESOURCE_EXHAUSTED when it takes too much
  /// work.
  absl::StatusOr<std::optional<Match>> Find(std::string_view text, size_t from, Budget& budget) const;

  int groups() const { return groups_; }
  bool literal() const { return literal_; }

 private:
  struct Code;
  Regex() = default;
  std::unique_ptr<Code> code_;
  int groups_ = 0;
  bool literal_ = false;
};

/// XPath's syntax in PCRE2's; `dot_all` and `extended` are the flags s and x. INVALID_ARGUMENT for what XPath
/// has not.
absl::StatusOr<std::string> TranslatePattern(std::string_view pattern, bool dot_all, bool extended);

}  // namespace ameide::feel
