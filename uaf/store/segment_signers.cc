#include "uaf/store/segment_signers.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "uaf/store/log_files.h"

namespace ameide::uaf {

absl::StatusOr<std::vector<SegmentSigners::Sealed>> SegmentSigners::SegmentsOf(Database& database,
                                                                               const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database.Prepare("SELECT g.number, g.first, g.last FROM segments g"
                                           " JOIN streams s ON s.id = g.stream"
                                           " WHERE s.name = ? AND g.last IS NOT NULL ORDER BY g.number"));
  query.BindText(1, stream.name);
  std::vector<Sealed> segments;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return segments;
    segments.push_back({static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1)),
                        static_cast<uint64_t>(query.Int(2))});
  }
}

std::string SegmentSigners::KeyOf(const StreamId& stream, uint64_t number) {
  if (const auto known = keys_.find({stream, number}); known != keys_.end()) return known->second;
  SegmentFiles segments(layout_, files_, workspace_);
  const absl::StatusOr<SegmentFiles::Found> found = segments.Read(stream, number);
  if (!found.ok()) return {};
  return keys_[{stream, number}] = found->segment.segment.key;
}

absl::StatusOr<std::string> SegmentSigners::KeyOf(Database& database, const EventId& event) {
  std::vector<Sealed>& segments = segments_[event.stream];
  if (segments.empty() || segments.back().last < event.seq) {
    AMEIDE_ASSIGN_OR_RETURN(segments, SegmentsOf(database, event.stream));
  }
  const auto found = std::lower_bound(segments.begin(), segments.end(), event.seq,
                                      [](const Sealed& segment, uint64_t seq) { return segment.last < seq; });
  if (found == segments.end() || found->first > event.seq) return std::string();
  return KeyOf(event.stream, found->number);
}

}  // namespace ameide::uaf
