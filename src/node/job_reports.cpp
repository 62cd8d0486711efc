#include "node/job_reports.h"

namespace steelyard::node {

void JobReports::put(std::uint64_t order_id, std::uint32_t task, JobReport report) {
    const std::lock_guard lock(mutex_);
    reports_.insert_or_assign({order_id, task}, std::move(report));
    if (reports_.size() > jobs_max) {
        reports_.erase(reports_.begin());
    }
}

std::optional<JobReport> JobReports::find(std::uint64_t order_id, std::uint32_t task) const {
    const std::lock_guard lock(mutex_);
    const auto found = reports_.find({order_id, task});
    return found == reports_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace steelyard::node
