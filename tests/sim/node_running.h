// Node::Running: the parts of a machine that runs.
//
// Private to node*.cpp.
#pragma once

#include "consensus/engine/stored_history.h"
#include "tests/sim/node.h"

namespace steelyard::sync {
class StoredChain;
}  // namespace steelyard::sync

namespace steelyard::sim {

class AdversaryApplication;
class SyncLiar;

/// A pool of which nothing is known but whether something waits. The application has transactions.
class DrawnPool final : public engine::TxPool {
public:
    DrawnPool(std::uint64_t seed, Permille quiet) : random_(seed), quiet_(quiet) {}

    std::vector<Bytes> reap(std::int64_t, std::int64_t) override { return {}; }
    bool has_txs() const override { return !chance(random_, quiet_); }
    Result<void> commit(
        const chain::Block&,
        const abci::BlockResults&,
        const std::function<Result<void>()>& commit_application
    ) override {
        return commit_application();
    }

private:
    mutable SeededRandom random_;
    Permille quiet_;
};

/// What exists from a start to the next crash.
struct Node::Running {
    explicit Running(Disks& disks);
    ~Running();

    std::unique_ptr<storage::BlockStore> blocks;
    engine::StateStore states;
    std::unique_ptr<engine::StoredHistory> history;
    std::unique_ptr<evidence::Pool> evidence;
    std::unique_ptr<abci::Application> application;
    std::unique_ptr<AdversaryApplication> adversary_application;
    std::unique_ptr<DrawnPool> pool;
    std::unique_ptr<engine::BlockExecutor> executor;
    std::unique_ptr<engine::Signer> signer;
    std::unique_ptr<gossip::StoreBlocks> stored;
    std::unique_ptr<gossip::Gossip> gossip;
    std::unique_ptr<gossip::EvidenceGossip> evidence_gossip;
    std::unique_ptr<sync::StoredChain> chain;
    std::unique_ptr<sync::BlockSync> sync;
    std::unique_ptr<SyncLiar> liar;
    std::unique_ptr<engine::Engine> engine;
};

}  // namespace steelyard::sim
