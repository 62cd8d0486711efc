// Inputs: everything that can happen to consensus. The write-ahead log is a log of them.
#pragma once

#include "chain/block.h"
#include "chain/validator_set.h"
#include "consensus/core/message.h"
#include "consensus/core/timeout.h"

namespace steelyard::consensus {

/// The height before is applied: the next one begins after the pause. The commit is what this node
/// saw of the last height, with its validators; both are absent at the first height of the chain.
struct StartHeight {
    chain::Height height{};
    chain::ValidatorSet validators;  ///< with the proposer of round 0
    std::optional<chain::ValidatorSet> last_validators{};
    std::optional<chain::Commit> last_commit{};
    chain::Timestamp last_block_time{};
    std::size_t block_size_max = chain::block_size_max;

    bool operator==(const StartHeight&) const = default;
};

/// A peer's message, decoded, its signatures not verified.
struct Received {
    PeerId from = self;
    Message message;

    bool operator==(const Received&) const = default;
};

struct TimeoutElapsed {
    Timeout timeout{};

    bool operator==(const TimeoutElapsed&) const = default;
};

/// The answer to BuildBlock. There is none if the application abstains.
struct BlockBuilt {
    chain::Round round{};
    chain::Block block{};

    bool operator==(const BlockBuilt&) const = default;
};

/// The answer to CheckBlock.
struct BlockChecked {
    chain::Height height{};
    chain::BlockId block_id{};
    bool valid = false;

    bool operator==(const BlockChecked&) const = default;
};

/// The answers to SignVote and SignProposal. There is none if the signer refuses: the node then
/// keeps silent in that step, and goes on. The time may be another than asked for.
struct VoteSigned {
    chain::Vote vote{};

    bool operator==(const VoteSigned&) const = default;
};

struct ProposalSigned {
    chain::Proposal proposal{};

    bool operator==(const ProposalSigned&) const = default;
};

using Event = std::variant<
    StartHeight,
    Received,
    TimeoutElapsed,
    BlockBuilt,
    BlockChecked,
    VoteSigned,
    ProposalSigned>;

struct Input {
    chain::Timestamp now{};  ///< the node's wall clock, for the times of votes and proposals
    Event event;

    bool operator==(const Input&) const = default;
};

}  // namespace steelyard::consensus
