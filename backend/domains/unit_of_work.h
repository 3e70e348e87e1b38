#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "backend/domains/database.h"
#include "backend/domains/host.h"
#include "backend/domains/model.h"

namespace ameide::domains {

/// One command or query of one model, run against one connection. The caller holds the transaction.
class UnitOfWork {
 public:
  UnitOfWork(Database* database, const DomainModel* model, const Method* method, const std::string& tenant)
      : database_(database), model_(model), method_(method), tenant_(tenant) {}

  /// Checks, changes one entity, writes its fact; returns the response. `new_key` fills an empty string key.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Command(const google::protobuf::Message& request,
                                                                     const std::string& new_key,
                                                                     WallTime now);
  /// Reads one entity or a page of them.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Query(const google::protobuf::Message& request);

 private:
  absl::Status CheckFields(const google::protobuf::Message& message, std::string_view where) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Load(const google::protobuf::Message& request);
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> FromRow(const Row& row) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Create(const google::protobuf::Message& request,
                                                                    const std::string& new_key) const;
  absl::Status CheckVersion(const google::protobuf::Message& request,
                            const google::protobuf::Message& entity) const;
  absl::Status Assign(const google::protobuf::Message& request, const google::protobuf::Message& before,
                      google::protobuf::Message& entity) const;
  absl::Status Store(const google::protobuf::Message& entity);
  absl::Status WriteFact(const google::protobuf::Message& entity, WallTime now);
  std::unique_ptr<google::protobuf::Message> Respond(const google::protobuf::Message& entity) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Page(const google::protobuf::Message& request);

  Database* database_;
  const DomainModel* model_;
  const Method* method_;
  std::string tenant_;
};

}  // namespace ameide::domains
