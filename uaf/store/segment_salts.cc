#include "uaf/store/segment_salts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"

namespace ameide::uaf {

absl::StatusOr<SegmentSalts> SegmentSalts::Of(Database& database, const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT g.first, COALESCE(g.last, 0x7fffffffffffffff), g.seed FROM segments g"
                       " JOIN streams s ON s.id = g.stream WHERE s.name = ? ORDER BY g.number"));
  query.BindText(1, stream.name);
  SegmentSalts salts(stream);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return salts;
    salts.segments_.push_back({static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1)),
                               std::string(query.Blob(2))});
  }
}

absl::StatusOr<Hash256> SegmentSalts::At(uint64_t seq) {
  if (at_ >= segments_.size() || segments_[at_].first > seq) at_ = 0;
  while (at_ < segments_.size() && segments_[at_].last < seq) ++at_;
  if (at_ >= segments_.size() || segments_[at_].first > seq) {
    return absl::DataLossError(absl::StrCat("no segment holds event ", FormatId(EventId{stream_, seq}),
                                            "; run `ameide doctor --rebuild`"));
  }
  return SaltOf(segments_[at_].seed, seq);
}

}  // namespace ameide::uaf
