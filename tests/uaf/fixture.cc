#include "tests/uaf/fixture.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace ameide::uaf {

using document::Document;
using document::NodeIndex;

const char kModel[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" id=\"d\">\n"
    "  <process id=\"p\" isExecutable=\"true\">\n"
    "    <startEvent id=\"s\" name=\"Order received\"/>\n"
    "    <task id=\"t\" name=\"Check stock\"/>  <!-- kept -->\n"
    "    <endEvent id=\"e\"/>\n"
    "  </process>\n"
    "</definitions>\n";

namespace {

class TestFormat final : public document::Format {
 public:
  TestFormat(std::string_view name, document::TreeKind kind, std::vector<std::string> endings)
      : name_(name), kind_(kind), endings_(std::move(endings)) {}
  std::string_view name() const override { return name_; }
  bool Claims(std::string_view path, std::string_view) const override {
    for (const std::string& ending : endings_) {
      if (path.ends_with(ending)) return true;
    }
    return endings_.empty();
  }
  absl::StatusOr<document::Intake> Accept(std::string_view bytes) const override {
    document::Intake intake;
    intake.import.blob = Sha256(bytes);
    intake.import.kind = kind_;
    const absl::StatusOr<Document> document = Document::Import(intake.import, bytes, EventId{});
    if (!document.ok()) return document.status();
    return intake;
  }
  std::string DisplayName(const Document& document, NodeIndex node) const override {
    return document.attribute(node, "name").value_or("");
  }
  bool IsLayout(const Document&, NodeIndex) const override { return false; }
  std::vector<std::string> ReferencesIn(const Document& document, NodeIndex node,
                                        std::string_view attribute) const override {
    std::vector<std::string> named;
    if (attribute.ends_with("Ref")) named.push_back(document.attribute(node, attribute).value_or(""));
    return named;
  }

 private:
  std::string name_;
  document::TreeKind kind_;
  std::vector<std::string> endings_;
};

}  // namespace

std::unique_ptr<document::FormatRegistry> MakeTestFormats() {
  std::vector<std::unique_ptr<document::Format>> formats;
  formats.push_back(std::make_unique<TestFormat>("xml", document::TreeKind::kXml,
                                                 std::vector<std::string>{".bpmn", ".xml", ".archimate"}));
  formats.push_back(
      std::make_unique<TestFormat>("markdown", document::TreeKind::kLines, std::vector<std::string>{".md"}));
  formats.push_back(
      std::make_unique<TestFormat>("opaque", document::TreeKind::kOpaque, std::vector<std::string>{}));
  return std::make_unique<document::FormatRegistry>(std::move(formats));
}

TemporaryFolder::TemporaryFolder(Medium medium) {
  const std::filesystem::path memory = "/dev/shm";
  const bool in_memory = medium == Medium::kMemory && ::access(memory.c_str(), W_OK) == 0;
  path_ = (in_memory ? memory : std::filesystem::temp_directory_path()) /
          ("ameide-test-" + HexEncode(SystemRandom().Bytes(8)));
  std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

WorkspaceFixture::WorkspaceFixture(uint64_t seed, Medium medium) : folder(medium), random(seed) {}

WorkspaceOptions WorkspaceFixture::Options(std::string_view name) const {
  WorkspaceOptions options;
  options.root = folder.path() / name;
  options.profile = folder.path() / "profile";
  options.actor = {"Ada", "ada@example.org", "test 1"};
  options.clock = &clock;
  options.random = &random;
  options.files = &files;
  options.formats = formats.get();
  options.idle_wait = idle_wait;
  options.longest_wait = idle_wait;
  return options;
}

std::unique_ptr<Workspace> WorkspaceFixture::Open(std::string_view name) {
  const WorkspaceOptions options = Options(name);
  if (!std::filesystem::exists(options.root / ".uaf" / "workspace.yaml")) {
    if (const absl::Status status = Workspace::Initialize(options); !status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      std::abort();
    }
  }
  absl::StatusOr<std::unique_ptr<Workspace>> workspace = Workspace::Open(options);
  if (!workspace.ok()) {
    std::fprintf(stderr, "%s\n", workspace.status().ToString().c_str());
    std::abort();
  }
  return *std::move(workspace);
}

std::string WorkspaceFixture::Read(std::string_view path) const {
  std::ifstream file(File(path), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WorkspaceFixture::Write(std::string_view path, std::string_view bytes) {
  std::filesystem::create_directories(File(path).parent_path());
  std::ofstream(File(path), std::ios::binary) << bytes;
}

NodeIndex ElementById(const Document& document, std::string_view id) {
  for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
    if (document.attribute(node, "id") == id) return node;
  }
  return document::kNoNode;
}

Command SetAttribute(const ArtifactId& artifact, const Document& document, std::string_view id,
                     std::string_view attribute, std::string_view value) {
  const NodeIndex node = ElementById(document, id);
  document::SetAttributeOp op;
  op.node = document.id(node);
  op.name = attribute;
  op.text = document.attribute_text(node, attribute).value_or(document::AttributeText{.lead = " "});
  op.text->raw = document::EscapeXml(value, op.text->quote, document::Encoding::kUtf8);
  Command command;
  command.artifact = artifact;
  command.label = "Set " + std::string(attribute) + " of " + std::string(id);
  command.ops = {op};
  return command;
}

Command Remove(const ArtifactId& artifact, const Document& document, std::string_view id) {
  Command command;
  command.artifact = artifact;
  command.label = "Remove " + std::string(id);
  command.ops = {document::MoveNodeOp{document.id(ElementById(document, id)), std::nullopt}};
  return command;
}

Command Insert(const ArtifactId& artifact, const Document& document, std::string_view parent,
               std::string_view raw) {
  const NodeIndex node = ElementById(document, parent);
  document::InsertNodeOp op;
  op.place.parent = document.id(node);
  if (const NodeIndex last = document.last_child(node); last != document::kNoNode)
    op.place.left = document.id(last);
  op.raw = raw;
  Command command;
  command.artifact = artifact;
  command.label = "Insert";
  command.ops = {op};
  return command;
}

std::filesystem::path ConformanceFolder() {
  const char* given = std::getenv("AMEIDE_CONFORMANCE_DIR");
  const char* source = std::getenv("AMEIDE_SOURCE_DIR");
  std::filesystem::path folder = given != nullptr ? std::filesystem::path(given)
                                 : source != nullptr
                                     ? std::filesystem::path(source) / ".." / "shared" / "conformance"
                                     : std::filesystem::path("../shared/conformance");
  return std::filesystem::exists(folder / "bpmn-miwg") ? folder : std::filesystem::path();
}

}  // namespace ameide::uaf
