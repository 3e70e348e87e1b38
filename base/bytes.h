#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace ameide {

/// Appends values in the one canonical form that everything of ours which is hashed, signed or replayed uses:
/// unsigned LEB128 variable-length integers (shortest form), zigzag for signed ones, length-prefixed strings.
class ByteWriter {
 public:
  void Byte(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void Varint(uint64_t value);
  void SignedVarint(int64_t value);
  void Bool(bool value) { Byte(value ? 1 : 0); }
  /// Length as varint, then the bytes.
  void String(std::string_view value);
  /// The bytes alone; the reader must know their number.
  void Raw(std::string_view value) { out_.append(value); }

  const std::string& bytes() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what ByteWriter wrote. The first bad read (past the end, a varint that is not in its shortest form,
/// a bool that is neither 0 nor 1) makes every later one return zero values and `status()` an error; so
/// callers read everything and check once. Never reads outside its input and never allocates more than its
/// input's size.
class ByteReader {
 public:
  explicit ByteReader(std::string_view input) : input_(input) {}

  uint8_t Byte();
  uint64_t Varint();
  int64_t SignedVarint();
  bool Bool();
  std::string_view String();
  std::string_view Raw(size_t size);
  /// A varint that counts things of at least one byte each: fails when it exceeds the bytes that are left.
  size_t Count();

  bool AtEnd() const { return position_ == input_.size(); }
  size_t position() const { return position_; }
  bool ok() const { return !failed_; }
  /// OK, or DATA_LOSS with the offset of the first bad read.
  absl::Status status() const;
  /// As status(), but also an error when bytes are left over.
  absl::Status Finish() const;
  /// For decoders that find a value out of range.
  void Fail();

 private:
  std::string_view input_;
  size_t position_ = 0;
  size_t failed_at_ = 0;
  bool failed_ = false;
};

}  // namespace ameide
