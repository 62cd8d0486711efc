// CommitMeter: what the committed blocks say of the chain and its validators, as metrics.
#pragma once

#include "abci/block_results.h"
#include "consensus/engine/state_store.h"
#include "rpc/metrics.h"
#include "storage/block_store.h"

namespace steelyard::node {

/// Called by the consensus thread.
class CommitMeter {
public:
    /// All of them outlive the meter.
    struct Parts {
        rpc::Metrics& metrics;
        const storage::BlockStore& blocks;
        const engine::StateStore& states;
        std::optional<chain::Address> address{};  ///< of this node's validator key
    };

    explicit CommitMeter(const Parts& parts) : parts_(parts) {}

    /// A block that is stored and applied.
    void count(const chain::Block& block, const abci::BlockResults& results);

private:
    void count_size(const chain::Block& block);
    void count_evidence(const chain::Block& block);
    void follow_validators(const chain::Header& header);
    void count_validators();
    void count_last_commit(const chain::Block& block);
    void count_own_part(chain::Height height, bool has_signed);

    Parts parts_;
    chain::Timestamp last_time_{};  ///< of the block before; 1970 before the first
    double txs_ = 0;                ///< since the start
    double missed_ = 0;             ///< blocks, since the start

    chain::Height height_{};  ///< of the block before; 0 before the first
    chain::Hash256 validators_hash_{};
    std::shared_ptr<const chain::ValidatorSet> validators_{};
    std::shared_ptr<const chain::ValidatorSet> last_validators_{};
};

}  // namespace steelyard::node
