// The node's parts as the RPC's ports see them.
#pragma once

#include "node/consensus_host.h"
#include "node/stores.h"
#include "p2p/switch.h"
#include "rpc/ports.h"

namespace steelyard::node {

/// Blocks and what is kept of each height.
class StoredChain final : public rpc::ChainReader {
public:
    /// All of them outlive it. `applied`: the last height whose block was executed and indexed.
    StoredChain(
        const storage::BlockStore& blocks,
        const engine::StateStore& states,
        const std::atomic<std::int64_t>& applied
    )
        : blocks_(blocks), states_(states), applied_(applied) {}

    /// A block that is stored and not applied yet is not there.
    storage::BlockRange range() const override {
        storage::BlockRange range = blocks_.range();
        range.tip = std::min(range.tip, chain::Height(applied_));
        return range;
    }
    Result<chain::Block> load_block(chain::Height height) const override {
        return blocks_.load_block(height);
    }
    Result<abci::BlockResults> load_results(chain::Height height) const override {
        return states_.load_results(height);
    }
    Result<chain::BlockMeta> load_meta(chain::Height height) const override {
        return blocks_.load_meta(height);
    }
    Result<chain::Commit> load_commit(chain::Height height) const override {
        return blocks_.load_commit(height);
    }
    Result<chain::Commit> load_seen_commit(chain::Height height) const override {
        return blocks_.load_seen_commit(height);
    }
    Result<chain::Height> height_of(const chain::Hash256& block_hash) const override {
        return blocks_.height_of(block_hash);
    }
    Result<chain::ValidatorSet> load_validators(chain::Height height) const override {
        return states_.load_validators(height);
    }
    Result<chain::ConsensusParams> load_params(chain::Height height) const override {
        return states_.load_params(height);
    }

private:
    const storage::BlockStore& blocks_;
    const engine::StateStore& states_;
    const std::atomic<std::int64_t>& applied_;
};

/// The round that the consensus thread is in.
class LiveConsensus final : public rpc::ConsensusView, public rpc::EvidenceView {
public:
    LiveConsensus(ConsensusHost& host, const p2p::Switch& peers) : host_(host), peers_(peers) {}

    std::optional<rpc::RoundView> round() const override;
    std::vector<rpc::PeerRoundView> peers() const override;
    Result<void> submit(const chain::Evidence& evidence) override;

private:
    ConsensusHost& host_;
    const p2p::Switch& peers_;
};

/// The peers of the switch.
class LivePeers final : public rpc::NetView {
public:
    explicit LivePeers(p2p::Switch& peers) : switch_(peers) {}

    rpc::NetInfo info() const override;
    Result<void> dial_seeds(const std::vector<std::string>& addresses) override;
    Result<void> dial_peers(
        const std::vector<std::string>& addresses, const rpc::DialOptions& options
    ) override;

private:
    p2p::Switch& switch_;
};

/// What a NodeInfo says, for RPC.
rpc::NodeDescription describe(const p2p::NodeInfo& info);

}  // namespace steelyard::node
