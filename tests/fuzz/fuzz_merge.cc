#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tests/uaf/merge/fixture.h"

/// Any three files, separated by a byte 0xff: merging never fails, does not depend on which side is called
/// ours, and takes over what only one side changed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ameide::uaf::merge;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t first = input.find('\xff');
  if (first == std::string_view::npos) return 0;
  const size_t second = input.find('\xff', first + 1);
  if (second == std::string_view::npos) return 0;
  const std::string_view base = input.substr(0, first);
  const std::string_view ours = input.substr(first + 1, second - first - 1);
  const std::string_view theirs = input.substr(second + 1);
  const FileMerge one = MergeFiles(base, ours, theirs, TestFormat());
  const FileMerge other = MergeFiles(base, theirs, ours, TestFormat());
  if (one.bytes != other.bytes || one.conflicts != other.conflicts || one.notes != other.notes) std::abort();
  if (MergeFiles(base, ours, base, TestFormat()).bytes != ours) std::abort();
  if (MergeFiles(base, ours, ours, TestFormat()).bytes != ours) std::abort();
  return 0;
}
