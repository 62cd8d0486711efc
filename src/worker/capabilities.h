// Capabilities: what a worker may use for a job.
#pragma once

#include "worker/record.h"

namespace steelyard::worker {

struct Capabilities {
    std::uint64_t memory_max = 0;             ///< bytes of a run, or a proof; 0: no limit
    std::uint64_t disk_max = 0;               ///< bytes of all jobs' folders; 0: no limit
    std::uint64_t work_units_per_second = 0;  ///< 0: not known; then no job is too long
    ChildSettings settings{};                 ///< memory_max is set from the above
};

}  // namespace steelyard::worker
