// WorkerStatus: what a worker says of itself.
#pragma once

#include "worker/child_program.h"
#include "worker/job.h"

namespace steelyard::worker {

struct JobStatus {
    JobName name{};
    std::string state{};          ///< as the chain tells it
    std::string stage{};          ///< what is done for it: "fetching", "running", ...
    std::int64_t due_height = 0;  ///< 0: it waits for nothing
    std::int64_t blocks_left = 0;
    ChildProgress steps{};
};

/// A job that is over.
struct EndedJob {
    JobName name{};
    std::string state{};
    std::string reason{};
    std::uint64_t earned = 0;  ///< uyard, for the provider
    std::int64_t height = 0;   ///< at which it was seen
};

inline constexpr std::size_t ended_jobs_max = 5;

struct WorkerStatus {
    std::string address{};
    bool is_linked = false;
    bool is_catching_up = false;
    bool is_draining = false;
    std::string chain_id{};
    std::int64_t height = 0;
    std::uint32_t slots = 0;
    std::uint64_t balance = 0;  ///< uyard, for fees
    std::uint64_t fees = 0;     ///< since the start
    std::uint64_t earned = 0;   ///< since the start, by jobs that were settled
    std::uint64_t settled = 0;  ///< jobs since the start
    std::uint64_t lost = 0;     ///< jobs that ended otherwise
    std::vector<JobStatus> jobs{};
    std::vector<EndedJob> ended{};  ///< the last first
};

}  // namespace steelyard::worker
