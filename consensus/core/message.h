// Messages: what validators say to each other about the next block.
#pragma once

#include "chain/commit.h"
#include "chain/part_set.h"
#include "chain/proposal.h"

#include <variant>

namespace steelyard::consensus {

/// The steps of a round (paper, section 3). Their order matters: rules ask whether a step is past.
enum class Step : std::uint8_t {
    waiting,    ///< for the height to begin: late precommits of the last one are gathered
    propose,    ///< for the proposal
    prevote,    ///< the prevote is cast
    precommit,  ///< the precommit is cast
    decided,    ///< the height has its block
};

std::string_view to_string(Step step);

/// A piece of a block that was proposed, or that has a quorum. The round is where the sender was.
struct BlockPart {
    chain::Height height{};
    chain::Round round{};
    chain::Part part{};

    bool operator==(const BlockPart&) const = default;
};

/// Where a node stands and what it has of its round, told when nothing moves. Whoever is further,
/// or has more, answers with what is missing.
struct PeerStatus {
    chain::Height height{};
    chain::Round round{};
    Step step = Step::waiting;
    bool has_proposal = false;                 ///< of that round
    chain::BitArray prevotes{};                ///< of that round
    chain::BitArray precommits{};              ///< of that round
    std::optional<chain::BlockId> block_id{};  ///< the block whose parts are wanted, if any
    chain::BitArray parts{};                   ///< those of it that are there

    bool operator==(const PeerStatus&) const = default;
};

/// A Commit among the messages is a certificate: the precommits that decided a height, at once.
using Message = std::variant<chain::Proposal, BlockPart, chain::Vote, chain::Commit, PeerStatus>;

/// The engine's name for a peer while it is connected.
using PeerId = std::uint32_t;

/// Ourselves.
inline constexpr PeerId self = 0;

}  // namespace steelyard::consensus
