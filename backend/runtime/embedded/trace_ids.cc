#include "backend/runtime/embedded/trace_ids.h"

#include "absl/strings/str_cat.h"
#include "base/hash.h"

namespace ameide::runtime {
namespace {

constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanDigits = 16;

}  // namespace

std::string TraceIdOf(std::string_view tenant, std::string_view instance) {
  return Sha256(absl::StrCat("trace\n", std::string(tenant), "\n", std::string(instance)))
      .Hex()
      .substr(0, kTraceDigits);
}

std::string SpanIdOf(std::string_view tenant, std::string_view instance, int64_t key, int64_t number) {
  const std::string which = key != 0 ? absl::StrCat("key ", key) : absl::StrCat("number ", number);
  return Sha256(absl::StrCat("span\n", std::string(tenant), "\n", std::string(instance), "\n", which))
      .Hex()
      .substr(0, kSpanDigits);
}

}  // namespace ameide::runtime
