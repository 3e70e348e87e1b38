#include <QtTest>
#include <thread>

#include "backend/domains/database.h"
#include "backend/domains/host.h"
#include "base/platform/file_system.h"

using namespace ameide;
using domains::CallContext;
using domains::DomainHost;

namespace {

std::string ReadSource(const std::string& path) {
  return *PosixFileSystem().Read(
      std::filesystem::path(QFile::decodeName(qgetenv("AMEIDE_SOURCE_DIR")).toStdString()) / path, 1 << 20);
}

std::string Orders() { return ReadSource("resources/sample/domains/orders.proto"); }

/// A small model around one line of it, for tests of what is refused.
std::string Model(const std::string& entity_options, const std::string& fields = "string id = 1;",
                  const std::string& package = "shop.v1") {
  return "syntax = \"proto3\";\npackage " + package + ";\nimport \"ameide/domain/v1/options.proto\";\n" +
         "message Thing { option (ameide.domain.v1.entity) = {" + entity_options + "};\n" + fields + "}\n" +
         "message Get { string id = 1; }\n" +
         "service S { rpc GetThing(Get) returns (Thing) { option (ameide.domain.v1.query) = {entity: "
         "\"Thing\"}; } }\n";
}

/// A model whose things have an id and `fields`, and can be created.
std::string Shop(const std::string& fields, const std::string& part = "string name = 1;") {
  std::string model = Model("key: \"id\"", "string id = 1;" + fields) + "message Part {" + part + "}\n" +
                      "message New { string id = 1;" + fields + "}\n";
  const std::string service = "service S { ";
  return model.insert(model.find(service) + service.size(),
                      "rpc Create(New) returns (Thing) { option (ameide.domain.v1.command) = {entity: "
                      "\"Thing\" action: ACTION_CREATE}; } ");
}

}  // namespace

#define VERIFY_OK(expression)                                                   \
  do {                                                                          \
    const auto& verified = (expression);                                        \
    QVERIFY2(verified.ok(), std::string(StatusOf(verified).message()).c_str()); \
  } while (false)

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}
const absl::Status& StatusOf(const absl::Status& status) { return status; }

class DomainsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    Reopen();
    VERIFY_OK(host_->Deploy("orders.proto", Orders()));
  }

  void cleanup() { host_.reset(); }

  void whenAnOrderIsCreated_thenItCanBeReadAndListed() {
    const auto created = Call("CreateOrder", R"({"customer":"Ada","amount":99.5})");
    VERIFY_OK(created);
    const QJsonObject order = Json(*created);
    QCOMPARE(order["status"].toString(), QString("ORDER_STATUS_PLACED"));
    QCOMPARE(order["version"].toString(), QString("1"));
    QVERIFY(!order["order_id"].toString().isEmpty());
    const auto read =
        Call("GetOrder", "{\"order_id\":\"" + order["order_id"].toString().toStdString() + "\"}");
    VERIFY_OK(read);
    QCOMPARE(Json(*read), order);
    QCOMPARE(Json(*Call("ListOrders", R"({"customer":"Ada"})"))["orders"].toArray().size(), 1);
    QCOMPARE(Json(*Call("ListOrders", R"({"customer":"Bob"})"))["orders"].toArray().size(), 0);
  }

  void whenARequestBreaksAFieldRule_thenTheFieldIsNamedAndNothingStored() {
    const auto refused = Call("CreateOrder", R"({"customer":"Ada","amount":-1})");
    QCOMPARE(refused.status().code(), absl::StatusCode::kInvalidArgument);
    QVERIFY(refused.status().message().find("amount") != absl::string_view::npos);
    QCOMPARE(Call("CreateOrder", R"({"amount":1})").status().code(), absl::StatusCode::kInvalidArgument);
    QCOMPARE(Json(*Call("ListOrders", "{}"))["orders"].toArray().size(), 0);
  }

  void whenARequirementDoesNotHold_thenTheCommandIsRefusedWithItsMessage() {
    VERIFY_OK(Call("CreateOrder", R"({"order_id":"1","customer":"Ada"})"));
    VERIFY_OK(Call("ApproveOrder", R"({"order_id":"1","approved_by":"Eve"})"));
    const auto again = Call("ApproveOrder", R"({"order_id":"1","approved_by":"Eve"})");
    QCOMPARE(again.status().code(), absl::StatusCode::kFailedPrecondition);
    QVERIFY(again.status().message().find("only a placed order") != absl::string_view::npos);
    VERIFY_OK(Call("ShipOrder", R"({"order_id":"1"})"));
    QCOMPARE(Call("CancelOrder", R"({"order_id":"1"})").status().code(),
             absl::StatusCode::kFailedPrecondition);
    QCOMPARE(Json(*Call("GetOrder", R"({"order_id":"1"})"))["version"].toString(), QString("3"));
  }

  void whenAStoredRuleIsRefusedToday_thenTheHostStartsAllTheSame() {
    const std::string rule = "1 = 1", later = "{f: function(a) a, r: f(b: 1)}.r = null";
    const auto model = [](const std::string& expression) {
      return Model("key: \"id\" invariant: {expression: \"" + expression + "\"}");
    };
    VERIFY_OK(host_->Deploy("shop.proto", model(rule)));
    QVERIFY(!host_->Check("shop.proto", model(later)).ok());
    host_.reset();
    const auto database =
        domains::Database::Open(std::filesystem::path(folder_->path().toStdString()) / "domains.db", false);
    VERIFY_OK(database);
    VERIFY_OK(
        (*database)->Run("UPDATE domain_model SET source = ? WHERE path = 'shop.proto'", {model(later)}));
    Reopen();
    QVERIFY(host_ != nullptr);
    QCOMPARE(host_->Domains().size(), size_t{2});
  }

  void whenAnIdempotencyKeyComesTwice_thenTheFirstResponseComesBack() {
    const CallContext context{"local", "key-1"};
    const auto first = host_->CallJson(context, Name("CreateOrder"), R"({"customer":"Ada"})");
    const auto second = host_->CallJson(context, Name("CreateOrder"), R"({"customer":"Ada"})");
    VERIFY_OK(first);
    QCOMPARE(*first, *second);
    QCOMPARE(Json(*Call("ListOrders", "{}"))["orders"].toArray().size(), 1);
    const auto other = host_->CallJson(context, Name("CreateOrder"), R"({"customer":"Bob"})");
    QCOMPARE(other.status().code(), absl::StatusCode::kInvalidArgument);
    Reopen();
    QCOMPARE(*host_->CallJson(context, Name("CreateOrder"), R"({"customer":"Ada"})"), *first);
  }

  void whenAFailedCommandIsRepeatedWithItsKey_thenItMaySucceed() {
    const CallContext context{"local", "key-2"};
    QVERIFY(!host_->CallJson(context, Name("ShipOrder"), R"({"order_id":"7"})").ok());
    VERIFY_OK(Call("CreateOrder", R"({"order_id":"7","customer":"Ada"})"));
    VERIFY_OK(host_->CallJson(context, Name("ShipOrder"), R"({"order_id":"7"})"));
  }

  void whenTenantsUseTheSameKey_thenTheyDoNotSeeEachOther() {
    VERIFY_OK(host_->CallJson({"a", ""}, Name("CreateOrder"), R"({"order_id":"1","customer":"Ada"})"));
    VERIFY_OK(host_->CallJson({"b", ""}, Name("CreateOrder"), R"({"order_id":"1","customer":"Bob"})"));
    QCOMPARE(
        Json(*host_->CallJson({"b", ""}, Name("GetOrder"), R"({"order_id":"1"})"))["customer"].toString(),
        QString("Bob"));
    QCOMPARE(host_->CallJson({"c", ""}, Name("GetOrder"), R"({"order_id":"1"})").status().code(),
             absl::StatusCode::kNotFound);
    QCOMPARE(host_->CallJson({"", ""}, Name("GetOrder"), "{}").status().code(),
             absl::StatusCode::kUnauthenticated);
  }

  void whenTheKeyIsTaken_thenCreatingFailsAndNoFactIsWritten() {
    VERIFY_OK(Call("CreateOrder", R"({"order_id":"1","customer":"Ada"})"));
    QCOMPARE(Call("CreateOrder", R"({"order_id":"1","customer":"Bob"})").status().code(),
             absl::StatusCode::kAlreadyExists);
    const auto facts = host_->Outbox("local", 0, 100);
    VERIFY_OK(facts);
    QCOMPARE(facts->size(), size_t{1});
    QCOMPARE((*facts)[0].fact, std::string("OrderPlaced"));
    QCOMPARE((*facts)[0].entity_key, std::string("1"));
  }

  void whenPagesAreRead_thenEachOrderComesOnce() {
    for (int i = 0; i < 23; ++i) VERIFY_OK(Call("CreateOrder", R"({"customer":"Ada"})"));
    QSet<QString> seen;
    std::string token;
    int pages = 0;
    do {
      const auto page = Call("ListOrders", "{\"page_size\":10,\"page_token\":\"" + token + "\"}");
      VERIFY_OK(page);
      const auto list = Json(*page)["orders"].toArray();
      for (const auto& order : list) seen.insert(order.toObject()["order_id"].toString());
      token = Json(*page)["next_page_token"].toString().toStdString();
      ++pages;
    } while (!token.empty());
    QCOMPARE(seen.size(), 23);
    QCOMPARE(pages, 3);
    QCOMPARE(Call("ListOrders", R"({"page_token":"xyz"})").status().code(),
             absl::StatusCode::kInvalidArgument);
    QCOMPARE(Call("ListOrders", R"({"page_size":100000})").status().code(),
             absl::StatusCode::kInvalidArgument);
  }

  void whenAFieldIsAddedOrRenamed_thenDataStays() {
    VERIFY_OK(Call("CreateOrder", R"({"order_id":"1","customer":"Ada","amount":5})"));
    std::string changed = Orders();
    const auto replace = [&](const std::string& from, const std::string& to) {
      for (size_t at = 0; (at = changed.find(from, at)) != std::string::npos; at += to.size())
        changed.replace(at, from.size(), to);
    };
    replace("string approved_by = 5;", "string approver = 5; string note = 7;");
    VERIFY_OK(host_->Deploy("orders.proto", changed));
    const QJsonObject order = Json(*Call("GetOrder", R"({"order_id":"1"})"));
    QCOMPARE(order["customer"].toString(), QString("Ada"));
    QCOMPARE(order["note"].toString(), QString(""));
    QVERIFY(order.contains("approver"));
    Reopen();
    QVERIFY(Json(*Call("GetOrder", R"({"order_id":"1"})")).contains("note"));
  }

  void whenAFieldChangesItsType_thenDeployingIsRefusedAndTheOldModelRuns() {
    std::string changed = Orders();
    const std::string from = "string approved_by = 5;";
    changed.replace(changed.find(from), from.size(), "int64 approved_by = 5;");
    const absl::Status status = host_->Deploy("orders.proto", changed);
    QCOMPARE(status.code(), absl::StatusCode::kFailedPrecondition);
    QVERIFY(status.message().find("approved_by") != absl::string_view::npos);
    VERIFY_OK(Call("CreateOrder", R"({"customer":"Ada"})"));
  }

  void whenAModelIsBad_thenItsPlaceIsNamed_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("wanted");
    const auto row = [](const char* name, const std::string& text, const char* wanted) {
      QTest::newRow(name) << QString::fromStdString(text) << QString(wanted);
    };
    row("syntax", "syntax = \"proto3\";\npackage a.v1;\nmessage {", "m.proto:3:9");
    row("reserved package", Model("key: \"id\"", "string id = 1;", "grpc.health.v1"), "reserved");
    row("no key", Model(""), "no field ''");
    row("unknown key", Model("key: \"nope\""), "no field 'nope'");
    row("key of a message", Model("key: \"id\"", "Get id = 1;"), "key must be");
    row("bad FEEL", Model("key: \"id\" invariant: {expression: \"1 +\"}"), "rule '1 +'");
    row("unknown import", "syntax = \"proto3\";\npackage a.v1;\nimport \"other.proto\";", "other.proto");
    row("no package", "syntax = \"proto3\";\nmessage A {}", "no package");
    row("no service", "syntax = \"proto3\";\npackage a.v1;\nmessage A {}", "no service");
    row("plain method",
        "syntax = \"proto3\";\npackage a.v1;\nmessage A {}\nservice S { rpc M(A) returns (A); }",
        "either the command");
    row("stream",
        "syntax = \"proto3\";\npackage a.v1;\nmessage A {}\nservice S { rpc M(stream A) returns (A); }",
        "streaming");
    row("empty", "", "no package");
    row("binary", std::string("\0\1\2\3", 4), "m.proto:1");
  }

  void whenAModelIsBad_thenItsPlaceIsNamed() {
    QFETCH(QString, text);
    QFETCH(QString, wanted);
    const absl::Status status = host_->Check("m.proto", text.toStdString());
    QCOMPARE(status.code(), absl::StatusCode::kInvalidArgument);
    const QString message = QString::fromStdString(std::string(status.message()));
    QVERIFY2(message.contains(wanted), qPrintable(message));
  }

  void whenManyThreadsCommand_thenEveryOneIsStoredOnce() {
    std::vector<std::thread> threads;
    std::atomic<int> accepted{0};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          // Two threads share each key, so half of the calls are repetitions.
          const CallContext context{"local", "k" + std::to_string(t / 2) + "-" + std::to_string(i)};
          if (host_->CallJson(context, Name("CreateOrder"), R"({"customer":"Ada"})").ok()) ++accepted;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    QCOMPARE(accepted.load(), 40);
    QCOMPARE(Json(*Call("ListOrders", R"({"page_size":100})"))["orders"].toArray().size(), 20);
  }

  void whenMapsAreCarried_thenTheyAreStoredAndTheirOrderDoesNotMatter() {
    VERIFY_OK(host_->Deploy("shop.proto", Shop("map<string, int32> counts = 2; double weight = 3;")));
    const auto create = [&](const std::string& counts) {
      return host_->CallJson({"local", "once"}, "shop.v1.S/Create",
                             "{\"id\":\"a\",\"counts\":{" + counts + "}}");
    };
    const auto first = create(R"("x":1,"y":2,"z":3)");
    VERIFY_OK(first);
    QCOMPARE(Json(*first)["counts"].toObject()["y"].toInt(), 2);
    QCOMPARE(Json(*create(R"("z":3,"y":2,"x":1)")), Json(*first));
    const auto read = host_->CallJson({"local", ""}, "shop.v1.S/GetThing", R"({"id":"a"})");
    VERIFY_OK(read);
    QCOMPARE(Json(*read)["counts"].toObject().size(), 3);
    const auto nan = host_->CallJson({"local", ""}, "shop.v1.S/Create", R"({"id":"b","weight":"NaN"})");
    QCOMPARE(nan.status().code(), absl::StatusCode::kInvalidArgument);
    QVERIFY(nan.status().message().find("weight") != absl::string_view::npos);
  }

  void whenAStoredTypeWouldReadDifferently_thenDeployingIsRefused() {
    const std::string before = "repeated Part parts = 2; int64 count = 3; int32 size = 4;";
    VERIFY_OK(host_->Deploy("shop.proto", Shop(before)));
    VERIFY_OK(host_->Deploy("shop.proto", Shop("repeated Part parts = 2; int64 count = 3; int64 size = 4;")));
    VERIFY_OK(
        host_->Check("shop.proto", Shop("repeated Part parts = 2;", "string name = 1; int32 more = 2;")));
    for (const char* fields :
         {"repeated string parts = 2;", "Part parts = 2;", "int32 count = 3;", "sint64 count = 3;"}) {
      QCOMPARE(host_->Check("shop.proto", Shop(fields)).code(), absl::StatusCode::kFailedPrecondition);
    }
    const auto inside = host_->Check("shop.proto", Shop("repeated Part parts = 2;", "int32 name = 1;"));
    QCOMPARE(inside.code(), absl::StatusCode::kFailedPrecondition);
    QVERIFY(inside.message().find("shop.v1.Part.name") != absl::string_view::npos);
  }

  void whenTheDatabaseIsOfTheFirstVersion_thenItIsBroughtForward() {
    VERIFY_OK(host_->Deploy("shop.proto", Shop("repeated Part parts = 2;")));
    host_.reset();
    auto database =
        domains::Database::Open(std::filesystem::path(folder_->path().toStdString()) / "domains.db", false);
    VERIFY_OK(database);
    VERIFY_OK((*database)->Run("DROP TABLE domain_field"));
    VERIFY_OK((*database)->Run("PRAGMA user_version = 1"));
    database->reset();
    Reopen();
    QCOMPARE(host_->Check("shop.proto", Shop("repeated string parts = 2;")).code(),
             absl::StatusCode::kFailedPrecondition);
  }

  void whenAModelNestsWithoutEnd_thenItIsRefusedAtOnce() {
    std::string wide = Model("key: \"id\"", "string id = 1; M0 m = 2;");
    for (int i = 0; i < 20; ++i) {
      wide += "message M" + std::to_string(i) + " {";
      for (int j = 1; i < 19 && j <= 100; ++j)
        wide += "M" + std::to_string(i + 1) + " f" + std::to_string(j) + " = " + std::to_string(j) + ";";
      wide += "}\n";
    }
    std::string deep = "syntax = \"proto3\"; package deep.v1;";
    for (int i = 0; i < 80'000; ++i) deep += "message A{";
    for (const std::string& model : {wide, deep}) {
      QCOMPARE(host_->Check("shop.proto", model).code(), absl::StatusCode::kInvalidArgument);
    }
  }

  void whenTheFileIsNoDatabase_thenOpeningSaysSo() {
    const auto path = std::filesystem::path(folder_->path().toStdString()) / "broken.db";
    QVERIFY(PosixFileSystem().WriteAtomically(path, std::string(4096, 'x'), 0600).ok());
    QCOMPARE(DomainHost::Open(path, &clock_, &random_).status().code(), absl::StatusCode::kDataLoss);
  }

 private:
  void Reopen() {
    host_.reset();
    auto host = DomainHost::Open(std::filesystem::path(folder_->path().toStdString()) / "domains.db", &clock_,
                                 &random_);
    VERIFY_OK(host);
    host_ = *std::move(host);
  }
  static std::string Name(const std::string& method) { return "orders.v1.OrderService/" + method; }
  absl::StatusOr<std::string> Call(const std::string& method, const std::string& json) {
    return host_->CallJson({"local", ""}, Name(method), json);
  }
  static QJsonObject Json(const std::string& text) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
  }

  ManualClock clock_{*ParseTime("2026-03-01T12:00:00Z")};
  SystemRandom random_;
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<DomainHost> host_;
};

QTEST_GUILESS_MAIN(DomainsTest)
#include "domains_test.moc"
