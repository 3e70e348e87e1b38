#include "uaf/store/pending.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/bytes.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

constexpr char kKey[] = "pending files";

}  // namespace

absl::StatusOr<std::vector<PendingFile>> PendingFiles(EventReader& reader) {
  std::vector<PendingFile> files;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> kept, reader.Meta(kKey));
  if (!kept || kept->empty()) return files;
  const std::string bytes = absl::HexStringToBytes(*kept);
  ByteReader in(bytes);
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
    PendingFile& file = files.emplace_back();
    file.artifact.name = in.String();
    file.path = in.String();
  }
  if (!in.Finish().ok())
    return absl::DataLossError("the store does not say which files wait for the log; run `ameide doctor`");
  return files;
}

absl::Status SetPendingFiles(Store& store, std::vector<PendingFile> files) {
  EventReader& reader = store.log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<PendingFile> before, PendingFiles(reader));
  std::sort(files.begin(), files.end());
  if (files == before) return absl::OkStatus();
  ByteWriter out;
  out.Varint(files.size());
  for (const PendingFile& file : files) {
    out.String(file.artifact.name);
    out.String(file.path);
  }
  const std::string kept = files.empty() ? std::string() : absl::BytesToHexString(out.bytes());
  AMEIDE_ASSIGN_OR_RETURN(Statement set,
                          store.database().Prepare("INSERT INTO meta(key, value) VALUES(?, ?)"
                                                   " ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  set.BindText(1, kKey).BindText(2, kept);
  AMEIDE_RETURN_IF_ERROR(store.Noted(set.Run()));
  std::vector<ArtifactId> touched;
  for (const std::vector<PendingFile>* some : {&before, &std::as_const(files)}) {
    for (const PendingFile& file : *some)
      if (!file.artifact.name.empty()) touched.push_back(file.artifact);
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  return store.Noted(store.projection().RebuildArtifacts(touched));
}

absl::StatusOr<std::string> WhyPending(EventReader& reader, const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<PendingFile> files, PendingFiles(reader));
  const bool pending = std::any_of(files.begin(), files.end(),
                                   [&](const PendingFile& file) { return file.artifact == artifact; });
  return pending ? PendingReason() : std::string();
}

std::string PendingReason() {
  return "the commit that is checked out has a part of its history whose beginning is not here (somebody "
         "picked it from another branch); it is left as it is until the rest comes, with `ameide pull`, or a "
         "merge of that branch";
}

}  // namespace ameide::uaf
