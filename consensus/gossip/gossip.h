// Gossip: how consensus travels between peers, as CometBFT 0.38's consensus reactor does it.
//
// Rules G1.. of doc/spec/gossip.md.
#pragma once

#include "consensus/core/state.h"
#include "consensus/engine/ports.h"
#include "consensus/gossip/peer_state.h"
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
class Ripening;

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

    /// What we believe that each peer has; for those who look on.
    std::map<PeerId, PeerState> peer_states() const;

    const GossipStats& stats() const { return stats_; }

private:
    // What peers say: gossip.cpp.
    void handle(Peer& peer, const NewRoundStep& message);
    void handle(Peer& peer, const NewValidBlock& message);
    void handle(Peer& peer, const ProposalPol& message);
    void handle(Peer& peer, const HasVote& message);
    void handle(Peer& peer, const VoteSetMaj23& message);
    void handle(Peer& peer, const VoteSetBits& message);
    void handle(Peer& peer, consensus::Message& message);
    void handle_status(Peer& peer, const consensus::PeerStatus& status);
    void forget_quorums(Peer& peer);
    void refuse(Peer& peer, const Error& error);
    void publish_to(Peer& peer, const consensus::Message& message);

    // Where we stand: announce.cpp.
    void announce(Peer& peer);
    void announce_step(Peer& peer);
    void announce_block(Peer& peer);
    void announce_votes(Peer& peer);
    void mark_told(Peer& peer, const chain::Vote& vote);

    // What a peer lacks: serve.cpp, catch_up.cpp.
    void serve_all();
    void serve(Peer& peer);
    void serve_block(Peer& peer);
    bool send_proposal(Peer& peer, const chain::Proposal& proposal);
    void send_parts(Peer& peer, const chain::PartSet& parts);
    void serve_votes(Peer& peer);
    void serve_later_round(Peer& peer);
    void send_votes(Peer& peer, const consensus::VoteSet* votes, chain::Round round);
    void catch_up(Peer& peer);
    void send_stored_commit(Peer& peer);
    void send_stored_parts(Peer& peer);
    void query(Peer& peer);

    bool send_to(Peer& peer, const ReactorMessage& message);
    bool send_vote(Peer& peer, const chain::Vote& vote);
    bool send_part(Peer& peer, const consensus::BlockPart& part);
    const consensus::HeightState* current() const;
    struct Stored;
    const Stored* stored(chain::Height height);

    GossipConfig config_;
    GossipPorts ports_;
    const consensus::State* state_ = nullptr;
    std::unique_ptr<Ripening> ripening_;
    std::unique_ptr<Stored> stored_;  ///< of the height that was asked for last
    std::map<PeerId, std::unique_ptr<Peer>> peers_;
    std::optional<chain::PartSetHeader> published_{};  ///< of the proposal that is ours
    chain::Height published_height_{};                 ///< of that proposal
    Time now_{};
    Time height_began_{};
    chain::Height height_{};
    GossipStats stats_{};
};

}  // namespace steelyard::gossip
