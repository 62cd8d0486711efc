// RoundWatch: tells subscribers how the rounds of consensus go, in the words of CometBFT.
#pragma once

#include "consensus/core/state.h"
#include "rpc/event_bus.h"

namespace steelyard::node {

/// The step of a round as CometBFT numbers it.
rpc::RoundStep step_of(const consensus::RoundState& machine);

/// Compares the state of consensus with what it was. Belongs to the thread of consensus; costs next
/// to nothing while nobody has subscribed, and begins anew whenever somebody does. What came and
/// went between two looks is not told.
class RoundWatch {
public:
    /// `events` outlives it.
    explicit RoundWatch(rpc::EventBus& events) : events_(events) {}

    /// After the state may have changed.
    void look(const consensus::State& state);

    /// The timeout is due and is about to be handled.
    void elapsed(const consensus::State& state, const consensus::Timeout& timeout);

    /// Consensus has stopped.
    void forget() { seen_.reset(); }

private:
    /// The votes of one height, round and type.
    struct VotesSeen {
        std::size_t count = 0;
        chain::BitArray voters{};
    };
    using VotesKey = std::tuple<chain::Height, chain::Round, chain::SignedMsgType>;

    struct Seen {
        rpc::RoundPlace place{};
        bool in_round = false;  ///< NewRound was told
        bool proposal_complete = false;
        bool polka = false;
        std::optional<consensus::Polka> locked{};
        std::optional<consensus::Polka> valid{};
        std::map<VotesKey, VotesSeen> votes{};
    };

    static Seen seen_of(const consensus::HeightState& current);
    void tell_votes(const consensus::HeightState& current, bool aloud);
    void tell_votes_of(VotesKey key, const consensus::VoteSet* votes, bool aloud);
    void tell_round(const consensus::HeightState& current, const Seen& now);
    void tell_blocks(const consensus::HeightState& current, const Seen& now);

    rpc::EventBus& events_;
    std::optional<Seen> seen_{};
};

}  // namespace steelyard::node
