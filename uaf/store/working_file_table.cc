#include "uaf/store/working_file_table.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

absl::StatusOr<std::vector<int64_t>> ParseArrivals(std::string_view text, const std::string& path) {
  std::vector<int64_t> arrivals;
  while (!text.empty()) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<size_t>(end - text.data());
    if (error != std::errc() || number < 0 || (length < text.size() && text[length] != ',')) {
      return absl::DataLossError(absl::StrCat(path, ": what the store remembers of the file was changed; ",
                                              "move .uaf/store.db away, it is built anew from the log"));
    }
    arrivals.push_back(number);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return arrivals;
}

}  // namespace

absl::StatusOr<std::optional<WorkingFile>> WorkingFileTable::Find(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store_->database().Prepare("SELECT w.path, w.hash, w.writing, w.arrival, w.device, w.inode, w.size,"
                                 " w.modified, w.view, w.writing_arrival, w.writing_view, w.absorbed"
                                 " FROM working_files w"
                                 " JOIN artifact_names n ON n.id = w.artifact WHERE n.name = ?"));
  query.BindText(1, artifact.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<WorkingFile>();
  WorkingFile file;
  file.path = query.Text(0);
  AMEIDE_ASSIGN_OR_RETURN(file.hash, Hash256::FromBytes(query.Blob(1)));
  if (!query.IsNull(2)) {
    AMEIDE_ASSIGN_OR_RETURN(file.writing, Hash256::FromBytes(query.Blob(2)));
  }
  file.stamp.device = static_cast<uint64_t>(query.Int(4));
  file.stamp.inode = static_cast<uint64_t>(query.Int(5));
  file.stamp.size = static_cast<uint64_t>(query.Int(6));
  file.stamp.modified_ns = query.Int(7);
  file.stands = {query.Int(3), query.Int(8)};
  file.writing_stands = {query.Int(9), query.Int(10)};
  AMEIDE_ASSIGN_OR_RETURN(file.absorbed, ParseArrivals(query.Text(11), file.path));
  return std::optional<WorkingFile>(std::move(file));
}

absl::Status WorkingFileTable::Remember(const ArtifactId& artifact, const WorkingFile& file) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t number, store_->log().InternArtifact(artifact));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      store_->database().Prepare(
          "INSERT OR REPLACE INTO working_files(artifact, path, hash, writing, arrival, device,"
          " inode, size, modified, view, writing_arrival, writing_view, absorbed)"
          " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  // A file that was changed a moment ago may be changed again without its stamp telling: such a stamp is not
  // trusted.
  constexpr int64_t kDoubtfulNs = 2'000'000'000;
  const int64_t now_ns = store_->options().clock->Now().time_since_epoch().count() * 1000;
  const bool doubtful = file.stamp.modified_ns > now_ns - kDoubtfulNs;
  insert.Bind(1, number).BindText(2, file.path).BindBlob(3, file.hash.view());
  if (file.writing) {
    insert.BindBlob(4, file.writing->view());
  } else {
    insert.BindNull(4);
  }
  insert.Bind(5, file.stands.arrival).Bind(6, static_cast<int64_t>(file.stamp.device));
  insert.Bind(7, static_cast<int64_t>(file.stamp.inode)).Bind(8, static_cast<int64_t>(file.stamp.size));
  insert.Bind(9, doubtful ? 0 : file.stamp.modified_ns).Bind(10, file.stands.view);
  const Standing writing = file.writing ? file.writing_stands : Standing{};
  const std::string absorbed = absl::StrJoin(file.absorbed, ",");
  insert.Bind(11, writing.arrival).Bind(12, writing.view).BindText(13, absorbed);
  return store_->Noted(insert.Run());
}

absl::Status WorkingFileTable::Forget(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t number, store_->log().InternArtifact(artifact));
  AMEIDE_ASSIGN_OR_RETURN(Statement remove,
                          store_->database().Prepare("DELETE FROM working_files WHERE artifact = ?"));
  remove.Bind(1, number);
  return store_->Noted(remove.Run());
}

}  // namespace ameide::uaf
