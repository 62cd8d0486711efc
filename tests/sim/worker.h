// Worker: runs a simulation in a process of its own, so that a CHECK that fails ends only that one.
#pragma once

#include "tests/sim/simulation.h"

#include <functional>

namespace steelyard::sim {

/// A simulation to run.
struct Job {
    std::uint64_t seed = 0;
    Options options{};
};

/// Runs jobs, at most `workers` at a time, and hands out each report, in the order of the jobs. A
/// process that dies, or that takes longer than `job_time_max`, is a violation of "no crash".
/// False from `take` ends it.
class Workers {
public:
    static constexpr std::chrono::minutes job_time_max{10};

    using Next = std::function<std::optional<Job>()>;
    using Take = std::function<bool(const Report&)>;

    explicit Workers(std::size_t workers) : workers_(workers) {}

    void run(const Next& next, const Take& take) const;

private:
    std::size_t workers_;
};

/// One job.
Report run_apart(const Job& job);

}  // namespace steelyard::sim
