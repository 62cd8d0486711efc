// Pruner: the thread that removes old blocks, where the operator keeps only some.
#pragma once

#include "chain/consensus_params.h"
#include "consensus/engine/state_store.h"
#include "index/indexer.h"
#include "node/event_loop.h"

#include <atomic>
#include <functional>
#include <thread>

namespace steelyard::node {

/// Keeps consensus waiting for one block's removal at most. What evidence may still be about stays,
/// however few blocks are wanted: peers could not prove, and we not judge, what is gone.
class Pruner {
public:
    /// Blocks are removed by so many at a time: more than the wanted ones may be there meanwhile.
    static constexpr std::int64_t batch_min = 16;

    /// What one committed block makes go, so that a node that begins to prune does not stall.
    static constexpr std::int64_t batch_max = 64;

    /// All of it outlives the pruner.
    struct Parts {
        std::int64_t retain_blocks = 0;  ///< 0: nothing is ever removed
        const index::BlockSource& source;
        storage::BlockStore& blocks;
        engine::StateStore& states;
        index::Indexer* indexer = nullptr;  ///< null: transactions are not indexed
        std::function<void(const Error&)> failed{};
    };

    explicit Pruner(Parts parts) : parts_(std::move(parts)) {}
    ~Pruner() { stop(); }

    void start();
    void stop();

    /// A block was committed. Cheap; any thread.
    void committed();

    /// Removes what is too many now. Errors are of the stores. For the thread, and for tests.
    Result<void> prune();

private:
    Result<chain::Height> first_kept(const storage::BlockRange& range) const;

    Parts parts_;
    std::atomic<bool> is_asked_ = false;
    EventLoop loop_{};
    std::thread thread_{};
};

/// Whether evidence of a block may be too old to count: it is when it is older than both limits.
bool is_beyond_evidence(
    const chain::EvidenceParams& params, const chain::Header& block, const chain::Header& last
);

}  // namespace steelyard::node
