#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "uaf/log/change_set.h"
#include "uaf/log/segment.h"

namespace {

using namespace ameide::uaf;  // NOLINT

// One event: whoever signed it may have written anything.
void ReadEvent(std::string_view bytes) {
  const auto event = DecodeChangeSet(bytes);
  if (event.ok() && EncodeChangeSet(*event) != bytes) std::abort();
}

// A segment file whose checksum is right, so that what lies behind it is reached.
void ReadSegment(std::string_view bytes) {
  std::string file(bytes);
  file += ameide::Sha256(bytes).view();
  const auto read = DecodeSegment(file);
  if (!read.ok()) return;
  if (LinksOf(read->segment).back() != read->segment.head) std::abort();
  for (const std::string& event : read->segment.events) ReadEvent(event);
}

}  // namespace

/// Events and segments from a hostile writer: refused or read, and what is read has one byte form.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  (data[0] & 1) != 0 ? ReadSegment(bytes) : ReadEvent(bytes);
  return 0;
}
