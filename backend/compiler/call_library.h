#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/bpmn/view.h"
#include "uaf/document/document.h"

namespace ameide::compiler {

/// BPMN files, read: the processes and global tasks that call activities of other files can call. Immutable
/// and thread-safe.
class CallLibrary {
 public:
  /// A file's path, for messages, and its content.
  struct File {
    std::string path;
    std::string bytes;
  };
  /// Files that cannot be read, or are not BPMN, have nothing to call.
  explicit CallLibrary(std::vector<File> files);

  /// What is called, valid while the library lives.
  struct Callable {
    std::string path;
    const bpmn::Definitions* view = nullptr;
    bpmn::Element element;
  };
  /// The process or global task with that id. NOT_FOUND: no file has it; INVALID_ARGUMENT: several have.
  absl::StatusOr<Callable> Find(const std::string& id) const;

 private:
  struct Opened {
    std::string path;
    std::unique_ptr<const uaf::document::Document> document;
    std::unique_ptr<const bpmn::Definitions> view;
  };
  std::vector<Opened> files_;
  std::map<std::string, std::vector<Callable>> callables_;  ///< by id
};

}  // namespace ameide::compiler
