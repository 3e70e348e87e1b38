#include "base/bytes.h"

#include "absl/strings/str_cat.h"

namespace ameide {

void ByteWriter::Varint(uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void ByteWriter::SignedVarint(int64_t value) {
  Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

void ByteWriter::String(std::string_view value) {
  Varint(value.size());
  out_.append(value);
}

void ByteReader::Fail() {
  if (!failed_) {
    failed_ = true;
    failed_at_ = position_;
    position_ = input_.size();
  }
}

uint8_t ByteReader::Byte() {
  if (position_ >= input_.size()) {
    Fail();
    return 0;
  }
  return static_cast<uint8_t>(input_[position_++]);
}

uint64_t ByteReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = Byte();
    if (failed_) return 0;
    const uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift > 0) break;  // not the shortest form
      return value;
    }
  }
  Fail();
  return 0;
}

int64_t ByteReader::SignedVarint() {
  const uint64_t value = Varint();
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

bool ByteReader::Bool() {
  const uint8_t byte = Byte();
  if (byte > 1) Fail();
  return byte == 1;
}

std::string_view ByteReader::Raw(size_t size) {
  if (size > input_.size() - position_) {
    Fail();
    return {};
  }
  const std::string_view value = input_.substr(position_, size);
  position_ += size;
  return value;
}

std::string_view ByteReader::String() { return Raw(Count()); }

size_t ByteReader::Count() {
  const uint64_t count = Varint();
  if (count > input_.size() - position_) {
    Fail();
    return 0;
  }
  return static_cast<size_t>(count);
}

absl::Status ByteReader::status() const {
  if (!failed_) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("malformed binary data at byte ", failed_at_));
}

absl::Status ByteReader::Finish() const {
  if (failed_) return status();
  if (!AtEnd()) return absl::DataLossError(absl::StrCat("unexpected bytes after byte ", position_));
  return absl::OkStatus();
}

}  // namespace ameide
