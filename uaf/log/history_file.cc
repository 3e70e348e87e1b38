#include "uaf/log/history_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/log/codec.h"
#include "uaf/log/column_file.h"

namespace ameide::uaf {
namespace {

constexpr std::string_view kMagic = "AMEIDE-HISTORY\n";
constexpr uint64_t kFormat = 1;
constexpr size_t kHashSize = 32;
constexpr size_t kLongestName = 200;

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '~';
         });
}

absl::Status TooLarge() {
  return absl::ResourceExhaustedError(absl::StrCat("the history is larger than ", kLargestHistory >> 20,
                                                   " MiB; carry the workspace with git instead"));
}

}  // namespace

bool IsHistoryPath(std::string_view path) {
  for (const std::string_view own : {".gitattributes", ".uaf/.gitattributes", ".uaf/.gitignore",
                                     ".uaf/policy.yaml", ".uaf/workspace.yaml"}) {
    if (path == own) return true;
  }
  for (const std::string_view folder : {".uaf/blobs/", ".uaf/keys/"}) {
    if (path.starts_with(folder)) return IsPlainName(path.substr(folder.size()));
  }
  constexpr std::string_view kLog = ".uaf/log/";
  if (!path.starts_with(kLog)) return false;
  const std::string_view rest = path.substr(kLog.size());
  const size_t slash = rest.find('/');
  return slash != std::string_view::npos && IsPlainName(rest.substr(0, slash)) &&
         IsPlainName(rest.substr(slash + 1)) && (rest.ends_with(".seg") || rest.ends_with(".pack"));
}

absl::StatusOr<std::string> EncodeHistory(const History& history) {
  uint64_t size = 0;
  for (const HistoryEntry& entry : history.entries) size += entry.path.size() + entry.bytes.size() + 20;
  if (size > kLargestHistory) return TooLarge();
  ByteWriter content;
  content.Varint(history.entries.size());
  for (const HistoryEntry& entry : history.entries) {
    content.String(entry.path);
    content.String(entry.bytes);
  }
  const std::string packed = Squeeze(content.bytes());
  ByteWriter out;
  out.Raw(kMagic);
  out.Varint(kFormat);
  WriteName(out, history.workspace);
  out.Varint(packed.empty() ? 0 : content.bytes().size());
  out.String(packed.empty() ? content.bytes() : packed);
  const Hash256 checksum = Sha256(out.bytes());
  out.Raw(checksum.view());
  return out.Take();
}

absl::StatusOr<History> DecodeHistory(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kHashSize || !bytes.starts_with(kMagic)) {
    return absl::DataLossError("it is no history of a workspace");
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kHashSize);
  if (Sha256(content).view() != bytes.substr(content.size())) {
    return absl::DataLossError("its checksum does not match: it was damaged or changed");
  }
  ByteReader in(content);
  in.Raw(kMagic.size());
  if (const uint64_t format = in.Varint(); format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("it has format ", format, ", newer than this program; install a newer Ameide"));
  }
  History history;
  history.workspace = ReadName(in);
  const uint64_t size = in.Varint();
  std::string_view files = in.String();
  AMEIDE_RETURN_IF_ERROR(in.Finish());
  if (size > kLargestHistory) return TooLarge();
  std::string unpacked;
  if (size > 0) {
    AMEIDE_ASSIGN_OR_RETURN(unpacked, Unsqueeze(files, size, kLargestHistory));
    files = unpacked;
  }
  ByteReader reader(files);
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    HistoryEntry entry{std::string(reader.String()), std::string(reader.String())};
    if (!reader.ok()) break;
    if (!IsHistoryPath(entry.path) ||
        (!history.entries.empty() && history.entries.back().path >= entry.path)) {
      return absl::DataLossError("it holds a file that no history may hold; do not trust whoever made it");
    }
    history.entries.push_back(std::move(entry));
  }
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return history;
}

}  // namespace ameide::uaf
