// MetricsSource: what the parts of a node count, under the names of CometBFT's metrics.
#pragma once

#include "node/consensus_host.h"
#include "node/mempool_host.h"
#include "p2p/switch.h"
#include "rpc/metrics.h"

namespace steelyard::node {

/// Gathers when it is asked. Thread-safe.
class MetricsSource {
public:
    /// All of it outlives the source.
    struct Parts {
        rpc::Metrics& metrics;
        ConsensusHost& consensus;
        MempoolHost& mempool;
        p2p::Switch& peers;
        const storage::BlockStore& blocks;
        const engine::StateStore& states;
    };

    explicit MetricsSource(const Parts& parts) : parts_(parts) {}

    /// In Prometheus' text format.
    std::string text();

private:
    void gather_validators();
    void gather_consensus();
    void gather_mempool();
    void gather_peers();

    Parts parts_;
};

}  // namespace steelyard::node
