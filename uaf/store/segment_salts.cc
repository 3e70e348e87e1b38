#include "uaf/store/segment_salts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/forks.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {
namespace {

constexpr size_t kHashSize = 32;
constexpr char kSaltsGiven = 1;

/// The salt of event `seq` from what the row of its segment holds.
absl::StatusOr<Hash256> SaltIn(std::string_view held, uint64_t first, uint64_t seq) {
  if (held.size() == kHashSize) return SaltOf(held, seq);
  const uint64_t at = 1 + (seq - first) * kHashSize;
  if (held.empty() || held[0] != kSaltsGiven || at + kHashSize > held.size())
    return absl::DataLossError(
        "the salts of a segment are damaged in the store; run `ameide doctor --rebuild`");
  return Hash256::FromBytes(held.substr(at, kHashSize));
}

}  // namespace

absl::StatusOr<SegmentSalts> SegmentSalts::Of(Database& database, const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database.Prepare("SELECT g.first, COALESCE(g.last, 0x7fffffffffffffff), g.seed, s.name"
                                        " FROM segments g JOIN streams s ON s.id = g.stream"
                                        " WHERE s.name = ?1 OR s.name = ?2 OR (s.name > ?3 AND s.name < ?4)"
                                        " ORDER BY g.first, g.last"));
  const std::string base = WrittenAs(stream).name;
  const std::string tails = base + "~";
  const std::string behind = base + "\x7f";
  query.BindText(1, stream.name).BindText(2, base).BindText(3, tails).BindText(4, behind);
  SegmentSalts salts(stream);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    Row row{static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1)),
            std::string(query.Blob(2))};
    if (query.Text(3) == stream.name) {
      salts.segments_.push_back(std::move(row));
    } else {
      salts.relatives_.emplace_back(StreamId{std::string(query.Text(3))}, std::move(row));
    }
  }
  if (!salts.relatives_.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(salts.tails_, TailsOf(database));
  }
  AMEIDE_ASSIGN_OR_RETURN(Statement redactions, database.Prepare("SELECT arrival, payload FROM redactions"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, redactions.Step());
    if (!more) return salts;
    AMEIDE_ASSIGN_OR_RETURN(salts.redacted_[redactions.Int(0)], Hash256::FromBytes(redactions.Blob(1)));
  }
}

absl::StatusOr<Hash256> SegmentSalts::At(uint64_t seq) {
  if (at_ >= segments_.size() || segments_[at_].first > seq) at_ = 0;
  while (at_ < segments_.size() && segments_[at_].last < seq) ++at_;
  if (at_ >= segments_.size() || segments_[at_].first > seq) return AmongRelatives(seq);
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 salt, SaltIn(segments_[at_].held, segments_[at_].first, seq));
  return salt;
}

absl::StatusOr<Hash256> SegmentSalts::AmongRelatives(uint64_t seq) const {
  for (const auto& [stream, row] : relatives_) {
    const bool held = row.first <= seq && seq <= row.last;
    if (held && Along(tails_, stream, seq).stream == stream_) return SaltIn(row.held, row.first, seq);
  }
  return absl::DataLossError(absl::StrCat("no segment holds event ", FormatId(EventId{stream_, seq}),
                                          "; run `ameide doctor --rebuild`"));
}

absl::StatusOr<Hash256> SegmentSalts::PayloadOf(const StoredEvent& event) {
  if (const auto redacted = redacted_.find(event.arrival); redacted != redacted_.end())
    return redacted->second;
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 salt, At(event.change_set.id.seq));
  return PayloadHash(salt, event.Canonical());
}

std::string SegmentSalts::Without(std::string_view held, uint64_t first, uint64_t last, uint64_t seq) {
  std::string given(1, kSaltsGiven);
  for (uint64_t at = first; at <= last; ++at) {
    const absl::StatusOr<Hash256> salt = SaltIn(held, first, at);
    given += (at == seq || !salt.ok() ? Hash256{} : *salt).view();
  }
  return given;
}

std::string SegmentSalts::HeldOfDerived(const StreamId& stream) {
  return absl::StrCat(std::string(1, kSaltsGiven), std::string(SaltOf(stream.name, 1).view()));
}

std::string SegmentSalts::HeldOf(const Segment& segment) {
  if (!segment.seed.empty()) return segment.seed;
  std::string given(1, kSaltsGiven);
  for (const Hash256& salt : segment.salts) given += salt.view();
  return given;
}

}  // namespace ameide::uaf
