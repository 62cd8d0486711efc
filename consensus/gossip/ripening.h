// Ripening: since when we have what others said, so that it is passed on only where it is needed.
#pragma once

#include "consensus/core/state.h"

#include <chrono>
#include <map>

namespace steelyard::gossip {

/// In a mesh everybody hears from the author; who relays at once sends everything twice. So votes
/// ripen for a while, as do proposals and blocks, and meanwhile the peer may tell that it has them.
class Ripening {
public:
    using Time = std::chrono::nanoseconds;

    explicit Ripening(Time delay) : delay_(delay) {}

    /// After a step. `own` is our index among the validators; what is ours is ripe.
    void update(
        const consensus::HeightState& current, std::optional<chain::ValidatorIndex> own, Time now
    );

    /// Those of the voters whose votes are ripe; all, of a place that is not watched.
    chain::BitArray ripe(
        chain::Height height, chain::Round round, const consensus::VoteSet& votes, Time now
    );

    /// When the parts under this header are ripe: a while after the last one has come.
    Time parts_ripe_at(const chain::PartSetHeader& header) const;
    Time proposal_ripe_at() const { return proposal_since_ + delay_; }

    /// When something that is not ripe will be.
    std::optional<Time> next() const;

private:
    struct Place {
        chain::Height height{};
        chain::Round round{};
        chain::SignedMsgType type = chain::SignedMsgType::prevote;

        auto operator<=>(const Place&) const = default;
    };

    /// `young` ripen together a delay after `since`, and `fresh`, which came later, after that.
    struct Votes {
        chain::BitArray ripe{};
        chain::BitArray young{};
        chain::BitArray fresh{};
        Time since{};
    };

    struct Parts {
        std::size_t count = 0;
        Time since{};
    };

    void watch(
        Place place,
        const consensus::VoteSet* votes,
        std::optional<chain::ValidatorIndex> own,
        Time now
    );
    void watch(const consensus::HeightState& current, const chain::PartSetHeader& header, Time now);
    void ripen(Votes& votes, Time now) const;

    Time delay_;
    chain::Height height_{};
    chain::Round round_{};
    std::map<Place, Votes> votes_{};
    std::map<chain::PartSetHeader, Parts> parts_{};
    bool has_proposal_ = false;
    Time proposal_since_{};
};

}  // namespace steelyard::gossip
