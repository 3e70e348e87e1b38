#include "uaf/document/ids.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

/// Splits `text` at its last colon into a rest and a number.
template <typename Number>
bool SplitNumber(std::string_view text, std::string_view& rest, Number& number) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  rest = text.substr(0, colon);
  const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string FormatId(const EventId& id) { return absl::StrCat(id.stream.name, ":", id.seq); }
std::string FormatId(const NodeId& id) { return absl::StrCat(FormatId(id.event), ":", id.ordinal); }

absl::StatusOr<EventId> ParseEventId(std::string_view text) {
  EventId id;
  std::string_view stream;
  if (!SplitNumber(text, stream, id.seq) || id.seq == 0 || stream.find(':') != std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text), "' is not an event; events look like STREAM:NUMBER"));
  }
  id.stream.name = std::string(stream);
  return id;
}

absl::StatusOr<NodeId> ParseNodeId(std::string_view text) {
  NodeId id;
  std::string_view event;
  if (!SplitNumber(text, event, id.ordinal)) {
    return absl::InvalidArgumentError(absl::StrCat("'", std::string(text), "' is not a node"));
  }
  AMEIDE_ASSIGN_OR_RETURN(id.event, ParseEventId(event));
  return id;
}

}  // namespace ameide::uaf
