#include "notation/feel/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <utility>

#include "base/status.h"
#include "notation/feel/text.h"

namespace ameide::feel {
namespace {

constexpr size_t kMaxPattern = 16'384;
constexpr uint32_t kMatchLimit = 200'000;
constexpr uint32_t kDepthLimit = 20'000;
constexpr uint32_t kHeapLimitKib = 16'384;

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;
};

Regex::~Regex() {
  if (code_ == nullptr) return;
  pcre2_match_context_free(code_->limits);
  pcre2_code_free(code_->code);
}

absl::StatusOr<std::shared_ptr<const Regex>> Regex::Compile(std::string_view pattern,
                                                            std::string_view flags) {
  // Patterns are mostly literals that many evaluations share.
  struct Kept {
    std::string pattern, flags;
    std::shared_ptr<const Regex> regex;
  };
  thread_local std::array<Kept, 8> kept;
  thread_local size_t next = 0;
  for (const Kept& one : kept) {
    if (one.regex != nullptr && one.pattern == pattern && one.flags == flags) return one.regex;
  }
  if (pattern.size() > kMaxPattern) return absl::InvalidArgumentError("the pattern is longer than 16 KiB");
  if (!IsUtf8(pattern)) return absl::InvalidArgumentError("the pattern is not well-formed UTF-8");
  bool dot_all = false, lines = false, caseless = false, extended = false, literal = false;
  for (const char flag : flags) {
    bool* const which = flag == 's'   ? &dot_all
                        : flag == 'm' ? &lines
                        : flag == 'i' ? &caseless
                        : flag == 'x' ? &extended
                        : flag == 'q' ? &literal
                                      : nullptr;
    if (which == nullptr) return absl::InvalidArgumentError("flags are letters of s, m, i, x and q");
    *which = true;
  }
  std::string text(pattern);
  uint32_t options = PCRE2_UTF | PCRE2_UCP | (caseless ? PCRE2_CASELESS : 0);
  if (literal) {
    options = PCRE2_UTF | PCRE2_LITERAL | (caseless ? PCRE2_CASELESS : 0);
  } else {
    options |= PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | (lines ? PCRE2_MULTILINE : 0);
    AMEIDE_ASSIGN_OR_RETURN(text, TranslatePattern(pattern, dot_all, extended));
  }
  std::shared_ptr<Regex> regex(new Regex());
  regex->code_ = std::make_unique<Code>();
  regex->literal_ = literal;
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit(context, 250);
  int error = 0;
  size_t offset = 0;
  regex->code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &error,
                                     &offset, context);
  pcre2_compile_context_free(context);
  if (regex->code_->code == nullptr) {
    std::array<PCRE2_UCHAR, 256> message{};
    pcre2_get_error_message(error, message.data(), message.size());
    return absl::InvalidArgumentError(
        Cat("the pattern is malformed: ", reinterpret_cast<const char*>(message.data())));
  }
  uint32_t groups = 0;
  pcre2_pattern_info(regex->code_->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  regex->groups_ = static_cast<int>(groups);
  regex->code_->limits = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(regex->code_->limits, kMatchLimit);
  pcre2_set_depth_limit(regex->code_->limits, kDepthLimit);
  pcre2_set_heap_limit(regex->code_->limits, kHeapLimitKib);
  kept[next++ % kept.size()] = {std::string(pattern), std::string(flags), regex};
  return std::shared_ptr<const Regex>(std::move(regex));
}

absl::StatusOr<std::optional<Regex::Match>> Regex::Find(std::string_view text, size_t from,
                                                        Budget& budget) const {
  // What a match costs is not known, but the limit; short texts pay little.
  if (!budget.Spend(20 + (text.size() - from) / 4))
    return absl::ResourceExhaustedError("the evaluation's bound is reached");
  pcre2_match_data* data = pcre2_match_data_create_from_pattern(code_->code, nullptr);
  const int result = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                 from > 0 ? PCRE2_NO_UTF_CHECK : 0, data, code_->limits);
  std::optional<Match> match;
  if (result > 0) {
    match.emplace();
    const size_t* at = pcre2_get_ovector_pointer(data);
    for (int i = 0; i <= groups_; ++i) {
      const bool used = i < result && at[2 * i] != PCRE2_UNSET;
      match->groups.emplace_back(used ? at[2 * i] : std::string_view::npos, used ? at[2 * i + 1] : 0);
    }
  }
  pcre2_match_data_free(data);
  if (result > 0 || result == PCRE2_ERROR_NOMATCH) return match;
  if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
      result == PCRE2_ERROR_HEAPLIMIT) {
    budget.Spend(kMatchLimit);
    return absl::ResourceExhaustedError(
        "the pattern takes too much work on this text; make its repetitions narrower");
  }
  return absl::InvalidArgumentError("the text is not well-formed UTF-8");
}

}  // namespace ameide::feel
