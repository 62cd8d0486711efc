// MetricsSource: what the parts of a node count, under the names of CometBFT's metrics.
#pragma once

#include "node/consensus_host.h"
#include "node/mempool_host.h"
#include "p2p/switch.h"
#include "rpc/metrics.h"

#include <map>
#include <mutex>

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
    };

    explicit MetricsSource(const Parts& parts) : parts_(parts) {}

    /// In Prometheus' text format.
    std::string text();

private:
    void gather_consensus();
    void gather_mempool();
    void gather_traffic();
    void gather_peers();
    void gather_peer(const p2p::PeerStatus& peer);

    Parts parts_;
    std::mutex mutex_{};
    using Traffic = std::map<ChannelId, p2p::ChannelStatus>;
    std::map<PeerId, Traffic> told_{};  ///< of the connections that are up
};

}  // namespace steelyard::node
