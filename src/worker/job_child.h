// What a child of a worker does: runs a job, or proves it (doc/spec/worker-link.md, "Children").
#pragma once

#include "vm/backend/backend.h"
#include "worker/child_program.h"
#include "worker/record.h"

namespace steelyard::worker {

/// The backend that a child computes on.
using MakeBackend = std::function<Result<std::unique_ptr<vm::Backend>>(const ChildSettings&)>;

/// That of the settings' instruction set, or of the best that the machine has.
Result<std::unique_ptr<vm::Backend>> make_cpu_backend(const ChildSettings& settings);

/// Runs the job of a folder and writes its outcome there. Says what goes wrong on standard error.
ChildExit run_job(const std::filesystem::path& folder, const MakeBackend& make = make_cpu_backend);

/// Makes the proof of the task that the folder's record names.
ChildExit prove_job(
    const std::filesystem::path& folder, const MakeBackend& make = make_cpu_backend
);

/// "job" and "prove"; nothing: another verb.
std::optional<ChildExit> run_child_command(
    std::string_view verb, const std::filesystem::path& folder
);

}  // namespace steelyard::worker
