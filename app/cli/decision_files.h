#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/cli/session.h"
#include "notation/dmn/graph.h"
#include "uaf/document/document.h"

namespace ameide::cli {

/// DMN files as the command line reads them: each once, imports from beside the file that names them. One
/// thread.
class DecisionFiles {
 public:
  explicit DecisionFiles(Session& session) : session_(session) {}

  /// A file's content; errors read `PATH:LINE:COLUMN: why`.
  absl::StatusOr<std::shared_ptr<const uaf::document::Document>> Read(const std::string& path);

  /// Finds imported models: at their location, where it names a file beside the importing one, else by their
  /// namespace among the DMN files of that folder. Must not outlive this.
  dmn::ImportLoader Loader();

 private:
  struct Candidate {
    std::string path;
    std::string namespace_uri;
    std::shared_ptr<const uaf::document::Document> document;
  };
  const std::vector<Candidate>& Beside(const std::filesystem::path& folder);

  Session& session_;
  std::map<std::string, std::shared_ptr<const uaf::document::Document>> documents_;
  std::map<std::filesystem::path, std::vector<Candidate>> folders_;
};

}  // namespace ameide::cli
