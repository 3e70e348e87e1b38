#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace ameide {

/// The folder that holds the running program, for finding its siblings (`ameided` beside `ameide`).
std::filesystem::path ProgramFolder();

/// A stable id of this machine, hashed so that the machine's own id never leaves it; empty where there is
/// none.
std::string MachineId();

/// The name of the machine on the network, for telling people where a lock's owner runs.
std::string HostName();

/// True while a process with this id exists (also when it belongs to another user).
bool ProcessAlive(int pid);

/// The account's name of the current user, for a default author where git knows none.
std::string UserName();

}  // namespace ameide
