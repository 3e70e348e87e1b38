#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "uaf/log/change_set.h"
#include "uaf/log/columns.h"
#include "uaf/log/segment.h"

namespace {

using namespace ameide::uaf;  // NOLINT

// One event: whoever signed it may have written anything.
void ReadEvent(std::string_view bytes) {
  const auto event = DecodeChangeSet(bytes);
  if (event.ok() && EncodeChangeSet(*event) != bytes) std::abort();
}

// A segment or pack whose checksum is right, so that what lies behind it is reached.
void ReadPack(std::string_view bytes) {
  std::string file(bytes);
  file += ameide::Sha256(bytes).view();
  const auto read = DecodePack(file);
  if (!read.ok()) return;
  for (const SignedSegment& segment : *read) {
    if (LinksOf(segment.segment).back() != segment.segment.head) std::abort();
    for (const std::string& event : segment.segment.events) ReadEvent(event);
  }
  const auto again = DecodePack(EncodePack(*read));
  if (!again.ok() || again->back().segment.head != read->back().segment.head) std::abort();
}

// The compact form alone; what is read from it is what would be written, or nothing.
void ReadColumns(std::string_view bytes) {
  const StreamId stream{"00112233445566778899aabbccddeeff"};
  const auto events = DecodeColumns(bytes, stream, 1, 3, 1 << 20);
  if (!events.ok()) return;
  const std::string columns = EncodeColumns(stream, 1, *events);
  if (columns.empty()) return;  // events that no reader would take
  const auto again = DecodeColumns(columns, stream, 1, 3, 1 << 24);
  if (!again.ok() || *again != *events) std::abort();
}

}  // namespace

/// Events, segments and packs from a hostile writer: refused or read, and what is read has one byte form.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      ReadEvent(bytes);
      break;
    case 1:
      ReadPack(bytes);
      break;
    default:
      ReadColumns(bytes);
  }
  return 0;
}
