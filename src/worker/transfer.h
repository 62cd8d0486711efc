// Transfers: a job's program and inputs from the node, and its outputs there.
#pragma once

#include "worker/capabilities.h"
#include "worker/decide.h"

#include <atomic>
#include <filesystem>

namespace steelyard::worker {

class NodePort;

/// Set by who wants a transfer to end.
using StopFlag = std::atomic<bool>;

/// What is fetched, and by what it is judged.
struct FetchTask {
    JobRecord record{};
    std::filesystem::path folder{};
    Capabilities can{};
    std::uint64_t commit_ms = 0;
    std::uint32_t probes = 0;
};

/// Until all is in the folder and was checked: nothing; or what speaks against the job (W2). What
/// is there already and right is kept. Errors: the node or the disk fails, which may pass; stopped
/// (denied).
Result<std::optional<Refusal>> fetch_job(
    NodePort& node, const FetchTask& task, const StopFlag& stop
);

/// The outputs of the record's outcome. Errors: as of fetch_job; a file that is not there.
Result<void> upload_outputs(
    NodePort& node,
    const JobRecord& record,
    const std::filesystem::path& folder,
    const StopFlag& stop
);

}  // namespace steelyard::worker
