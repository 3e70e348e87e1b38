#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/compiler/compile.h"

namespace ameide::compiler {

/// One artifact that goes into a bundle.
struct BundleArtifact {
  std::string path;         ///< workspace-relative, '/'
  std::string format;       ///< "bpmn", "proto", "form", … (Format::name)
  std::string artifact_id;  ///< may be empty for loose files
  std::string bytes;
};

/// A finding with the file that it is in.
struct BundleFinding {
  std::string path;
  CompileFinding finding;
};

/// What is deployed as one: a manifest (JSON, OCI-like: config, layers with mediaType, digest, size,
/// annotations) and the blobs that it names, all addressed by SHA-256. Deterministic: the same artifacts in
/// any order give the same bytes.
struct Bundle {
  std::string manifest;
  std::string digest;                        ///< of the manifest, hexadecimal
  std::map<std::string, std::string> blobs;  ///< by hexadecimal SHA-256: artifacts and plans
  std::vector<BundleFinding> findings;       ///< not empty: nothing else is
  bool ok() const { return findings.empty(); }
};

/// One plan that a manifest names.
struct BundlePlan {
  std::string process;  ///< id
  std::string digest;   ///< of the plan's bytes, hexadecimal
  std::string path;     ///< of the artifact that it was compiled from
  std::string artifact_id;
};

/// One artifact that a manifest names.
struct BundleLayer {
  std::string path;
  std::string format;
  std::string artifact_id;
  std::string digest;
};

/// A manifest, read.
struct BundleManifest {
  std::vector<BundlePlan> plans;
  std::vector<BundleLayer> artifacts;
};

inline constexpr std::string_view kBundleMediaType = "application/vnd.ameide.bundle.manifest.v1+json";

/// Compiles every process, with the decision models among the artifacts (format "dmn") for its business rule
/// tasks, and puts plans and artifacts together. Two executable processes of one id, two
/// protos of one package, and a domain call whose domain's proto is not among the artifacts (found by its
/// package), are findings.
Bundle BuildBundle(const std::vector<BundleArtifact>& artifacts, const CompileOptions& options);

/// Reads a manifest; INVALID_ARGUMENT says what is wrong with it.
absl::StatusOr<BundleManifest> ParseBundleManifest(std::string_view manifest);

}  // namespace ameide::compiler
