// The round machine: Tendermint's rules as one decision table.
//
// The rules and their names are lines of algorithm 1 in "The latest gossip on BFT consensus"
// (Buchman, Kwon, Milosevic; arXiv 1807.04938). Facts say what is known, the table says what to do.
#pragma once

#include "consensus/core/message.h"
#include "consensus/core/timeout.h"
#include "consensus/core/vote_keeper.h"

namespace steelyard::consensus {

/// A block and the round in which it had a polka.
struct Polka {
    chain::BlockId block_id{};
    chain::Round round{};

    auto operator<=>(const Polka&) const = default;
};

/// The paper's variables of one height.
struct RoundState {
    chain::Round round{};
    Step step = Step::waiting;
    std::optional<Polka> locked{};  ///< lockedValue and lockedRound: what we precommitted last
    std::optional<Polka> valid{};   ///< validValue and validRound: what we may propose again

    // The rules that fire once a round.
    bool saw_prevotes = false;    ///< L34
    bool saw_polka = false;       ///< L36
    bool saw_precommits = false;  ///< L47

    auto operator<=>(const RoundState&) const = default;
};

/// What votes, blocks and clocks say about the current round. "A block" is one that is here as a
/// whole; nothing is said of blocks that are still judged or on their way.
struct Facts {
    /// The current round's proposal.
    struct Proposed {
        chain::BlockId block_id{};
        bool valid = false;
        std::optional<chain::Round> pol_round{};
        bool polka_at_pol_round = false;  ///< for this block; false where there is no pol_round
    };

    std::optional<Proposed> proposed{};

    std::optional<chain::BlockId> polka{};  ///< of this round, for a block that is valid
    bool polka_nil = false;
    bool prevotes_of_quorum = false;    ///< for whatever, in this round
    bool precommits_of_quorum = false;  ///< for whatever, in this round

    std::optional<Decided> decided{};       ///< in any round, for a block that is valid
    std::optional<chain::Round> skip_to{};  ///< a later round with an honest voter
    std::optional<TimeoutKind> elapsed{};   ///< the timeout that is being handled
};

/// The rules by the line that each begins at.
enum class Rule : std::uint8_t { L22, L28, L34, L36, L44, L47, L49, L55, L57, L61, L65 };

inline constexpr std::size_t rules_count = 11;

std::string_view to_string(Rule rule);

/// What a rule asks for. Entering a round is for the driver, which knows who proposes (L11).
struct CastVote {
    chain::SignedMsgType type = chain::SignedMsgType::prevote;
    VoteValue value{};

    bool operator==(const CastVote&) const = default;
};

struct StartTimeout {
    TimeoutKind kind = TimeoutKind::propose;

    bool operator==(const StartTimeout&) const = default;
};

struct EnterRound {
    chain::Round round{};

    bool operator==(const EnterRound&) const = default;
};

struct DecideBlock {
    Decided decided{};

    bool operator==(const DecideBlock&) const = default;
};

using Action = std::variant<CastVote, StartTimeout, EnterRound, DecideBlock>;

/// Begins a round: its step is propose, and what fires once a round may fire again. Locks stay.
void enter_round(RoundState& state, chain::Round round);

/// The first rule that is enabled, or nothing: then the round waits. The order is fixed, which
/// takes the paper's freedom of choice away: decisions come first, timeouts last.
std::optional<Rule> next_rule(const RoundState& state, const Facts& facts);

/// Does what an enabled rule says to the state, and tells what else it asks for. Every rule
/// disables itself, so that applying rules until none is enabled ends.
std::optional<Action> apply(RoundState& state, Rule rule, const Facts& facts);

}  // namespace steelyard::consensus
