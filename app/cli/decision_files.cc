#include "app/cli/decision_files.h"

#include <algorithm>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "app/cli/collect.h"
#include "base/status.h"
#include "notation/dmn/view.h"

namespace ameide::cli {

using uaf::document::Document;

namespace {

/// The path part of a URI: escapes resolved, a `file:` in front dropped.
std::string PathOf(std::string_view location) {
  if (location.starts_with("file:")) location.remove_prefix(5);
  if (location.starts_with("///")) location.remove_prefix(2);
  std::string path;
  for (size_t i = 0; i < location.size(); ++i) {
    if (location[i] == '%' && i + 2 < location.size() &&
        absl::ascii_isxdigit(static_cast<unsigned char>(location[i + 1])) &&
        absl::ascii_isxdigit(static_cast<unsigned char>(location[i + 2]))) {
      path += static_cast<char>(std::stoi(std::string(location.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      path += location[i];
    }
  }
  return path;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Document>> DecisionFiles::Read(const std::string& path) {
  if (const auto known = documents_.find(path); known != documents_.end()) return known->second;
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session_.files().Read(path, kLargestArtifact));
  const uaf::document::Format& format = session_.formats().ForFile(path, FileHead(bytes));
  absl::StatusOr<uaf::document::Intake> intake = format.Accept(bytes);
  if (!intake.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ":", std::string(intake.status().message())));
  }
  AMEIDE_ASSIGN_OR_RETURN(Document document, Document::Import(intake->import, bytes, uaf::EventId{}));
  auto shared = std::make_shared<const Document>(std::move(document));
  documents_.emplace(path, shared);
  return shared;
}

const std::vector<DecisionFiles::Candidate>& DecisionFiles::Beside(const std::filesystem::path& folder) {
  const auto [at, added] = folders_.try_emplace(folder);
  if (!added) return at->second;
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator walk(folder.empty() ? "." : folder, error);
  for (const auto end = std::filesystem::end(walk); !error && walk != end; walk.increment(error)) {
    const std::string name = walk->path().filename().string();
    if (absl::EndsWith(absl::AsciiStrToLower(name), ".dmn") && walk->is_regular_file(error))
      names.push_back((folder / name).string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    // A file that cannot be read is not the one that is looked for.
    const auto document = Read(name);
    if (!document.ok() || !dmn::IsDmn(**document)) continue;
    at->second.push_back({name, dmn::Definitions(**document).target_namespace(), *document});
  }
  return at->second;
}

dmn::ImportLoader DecisionFiles::Loader() {
  return [this](std::string_view importing, std::string_view namespace_uri,
                std::string_view location) -> std::optional<dmn::ImportedFile> {
    const std::filesystem::path folder = std::filesystem::path(std::string(importing)).parent_path();
    if (!location.empty()) {
      const std::string path = (folder / PathOf(location)).lexically_normal().string();
      std::error_code error;
      if (std::filesystem::is_regular_file(path, error)) {
        const auto document = Read(path);
        if (document.ok() && dmn::Definitions(**document).target_namespace() == namespace_uri)
          return dmn::ImportedFile{path, *document};
      }
    }
    for (const Candidate& candidate : Beside(folder)) {
      if (candidate.namespace_uri == namespace_uri && candidate.path != importing)
        return dmn::ImportedFile{candidate.path, candidate.document};
    }
    return std::nullopt;
  };
}

}  // namespace ameide::cli
