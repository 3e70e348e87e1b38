#include "uaf/log/column_file.h"

#include <zstd.h>

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace ameide::uaf {
namespace {

/// Every zstd frame begins with these (RFC 8878 §3.1.1): not written, put back for reading.
constexpr std::string_view kFrameMagic("\x28\xb5\x2f\xfd", 4);

/// How the columns lie: all in one frame, which is best for few events, or each in its own.
constexpr uint8_t kTogether = 0;
constexpr uint8_t kApart = 1;

/// Small inputs are worth every effort, large ones must not make people wait.
int LevelFor(size_t size) { return size < (size_t{1} << 20) ? 19 : size < (size_t{16} << 20) ? 12 : 6; }

void WritePacked(ByteWriter& out, std::string_view bytes) {
  const std::string packed = Squeeze(bytes);
  out.Varint(bytes.size());
  out.Varint(packed.size());  // 0: as it is
  out.Raw(packed.empty() ? bytes : std::string_view(packed));
}

absl::StatusOr<std::string> ReadPacked(ByteReader& in, uint64_t largest) {
  const uint64_t size = in.Varint();
  const uint64_t packed = in.Varint();
  const std::string_view bytes = in.Raw(packed == 0 ? size : packed);
  AMEIDE_RETURN_IF_ERROR(in.status());
  if (packed == 0) return std::string(bytes);
  return Unsqueeze(bytes, size, largest);
}

absl::Status Damaged() { return absl::DataLossError("its columns are damaged"); }

}  // namespace

std::string Squeeze(std::string_view bytes) {
  if (bytes.empty()) return {};
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LevelFor(bytes.size()));
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1);
  const size_t size = ZSTD_compress2(context, packed.data(), packed.size(), bytes.data(), bytes.size());
  ZSTD_freeCCtx(context);
  if (ZSTD_isError(size) != 0 || size - kFrameMagic.size() >= bytes.size()) return {};
  return packed.substr(kFrameMagic.size(), size - kFrameMagic.size());
}

absl::StatusOr<std::string> Unsqueeze(std::string_view packed, uint64_t size, uint64_t largest) {
  std::string frame(kFrameMagic);
  frame += packed;
  if (size > largest || ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) {
    return absl::DataLossError("its packed content has another size than stated");
  }
  std::string bytes(size, '\0');
  const size_t got = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != size) return absl::DataLossError("its packed content is damaged");
  return bytes;
}

std::string ColumnWriter::Take() const {
  ByteWriter lengths, together, apart;
  std::string all;
  for (const ByteWriter& column : columns_) {
    lengths.Varint(column.bytes().size());
    all += column.bytes();
    if (column.bytes().empty()) {
      apart.Varint(0);
    } else {
      WritePacked(apart, column.bytes());
    }
  }
  together.Byte(kTogether);
  WritePacked(together, lengths.bytes() + all);
  if (together.bytes().size() <= apart.bytes().size() + 1) return together.Take();
  ByteWriter out;
  out.Byte(kApart);
  out.Raw(apart.bytes());
  return out.Take();
}

absl::StatusOr<ColumnReader> ColumnReader::Open(std::string_view bytes, uint64_t largest) {
  ColumnReader result;
  result.bytes_ = std::make_unique<std::array<std::string, kColumns>>();
  ByteReader in(bytes);
  const uint8_t lie = in.Byte();
  if (lie == kTogether) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string all, ReadPacked(in, largest));
    AMEIDE_RETURN_IF_ERROR(in.Finish());
    ByteReader content(all);
    std::array<uint64_t, kColumns> sizes{};
    for (uint64_t& size : sizes) size = content.Varint();
    for (size_t i = 0; i < kColumns; ++i) (*result.bytes_)[i] = content.Raw(sizes[i]);
    AMEIDE_RETURN_IF_ERROR(content.Finish());
  } else if (lie == kApart) {
    uint64_t left = largest;
    for (std::string& column : *result.bytes_) {
      ByteReader ahead = in;
      if (ahead.Varint() == 0) {
        in = ahead;
        continue;
      }
      AMEIDE_ASSIGN_OR_RETURN(column, ReadPacked(in, left));
      if (column.size() > left) return Damaged();
      left -= column.size();
    }
    AMEIDE_RETURN_IF_ERROR(in.Finish());
  } else {
    return Damaged();
  }
  for (const std::string& column : *result.bytes_) result.readers_.emplace_back(column);
  return result;
}

absl::Status ColumnReader::Finish() const {
  for (const ByteReader& reader : readers_) {
    if (!reader.ok() || !reader.AtEnd()) return Damaged();
  }
  return absl::OkStatus();
}

bool ColumnReader::ok() const {
  return std::all_of(readers_.begin(), readers_.end(), [](const ByteReader& reader) { return reader.ok(); });
}

}  // namespace ameide::uaf
