#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ameide/backend/v1/backend.grpc.pb.h"
#include "backend/telemetry/endpoint.h"
#include "backend/telemetry/metrics.h"
#include "backend/telemetry/span_file.h"
#include "base/platform/process.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/wait.h"

using namespace ameide;
namespace pb = process::v1;

namespace {

constexpr char kSecretValue[] = "hunter2-in-a-variable";
constexpr char kSecretKey[] = "idempotency-key-of-somebody";

/// What a plain HTTP/1.1 request to 127.0.0.1 gives, all of it; empty when nobody listens.
std::string Fetch(int port, const std::string& request) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string answer;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char bytes[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor, bytes, sizeof bytes, 0)) > 0;)
      answer.append(bytes, static_cast<size_t>(got));
  }
  ::close(descriptor);
  return answer;
}

std::string Get(int port, const std::string& path) {
  return Fetch(port, absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
}

/// Samples of a text form by name and labels.
std::map<std::string, double> Samples(const std::string& text) {
  std::map<std::string, double> samples;
  for (const auto view : absl::StrSplit(text, '\n')) {
    const std::string line(view);
    const size_t space = line.rfind(' ');
    double value = 0;
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    if (absl::SimpleAtod(absl::StripTrailingAsciiWhitespace(line.substr(space + 1)), &value))
      samples[line.substr(0, space)] = value;
  }
  return samples;
}

}  // namespace

