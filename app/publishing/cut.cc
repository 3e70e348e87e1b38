#include "app/publishing/cut.h"

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/publishing/proto_source.h"
#include "base/status.h"
#include "notation/bpmn/view.h"
#include "notation/dmn/view.h"

namespace ameide::publishing {
namespace {

using bpmn::Definitions;
using bpmn::Element;
using connection::PublishArtifact;
using uaf::Artifact;

constexpr char kAmeideNamespace[] = "http://ameide.io/schema/bpmn/1.0";
// Imports with which every backend is born.
constexpr const char* kBuiltInImports[] = {"google/", "ameide/"};

bool IsBpmn(const Artifact& artifact) { return artifact.format == "bpmn"; }
bool IsDmn(const Artifact& artifact) { return artifact.format == "dmn"; }
bool IsProto(const Artifact& artifact) { return absl::EndsWith(artifact.path, ".proto"); }

// Something that an artifact needs from another one.
struct Reference {
  enum class Kind { kProcess, kService, kImport, kDecision, kModel } kind;
  std::string target;   // id of a process or decision, full service name, import path, namespace of a model
  std::string element;  // that refers
};

class Collector {
 public:
  Collector(const uaf::Workspace& workspace, const std::optional<uaf::Cut>& cut)
      : workspace_(workspace), cut_(cut) {}

  absl::Status Index() {
    AMEIDE_ASSIGN_OR_RETURN(artifacts_, workspace_.Artifacts());
    for (const Artifact& artifact : artifacts_) {
      if (!IsBpmn(artifact) && !IsProto(artifact) && !IsDmn(artifact)) continue;
      absl::StatusOr<std::string> bytes = workspace_.Render(artifact.id, cut_);
      if (absl::IsNotFound(bytes.status())) continue;  // it came later than the cut
      AMEIDE_RETURN_IF_ERROR(bytes.status());
      AMEIDE_RETURN_IF_ERROR(IsBpmn(artifact)  ? IndexBpmn(artifact)
                             : IsDmn(artifact) ? IndexDmn(artifact)
                                               : IndexProto(artifact, *bytes));
      bytes_.emplace(artifact.id.name, *std::move(bytes));
    }
    return absl::OkStatus();
  }

  absl::Status Choose(std::span<const uaf::ArtifactId> chosen) {
    for (const Artifact& artifact : artifacts_) {
      // Decisions come with the processes that call them.
      const bool by_itself = bytes_.contains(artifact.id.name) && !IsDmn(artifact);
      if (chosen.empty() && by_itself) wanted_.push_back(&artifact);
      for (const uaf::ArtifactId& id : chosen) {
        if (id != artifact.id) continue;
        if (!by_itself) {
          return absl::FailedPreconditionError(absl::StrCat(
              artifact.path,
              " cannot be published by itself: it is neither a BPMN process nor a domain (.proto)",
              IsDmn(artifact) ? "; publish a process that calls its decisions" : ""));
        }
        wanted_.push_back(&artifact);
      }
    }
    if (wanted_.empty()) {
      return absl::FailedPreconditionError(
          "there is nothing to publish: the workspace has no process and no domain");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<PublishArtifact>> Follow() {
    std::map<std::string, PublishArtifact> out;
    while (!wanted_.empty()) {
      const Artifact& artifact = *wanted_.back();
      wanted_.pop_back();
      if (out.contains(artifact.path)) continue;
      out.emplace(artifact.path, PublishArtifact{artifact.path, artifact.id.name, bytes_.at(artifact.id.name),
                                                 uaf::FormatId(artifact.head)});
      for (const Reference& reference : references_[artifact.id.name]) {
        AMEIDE_RETURN_IF_ERROR(Resolve(artifact, reference));
      }
    }
    std::vector<PublishArtifact> sorted;
    for (auto& [path, artifact] : out) sorted.push_back(std::move(artifact));
    return sorted;
  }

 private:
  absl::Status IndexBpmn(const Artifact& artifact) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace_.Load(artifact.id, cut_));
    const Definitions definitions(document);
    std::vector<Reference>& references = references_[artifact.id.name];
    for (const Element& process : definitions.processes()) processes_[process.id()].push_back(&artifact);
    for (const Element& element : definitions.model_elements()) {
      if (element.type() == "callActivity") {
        if (const std::optional<std::string> called = element.attribute("calledElement")) {
          references.push_back(
              {Reference::Kind::kProcess, called->substr(called->find(':') + 1), element.id()});
        }
      }
      const Element decision = element.extension(bpmn::kZeebeNamespace, "calledDecision");
      if (const std::string id = decision.attribute("decisionId").value_or(""); !id.empty()) {
        references.push_back({Reference::Kind::kDecision, id, element.id()});
      }
      const Element call = element.extension(kAmeideNamespace, "domainCall");
      if (!call) continue;
      const std::string command = call.attribute("command").value_or("");
      const size_t slash = command.find('/');
      if (slash != std::string::npos) {
        references.push_back({Reference::Kind::kService, command.substr(0, slash), element.id()});
      }
    }
    return absl::OkStatus();
  }

