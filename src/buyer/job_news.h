// JobNews: what became of a job, from successive answers of a node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::market::v1 {
class Job;
class Order;
class QueryJobsResponse;
}  // namespace steelyard::market::v1

namespace steelyard::buyer {

/// A step of a job. A node is asked now and then, so that several may come at once.
struct JobNews {
    /// As the chain names it: a state, or the event "reopened".
    std::string state{};
    std::int64_t height = 0;  ///< 0: not told
    std::string reason{};     ///< of an end or a loss, with the party at fault; else empty
    std::string text{};       ///< who, how much, until when: for people

    bool operator==(const JobNews&) const = default;
};

/// What `now` tells that `before` did not, oldest first. `before` is nullptr for the first answer,
/// which tells all there is.
std::vector<JobNews> news_of(const market::v1::Job* before, const market::v1::Job& now);

enum class Ending : std::uint8_t {
    live,
    settled,
    faulted,  ///< settled, and the program ran into a fault: there are no results
    lost,     ///< cancelled, expired, refunded or slashed
};

Ending ending_of(const market::v1::Job& job);

/// How the jobs of an order stand.
struct Tally {
    std::uint32_t settled = 0;
    std::uint32_t faulted = 0;
    std::uint32_t lost = 0;
    std::uint32_t live = 0;
    std::uint32_t waiting = 0;  ///< tasks of an array that have not entered

    bool is_over = false;  ///< nothing of it can change any more
    bool operator==(const Tally&) const = default;
};

Tally tally_of(const market::v1::Order& order, const market::v1::QueryJobsResponse& jobs);

/// Whether all of an order was settled with results.
inline bool is_success(const Tally& tally) {
    return tally.is_over && tally.settled > 0 && tally.faulted + tally.lost + tally.waiting == 0;
}

}  // namespace steelyard::buyer
