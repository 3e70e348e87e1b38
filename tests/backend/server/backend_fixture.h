#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <QTemporaryDir>
#include <QtGlobal>
#include <memory>
#include <string>

#include "ameide/process/v1/process.grpc.pb.h"
#include "ameide/publish/v1/publish.pb.h"
#include "app/connection/connection.h"
#include "app/connection/publish.h"
#include "base/ed25519.h"
#include "base/platform/file_system.h"
#include "base/random.h"

namespace ameide {

/// A profile in a folder of its own, and what a client does with a backend that runs there.
class BackendFixture {
 public:
  BackendFixture() {
    profile_.data = folder_.path().toStdString();
    profile_.runtime = profile_.data / "run";
    files_.CreateFolders(profile_.runtime).IgnoreError();
  }

  const ProfilePaths& profile() const { return profile_; }
  static std::filesystem::path Source() { return qgetenv("AMEIDE_SOURCE_DIR").toStdString(); }
  static std::filesystem::path Program() {
    return std::filesystem::path(qgetenv("AMEIDE_BIN_DIR").toStdString()) / "ameided";
  }
  std::string Read(const std::filesystem::path& path) const {
    return files_.Read(path, 1 << 26).value_or("");
  }

  connection::PublishArtifact Sample(const std::string& path) const {
    return {path, "", Read(Source() / "resources/sample" / path), ""};
  }
  connection::PublishRequestOptions OrderToCash() const {
    connection::PublishRequestOptions options;
    options.artifacts = {Sample("processes/order-to-cash.bpmn"), Sample("domains/orders.proto")};
    options.publisher = "Ada <ada@example.com>";
    options.tool = "test";
    return options;
  }
  absl::StatusOr<publish::v1::Result> Publish(const connection::Connection& connection,
                                              const connection::PublishRequestOptions& options) {
    return connection::Publish(connection, options, key_, [this](const auto& response) {
      if (response.has_finding()) findings_.push_back(response.finding());
      if (response.has_progress()) progress_.push_back(response.progress());
      if (response.has_blobs_needed()) blobs_needed_ = response.blobs_needed().sha256_size();
    });
  }
  const Ed25519PrivateKey& key() const { return key_; }

  std::vector<common::v1::Finding> findings_;
  std::vector<publish::v1::Progress> progress_;
  int blobs_needed_ = -1;

 private:
  QTemporaryDir folder_;
  ProfilePaths profile_;
  PosixFileSystem files_;
  SystemRandom random_;
  const Ed25519PrivateKey key_ = Ed25519PrivateKey::Generate(random_);
};

}  // namespace ameide