  absl::Status IndexDmn(const Artifact& artifact) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace_.Load(artifact.id, cut_));
    const dmn::Definitions definitions(document);
    models_[definitions.target_namespace()].push_back(&artifact);
    for (const dmn::Element& element : definitions.drg_elements()) {
      if (element.type() == "decision" || element.type() == "decisionService")
        decisions_[element.id()].push_back(&artifact);
    }
    for (const dmn::Element& import : definitions.imports()) {
      if (!dmn::ModelVersion(import.attribute("importType").value_or(""))) continue;
      references_[artifact.id.name].push_back(
          {Reference::Kind::kModel, import.attribute("namespace").value_or(""), import.id()});
    }
    return absl::OkStatus();
  }

  absl::Status IndexProto(const Artifact& artifact, const std::string& bytes) {
    const ProtoSource source = ReadProtoSource(bytes);
    for (const std::string& service : source.services) {
      services_[source.package.empty() ? service : absl::StrCat(source.package, ".", service)].push_back(
          &artifact);
    }
    for (const std::string& import : source.imports) {
      bool built_in = false;
      for (const char* prefix : kBuiltInImports) built_in = built_in || absl::StartsWith(import, prefix);
      if (!built_in) references_[artifact.id.name].push_back({Reference::Kind::kImport, import, ""});
    }
    return absl::OkStatus();
  }

  // Files that an import may mean: one whose path ends like it.
  std::vector<const Artifact*> Importable(const std::string& import) const {
    std::vector<const Artifact*> out;
    for (const Artifact& artifact : artifacts_) {
      if (IsProto(artifact) &&
          (artifact.path == import || absl::EndsWith(artifact.path, absl::StrCat("/", import)))) {
        out.push_back(&artifact);
      }
    }
    return out;
  }

  absl::Status Resolve(const Artifact& from, const Reference& reference) {
    std::vector<const Artifact*> found;
    std::string what;
    switch (reference.kind) {
      case Reference::Kind::kProcess:
        found = processes_[reference.target];
        what = absl::StrCat("process ", reference.target);
        break;
      case Reference::Kind::kService:
        found = services_[reference.target];
        what = absl::StrCat("domain service ", reference.target);
        break;
      case Reference::Kind::kImport:
        found = Importable(reference.target);
        what = absl::StrCat("import ", reference.target);
        break;
      case Reference::Kind::kDecision:
        found = decisions_[reference.target];
        what = absl::StrCat("decision ", reference.target);
        break;
      case Reference::Kind::kModel:
        found = models_[reference.target];
        what = absl::StrCat("decision model with the namespace ", reference.target);
        break;
    }
    if (found.size() == 1) {
      wanted_.push_back(found.front());
      return absl::OkStatus();
    }
    const std::string where =
        reference.element.empty() ? from.path : absl::StrCat(from.path, ", element ", reference.element);
    if (found.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(where, ": ", what, " is nowhere in this workspace; add it or mend the reference"));
    }
    std::vector<std::string> paths;
    for (const Artifact* artifact : found) paths.push_back(artifact->path);
    return absl::FailedPreconditionError(absl::StrCat(where, ": ", what, " is in several artifacts (",
                                                      absl::StrJoin(paths, ", "), "); keep one"));
  }

  const uaf::Workspace& workspace_;
  const std::optional<uaf::Cut>& cut_;
  std::vector<Artifact> artifacts_;
  std::map<std::string, std::string> bytes_;                       // by artifact id
  std::map<std::string, std::vector<Reference>> references_;       // by artifact id
  std::map<std::string, std::vector<const Artifact*>> processes_;  // by process id
  std::map<std::string, std::vector<const Artifact*>> services_;   // by full name
  std::map<std::string, std::vector<const Artifact*>> decisions_;  // by id
  std::map<std::string, std::vector<const Artifact*>> models_;     // by namespace
  std::vector<const Artifact*> wanted_;
};

}  // namespace

absl::StatusOr<std::vector<PublishArtifact>> CollectCut(const uaf::Workspace& workspace,
                                                        std::span<const uaf::ArtifactId> chosen,
                                                        const std::optional<uaf::Cut>& cut) {
  Collector collector(workspace, cut);
  AMEIDE_RETURN_IF_ERROR(collector.Index());
  AMEIDE_RETURN_IF_ERROR(collector.Choose(chosen));
  return collector.Follow();
}

}  // namespace ameide::publishing
