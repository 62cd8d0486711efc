// VoteKeeper: the votes of all rounds of one height.
#pragma once

#include "consensus/core/vote_set.h"

namespace steelyard::consensus {

/// A block that more than two thirds precommitted, and in which round.
struct Decided {
    chain::BlockId block_id{};
    chain::Round round{};

    auto operator<=>(const Decided&) const = default;
};

/// Holds a bounded number of votes, whatever is sent. Everybody's votes of the current round, of
/// those before it and of the next one; of rounds further ahead only the latest ones of each
/// validator, so that nobody can use up another's room, and a validator that is ahead is always
/// heard where it is now.
class VoteKeeper {
public:
    /// How many rounds after the current one's successor each validator may have votes in.
    static constexpr std::size_t far_rounds_max = 2;

    /// Votes of rounds further ahead are not taken: so far, nobody honest can be.
    static constexpr std::int32_t rounds_ahead_max = 100'000;

    /// Rounds further behind are forgotten, but for those that the caller keeps and those with a
    /// quorum of precommits. (By CometBFT's timeouts it takes hours to come so far.)
    static constexpr std::int32_t rounds_behind_max = 256;

    VoteKeeper(std::size_t validators, chain::VotingPower total_power);

    chain::Round round() const { return round_; }

    /// The current round, from now on. Never goes back. `kept` are rounds that must not be
    /// forgotten, and may be filled again: that of the valid block and of a proposal's polka.
    void enter(chain::Round round, std::span<const chain::Round> kept);

    /// Whether `add` would count it: worth the check of its signature.
    bool wants(const chain::Vote& vote) const;

    /// Counts a verified vote of this height, of the validator at its index, which has `power`.
    VoteOutcome add(const chain::Vote& vote, chain::VotingPower power);

    /// The votes of a round, or nothing where there are none.
    const VoteSet* prevotes(chain::Round round) const;
    const VoteSet* precommits(chain::Round round) const;

    /// The highest round after the current one in which validators of more than a third of the
    /// power have voted (L55).
    std::optional<chain::Round> skip_round() const;

    /// The block with a quorum of precommits in whichever round, the earliest one (L49).
    const std::optional<Decided>& decided() const { return decided_; }

    /// How many votes are held: for tests of the limits.
    std::size_t size() const;

private:
    struct RoundVotes {
        VoteSet prevotes;
        VoteSet precommits;
        chain::VotingPower voters_power = 0;  ///< of those that sent either, each counted once
    };

    std::size_t validators_;
    chain::VotingPower total_power_;
    chain::Round round_{};
    std::vector<chain::Round> kept_;
    std::map<chain::Round, RoundVotes> rounds_;
    std::optional<Decided> decided_;
};

}  // namespace steelyard::consensus
