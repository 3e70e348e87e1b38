#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// XML (*.bpmn, *.xml), lines (*.md) and opaque, judged by the tokenizer alone: the store's tests need no
/// notation. Attributes whose names end in Ref name other elements.
std::unique_ptr<document::FormatRegistry> MakeTestFormats();

/// Where a test's files lie. In memory where there is such a folder: a test that counts on no real disk need
/// not wait for one.
enum class Medium { kMemory, kDisk };

/// A folder of one test, removed at its end.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(Medium medium);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One workspace of one person, with everything that it needs. The clock stands still unless it is moved.
struct WorkspaceFixture {
  explicit WorkspaceFixture(uint64_t seed = 1, Medium medium = Medium::kMemory);

  WorkspaceOptions Options(std::string_view folder = "workspace") const;
  /// Initializes on first use, then opens; aborts the test program with the reason when that fails.
  std::unique_ptr<Workspace> Open(std::string_view folder = "workspace");

  std::filesystem::path File(std::string_view path) const { return folder.path() / "workspace" / path; }
  std::string Read(std::string_view path) const;
  void Write(std::string_view path, std::string_view bytes);

  TemporaryFolder folder;
  mutable ManualClock clock{*ParseTime("2026-03-01T12:00:00Z")};
  mutable SeededRandom random;
  mutable PosixFileSystem files;
  std::unique_ptr<document::FormatRegistry> formats = MakeTestFormats();
  std::chrono::milliseconds idle_wait{3'600'000};
};

/// A small BPMN file.
extern const char kModel[];

/// The element whose `id` attribute is `id`.
document::NodeIndex ElementById(const document::Document& document, std::string_view id);
/// A command that sets an attribute of the element `id` in `document`.
Command SetAttribute(const ArtifactId& artifact, const document::Document& document, std::string_view id,
                     std::string_view attribute, std::string_view value);
/// A command that removes the element.
Command Remove(const ArtifactId& artifact, const document::Document& document, std::string_view id);
/// A command that puts raw text behind the last child of the element `parent`.
Command Insert(const ArtifactId& artifact, const document::Document& document, std::string_view parent,
               std::string_view raw);

/// The folder of conformance files, empty when there is none.
std::filesystem::path ConformanceFolder();

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace ameide::uaf

/// Fails the test with the status's message.
#define VERIFY_OK(expression)                                                                                \
  do {                                                                                                       \
    const auto& verify_ok_result = (expression);                                                             \
    QVERIFY2(verify_ok_result.ok(), std::string(ameide::uaf::StatusOf(verify_ok_result).message()).c_str()); \
  } while (false)