/// What a backend tells of itself, read as those read it who watch it.
class TelemetryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    bed_ = std::make_unique<BackendFixture>();
    qputenv("AMEIDE_LOG", "info");
  }
  void cleanup() {
    if (connection_) Stop();
    qunsetenv("AMEIDE_LOG");
    bed_.reset();
  }

  void whenWorkIsDone_thenTheScrapedNumbersAreThatWork() {
    const std::string spans = bed_->profile().data / "spans.jsonl";
    Start({"--metrics-port", "0", "--span-file", spans});
    const auto status = StatusOf();
    QVERIFY(status.metrics_port() > 0);
    QCOMPARE(status.span_file(), spans);
    Publish();
    const std::string token = bed_->Read(bed_->profile().runtime / "backend.token").substr(0, 64);
    const std::string first = StartInstance("p"), second = StartInstance("p"), third = StartInstance("p");
    StartInstance("stuck");
    Complete(first);
    Complete(second);
    pb::CancelInstanceRequest cancel;
    cancel.set_instance(third);
    cancel.set_reason(kSecretValue);
    pb::CancelInstanceResponse canceled;
    QVERIFY(Processes()->CancelInstance(Context().get(), cancel, &canceled).ok());
    pb::Instance unknown;
    pb::GetInstanceRequest get;
    get.set_instance("0000000000000");
    QCOMPARE(Processes()->GetInstance(Context().get(), get, &unknown).error_code(),
             grpc::StatusCode::NOT_FOUND);

    const std::string page = Get(status.metrics_port(), "/metrics");
    QVERIFY2(page.starts_with("HTTP/1.1 200 OK\r\n"), page.c_str());
    auto samples = Samples(page);
    const std::map<std::string, double> expected = {
        {R"(ameide_instances_started_total{process="p"})", 3},
        {R"(ameide_instances_ended_total{process="p",state="completed"})", 2},
        {R"(ameide_instances_ended_total{process="p",state="terminated"})", 1},
        {R"(ameide_instances_started_total{process="stuck"})", 1},
        {R"(ameide_incidents_created_total{process="stuck"})", 1},
        {R"(ameide_incidents_created_total{process="p"})", 0},
        {R"(ameide_tasks_created_total{process="p"})", 3},
        {R"(ameide_tasks_completed_total{process="p"})", 2},
        {R"(ameide_instance_seconds_count{process="p"})", 3},
        {R"(ameide_operations_total{action="cancel"})", 1},
        {"ameide_instances_open", 1},
        {"ameide_incidents_open", 1},
        {"ameide_tasks_open", 0},
        {"ameide_processes_deployed", 2},
        {"ameide_requests_queued", 0},
        {"ameide_commits_failed_total", 0},
    };
    for (const auto& [name, value] : expected) {
      QVERIFY2(samples.contains(name), (name + " is missing in\n" + page).c_str());
      QVERIFY2(samples[name] == value, (name + " is " + std::to_string(samples[name])).c_str());
    }
    QCOMPARE(Call(samples, "StartInstance", 0), 4.0);
    QCOMPARE(Call(samples, "CompleteTask", 0), 2.0);
    QCOMPARE(Call(samples, "GetInstance", 5), 1.0);
    // What was committed: the deployment, four starts, two completions, a cancellation; and looks at what is
    // to be purged, of which the first is soon after the start.
    QVERIFY(samples["ameide_commit_requests_sum"] >= 8.0 && samples["ameide_commit_requests_sum"] <= 10.0);
    QCOMPARE(samples["ameide_commit_requests_count"], samples["ameide_commits_total"]);
    QCOMPARE(samples["ameide_commit_seconds_count"], samples["ameide_commits_total"]);
    QVERIFY(samples["ameide_commit_seconds_sum"] >= samples["ameide_commit_sync_seconds_sum"]);
    QVERIFY(samples["ameide_database_bytes"] > 0);
    // The same is there without a port.
    backend::v1::GetMetricsResponse text;
    QVERIFY(backend::v1::BackendService::NewStub(connection_->channel())
                ->GetMetrics(Context().get(), {}, &text)
                .ok());
    QCOMPARE(Samples(text.text())[R"(ameide_instances_started_total{process="p"})"], 3.0);

    Stop();
    CheckSpans(bed_->Read(spans), {first, second, third});
    struct stat found {};
    QCOMPARE(::stat(spans.c_str(), &found), 0);
    QCOMPARE(found.st_mode & 0777, mode_t{0600});
    const std::string log = bed_->Read(bed_->profile().data / "ameided.log");
    CheckLog(log, third);
    for (const std::string& told : {page, text.text(), bed_->Read(spans), log}) {
      QVERIFY(!told.empty());
      for (const std::string& secret : {token, std::string(kSecretValue), std::string(kSecretKey)})
        QVERIFY2(told.find(secret) == std::string::npos, secret.c_str());
    }
  }

  void whenNobodyAsksForMetrics_thenNoPortIsOpenAndNoSpanIsWritten() {
    Start({});
    const auto status = StatusOf();
    QCOMPARE(status.metrics_port(), 0);
    QVERIFY(status.span_file().empty());
    QCOMPARE(ListeningSockets(status.process_id()), 0);
  }

  void whenAPortIsTaken_thenTheBackendSaysSoAndDoesNotRun() {
    const auto metrics = telemetry::Metrics::Make("test");
    const auto endpoint = telemetry::MetricsEndpoint::Open(*metrics, 0);
    QVERIFY2(endpoint.ok(), endpoint.status().ToString().c_str());
    connection::ConnectOptions options = Options({"--metrics-port", std::to_string((*endpoint)->port())});
    const auto refused = connection::Connect(options);
    QVERIFY(absl::IsFailedPrecondition(refused.status()));
    QVERIFY2(refused.status().message().find("for metrics; choose another port") != std::string::npos,
             refused.status().ToString().c_str());
    // Only the loopback interface, only one page, only small requests.
    QVERIFY(Get((*endpoint)->port(), "/").find(" 404 ") != std::string::npos);
    const std::string large = "GET /metrics?" + std::string(100000, 'x') + " HTTP/1.1\r\n\r\n";
    QVERIFY(Fetch((*endpoint)->port(), large).find(" 200 ") == std::string::npos);
    QVERIFY(Get((*endpoint)->port(), "/metrics").find(R"(ameide_build_info{version="test"} 1)") !=
            std::string::npos);
  }

  void whenLabelsAreMany_thenMemoryIsBounded() {
    const auto metrics = telemetry::Metrics::Make("test");
    for (int i = 0; i < 2000; ++i) {
      runtime::CommitReport report;
      report.processes["process-" + std::to_string(i)].started = 1;
      metrics->CountCommit(report);
      metrics->CountCall("/made.Up/Method" + std::to_string(i), 12, std::chrono::microseconds(1));
    }
    auto samples = Samples(metrics->Text());
    double sum = 0, series = 0;
    for (const auto& [name, value] : samples) {
      if (!name.starts_with("ameide_instances_started_total")) continue;
      sum += value;
      ++series;
    }
    QCOMPARE(sum, 2000.0);
    QCOMPARE(series, telemetry::Metrics::kMostLabels + 1.0);
    QCOMPARE(samples[R"(ameide_instances_started_total{process="other"})"],
             2000.0 - telemetry::Metrics::kMostLabels);
    QCOMPARE(samples[R"(ameide_calls_total{code="12",method="other"})"], 2000.0);
  }

  void whenSpansAreTooManyOrTheFileIsFull_thenTheyAreCountedAndTheFileTurnsOver() {
    const auto metrics = telemetry::Metrics::Make("test");
    const std::filesystem::path file = bed_->profile().data / "spans";
    {
      telemetry::SpanFileOptions options;
      options.file = file;
      options.largest = 2000;
      options.most_waiting = 10;
      auto spans = telemetry::SpanFile::Open(options, *metrics);
      QVERIFY2(spans.ok(), spans.status().ToString().c_str());
      (*spans)->Add(std::vector<telemetry::Span>(25));
      // Each line is written by itself before the next ten find room.
      for (int i = 0; i < 3; ++i) {
        QTRY_VERIFY_WITH_TIMEOUT(Samples(metrics->Text())["ameide_spans_written_total"] >= 10.0 * (i + 1),
                                 kWaitMs);
        (*spans)->Add(std::vector<telemetry::Span>(10));
      }
    }
    auto samples = Samples(metrics->Text());
    QCOMPARE(samples["ameide_spans_written_total"], 40.0);
    QCOMPARE(samples["ameide_spans_dropped_total"], 15.0);
    QVERIFY(std::filesystem::exists(file.string() + ".old"));
    telemetry::SpanFileOptions folder;
    folder.file = bed_->profile().data;
    QVERIFY(absl::IsFailedPrecondition(telemetry::SpanFile::Open(folder, *metrics).status()));
  }

 private:
  connection::ConnectOptions Options(std::vector<std::string> arguments) const {
    connection::ConnectOptions options;
    options.profile = bed_->profile();
    options.program = BackendFixture::Program();
    options.arguments = std::move(arguments);
    return options;
  }
  void Start(std::vector<std::string> arguments) {
    auto connected = connection::Connect(Options(std::move(arguments)));
    QVERIFY2(connected.ok(), connected.status().ToString().c_str());
    connection_ = *std::move(connected);
  }
  backend::v1::GetStatusResponse StatusOf() const {
    backend::v1::GetStatusResponse response;
    const auto stub = backend::v1::BackendService::NewStub(connection_->channel());
    stub->GetStatus(Context().get(), {}, &response);
    return response;
  }
  void Stop() {
    const int id = StatusOf().process_id();
    backend::v1::ShutdownResponse response;
    backend::v1::BackendService::NewStub(connection_->channel())->Shutdown(Context().get(), {}, &response);
    connection_.reset();
    // A child that nobody waited for is a zombie, which kill still finds; its command line is empty.
    QTRY_VERIFY_WITH_TIMEOUT(bed_->Read(absl::StrCat("/proc/", id, "/cmdline")).empty(), kWaitMs);
  }
  static int ListeningSockets(int process) {
    std::set<QString> inodes;
    for (const QFileInfo& entry : QDir(QStringLiteral("/proc/%1/fd").arg(process)).entryInfoList()) {
      const QString link = entry.symLinkTarget().section('/', -1);
      if (link.startsWith("socket:[")) inodes.insert(link.mid(8).chopped(1));
    }
    int listening = 0;
    for (const char* table : {"tcp", "tcp6"}) {
      QFile file(QStringLiteral("/proc/%1/net/%2").arg(process).arg(table));
      if (!file.open(QIODevice::ReadOnly)) continue;
      for (const QString& line : QString::fromUtf8(file.readAll()).split('\n')) {
        const QStringList columns = line.simplified().split(' ');
        listening += columns.size() > 9 && columns[3] == "0A" && inodes.contains(columns[9]);
      }
    }
    return listening;
  }
  std::unique_ptr<grpc::ClientContext> Context() const { return connection_->NewContext(); }
  std::unique_ptr<pb::ProcessService::Stub> Processes() const {
    return pb::ProcessService::NewStub(connection_->channel());
  }
  void Publish() {
    connection::PublishRequestOptions options;
    options.publisher = "Ada <ada@example.com>";
    options.tool = "test";
    options.artifacts = {
        {"p.bpmn", "", BpmnBuilder("p").Start().User("task").End().Chain({"start", "task", "end"}).Xml(), ""},
        {"stuck.bpmn", "",
         BpmnBuilder("stuck")
             .Start()
             .Exclusive("choose")
             .End()
             .End("other")
             .Flow("start", "choose")
             .Flow("choose", "end", "=amount > 10")
             .Flow("choose", "other", "=amount > 20")
             .Xml(),
         ""}};
    const auto result = bed_->Publish(*connection_, options);
    QVERIFY2(result.ok(), result.status().ToString().c_str());
    for (const auto& finding : bed_->findings_) qInfo("%s", finding.ShortDebugString().c_str());
    QCOMPARE(result->outcome(), publish::v1::OUTCOME_DEPLOYED);
  }
  std::string StartInstance(const std::string& process) {
    pb::StartInstanceRequest request;
    request.set_process(process);
    request.set_variables_json(absl::StrCat(R"({"password":")", kSecretValue, R"("})"));
    request.set_idempotency_key(absl::StrCat(kSecretKey, ++started_));
    pb::StartInstanceResponse response;
    const grpc::Status status = Processes()->StartInstance(Context().get(), request, &response);
    if (!status.ok()) qWarning("%s", status.error_message().c_str());
    return response.instance();
  }
  void Complete(const std::string& instance) {
    pb::ListTasksRequest list;
    list.set_instance(instance);
    pb::ListTasksResponse tasks;
    QVERIFY(Processes()->ListTasks(Context().get(), list, &tasks).ok());
    pb::CompleteTaskRequest request;
    request.set_task(tasks.tasks(0).id());
    request.set_variables_json(absl::StrCat(R"({"answer":")", kSecretValue, R"("})"));
    pb::CompleteTaskResponse response;
    QVERIFY(Processes()->CompleteTask(Context().get(), request, &response).ok());
  }
  static double Call(std::map<std::string, double>& samples, const std::string& method, int code) {
    return samples[absl::StrCat(R"(ameide_calls_total{code=")", code,
                                R"(",method="/ameide.process.v1.ProcessService/)", method, R"("})")];
  }

  /// Three instances of `p`: each one trace with four spans (two of the canceled one's were never reached).
  static void CheckSpans(const std::string& text, const std::vector<std::string>& instances) {
    std::map<QString, std::vector<QJsonObject>> by_instance;
    std::set<QString> ids;
    int calls = 0;
    for (const auto line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      const QJsonObject json =
          QJsonDocument::fromJson(QByteArray(line.data(), qsizetype(line.size()))).object();
      const QJsonObject resource = json["resourceSpans"].toArray().at(0).toObject();
      QVERIFY(!resource["resource"].toObject()["attributes"].toArray().isEmpty());
      for (const auto value : resource["scopeSpans"].toArray().at(0).toObject()["spans"].toArray()) {
        QJsonObject span = value.toObject();
        QCOMPARE(span["traceId"].toString().size(), 32);
        QCOMPARE(span["spanId"].toString().size(), 16);
        QVERIFY2(ids.insert(span["spanId"].toString()).second, "an id comes twice");
        QVERIFY(span["startTimeUnixNano"].toString().toLongLong() <=
                span["endTimeUnixNano"].toString().toLongLong());
        QJsonObject attributes;
        for (const auto it : span["attributes"].toArray()) {
          const QJsonObject attribute = it.toObject();
          attributes[attribute["key"].toString()] = attribute["value"].toObject()["stringValue"];
        }
        QCOMPARE(attributes["tenant_id"].toString(), QStringLiteral("local"));
        QVERIFY(!attributes["controller_type"].toString().isEmpty());
        QVERIFY(!attributes["controller_name"].toString().isEmpty());
        calls += span["kind"].toInt() == 2;
        span["attributes"] = attributes;
        by_instance[attributes["process.instance"].toString()].push_back(span);
      }
    }
    QVERIFY(calls >= 10);
    for (const std::string& instance : instances) {
      const bool canceled = instance == instances.back();
      const auto& spans = by_instance[QString::fromStdString(instance)];
      QCOMPARE(spans.size(), size_t(canceled ? 3 : 4));
      QString root;
      for (const QJsonObject& span : spans) {
        QCOMPARE(span["traceId"], spans[0]["traceId"]);
        if (!span.contains("parentSpanId")) root = span["spanId"].toString();
      }
      for (const QJsonObject& span : spans)
        QVERIFY(span["spanId"].toString() == root || span["parentSpanId"].toString() == root);
    }
  }

  /// Each line is JSON; those about calls and instances have the fields that every controller's have.
  static void CheckLog(const std::string& text, const std::string& canceled) {
    std::map<QString, int> messages;
    for (const auto line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      const QJsonObject json =
          QJsonDocument::fromJson(QByteArray(line.data(), qsizetype(line.size()))).object();
      QVERIFY2(!json.isEmpty(), std::string(line).c_str());
      const QString message = json["message"].toString();
      ++messages[message];
      if (message != "call" && message != "incident" && message != "operation") continue;
      for (const char* field : {"trace_id", "tenant_id", "controller_type", "controller_name"})
        QVERIFY2(!json[QLatin1String(field)].toString().isEmpty(), std::string(line).c_str());
      if (message == "operation") QCOMPARE(json["instance"].toString().toStdString(), canceled);
      if (message == "incident") QCOMPARE(json["controller_name"].toString(), QStringLiteral("stuck"));
    }
    QCOMPARE(messages["incident"], 1);
    QCOMPARE(messages["operation"], 1);
    QVERIFY(messages["call"] >= 10);
  }

  std::unique_ptr<BackendFixture> bed_;
  std::unique_ptr<connection::Connection> connection_;
  int started_ = 0;
};

QTEST_GUILESS_MAIN(TelemetryTest)
#include "telemetry_test.moc"
