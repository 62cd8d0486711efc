// RunNeeds: what a run of a program takes of a machine, and whether this one has it.
#pragma once

#include "worker/capabilities.h"
#include "worker/decide.h"

#include <filesystem>

namespace steelyard::vm {
class CheckedProgram;
}

namespace steelyard::worker {

struct RunNeeds {
    std::uint64_t work_units = 0;
    std::uint64_t run_bytes = 0;    ///< memory of a run
    std::uint64_t proof_bytes = 0;  ///< memory of a proof, at the most
    std::uint64_t disk_bytes = 0;   ///< files of a job
};

RunNeeds needs_of(const vm::CheckedProgram& program, std::uint32_t probes);

/// What speaks against a job, memory first. `commit_ms`: how long it may run.
std::optional<Refusal> find_lack(
    const RunNeeds& needs, const Capabilities& can, std::uint64_t commit_ms
);

/// Whether the folder's disk has room for that many bytes more, and all that is in the folder stays
/// below `disk_max`.
std::optional<Refusal> find_lack_of_disk(
    const std::filesystem::path& folder, std::uint64_t bytes, std::uint64_t disk_max
);

/// The address space of a child, what its threads and libraries reserve included.
std::uint64_t address_space(std::uint64_t bytes, std::uint32_t threads);

}  // namespace steelyard::worker
