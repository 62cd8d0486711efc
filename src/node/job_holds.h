// JobHolds: the blobs that workers keep for their jobs (doc/spec/worker-link.md, L5).
#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string_view>

namespace steelyard::node {

/// In memory: workers say what they need again. Thread-safe. Times are of a monotonic clock.
class JobHolds {
public:
    static constexpr std::size_t jobs_max = 8'192;  ///< that hold blobs

    /// A worker says it again every half a minute: one that has not for so long does not come back.
    static constexpr std::chrono::hours idle_max{24};

    /// As blob::BlobStore::hold.
    using Hold = std::function<void(std::string_view holder, std::span<const crypto::Hash256> ids)>;

    explicit JobHolds(Hold hold) : hold_(std::move(hold)) {}

    /// In place of what the job held before; none: lets go. Errors: insufficient (`jobs_max`).
    Result<void> keep(
        std::uint64_t order_id,
        std::uint32_t task,
        std::span<const crypto::Hash256> ids,
        std::chrono::nanoseconds now
    );

    /// Lets go what nobody has said again for `idle_max`.
    void sweep(std::chrono::nanoseconds now);

private:
    using Job = std::pair<std::uint64_t, std::uint32_t>;

    const Hold hold_;
    std::mutex mutex_{};
    std::map<Job, std::chrono::nanoseconds> said_{};  ///< when last
};

}  // namespace steelyard::node
