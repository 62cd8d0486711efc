#include "node/job_holds.h"

#include <fmt/format.h>

namespace steelyard::node {
namespace {

std::string name_of(std::uint64_t order_id, std::uint32_t task) {
    return fmt::format("job/{}/{}", order_id, task);
}

}  // namespace

Result<void> JobHolds::keep(
    std::uint64_t order_id,
    std::uint32_t task,
    std::span<const crypto::Hash256> ids,
    std::chrono::nanoseconds now
) {
    const Job job(order_id, task);
    const std::lock_guard lock(mutex_);
    if (ids.empty()) {
        said_.erase(job);
    } else if (said_.size() >= jobs_max && !said_.contains(job)) {
        return fail(ErrorCode::insufficient, "{} jobs hold blobs already", jobs_max);
    } else {
        said_[job] = now;
    }
    hold_(name_of(order_id, task), ids);
    return {};
}

void JobHolds::sweep(std::chrono::nanoseconds now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(said_, [&](const auto& said) {
        if (said.second + idle_max > now) {
            return false;
        }
        hold_(name_of(said.first.first, said.first.second), {});
        return true;
    });
}

}  // namespace steelyard::node
