#include "backend/compiler/bundle.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/compiler/call_library.h"
#include "base/hash.h"
#include "base/nesting.h"
#include "base/status.h"
#include "notation/xml/intake.h"

namespace ameide::compiler {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kPlanMediaType = "application/vnd.ameide.plan.v1";
constexpr int kDeepestBrackets = 100;  // protobuf's parser recurses without a limit
constexpr std::string_view kArtifactMediaType = "application/vnd.ameide.artifact.v1+";

/// What the domains' protos declare: "package.Service/Method".
struct Contracts {
  std::map<std::string, std::string> packages;  ///< with the artifact's path
  std::set<std::string> methods;
  std::set<std::string> services;
};

class ParseErrors final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (first.reason.empty()) {
      first = {"", static_cast<uint32_t>(line + 1),
               absl::StrCat("the proto cannot be read at ", line + 1, ":", column + 1, ": ", message),
               "proto/syntax"};
    }
  }
  CompileFinding first;
};

void ReadProto(const BundleArtifact& artifact, Contracts& contracts, std::vector<BundleFinding>& findings) {
  if (NestsDeeper(artifact.bytes, kDeepestBrackets)) {
    findings.push_back({artifact.path, {"", 0, "the proto is nested too deeply to be read", "proto/syntax"}});
    return;
  }
  google::protobuf::io::ArrayInputStream input(artifact.bytes.data(),
                                               static_cast<int>(artifact.bytes.size()));
  ParseErrors errors;
  google::protobuf::io::Tokenizer tokenizer(&input, &errors);
  google::protobuf::compiler::Parser parser;
  parser.RecordErrorsTo(&errors);
  google::protobuf::FileDescriptorProto file;
  if (!parser.Parse(&tokenizer, &file) || !errors.first.reason.empty()) {
    findings.push_back({artifact.path, errors.first});
    return;
  }
  const auto [first, is_new] = contracts.packages.emplace(file.package(), artifact.path);
  if (!is_new) {
    findings.push_back({artifact.path,
                        {"", 0,
                         absl::StrCat("the package ", file.package(), " is also in ", first->second,
                                      "; a domain is one file"),
                         "proto/package"}});
  }
  for (const auto& service : file.service()) {
    const std::string name =
        file.package().empty() ? service.name() : absl::StrCat(file.package(), ".", service.name());
    contracts.services.insert(name);
    for (const auto& method : service.method())
      contracts.methods.insert(absl::StrCat(name, "/", method.name()));
  }
}

void CheckDomainCalls(const engine::Plan& plan, const std::string& path, const Contracts& contracts,
                      std::vector<BundleFinding>& findings) {
  for (const engine::Node& node : plan.nodes) {
    if (node.kind != engine::NodeKind::kJobTask || node.job_kind != engine::JobKind::kDomain) continue;
    const std::string& method = node.job_type.text;
    if (contracts.methods.contains(method)) continue;
    const std::string service = method.substr(0, method.find('/'));
    findings.push_back({path,
                        {node.id, 0,
                         contracts.services.contains(service)
                             ? absl::StrCat("the domain's service ", service, " has no method ",
                                            method.substr(service.size() + 1), "; choose one that it has")
                             : absl::StrCat("no proto among the artifacts declares the service ", service,
                                            "; publish its domain too, or correct the name"),
                         "13.3.3"}});
  }
}

std::string DigestOf(const Json& descriptor) {
  const std::string digest = descriptor.value("digest", "");
  return digest.starts_with("sha256:") ? digest.substr(7) : std::string();
}

Json Descriptor(std::string_view media_type, const std::string& digest, size_t size) {
  Json descriptor;
  descriptor["mediaType"] = std::string(media_type);
  descriptor["digest"] = absl::StrCat("sha256:", digest);
  descriptor["size"] = size;
  return descriptor;
}

struct NamedPlan {
  std::string path;
  std::string artifact_id;
  CompiledProcess process;
};

std::vector<NamedPlan> CompileAll(const std::vector<BundleArtifact>& artifacts, const CompileOptions& options,
                                  std::vector<BundleFinding>& findings) {
  std::vector<NamedPlan> plans;
  for (const BundleArtifact& artifact : artifacts) {
    if (artifact.format != "bpmn") continue;
    absl::StatusOr<uaf::document::Intake> intake = xml::Accept(artifact.bytes);
    if (!intake.ok()) {
      findings.push_back(
          {artifact.path, {"", 0, std::string(intake.status().message()), "xml/not-well-formed"}});
      continue;
    }
    const auto document = uaf::document::Document::Import(intake->import, artifact.bytes, {});
    if (!document.ok()) {
      findings.push_back(
          {artifact.path, {"", 0, std::string(document.status().message()), "xml/not-well-formed"}});
      continue;
    }
    CompileOptions with_source = options;
    with_source.source_hash = Sha256(artifact.bytes).Hex();
    CompileResult result = Compile(*document, with_source);
    for (CompileFinding& finding : result.findings) findings.push_back({artifact.path, std::move(finding)});
    for (CompiledProcess& process : result.processes) {
      plans.push_back({artifact.path, artifact.artifact_id, std::move(process)});
    }
  }
  std::sort(plans.begin(), plans.end(), [](const NamedPlan& a, const NamedPlan& b) {
    return std::pair(a.process.plan.process_id(), a.path) < std::pair(b.process.plan.process_id(), b.path);
  });
  for (size_t i = 1; i < plans.size(); ++i) {
    const std::string& id = plans[i].process.plan.process_id();
    if (id != plans[i - 1].process.plan.process_id()) continue;
    findings.push_back({plans[i].path,
                        {id, 0,
                         absl::StrCat("the process ", id, " is also in ", plans[i - 1].path,
                                      "; give one of them another id"),
                         "10.2.1"}});
  }
  return plans;
}

}  // namespace

