// Gossip: how consensus travels between peers, as CometBFT 0.38's consensus reactor does it.
//
// Rules G1.. of doc/spec/gossip.md.
#pragma once

#include "consensus/core/state.h"
#include "consensus/engine/ports.h"
#include "consensus/gossip/ports.h"
#include "consensus/gossip/reactor_message.h"

#include <chrono>
#include <map>
#include <memory>

namespace steelyard::gossip {

/// On a monotonic clock.
using Time = std::chrono::nanoseconds;

struct GossipConfig {
    chain::Height initial_height{1};  ///< of the chain

    /// What others said is passed on after so long, to peers that did not get it meanwhile: in a
    /// mesh they get it from its author.
    Time relay_after = std::chrono::milliseconds(20);

    /// A peer that has not moved for so long is asked what it has, and again after as long.
    Time query_after = std::chrono::seconds(2);
};

struct GossipPorts {
    PeerLink& link;
    const StoredBlocks& blocks;
    Listener& listener;
};

struct GossipStats {
    std::uint64_t votes_sent = 0;
    std::uint64_t parts_sent = 0;
    std::uint64_t proposals_sent = 0;
    std::uint64_t catch_up_parts_sent = 0;  ///< of stored blocks; part of parts_sent
    std::uint64_t certificates_sent = 0;
    std::uint64_t votes_received = 0;
    std::uint64_t parts_received = 0;
    std::uint64_t messages_refused = 0;  ///< each ended a connection
    std::uint64_t messages_dropped = 0;  ///< over a rate limit
};

struct Peer;
class Courier;

/// Single-threaded, on the engine's thread. Pure: times are arguments, of one monotonic clock, and
/// never go back. Outlives the engine, whose Network it is.
class Gossip final : public engine::Network {
public:
    Gossip(GossipConfig config, GossipPorts ports);
    ~Gossip() override;

    /// `speaks_ours`: its NodeInfo lists channel::consensus_help.
    void add_peer(PeerId peer, bool speaks_ours, Time now);
    void remove_peer(PeerId peer);

    /// A message of a peer on one of the consensus channels. Drops the peer if it is malformed.
    void receive(PeerId peer, ChannelId channel, ByteView bytes, Time now);

    /// There is room again in a queue that refused a message.
    void drained(PeerId peer, ChannelId channel, Time now);

    /// The engine has done a step, and everything in its state may be told. The state is read
    /// until the next call of this or of `stopped`, so it lives until then.
    void state_changed(const consensus::State& state, Time now);

    /// The engine is gone, or waits for block sync. Peers are only listened to.
    void stopped();

    /// When to call `tick` next, or nothing. May change with every other call.
    std::optional<Time> next_tick() const;
    void tick(Time now);

    // engine::Network. Own messages leave at once, to peers that can use them.
    void publish(const consensus::Message& message) override;
    void send(consensus::PeerId to, const consensus::Message& message) override;
    void report(consensus::PeerId peer, const Error& error) override;

    /// Where the peer says it is; 0 before it has said so, and for strangers.
    chain::Height height_of(PeerId peer) const;

    const GossipStats& stats() const { return stats_; }

private:
    void handle(Peer& peer, ReactorMessage message);
    void on_consensus(Peer& peer, consensus::Message message);
    void on_status(Peer& peer, const consensus::PeerStatus& status);
    void on_majority(Peer& peer, const VoteSetMaj23& majority);
    void on_bits(Peer& peer, const VoteSetBits& bits);
    void announce(Peer& peer);
    void serve(Peer& peer);
    void serve_all();

    GossipConfig config_;
    GossipPorts ports_;
    const consensus::State* state_ = nullptr;
    std::unique_ptr<Courier> courier_;
    std::map<PeerId, std::unique_ptr<Peer>> peers_;
    Time now_{};
    GossipStats stats_{};
};

}  // namespace steelyard::gossip
