#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"

namespace google::protobuf {
class FileDescriptor;
}

namespace ameide::domains {

/// Who calls. The tenant comes from credentials, never from a request.
struct CallContext {
  std::string tenant;
  /// Equal keys are one call: the first result is returned again. Empty: no such promise. Commands only.
  std::string idempotency_key;
};

/// A method that can be called.
struct MethodDescription {
  std::string name;      ///< `package.Service/Method`
  std::string request;   ///< full name of the request's message
  std::string response;  ///< full name of the response's message
  bool is_command = false;
};

/// A deployed domain.
struct DomainDescription {
  std::string package;
  Hash256 digest;
  WallTime deployed_at;
  std::vector<MethodDescription> methods;
};

/// A fact that a command wrote in its own transaction, waiting to be told to others.
struct OutboxFact {
  int64_t id = 0;
  std::string domain;
  std::string fact;
  std::string entity_key;
  std::string payload_json;  ///< the entity after the command
  WallTime at;
};

/// Runs business domains from their `.proto` models: tables, commands, queries, rules, facts, all derived
/// from descriptors, with no generated code. One SQLite file holds every domain of the embedded backend.
///
/// Each command is one transaction: idempotency record, entity, and outbox fact commit together or not at
/// all, durably, before the call returns. Every row carries its tenant, and every statement names it.
/// Thread-safe; commands run one at a time, queries beside them.
class DomainHost {
 public:
  /// Opens or creates the database and loads every domain deployed before. `clock` and `random` must outlive
  /// the host.
  static absl::StatusOr<std::unique_ptr<DomainHost>> Open(const std::filesystem::path& database,
                                                          const Clock* clock, Random* random);
  virtual ~DomainHost() = default;

  /// Checks a model without changing anything: INVALID_ARGUMENT for a bad model, FAILED_PRECONDITION for a
  /// change that the stored data does not allow (a field's type or the key changed).
  virtual absl::Status Check(std::string_view path, std::string_view proto_text) const = 0;

  /// Makes a model the running version of its package. Tables are created or get new columns; nothing is ever
  /// dropped, and columns are keyed by field number, so renaming a field keeps its data. The same text twice
  /// changes nothing.
  virtual absl::Status Deploy(std::string_view path, std::string_view proto_text) = 0;

  virtual std::vector<DomainDescription> Domains() const = 0;
  /// The running models' files and what they import, for reflection. Valid until the host goes.
  virtual std::vector<const google::protobuf::FileDescriptor*> Files() const = 0;

  /// Calls `package.Service/Method` with a serialized request and returns the serialized response. NOT_FOUND
  /// for an unknown method or entity, INVALID_ARGUMENT for a request that a field rule refuses (names the
  /// field), FAILED_PRECONDITION for a requirement or invariant that does not hold, ALREADY_EXISTS, ABORTED
  /// for a stale version, RESOURCE_EXHAUSTED for a full disk.
  virtual absl::StatusOr<std::string> Call(const CallContext& context, std::string_view method,
                                           std::string_view request) = 0;

  /// The same with protobuf's JSON form on both sides. Unknown fields are INVALID_ARGUMENT; in the response
  /// every field is present, with the model's own field names.
  virtual absl::StatusOr<std::string> CallJson(const CallContext& context, std::string_view method,
                                               std::string_view request_json) = 0;

  /// Facts of a tenant with an id above `after`, oldest first, at most `limit`.
  virtual absl::StatusOr<std::vector<OutboxFact>> Outbox(std::string_view tenant, int64_t after,
                                                         int limit) const = 0;
};

}  // namespace ameide::domains
