#include "backend/domains/host.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <map>
#include <mutex>
#include <shared_mutex>

#include "absl/strings/str_cat.h"
#include "backend/domains/database.h"
#include "backend/domains/model.h"
#include "backend/domains/schema.h"
#include "backend/domains/unit_of_work.h"
#include "base/status.h"

namespace ameide::domains {
namespace {

namespace pb = google::protobuf;

constexpr size_t kLargestRequest = size_t{4} << 20;
constexpr size_t kLongestIdempotencyKey = 256;
constexpr size_t kMostReaders = 4;

/// A deployed model with when it was deployed.
struct Running {
  std::shared_ptr<const DomainModel> model;
  WallTime deployed_at;
};

/// Equal requests give equal bytes: maps are written in the order of their keys.
std::string StableBytes(const pb::Message& message) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&output);
  }
  return bytes;
}

class SqliteDomainHost final : public DomainHost {
 public:
  SqliteDomainHost(std::filesystem::path path, const Clock* clock, Random* random)
      : path_(std::move(path)), clock_(clock), random_(random) {}

  absl::Status Start() {
    AMEIDE_ASSIGN_OR_RETURN(writer_, Database::Open(path_, false));
    AMEIDE_ASSIGN_OR_RETURN(const int64_t version, CreateHostTables(*writer_));
    AMEIDE_ASSIGN_OR_RETURN(
        const auto rows, writer_->Run("SELECT path, source, deployed_at FROM domain_model ORDER BY package"));
    for (const Row& row : rows) {
      AMEIDE_ASSIGN_OR_RETURN(auto model,
                              DomainModel::Load(std::get<std::string>(row[0]), std::get<std::string>(row[1]),
                                                DomainModel::Origin::kStored));
      const std::string package = model->package();
      running_[package] = {std::move(model), WallTime(std::chrono::microseconds(std::get<int64_t>(row[2])))};
    }
    if (version != 1) return absl::OkStatus();
    // That version did not record the types of fields yet.
    AMEIDE_ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(writer_.get()));
    for (const auto& [package, running] : running_) {
      AMEIDE_RETURN_IF_ERROR(RecordColumns(*writer_, *running.model));
    }
    return transaction->Commit();
  }

  absl::Status Check(std::string_view path, std::string_view text) const override {
    AMEIDE_ASSIGN_OR_RETURN(const auto model, DomainModel::Load(path, text));
    const std::lock_guard lock(write_mutex_);
    return Migration(*writer_, *model).status();
  }

  absl::Status Deploy(std::string_view path, std::string_view text) override {
    AMEIDE_ASSIGN_OR_RETURN(std::shared_ptr<const DomainModel> model, DomainModel::Load(path, text));
    const std::lock_guard lock(write_mutex_);
    if (const auto present = Find(model->package());
        present != nullptr && present->digest() == model->digest()) {
      return absl::OkStatus();
    }
    const WallTime now = clock_->Now();
    AMEIDE_ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(writer_.get()));
    AMEIDE_ASSIGN_OR_RETURN(const auto statements, Migration(*writer_, *model));
    for (const std::string& sql : statements) AMEIDE_RETURN_IF_ERROR(writer_->Run(sql).status());
    AMEIDE_RETURN_IF_ERROR(RecordColumns(*writer_, *model));
    AMEIDE_RETURN_IF_ERROR(writer_
                               ->Run("INSERT INTO domain_model (package, path, source, digest, deployed_at) "
                                     "VALUES (?, ?, ?, ?, ?) ON CONFLICT "
                                     "(package) DO UPDATE SET path = excluded.path, source = "
                                     "excluded.source, digest = excluded.digest, "
                                     "deployed_at = excluded.deployed_at",
                                     {model->package(), model->path(), model->source(), model->digest().Hex(),
                                      int64_t{now.time_since_epoch().count()}})
                               .status());
    AMEIDE_RETURN_IF_ERROR(transaction->Commit());
    const std::unique_lock models(models_mutex_);
    // Earlier versions stay alive: calls and reflection may still be reading their descriptors.
    if (const auto old = running_.find(model->package()); old != running_.end())
      retired_.push_back(old->second.model);
    running_[model->package()] = {model, now};
    return absl::OkStatus();
  }

  std::vector<DomainDescription> Domains() const override {
    const std::shared_lock lock(models_mutex_);
    std::vector<DomainDescription> domains;
    for (const auto& [package, running] : running_) {
      DomainDescription domain{package, running.model->digest(), running.deployed_at, {}};
      for (const auto& [name, method] : running.model->methods()) {
        domain.methods.push_back({name, method.descriptor->input_type()->full_name(),
                                  method.descriptor->output_type()->full_name(),
                                  method.action != domain::v1::ACTION_UNSPECIFIED});
      }
      domains.push_back(std::move(domain));
    }
    return domains;
  }

  std::vector<const pb::FileDescriptor*> Files() const override {
    const std::shared_lock lock(models_mutex_);
    std::vector<const pb::FileDescriptor*> files;
    for (const auto& [package, running] : running_) files.push_back(&running.model->file());
    return files;
  }

  absl::StatusOr<std::string> Call(const CallContext& context, std::string_view method,
                                   std::string_view request) override {
    AMEIDE_ASSIGN_OR_RETURN(const Target target, Resolve(method));
    if (request.size() > kLargestRequest)
      return absl::ResourceExhaustedError("the request is larger than 4 MiB");
    auto message = target.model->NewMessage(*target.method->descriptor->input_type());
    if (!message->ParseFromArray(request.data(), static_cast<int>(request.size()))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the request is not a ", target.method->descriptor->input_type()->full_name()));
    }
    AMEIDE_ASSIGN_OR_RETURN(const auto response, Execute(context, method, target, *message));
    return response->SerializeAsString();
  }

  absl::StatusOr<std::string> CallJson(const CallContext& context, std::string_view method,
                                       std::string_view request_json) override {
    AMEIDE_ASSIGN_OR_RETURN(const Target target, Resolve(method));
    if (request_json.size() > kLargestRequest)
      return absl::ResourceExhaustedError("the request is larger than 4 MiB");
    auto message = target.model->NewMessage(*target.method->descriptor->input_type());
    const auto parsed = pb::util::JsonStringToMessage(std::string(request_json), message.get());
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(std::string(method), ": ", std::string(parsed.message())));
    }
    AMEIDE_ASSIGN_OR_RETURN(const auto response, Execute(context, method, target, *message));
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string json;
    if (!pb::util::MessageToJsonString(*response, &json, options).ok()) {
      return absl::InternalError(absl::StrCat(std::string(method), ": cannot write the response as JSON"));
    }
    return json;
  }

  absl::StatusOr<std::vector<OutboxFact>> Outbox(std::string_view tenant, int64_t after,
                                                 int limit) const override {
    const std::lock_guard lock(write_mutex_);
    AMEIDE_ASSIGN_OR_RETURN(
        const auto rows, writer_->Run("SELECT id, domain, fact, entity_key, payload, at FROM domain_outbox "
                                      "WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
                                      {std::string(tenant), after, int64_t{limit}}));
    std::vector<OutboxFact> facts;
    for (const Row& row : rows) {
      facts.push_back({std::get<int64_t>(row[0]), std::get<std::string>(row[1]),
                       std::get<std::string>(row[2]), std::get<std::string>(row[3]),
                       std::get<std::string>(row[4]),
                       WallTime(std::chrono::microseconds(std::get<int64_t>(row[5])))});
    }
    return facts;
  }

 private:
  struct Target {
    std::shared_ptr<const DomainModel> model;
    const Method* method;
  };

  std::shared_ptr<const DomainModel> Find(const std::string& package) const {
    const std::shared_lock lock(models_mutex_);
    const auto found = running_.find(package);
    return found == running_.end() ? nullptr : found->second.model;
  }

  absl::StatusOr<Target> Resolve(std::string_view method) const {
    const std::shared_lock lock(models_mutex_);
    for (const auto& [package, running] : running_) {
      const auto found = running.model->methods().find(std::string(method));
      if (found != running.model->methods().end()) return Target{running.model, &found->second};
    }
    return absl::NotFoundError(
        absl::StrCat("no domain with the method '", std::string(method), "' is deployed; publish its model"));
  }

  absl::StatusOr<std::unique_ptr<pb::Message>> Execute(const CallContext& context, std::string_view name,
                                                       const Target& target, const pb::Message& request) {
    if (context.tenant.empty()) return absl::UnauthenticatedError("a domain call needs a tenant");
    if (target.method->action == domain::v1::ACTION_UNSPECIFIED) {
      AMEIDE_ASSIGN_OR_RETURN(auto reader, TakeReader());
      UnitOfWork unit(reader.get(), target.model.get(), target.method, context.tenant);
      auto response = unit.Query(request);
      ReturnReader(std::move(reader));
      return response;
    }
    if (context.idempotency_key.size() > kLongestIdempotencyKey) {
      return absl::InvalidArgumentError("the idempotency key is longer than 256 bytes");
    }
    const std::lock_guard lock(write_mutex_);
    AMEIDE_ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(writer_.get()));
    const std::string hash = Sha256(absl::StrCat(std::string(name), "\n", StableBytes(request))).Hex();
    if (!context.idempotency_key.empty()) {
      AMEIDE_ASSIGN_OR_RETURN(auto earlier, Earlier(context, hash, target));
      if (earlier != nullptr) return earlier;
    }
    UnitOfWork unit(writer_.get(), target.model.get(), target.method, context.tenant);
    const WallTime now = clock_->Now();
    AMEIDE_ASSIGN_OR_RETURN(auto response, unit.Command(request, HexEncode(random_->Bytes(10)), now));
    if (!context.idempotency_key.empty()) {
      AMEIDE_RETURN_IF_ERROR(
          writer_
              ->Run(
                  "INSERT INTO domain_command (tenant, idempotency_key, method, request_hash, response, at) "
                  "VALUES (?, ?, ?, ?, ?, ?)",
                  {context.tenant, context.idempotency_key, std::string(name), hash,
                   Blob{response->SerializeAsString()}, int64_t{now.time_since_epoch().count()}})
              .status());
    }
    AMEIDE_RETURN_IF_ERROR(transaction->Commit());
    return response;
  }

  /// The recorded response of a call with the same key; null when there is none.
  absl::StatusOr<std::unique_ptr<pb::Message>> Earlier(const CallContext& context, const std::string& hash,
                                                       const Target& target) {
    AMEIDE_ASSIGN_OR_RETURN(const auto rows,
                            writer_->Run("SELECT request_hash, response FROM domain_command WHERE tenant = ? "
                                         "AND idempotency_key = ?",
                                         {context.tenant, context.idempotency_key}));
    if (rows.empty()) return std::unique_ptr<pb::Message>();
    if (std::get<std::string>(rows[0][0]) != hash) {
      return absl::InvalidArgumentError("this idempotency key was used for another request; take a new key");
    }
    auto response = target.model->NewMessage(*target.method->descriptor->output_type());
    if (!response->ParseFromString(std::get<Blob>(rows[0][1]).bytes)) {
      return absl::DataLossError("the recorded response of this idempotency key is damaged");
    }
    return response;
  }

  absl::StatusOr<std::unique_ptr<Database>> TakeReader() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        auto reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
    }
    return Database::Open(path_, true);
  }

  void ReturnReader(std::unique_ptr<Database> reader) {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < kMostReaders) readers_.push_back(std::move(reader));
  }

  const std::filesystem::path path_;
  const Clock* const clock_;
  Random* const random_;
  mutable std::mutex write_mutex_;  // guards writer_
  std::unique_ptr<Database> writer_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Database>> readers_;
  mutable std::shared_mutex models_mutex_;
  std::map<std::string, Running> running_;
  std::vector<std::shared_ptr<const DomainModel>> retired_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DomainHost>> DomainHost::Open(const std::filesystem::path& database,
                                                             const Clock* clock, Random* random) {
  auto host = std::make_unique<SqliteDomainHost>(database, clock, random);
  AMEIDE_RETURN_IF_ERROR(host->Start());
  return host;
}

}  // namespace ameide::domains
