#include "uaf/store/log_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/log/forks.h"
#include "uaf/workspace.h"

namespace ameide::uaf {
namespace {

constexpr char kFolder[] = ".uaf/log/";
constexpr char kSegment[] = ".seg";
constexpr char kPack[] = ".pack";

/// A number as file names have it: without sign or leading zeros, so that each has one name.
std::optional<uint64_t> ReadNumber(std::string_view text) {
  uint64_t number = 0;
  if (text.empty() || text[0] < '1' || text[0] > '9' ||
      !absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string LogFileName::path() const {
  return first == last ? absl::StrCat(kFolder, stream.name, "/", first, kSegment)
                       : absl::StrCat(kFolder, stream.name, "/", first, "-", last, kPack);
}

std::optional<LogFileName> ParseLogPath(std::string_view path) {
  const size_t begin = path.rfind(kFolder);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view rest = path.substr(begin + std::string_view(kFolder).size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  LogFileName name{StreamId{std::string(rest.substr(0, slash))}, 0, 0};
  std::string_view numbers = rest.substr(slash + 1);
  std::optional<uint64_t> first, last;
  if (numbers.ends_with(kSegment)) {
    first = last = ReadNumber(numbers.substr(0, numbers.size() - std::string_view(kSegment).size()));
  } else if (numbers.ends_with(kPack)) {
    numbers.remove_suffix(std::string_view(kPack).size());
    const size_t dash = std::min(numbers.find('-'), numbers.size());
    first = ReadNumber(numbers.substr(0, dash));
    last = ReadNumber(numbers.substr(std::min(dash + 1, numbers.size())));
    if (first && last && *first >= *last) return std::nullopt;
  }
  if (!first || !last) return std::nullopt;
  name.first = *first;
  name.last = *last;
  return name;
}

std::string PlaceBeside(std::string_view log_path, std::string_view bytes) {
  std::optional<LogFileName> name = ParseLogPath(log_path);
  if (!name) return std::string(log_path);
  name->stream = TailName(name->stream, Sha256(bytes));
  return absl::StrCat(std::string(log_path.substr(0, log_path.rfind(kFolder))), name->path());
}

std::vector<StreamId> StreamsOnDisk(const WorkspaceLayout& layout, const FileSystem& files) {
  std::vector<StreamId> streams;
  const auto entries = files.List(layout.log);
  if (!entries.ok()) return streams;
  for (const FolderEntry& entry : *entries) {
    if (entry.kind == EntryKind::kFolder) streams.push_back(StreamId{entry.name});
  }
  return streams;
}

absl::StatusOr<std::vector<LogFileName>> LogFilesOf(const WorkspaceLayout& layout, const FileSystem& files,
                                                    const StreamId& stream) {
  std::vector<LogFileName> names;
  const auto entries = files.List(layout.log / stream.name);
  if (absl::IsNotFound(entries.status())) return names;
  AMEIDE_RETURN_IF_ERROR(entries.status());
  for (const FolderEntry& entry : *entries) {
    const auto name = ParseLogPath(absl::StrCat(kFolder, stream.name, "/", entry.name));
    if (name && entry.kind == EntryKind::kFile) names.push_back(*name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<SignedSegment>> SegmentFiles::ReadFile(const LogFileName& name) const {
  const auto named = [path = name.path()](const absl::Status& why) {
    return absl::Status(why.code(), absl::StrCat(path, ": ", why.message()));
  };
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes,
                          files_->Read(layout_->root / name.path(), kLargestSegment));
  absl::StatusOr<std::vector<SignedSegment>> segments = DecodePack(bytes);
  if (!segments.ok()) return named(segments.status());
  const KeySource keys = [this](std::string_view fingerprint) {
    return ReadPublicKey(*layout_, *files_, fingerprint);
  };
  for (const SignedSegment& segment : *segments) {
    if (absl::Status status = VerifySegment(segment, keys); !status.ok()) return named(status);
  }
  const Segment& first = segments->front().segment;
  if (first.workspace != workspace_ || first.stream != WrittenAs(name.stream) || first.number != name.first ||
      segments->back().segment.number != name.last) {
    return named(absl::DataLossError("it belongs to another place in the log: it was moved or copied"));
  }
  return segments;
}

absl::StatusOr<SegmentFiles::Found> SegmentFiles::Read(const StreamId& stream, uint64_t number) {
  const auto holds = [&](const LogFileName& name) {
    return name.stream == stream && name.first <= number && number <= name.last;
  };
  const auto found = [&] { return Found{last_[number - last_name_->first], last_name_->path()}; };
  if (last_name_ && holds(*last_name_)) return found();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> names, LogFilesOf(*layout_, *files_, stream));
  absl::Status problem =
      absl::NotFoundError(absl::StrCat(LogFileName{stream, number, number}.path(), " is missing"));
  for (const LogFileName& name : names) {
    if (!holds(name)) continue;
    absl::StatusOr<std::vector<SignedSegment>> segments = ReadFile(name);
    if (segments.ok()) {
      last_ = *std::move(segments);
      last_name_ = name;
      return found();
    }
    if (absl::IsNotFound(problem)) problem = segments.status();
  }
  return problem;
}

bool SegmentFiles::HasLater(const StreamId& stream, uint64_t number) const {
  const auto names = LogFilesOf(*layout_, *files_, stream);
  return names.ok() && std::any_of(names->begin(), names->end(),
                                   [&](const LogFileName& name) { return name.last > number; });
}

}  // namespace ameide::uaf
