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
constexpr const char* kNoBudget = "the evaluation's bound is reached";

/// Counts what a match does: the pattern's parts as they are tried, and the way through the text.
struct Work {
  uint64_t left = 0;
  size_t last = 0;
};
constexpr uint64_t kWorkPerStep = 10;

int CountWork(pcre2_callout_block* block, void* data) {
  constexpr size_t kBytesPerWork = 64;
  Work& work = *static_cast<Work*>(data);
  const size_t at = block->current_position;
  const uint64_t cost = 1 + (at > work.last ? at - work.last : work.last - at) / kBytesPerWork;
  work.last = at;
  if (work.left < cost) return PCRE2_ERROR_CALLOUT;
  work.left -= cost;
  return 0;
}

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
};

Regex::~Regex() {
  if (code_ == nullptr) return;
  pcre2_code_free(code_->code);
}

absl::StatusOr<std::shared_ptr<const Regex>> Regex::Compile(std::string_view pattern, std::string_view flags,
                                                            Budget& budget) {
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
  // Repetitions are written out when they are compiled, so a short pattern may be much work.
  constexpr uint64_t kCompile = 50, kFailed = 5'000, kBytesPerStep = 8;
  if (!budget.Spend(kCompile + pattern.size() * 2)) return absl::ResourceExhaustedError(kNoBudget);
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
  options |= PCRE2_AUTO_CALLOUT;
  int error = 0;
  size_t offset = 0;
  regex->code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &error,
                                     &offset, context);
  pcre2_compile_context_free(context);
  if (regex->code_->code == nullptr) {
    budget.Spend(kFailed);
    std::array<PCRE2_UCHAR, 256> message{};
    pcre2_get_error_message(error, message.data(), message.size());
    return absl::InvalidArgumentError(
        Cat("the pattern is malformed: ", reinterpret_cast<const char*>(message.data())));
  }
  size_t compiled = 0;
  pcre2_pattern_info(regex->code_->code, PCRE2_INFO_SIZE, &compiled);
  budget.Spend(compiled / kBytesPerStep);
  uint32_t groups = 0;
  pcre2_pattern_info(regex->code_->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  regex->groups_ = static_cast<int>(groups);
  kept[next++ % kept.size()] = {std::string(pattern), std::string(flags), regex};
  return std::shared_ptr<const Regex>(std::move(regex));
}

absl::StatusOr<std::optional<Regex::Match>> Regex::Find(std::string_view text, size_t from,
                                                        Budget& budget) const {
  constexpr uint64_t kStart = 5, kBytesPerStep = 64;
  if (!budget.Spend(kStart + (from > 0 ? 0 : text.size() / kBytesPerStep)))
    return absl::ResourceExhaustedError(kNoBudget);
  // The limits of PCRE2 hold from each place in the text anew; this one for all of them.
  const Work whole{budget.steps * kWorkPerStep, from};
  Work work = whole;
  pcre2_match_context* limits = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(limits, kMatchLimit);
  pcre2_set_depth_limit(limits, kDepthLimit);
  pcre2_set_heap_limit(limits, kHeapLimitKib);
  pcre2_set_callout(limits, CountWork, &work);
  pcre2_match_data* data = pcre2_match_data_create_from_pattern(code_->code, nullptr);
  const int result = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                 from > 0 ? PCRE2_NO_UTF_CHECK : 0, data, limits);
  pcre2_match_context_free(limits);
  const bool within = budget.Spend((whole.left - work.left) / kWorkPerStep);
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
  if (result == PCRE2_ERROR_CALLOUT) budget.Spend(budget.steps);
  if (result == PCRE2_ERROR_CALLOUT || !within) return absl::ResourceExhaustedError(kNoBudget);
  if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
      result == PCRE2_ERROR_HEAPLIMIT) {
    return absl::ResourceExhaustedError(
        "the pattern takes too much work on this text; make its repetitions narrower");
  }
  return absl::InvalidArgumentError("the text is not well-formed UTF-8");
}

}  // namespace ameide::feel
