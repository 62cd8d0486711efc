// VoteKeeper: the votes of all rounds of one height.
#pragma once

#include "consensus/core/vote_set.h"

#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace steelyard::consensus {

/// A block that more than two thirds precommitted, and in which round.
struct Decided {
    chain::BlockId block_id{};
    chain::Round round{};

    auto operator<=>(const Decided&) const = default;
};

/// Holds a bounded number of votes, whatever is sent. Everybody's votes of the current round, of
/// those before it and of the next one; of rounds further ahead ("far" ones) only the latest ones
/// of each validator, so that nobody can use up another's room, and a validator that is ahead is
/// always heard where it is now.
class VoteKeeper {
public:
    /// How many far rounds each validator may have votes in. When it votes in a later one, its
    /// votes in the earliest are taken back.
    static constexpr std::size_t far_rounds_max = 2;

    /// Votes of rounds further ahead are not taken: so far, nobody honest can be.
    static constexpr std::int32_t rounds_ahead_max = 100'000;

    /// Rounds further behind are forgotten, but for those that the caller keeps and that of the
    /// decision. (By CometBFT's timeouts it takes hours to come so far.)
    static constexpr std::int32_t rounds_behind_max = 256;

    /// The most votes that are held, where the caller keeps so many rounds.
    static constexpr std::size_t size_max(std::size_t validators, std::size_t kept) {
        const auto near_rounds = static_cast<std::size_t>(rounds_behind_max) + 2;
        const std::size_t rounds = near_rounds + far_rounds_max + kept + 1;
        return 2 * VoteSet::votes_per_validator_max * validators * rounds;
    }

    VoteKeeper(std::size_t validators, chain::VotingPower total_power);

    chain::Round round() const { return round_; }

    /// The current round, from now on; CHECKs that it never goes back. `kept` are rounds that must
    /// not be forgotten, and may be filled again: that of the valid block and of a proposal's
    /// polka. They replace those that were kept before.
    void enter(chain::Round round, std::span<const chain::Round> kept);

    /// Whether `add` would count it: worth the check of its signature.
    bool wants(const chain::Vote& vote) const;

    /// Counts a verified vote of this height, of the validator at its index, which has `power`.
    VoteOutcome add(const chain::Vote& vote, chain::VotingPower power);

    /// Whether votes of this round are of use only once more than a third of the power is there, or
    /// it comes near.
    bool is_far(chain::Round round) const;

    /// The votes of rounds that were far and are not any more, since this was asked last.
    std::vector<chain::Vote> take_near() { return std::exchange(near_, {}); }

    /// The votes of a round, or nothing where there are none.
    const VoteSet* prevotes(chain::Round round) const;
    const VoteSet* precommits(chain::Round round) const;

    /// The highest round after the current one in which validators of more than a third of the
    /// power have voted (L55).
    std::optional<chain::Round> skip_round() const;

    /// The first block that was seen to have a quorum of precommits, in whichever round (L49). Its
    /// precommits are held from then on.
    const std::optional<Decided>& decided() const { return decided_; }

    /// All rounds in which the block has a quorum of precommits, ascending.
    std::vector<chain::Round> rounds_deciding(const chain::BlockId& id) const;

    /// How many votes are held.
    std::size_t size() const;

private:
    struct RoundVotes {
        RoundVotes(std::size_t validators, chain::VotingPower total_power)
            : prevotes(validators, total_power), precommits(validators, total_power) {}

        VoteSet& of(chain::SignedMsgType type);
        bool has_voter(chain::ValidatorIndex validator) const;

        VoteSet prevotes;
        VoteSet precommits;
        chain::VotingPower voters_power = 0;  ///< of those that sent either, each counted once
    };

    bool is_forgotten(chain::Round round) const;
    bool has_room(chain::Round round, chain::ValidatorIndex validator) const;
    void note_far_round(
        chain::Round round, chain::ValidatorIndex validator, chain::VotingPower power
    );
    void take_back(chain::Round round, chain::ValidatorIndex validator, chain::VotingPower power);
    void forget_near_rounds_as_far();

    std::size_t validators_;
    chain::VotingPower total_power_;
    chain::Round round_{};
    std::vector<chain::Round> kept_;
    std::map<chain::Round, RoundVotes> rounds_;

    /// The far rounds in which each validator has votes, ascending.
    std::map<chain::ValidatorIndex, std::vector<chain::Round>> far_rounds_;

    std::vector<chain::Vote> near_;  ///< for take_near

    std::optional<Decided> decided_;
};

}  // namespace steelyard::consensus
