// Calls of every service of the backend from clients that nobody vouches for, over a real gRPC server and a
// real journal: they may be refused, and never break it. An input is a list of calls: a byte that says the
// method, a byte that says the length of its request (0xff: the rest), and the request's bytes. A request is
// taken as it is, or (methods of the upper half) read in protobuf's text form, which mutates into valid
// requests more often.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ameide/process/v1/job.grpc.pb.h"
#include "ameide/process/v1/process.grpc.pb.h"
#include "ameide/simulation/v1/simulation.grpc.pb.h"
#include "backend/compiler/compile.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/job_service.h"
#include "backend/server/process_service.h"
#include "backend/server/simulation_service.h"
#include "base/log.h"
#include "base/random.h"
#include "notation/xml/intake.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/server/raw_call.h"

using namespace ameide;  // NOLINT

namespace {

constexpr int kInputsOfAServer = 2000;
constexpr size_t kMostCalls = 8;
constexpr std::chrono::seconds kTimeout{20};

class NoJobs final : public runtime::JobHandler {
 public:
  absl::StatusOr<std::string> Perform(const runtime::Job&) override {
    return absl::UnavailableError("nobody does jobs here");
  }
};

std::string PlanOf(const BpmnBuilder& model) {
  const std::string xml = model.Xml();
  const auto intake = xml::Accept(xml);
  const auto document = uaf::document::Document::Import(intake->import, xml, {});
  compiler::CompileOptions options;
  options.form_matters = false;
  const auto result = compiler::Compile(*document, options);
  if (!result.ok()) std::abort();
  return result.processes[0].bytes;
}

/// A server with one process, on files in memory.
class Backend {
 public:
  Backend() {
    std::string pattern =
        std::filesystem::exists("/dev/shm") ? "/dev/shm/ameide-fuzz-XXXXXX" : "/tmp/ameide-fuzz-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    runtime::RuntimeOptions options;
    options.database = folder_ / "runtime.db";
    options.clock = &clock_;
    options.jobs = &jobs_;
    options.has_workers = true;
    runtime_ = *runtime::Runtime::Open(options);
    runtime::BundleToDeploy bundle;
    bundle.tenant = "local";
    bundle.manifest = "m";
    bundle.digest = Sha256("m");
    bundle.plans = {{PlanOf(BpmnBuilder("p")
                                .Start()
                                .User("u")
                                .Worker("w", "t", "1")
                                .End()
                                .Chain({"start", "u", "w", "end"})),
                     "p.bpmn", ""}};
    if (!runtime_->Deploy(bundle).ok()) std::abort();
    processes_ = server::ProcessServing::Make(runtime_.get());
    job_service_ = server::MakeJobService(runtime_.get());
    simulation_ = server::MakeSimulationService(&clock_, &random_);
    grpc::ServerBuilder builder;
    builder.RegisterService(processes_->service());
    builder.RegisterService(job_service_.get());
    builder.RegisterService(simulation_.get());
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
  }
  ~Backend() {
    processes_->EndWatches();
    runtime_->EndTakes();
    server_->Shutdown();
    server_->Wait();
    server_.reset();
    runtime_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Call(const std::string& method, const std::string& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
    std::string response;
    const auto begin = std::chrono::steady_clock::now();
    CallRaw(channel_, method, request, &context, &response);
    if (std::chrono::steady_clock::now() - begin > kTimeout) std::abort();
  }

 private:
  std::filesystem::path folder_;
  SystemClock clock_;
  SystemRandom random_;
  NoJobs jobs_;
  std::unique_ptr<runtime::Runtime> runtime_;
  std::unique_ptr<server::ProcessServing> processes_;
  std::unique_ptr<grpc::Service> job_service_, simulation_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

const std::vector<const google::protobuf::MethodDescriptor*>& Methods() {
  static const auto methods = [] {
    std::vector<const google::protobuf::MethodDescriptor*> all;
    for (const auto* file : {process::v1::StartInstanceRequest::descriptor()->file(),
                             process::v1::TakeJobsRequest::descriptor()->file(),
                             google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
                                 "ameide/simulation/v1/simulation.proto")}) {
      for (int i = 0; i < file->service_count(); ++i) {
        for (int k = 0; k < file->service(i)->method_count(); ++k) {
          const auto* const method = file->service(i)->method(k);
          if (!method->client_streaming() && !method->server_streaming()) all.push_back(method);
        }
      }
    }
    return all;
  }();
  return methods;
}

/// The request's bytes, from text; the text itself when it is none.
std::string FromText(const google::protobuf::MethodDescriptor& method, const std::string& text) {
  static google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> message(factory.GetPrototype(method.input_type())->New());
  google::protobuf::TextFormat::Parser parser;
  class Silent : public google::protobuf::io::ErrorCollector {
    void AddError(int, int, const std::string&) override {}
  } silent;
  parser.RecordErrorsTo(&silent);
  return parser.ParseFromString(text, message.get()) ? message->SerializeAsString() : text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::unique_ptr<Backend> backend;
  static int inputs = 0;
  if (!backend) SetLogLevel("off");
  if (!backend || ++inputs % kInputsOfAServer == 0) {
    backend.reset();
    backend = std::make_unique<Backend>();
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  size_t at = 0;
  for (size_t calls = 0; calls < kMostCalls && at + 2 <= size; ++calls) {
    const size_t which = data[at] & 0x7f;
    const auto& method = *Methods()[which % Methods().size()];
    const size_t length = data[at + 1] == 0xff ? size : data[at + 1];
    std::string request(bytes.substr(at + 2, length));
    at += 2 + request.size();
    if ((data[at - request.size() - 2] & 0x80) != 0) request = FromText(method, request);
    backend->Call("/" + method.service()->full_name() + "/" + method.name(), request);
  }
  return 0;
}
