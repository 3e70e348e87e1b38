#pragma once

#include <QStringList>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "notation/formats/formats.h"
#include "sync/branches.h"
#include "sync/commits.h"
#include "sync/sync.h"
#include "tests/sync/scratch.h"
#include "uaf/workspace.h"

namespace ameide::sync {

inline constexpr char kModel[] =
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    "<bpmn:definitions xmlns:bpmn='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d' "
    "targetNamespace='urn:x'>\n"
    "  <bpmn:process id='order' isExecutable='true'>\n"
    "    <bpmn:startEvent id='start' name='Order received'/>\n"
    "    <bpmn:endEvent id='end'/>\n"
    "    <bpmn:sequenceFlow id='f' sourceRef='start' targetRef='end'/>\n"
    "  </bpmn:process>\n"
    "</bpmn:definitions>\n";

/// A person: a profile of their own, and the workspaces they open.
class Person {
 public:
  Person(const Scratch& scratch, std::string name) : scratch_(scratch), name_(std::move(name)) {}

  uaf::WorkspaceOptions Options(const std::string& folder) {
    std::filesystem::create_directories(scratch_.Path(name_ + "-profile"));
    uaf::WorkspaceOptions options;
    options.root = scratch_.Path(folder);
    options.profile = scratch_.Path(name_ + "-profile");
    options.actor = uaf::Actor{name_, name_ + "@example.com", "test"};
    options.clock = &clock_;
    options.random = &random_;
    options.files = &files_;
    options.formats = formats_.get();
    options.resolver = ResolverFor(options.root);
    options.checked_out = CheckedOutIn(options.root);
    options.commits = CommitsOf(options.root);
    options.committed_before = CommittedBefore(options.root);
    options.idle_wait = std::chrono::hours(1);
    options.longest_wait = std::chrono::hours(1);
    return options;
  }

  void Init(const std::string& folder) {
    std::filesystem::create_directories(scratch_.Path(folder));
    const auto report = Initialize(Options(folder));
    if (!report.ok()) qFatal("%s", report.status().ToString().c_str());
  }

  std::unique_ptr<uaf::Workspace> Open(const std::string& folder) {
    auto workspace = uaf::Workspace::Open(Options(folder));
    if (!workspace.ok()) qFatal("%s", workspace.status().ToString().c_str());
    return *std::move(workspace);
  }

  absl::StatusOr<CommitReport> Commit(uaf::Workspace& workspace, const std::string& message) {
    CommitOptions options;
    options.message = message;
    options.author = git::Identity{name_, name_ + "@example.com"};
    options.clock = &clock_;
    return sync::Commit(workspace, options);
  }

  CommitReport MustCommit(const std::string& folder, const std::string& message) {
    const auto workspace = Open(folder);
    auto report = Commit(*workspace, message);
    if (!report.ok()) qFatal("%s", report.status().ToString().c_str());
    return *std::move(report);
  }

  PullReport MustPull(const std::string& folder) {
    const auto workspace = Open(folder);
    auto report = sync::Pull(*workspace, {});
    if (!report.ok()) qFatal("%s", report.status().ToString().c_str());
    return *std::move(report);
  }

 private:
  const Scratch& scratch_;
  std::string name_;
  SystemClock clock_;
  SystemRandom random_;
  PosixFileSystem files_;
  std::unique_ptr<uaf::document::FormatRegistry> formats_ = MakeFormats();
};

/// Ada's workspace with one model, pushed; Bob's clone of it.
struct Team {
  explicit Team(const Scratch& scratch) : ada(scratch, "ada"), bob(scratch, "bob") {
    scratch.SetIdentity();
    scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"});
    ada.Init("one");
    scratch.Git("one", {"remote", "add", "origin", QString::fromStdString(scratch.Path("hub.git").string())});
    scratch.Write("one/order.bpmn", kModel);
    scratch.Write("one/notes.md", "# Notes\n");
    ada.MustCommit("one", "First");
    MustPush(scratch, "one");
    const auto cloned = Clone(scratch.Path("hub.git").string(), scratch.Path("two"), {});
    if (!cloned.ok() || !cloned->is_workspace) qFatal("no clone");
    const absl::Status taken = TakeInClone(*bob.Open("two"));
    if (!taken.ok()) qFatal("%s", taken.ToString().c_str());
  }

  static void MustPush(const Scratch& scratch, const std::string& folder) {
    const auto pushed = Push(scratch.Path(folder), {});
    if (!pushed.ok()) qFatal("%s", pushed.status().ToString().c_str());
  }

  Person ada;
  Person bob;
};

/// The names of all events that belong to what is "now".
inline std::set<std::string> EventsOf(const uaf::Workspace& workspace) {
  std::set<std::string> out;
  uaf::LogQuery query;
  query.workspace_events = true;
  const auto log = workspace.Log(query);
  if (!log.ok()) qFatal("%s", log.status().ToString().c_str());
  for (const uaf::ChangeSetSummary& event : *log) out.insert(uaf::FormatId(event.id));
  return out;
}

/// What tests of two people begin with, each in folders of its own, and words for what they do most.
class WithTeam {
 protected:
  void SetUp() {
    TearDown();
    scratch_ = std::make_unique<Scratch>();
    team_ = std::make_unique<Team>(*scratch_);
  }
  void TearDown() {
    team_.reset();
    scratch_.reset();
  }

  static void Must(const absl::Status& status) {
    if (!status.ok()) qFatal("%s", status.ToString().c_str());
  }
  std::string Git(const std::string& folder, const QStringList& arguments) const {
    return scratch_->Git(folder, arguments);
  }
  void Write(const std::string& name, const std::string& bytes) const { scratch_->Write(name, bytes); }
  std::string Read(const std::string& name) const { return scratch_->Read(name); }
  bool Exists(const std::string& name) const { return std::filesystem::exists(scratch_->Path(name)); }
  void Push(const std::string& folder) const { Team::MustPush(*scratch_, folder); }

  /// Nothing wrong.
  static void Sound(const uaf::Workspace& workspace) {
    QVERIFY2(workspace.LogIncompleteBecause().empty(), workspace.LogIncompleteBecause().c_str());
    const auto findings = workspace.Verify();
    Must(findings.status());
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
  }
  /// Nothing to commit, and nothing wrong. Of the folders "one" is Ada's, "two" Bob's, others are Cleo's.
  void Settled(const std::string& folder) {
    QCOMPARE(Git(folder, {"status", "--porcelain", "-uall"}), std::string());
    Person cleo(*scratch_, "cleo");
    Sound(*(folder == "one" ? team_->ada : folder == "two" ? team_->bob : cleo).Open(folder));
  }

  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Team> team_;
};

}  // namespace ameide::sync
