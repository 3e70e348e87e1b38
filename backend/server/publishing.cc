#include "backend/server/publishing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/domains/host.h"
#include "backend/engine/plan/plan_codec.h"
#include "base/status.h"
#include "notation/bpmn/lint.h"
#include "notation/dmn/lint.h"
#include "notation/xml/intake.h"
#include "uaf/document/document.h"

namespace ameide::server {
namespace {

namespace pb = publish::v1;
using common::v1::Finding;

constexpr char kBundlePrefix[] = "ameide bundle 1\n";
constexpr char kBpmn[] = "bpmn";
constexpr char kDmn[] = "dmn";
constexpr char kProto[] = "proto";

std::string FormatOf(const pb::Artifact& artifact) {
  switch (artifact.kind()) {
    case pb::ARTIFACT_KIND_BPMN:
      return kBpmn;
    case pb::ARTIFACT_KIND_DOMAIN:
      return kProto;
    default:
      break;
  }
  if (xml::HasSuffix(artifact.path(), ".bpmn .bpmn20.xml")) return kBpmn;
  if (xml::HasSuffix(artifact.path(), ".proto")) return kProto;
  const size_t dot = artifact.path().rfind('.');
  return dot == std::string::npos ? "opaque" : artifact.path().substr(dot + 1);
}

common::v1::Severity ToMessage(uaf::document::Severity severity) {
  switch (severity) {
    case uaf::document::Severity::kError:
      return common::v1::SEVERITY_ERROR;
    case uaf::document::Severity::kWarning:
      return common::v1::SEVERITY_WARNING;
    case uaf::document::Severity::kInfo:
      break;
  }
  return common::v1::SEVERITY_INFO;
}

Finding ToMessage(const std::string& path, const uaf::document::Finding& found) {
  Finding finding;
  finding.set_severity(ToMessage(found.severity));
  finding.set_rule(found.rule);
  finding.set_file(path);
  finding.set_element(found.element);
  finding.set_line(static_cast<int32_t>(found.line));
  finding.set_message(found.message);
  return finding;
}

Finding ErrorIn(const std::string& path, const char* rule, std::string message) {
  Finding finding;
  finding.set_severity(common::v1::SEVERITY_ERROR);
  finding.set_rule(rule);
  finding.set_file(path);
  finding.set_message(std::move(message));
  return finding;
}

std::string Count(int count, const char* what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace

Publication::Publication(const PublishTools& tools, std::string tenant, pb::SignedManifest request,
                         const pb::Manifest& manifest, Emit emit)
    : tools_(tools),
      tenant_(std::move(tenant)),
      request_(std::move(request)),
      manifest_(manifest),
      emit_(std::move(emit)) {}

absl::StatusOr<pb::Result> Publication::Run() {
  AMEIDE_RETURN_IF_ERROR(Load());
  const std::pair<pb::Stage, absl::Status (Publication::*)()> stages[] = {
      {pb::STAGE_LINT, &Publication::Lint},         {pb::STAGE_COMPILE, &Publication::Compile},
      {pb::STAGE_BUNDLE, &Publication::MakeBundle}, {pb::STAGE_DEPLOY, &Publication::Deploy},
      {pb::STAGE_VERIFY, &Publication::Verify},
  };
  for (const auto& [stage, perform] : stages) {
    Report(stage, pb::STAGE_STATE_STARTED, "");
    const absl::Status status = (this->*perform)();
    if (!status.ok() || errors_ > 0) {
      Report(stage, pb::STAGE_STATE_FAILED,
             errors_ > 0 ? Count(errors_, "error") : std::string(status.message()));
      if (!status.ok()) return status;
      return ResultOf(pb::OUTCOME_REFUSED);
    }
    Report(stage, pb::STAGE_STATE_DONE,
           stage == pb::STAGE_LINT && warnings_ > 0 ? Count(warnings_, "warning") : "");
  }
  return ResultOf(deployment_.is_new ? pb::OUTCOME_DEPLOYED : pb::OUTCOME_UNCHANGED);
}

void Publication::Report(pb::Stage stage, pb::StageState state, std::string message) {
  pb::PublishResponse response;
  response.mutable_progress()->set_stage(stage);
  response.mutable_progress()->set_state(state);
  response.mutable_progress()->set_message(std::move(message));
  emit_(response);
}

void Publication::Find(Finding finding) {
  if (finding.severity() == common::v1::SEVERITY_ERROR) ++errors_;
  if (finding.severity() == common::v1::SEVERITY_WARNING) ++warnings_;
  pb::PublishResponse response;
  *response.mutable_finding() = std::move(finding);
  emit_(response);
}

absl::Status Publication::Load() {
  for (const pb::Artifact& artifact : manifest_.artifacts()) {
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromBytes(artifact.sha256()));
    AMEIDE_ASSIGN_OR_RETURN(std::string bytes, tools_.blobs->Get(hash));
    if (bytes.size() != static_cast<size_t>(artifact.size())) {
      return absl::InvalidArgumentError(absl::StrCat(artifact.path(), " has ", bytes.size(), " bytes, not ",
                                                     artifact.size(), " as the manifest says"));
    }
    artifacts_.push_back(
        {{artifact.path(), FormatOf(artifact), artifact.artifact_id(), std::move(bytes)}, hash});
  }
  return absl::OkStatus();
}

absl::Status Publication::Lint() {
  for (const LoadedArtifact& loaded : artifacts_) {
    if (loaded.artifact.format == kBpmn || loaded.artifact.format == kDmn)
      AMEIDE_RETURN_IF_ERROR(LintModel(loaded));
    if (loaded.artifact.format != kProto) continue;
    const absl::Status checked = tools_.domains->Check(loaded.artifact.path, loaded.artifact.bytes);
    if (!checked.ok()) {
      Find(ErrorIn(loaded.artifact.path,
                   absl::IsFailedPrecondition(checked) ? "domain/breaking-change" : "domain/invalid",
                   std::string(checked.message())));
    }
  }
  return absl::OkStatus();
}

absl::Status Publication::LintModel(const LoadedArtifact& loaded) {
  const compiler::BundleArtifact& artifact = loaded.artifact;
  const auto intake = xml::Accept(artifact.bytes);
  if (!intake.ok()) {
    Find(ErrorIn(artifact.path, "xml/not-well-formed", std::string(intake.status().message())));
    return absl::OkStatus();
  }
  AMEIDE_ASSIGN_OR_RETURN(const auto document,
                          uaf::document::Document::Import(intake->import, artifact.bytes, {}));
  // What else is wrong with a decision is told when a process calls it.
  const auto findings =
      artifact.format == kBpmn ? bpmn::LintWithSchema(document, {}) : dmn::Lint(document, artifact.path);
  for (const auto& finding : findings) Find(ToMessage(artifact.path, finding));
  return absl::OkStatus();
}

absl::Status Publication::Compile() {
  std::vector<compiler::BundleArtifact> artifacts;
  for (const LoadedArtifact& loaded : artifacts_) artifacts.push_back(loaded.artifact);
  bundle_ = compiler::BuildBundle(artifacts, {});
  for (const compiler::BundleFinding& found : bundle_.findings) {
    Finding finding = ErrorIn(found.path, "compile/not-executable", found.finding.reason);
    finding.set_element(found.finding.element);
    finding.set_line(static_cast<int32_t>(found.finding.line));
    finding.set_clause(found.finding.clause);
    Find(std::move(finding));
  }
  return absl::OkStatus();
}

absl::Status Publication::MakeBundle() {
  AMEIDE_ASSIGN_OR_RETURN(const compiler::BundleManifest manifest,
                          compiler::ParseBundleManifest(bundle_.manifest));
  to_deploy_.tenant = tenant_;
  to_deploy_.manifest = bundle_.manifest;
  AMEIDE_ASSIGN_OR_RETURN(to_deploy_.digest, Hash256::FromHex(bundle_.digest));
  for (const compiler::BundlePlan& plan : manifest.plans) {
    const auto blob = bundle_.blobs.find(plan.digest);
    if (blob == bundle_.blobs.end())
      return absl::InternalError(absl::StrCat("the bundle lacks plan ", plan.digest));
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromHex(plan.digest));
    AMEIDE_RETURN_IF_ERROR(tools_.blobs->Put(hash, blob->second));
    to_deploy_.plans.push_back({blob->second, plan.path, plan.artifact_id});
  }
  pb::Provenance provenance;
  *provenance.mutable_request() = request_;
  provenance.set_backend_public_key(std::string(tools_.key->public_key().view()));
  const Ed25519Signature signature = tools_.key->Sign(kBundlePrefix + bundle_.manifest);
  provenance.set_backend_signature(std::string(signature.begin(), signature.end()));
  to_deploy_.provenance = provenance.SerializeAsString();
  return tools_.blobs->Put(to_deploy_.digest, bundle_.manifest);
}

absl::Status Publication::Deploy() {
  AMEIDE_RETURN_IF_ERROR(DeployDomains());
  CheckCalls();
  if (errors_ > 0) return absl::OkStatus();
  pb::Provenance provenance;
  if (!provenance.ParseFromString(to_deploy_.provenance)) return absl::InternalError("unreadable provenance");
  for (const std::string& package : domain_packages_) provenance.add_domains(package);
  to_deploy_.provenance = provenance.SerializeAsString();
  AMEIDE_ASSIGN_OR_RETURN(deployment_, tools_.runtime->Deploy(to_deploy_));
  return absl::OkStatus();
}

absl::Status Publication::DeployDomains() {
  for (const LoadedArtifact& loaded : artifacts_) {
    if (loaded.artifact.format != kProto) continue;
    AMEIDE_RETURN_IF_ERROR(tools_.domains->Deploy(loaded.artifact.path, loaded.artifact.bytes));
    for (const domains::DomainDescription& domain : tools_.domains->Domains()) {
      if (domain.digest == loaded.hash) domain_packages_.push_back(domain.package);
    }
  }
  return absl::OkStatus();
}

/// Every domain call must have its method: the domains are additive, so having deployed them does no harm.
void Publication::CheckCalls() {
  std::set<std::string> commands;
  for (const domains::DomainDescription& domain : tools_.domains->Domains()) {
    for (const domains::MethodDescription& method : domain.methods) commands.insert(method.name);
  }
  for (const runtime::PlanToDeploy& to_deploy : to_deploy_.plans) {
    const auto plan = engine::DecodePlan(to_deploy.plan);
    if (!plan.ok()) continue;  // Deploying it tells.
    for (const engine::Node& node : plan->nodes) {
      if (node.kind != engine::NodeKind::kJobTask || node.job_kind != engine::JobKind::kDomain) continue;
      if (commands.contains(node.job_type.text)) continue;
      Finding finding = ErrorIn(to_deploy.path, "target/unknown-command",
                                absl::StrCat("no deployed domain has `", node.job_type.text, "`"));
      finding.set_element(node.id);
      Find(std::move(finding));
    }
  }
}

absl::Status Publication::Verify() {
  for (const runtime::ProcessView& process : deployment_.processes) {
    const bool ours = std::any_of(to_deploy_.plans.begin(), to_deploy_.plans.end(),
                                  [&](const auto& plan) { return Sha256(plan.plan) == process.plan_digest; });
    if (!ours) {
      return absl::AbortedError(absl::StrCat("process ", process.id,
                                             " was published by someone else at the same time; ",
                                             "look at the bundles and publish again"));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::string manifest, tools_.blobs->Get(to_deploy_.digest));
  pb::Provenance provenance;
  if (!provenance.ParseFromString(to_deploy_.provenance) ||
      !tools_.key->public_key().Verify(kBundlePrefix + manifest, provenance.backend_signature())) {
    return absl::DataLossError("the bundle's signature does not fit what was stored");
  }
  return absl::OkStatus();
}

pb::Result Publication::ResultOf(pb::Outcome outcome) const {
  pb::Result result;
  result.set_outcome(outcome);
  if (outcome == pb::OUTCOME_REFUSED) return result;
  result.set_bundle_digest(bundle_.digest);
  for (const runtime::ProcessView& process : deployment_.processes) {
    pb::PublishedProcess* published = result.add_processes();
    published->set_process(process.id);
    published->set_version(process.version);
    published->set_plan_digest(process.plan_digest.Hex());
  }
  for (const std::string& package : domain_packages_) result.add_domains(package);
  return result;
}

}  // namespace ameide::server
