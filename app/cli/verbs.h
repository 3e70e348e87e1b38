#pragma once

namespace CLI {
class App;
}

/// The verbs, by group; each adds its subcommands, whose callbacks do the work and end in Session::Finish.
/// The session must outlive the app.
namespace ameide::cli {

class Session;

/// init, clone, import, status, export
void AddWorkspaceVerbs(CLI::App& app, Session& session);
/// log, show, search, undo, redo
void AddHistoryVerbs(CLI::App& app, Session& session);
/// review, comment, tag, link
void AddReviewVerbs(CLI::App& app, Session& session);
/// approve, promote, policy, key
void AddApprovalVerbs(CLI::App& app, Session& session);
/// branch, checkout, propose, quarantine
void AddBranchVerbs(CLI::App& app, Session& session);
/// conflicts, resolve
void AddConflictVerbs(CLI::App& app, Session& session);
/// history export, history import, pack, redact
void AddArchiveVerbs(CLI::App& app, Session& session);
/// diff
void AddDiffVerb(CLI::App& app, Session& session);
/// merge, difftool
void AddMergeVerbs(CLI::App& app, Session& session);
/// commit, fetch, pull, push
void AddSyncVerbs(CLI::App& app, Session& session);
/// roundtrip, lint
void AddFileVerbs(CLI::App& app, Session& session);
/// feel, compile, run
void AddModelVerbs(CLI::App& app, Session& session);
/// dmn eval, dmn tck
void AddDecisionVerbs(CLI::App& app, Session& session);
/// publish, bundles
void AddPublishVerbs(CLI::App& app, Session& session);
/// start, instances, instance, tasks, complete, incidents, message, signal
void AddRuntimeVerbs(CLI::App& app, Session& session);
/// cancel, retry, skip, begin, suspend, resume, modify, migrate, claim, assign, elements, audit
void AddOperationVerbs(CLI::App& app, Session& session);
/// retention, purge
void AddRetentionVerbs(CLI::App& app, Session& session);
/// backend status, start, stop, metrics
void AddBackendVerbs(CLI::App& app, Session& session);
/// simulate
void AddSimulationVerb(CLI::App& app, Session& session);
/// doctor
void AddDoctorVerb(CLI::App& app, Session& session);

}  // namespace ameide::cli
