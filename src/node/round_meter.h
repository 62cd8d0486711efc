// RoundMeter: how long the rounds of consensus take, and what peers give to them, as metrics.
#pragma once

#include "consensus/core/state.h"
#include "rpc/event_bus.h"
#include "rpc/metrics.h"

namespace steelyard::node {

/// Belongs to the thread of consensus. What comes and goes between two looks is not seen.
class RoundMeter {
public:
    /// `metrics` outlives it.
    explicit RoundMeter(rpc::Metrics& metrics) : metrics_(metrics) {}

    /// Who speaks as `peer` from now on: the id of its node.
    void peer_up(consensus::PeerId peer, std::string node_id);
    void peer_down(consensus::PeerId peer) { peers_.erase(peer); }

    /// What a peer says, before it is handled.
    void received(
        const consensus::State& state, consensus::PeerId from, const consensus::Message& message
    );

    /// After the state may have changed. `now` is of a monotonic clock.
    void look(const consensus::State& state, std::chrono::nanoseconds now);

    /// Consensus has stopped.
    void forget() { seen_.reset(); }

private:
    struct Seen {
        rpc::RoundPlace place{};
        std::chrono::nanoseconds step_began{};
        std::optional<std::chrono::nanoseconds> round_began{};  ///< nothing: between heights
        chain::VotingPower prevoted = 0;
        chain::VotingPower precommitted = 0;
    };

    void received(const consensus::HeightState& current, const chain::Vote& vote);
    void received(
        const consensus::HeightState& current,
        consensus::PeerId from,
        const consensus::BlockPart& part
    );
    void note_step(const consensus::HeightState& current, std::chrono::nanoseconds now);
    void note_votes(const consensus::HeightState& current);
    void note_prevote_delay(const consensus::HeightState& current, const consensus::VoteSet& votes);

    rpc::Metrics& metrics_;
    std::map<consensus::PeerId, std::string> peers_{};
    std::optional<Seen> seen_{};
};

}  // namespace steelyard::node
