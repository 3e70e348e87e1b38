#include "backend/server/auth.h"

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/server_credentials.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/log.h"

namespace ameide::server {
namespace {

constexpr char kAuthorization[] = "authorization";

class LaunchTokenProcessor final : public grpc::AuthMetadataProcessor {
 public:
  explicit LaunchTokenProcessor(std::string token) : expected_("Bearer " + std::move(token)) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext*, OutputMetadata* consumed,
                       OutputMetadata*) override {
    const auto given = metadata.find(kAuthorization);
    if (given == metadata.end()) {
      return {grpc::StatusCode::UNAUTHENTICATED,
              "no credentials: send `authorization: Bearer <launch token>`"};
    }
    const std::string authorization(given->second.data(), given->second.size());
    if (metadata.count(kAuthorization) != 1 || !EqualInConstantTime(authorization, expected_)) {
      LogWarning("call refused", {{"reason", "wrong launch token"}});
      return {grpc::StatusCode::UNAUTHENTICATED,
              "wrong launch token: the backend was started anew; read its token file again"};
    }
    consumed->emplace(kAuthorization, authorization);
    const auto tenant = metadata.find(kTenantMetadata);
    if (tenant != metadata.end() && tenant->second != kLocalTenant) {
      return {grpc::StatusCode::PERMISSION_DENIED,
              absl::StrCat("these credentials are for tenant `", kLocalTenant, "`; leave ", kTenantMetadata,
                           " out")};
    }
    return grpc::Status::OK;
  }

 private:
  const std::string expected_;
};

}  // namespace

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  // Hashes have one length and their bytes tell nothing of the first difference.
  const Hash256 left = Sha256(a);
  const Hash256 right = Sha256(b);
  unsigned difference = 0;
  for (size_t i = 0; i < left.bytes.size(); ++i) difference |= left.bytes[i] ^ right.bytes[i];
  return difference == 0;
}

std::shared_ptr<grpc::ServerCredentials> LaunchTokenCredentials(std::string token) {
  auto credentials = grpc::experimental::LocalServerCredentials(UDS);
  credentials->SetAuthMetadataProcessor(std::make_shared<LaunchTokenProcessor>(std::move(token)));
  return credentials;
}

}  // namespace ameide::server
