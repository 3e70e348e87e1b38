#include <cstdint>
#include <string_view>

#include "notation/feel/expression.h"
#include "notation/feel/json.h"

/// Any text is parsed and evaluated within bounds; JSON that was read is written and read again as the same
/// value.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ameide;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto expression = feel::Parse(text); expression.ok()) (void)feel::Evaluate(*expression, {});
  if (const auto tests = feel::ParseUnaryTests(text); tests.ok())
    (void)feel::EvaluateUnaryTests(*tests, feel::Value(1), {});
  if (const auto value = feel::FromJson(text); value.ok()) {
    const auto again = feel::FromJson(feel::ToJson(*value));
    if (!again.ok() || !(*again == *value)) __builtin_trap();
  }
  return 0;
}
