#include "node/pruner.h"

#include "base/check.h"
#include "base/log.h"

#include <algorithm>

namespace steelyard::node {
namespace {

using chain::Height;

const log::Logger& logger() {
    static const log::Logger instance("node");
    return instance;
}

}  // namespace

bool is_beyond_evidence(
    const chain::EvidenceParams& params, const chain::Header& block, const chain::Header& last
) {
    const auto age = chain::checked_sub(last.time, block.time);
    return last.height.value() - block.height.value() > params.max_age_num_blocks &&
           (!age || *age > params.max_age_duration);
}

void Pruner::start() {
    CHECK(!thread_.joinable());
    if (parts_.retain_blocks > 0) {
        thread_ = std::thread([this] { loop_.run(); });
        committed();
    }
}

void Pruner::stop() {
    if (thread_.joinable()) {
        loop_.stop();
        thread_.join();
    }
}

void Pruner::committed() {
    if (parts_.retain_blocks == 0 || is_asked_.exchange(true)) {
        return;
    }
    loop_.post([this] {
        is_asked_ = false;
        if (const auto done = prune(); !done) {
            parts_.failed(done.error());
        }
    });
}

/// The lowest height that has to stay; at most `batch_max` above the base.
Result<Height> Pruner::first_kept(const storage::BlockRange& range) const {
    const std::int64_t wanted = range.tip.value() - parts_.retain_blocks + 1;
    const std::int64_t end = std::min(wanted, range.base.value() + batch_max);
    if (wanted - range.base.value() < batch_min) {
        return range.base;
    }
    TRY_ASSIGN(const auto last, parts_.blocks.load_meta(range.tip));
    TRY_ASSIGN(const auto params, parts_.states.load_params(range.tip));
    Height height = range.base;
    for (; height.value() < end; height = height.next()) {
        TRY_ASSIGN(const auto meta, parts_.blocks.load_meta(height));
        if (!is_beyond_evidence(params.evidence, meta.header, last.header)) {
            break;
        }
    }
    return height;
}

/// First the index, which reads the blocks that it forgets; last what a start needs least.
Result<void> Pruner::prune() {
    const storage::BlockRange range = parts_.source.range();
    if (parts_.retain_blocks == 0 || range.empty()) {
        return {};
    }
    TRY_ASSIGN(const Height kept, first_kept(range));
    if (kept == range.base) {
        return {};
    }
    for (Height height = range.base; parts_.indexer && height < kept;) {
        height = height.next();
        TRY(parts_.indexer->prune_below(parts_.source, height));
    }
    TRY_ASSIGN(const std::uint64_t count, parts_.blocks.prune_below(kept));
    TRY(parts_.states.prune_below(kept));
    logger().debug("removed old blocks", {{"count", count}, {"first_kept", kept.value()}});
    return {};
}

}  // namespace steelyard::node