Bundle BuildBundle(const std::vector<BundleArtifact>& given, const CompileOptions& options) {
  std::vector<BundleArtifact> artifacts = given;
  std::sort(artifacts.begin(), artifacts.end(),
            [](const BundleArtifact& a, const BundleArtifact& b) { return a.path < b.path; });
  Bundle bundle;
  Contracts contracts;
  for (const BundleArtifact& artifact : artifacts) {
    if (artifact.format == "proto") ReadProto(artifact, contracts, bundle.findings);
  }
  std::vector<engine::DecisionFile> decision_files;
  for (const BundleArtifact& artifact : artifacts) {
    if (artifact.format == "dmn") decision_files.push_back({artifact.path, artifact.bytes});
  }
  const engine::DecisionLibrary decisions(std::move(decision_files));
  std::vector<CallLibrary::File> called_files;
  for (const BundleArtifact& artifact : artifacts) {
    if (artifact.format == "bpmn") called_files.push_back({artifact.path, artifact.bytes});
  }
  const CallLibrary calls(std::move(called_files));
  CompileOptions with_others = options;
  with_others.decisions = &decisions;
  with_others.calls = &calls;
  const std::vector<NamedPlan> plans = CompileAll(artifacts, with_others, bundle.findings);
  for (const NamedPlan& plan : plans)
    CheckDomainCalls(plan.process.plan, plan.path, contracts, bundle.findings);
  if (!bundle.ok()) return bundle;

  Json manifest;
  manifest["schemaVersion"] = 2;
  manifest["mediaType"] = std::string(kBundleMediaType);
  manifest["layers"] = Json::array();
  for (const NamedPlan& plan : plans) {
    Json layer = Descriptor(kPlanMediaType, plan.process.digest, plan.process.bytes.size());
    layer["annotations"] = {{"process", plan.process.plan.process_id()}, {"path", plan.path}};
    if (!plan.artifact_id.empty()) layer["annotations"]["artifact"] = plan.artifact_id;
    manifest["layers"].push_back(std::move(layer));
    bundle.blobs[plan.process.digest] = plan.process.bytes;
  }
  for (const BundleArtifact& artifact : artifacts) {
    const std::string digest = Sha256(artifact.bytes).Hex();
    Json layer = Descriptor(std::string(kArtifactMediaType) + artifact.format, digest, artifact.bytes.size());
    layer["annotations"] = {{"path", artifact.path}};
    if (!artifact.artifact_id.empty()) layer["annotations"]["artifact"] = artifact.artifact_id;
    manifest["layers"].push_back(std::move(layer));
    bundle.blobs[digest] = artifact.bytes;
  }
  bundle.manifest = manifest.dump(2, ' ', false, Json::error_handler_t::replace);
  bundle.digest = Sha256(bundle.manifest).Hex();
  return bundle;
}

absl::StatusOr<BundleManifest> ParseBundleManifest(std::string_view text) {
  const Json manifest = Json::parse(text, nullptr, false);
  const auto invalid = [](std::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the bundle's manifest ", std::string(why), "; publish again"));
  };
  if (!manifest.is_object() || manifest.value("mediaType", Json()) != std::string(kBundleMediaType)) {
    return invalid("is not one of ours");
  }
  if (!manifest.contains("layers") || !manifest["layers"].is_array()) return invalid("has no layers");
  BundleManifest result;
  for (const Json& layer : manifest["layers"]) {
    if (!layer.is_object() || !layer.contains("annotations") || !layer["annotations"].is_object()) {
      return invalid("has a malformed layer");
    }
    for (const char* const name : {"mediaType", "digest"}) {
      if (!layer.contains(name) || !layer[name].is_string()) return invalid("has a malformed layer");
    }
    for (const Json& annotation : layer["annotations"]) {
      if (!annotation.is_string()) return invalid("has a malformed annotation");
    }
    const std::string media = layer.value("mediaType", "");
    const std::string digest = DigestOf(layer);
    if (!Hash256::FromHex(digest).ok()) return invalid("has a layer without a SHA-256 digest");
    const Json& notes = layer["annotations"];
    if (media == kPlanMediaType) {
      result.plans.push_back(
          {notes.value("process", ""), digest, notes.value("path", ""), notes.value("artifact", "")});
    } else if (media.starts_with(kArtifactMediaType)) {
      result.artifacts.push_back({notes.value("path", ""), media.substr(kArtifactMediaType.size()),
                                  notes.value("artifact", ""), digest});
    } else {
      return invalid("has a layer of an unknown kind");
    }
  }
  return result;
}

}  // namespace ameide::compiler
