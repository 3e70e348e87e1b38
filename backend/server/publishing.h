#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/publish/v1/publish.pb.h"
#include "backend/compiler/bundle.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/blob_store.h"
#include "backend/server/publish_request.h"
#include "base/ed25519.h"

namespace ameide::domains {
class DomainHost;
}

namespace ameide::server {

/// What publishing works with; everything outlives it.
struct PublishTools {
  BlobStore* blobs = nullptr;
  runtime::Runtime* runtime = nullptr;
  domains::DomainHost* domains = nullptr;
  const Ed25519PrivateKey* key = nullptr;  ///< signs bundles
};

/// One publish, from uploaded artifacts to running versions: lint, compile, bundle, deploy, verify. A stage
/// with errors ends it, and nothing has changed. One thread.
class Publication {
 public:
  /// Gets each progress and finding as it comes.
  using Emit = std::function<void(const publish::v1::PublishResponse&)>;

  Publication(const PublishTools& tools, std::string tenant, publish::v1::SignedManifest request,
              const publish::v1::Manifest& manifest, Emit emit);

  /// OUTCOME_REFUSED when there were findings of severity error. An error is the backend's own.
  absl::StatusOr<publish::v1::Result> Run();

 private:
  struct LoadedArtifact {
    compiler::BundleArtifact artifact;
    Hash256 hash;
  };

  absl::Status Load();
  absl::Status Lint();
  absl::Status LintModel(const LoadedArtifact& loaded);
  absl::Status Compile();
  absl::Status MakeBundle();
  absl::Status Deploy();
  absl::Status DeployDomains();
  void CheckCalls();
  absl::Status Verify();
  publish::v1::Result ResultOf(publish::v1::Outcome outcome) const;

  void Report(publish::v1::Stage stage, publish::v1::StageState state, std::string message);
  void Find(common::v1::Finding finding);

  const PublishTools tools_;
  const std::string tenant_;
  const publish::v1::SignedManifest request_;
  const publish::v1::Manifest manifest_;
  const Emit emit_;

  std::vector<LoadedArtifact> artifacts_;
  compiler::Bundle bundle_;
  runtime::BundleToDeploy to_deploy_;
  runtime::Deployment deployment_;
  std::vector<std::string> domain_packages_;
  int errors_ = 0;
  int warnings_ = 0;
};

}  // namespace ameide::server
