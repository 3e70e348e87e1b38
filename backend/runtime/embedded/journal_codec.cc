#include "backend/runtime/embedded/journal_codec.h"

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kCheckSize = 4;

std::string CheckOf(std::string_view steps) {
  return std::string(Sha256(steps).view().substr(0, kCheckSize));
}

}  // namespace

void JournalRowWriter::Add(WallTime at, const std::vector<engine::Fact>& facts) {
  ByteWriter writer;
  writer.SignedVarint(at.time_since_epoch().count());
  writer.Varint(facts.size());
  for (const engine::Fact& fact : facts) engine::EncodeFact(fact, writer);
  steps_.append(writer.bytes());
}

std::string JournalRowWriter::Take() {
  ByteWriter row;
  row.Byte(kVersion);
  row.Raw(CheckOf(steps_));
  row.Raw(steps_);
  steps_.clear();
  return row.Take();
}

absl::StatusOr<std::vector<JournalStep>> DecodeJournalRow(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.Byte();
  if (version > kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("journal row of version ", version, "; use a newer program"));
  }
  const std::string_view check = reader.Raw(kCheckSize);
  if (!reader.ok() || version == 0 || check != CheckOf(bytes.substr(reader.position()))) {
    return absl::DataLossError("the bytes are not as they were written");
  }
  std::vector<JournalStep> steps;
  while (reader.ok() && !reader.AtEnd()) {
    JournalStep step;
    step.at = WallTime(std::chrono::microseconds(reader.SignedVarint()));
    const size_t count = reader.Count();
    step.facts.reserve(count);
    for (size_t i = 0; i < count && reader.ok(); ++i) step.facts.push_back(engine::DecodeFact(reader));
    steps.push_back(std::move(step));
  }
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return steps;
}

}  // namespace ameide::runtime
