// JobReports: how far workers have come with their jobs, as they last told.
#pragma once

#include "chain/timestamp.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace steelyard::node {

struct JobReport {
    std::string stage{};
    std::uint64_t done = 0;
    std::uint64_t of = 0;
    std::string line{};
    chain::Timestamp at{};  ///< when it came

    bool operator==(const JobReport&) const = default;
};

/// In memory: what is known of a job begins anew with the node. Thread-safe.
class JobReports {
public:
    static constexpr std::size_t jobs_max = 4096;  ///< those of the oldest orders are forgotten

    void put(std::uint64_t order_id, std::uint32_t task, JobReport report);
    std::optional<JobReport> find(std::uint64_t order_id, std::uint32_t task) const;

private:
    mutable std::mutex mutex_{};
    std::map<std::pair<std::uint64_t, std::uint32_t>, JobReport> reports_{};
};

}  // namespace steelyard::node
