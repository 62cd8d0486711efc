// Craft: votes, proposals and blocks as strategies make them.
#pragma once

#include "chain/block.h"
#include "tests/sim/cluster.h"
#include "tests/sim/strategy.h"

namespace steelyard::sim {

/// The height that the node's engine is at; nothing while it starts.
const consensus::HeightState* current_height(const Adversary& self);

/// A block that the engine has as a whole, or nothing.
const chain::Block* find_block(const Adversary& self, const chain::BlockId& id);

/// All nodes but this one.
std::vector<NodeIndex> peers_of(const Adversary& self);

/// One of the correct nodes, another one for each height.
NodeIndex victim_at(const Adversary& self, chain::Height height);

/// Whether a vote is the node's own; engines also pass on those of others.
bool is_own(const Adversary& self, const chain::Vote& vote);

/// A name that no block has.
chain::BlockId made_up_block(Adversary& self);

/// The vote with another value, signed.
chain::Vote with_value(
    const Adversary& self, chain::Vote vote, const std::optional<chain::BlockId>& value
);

/// The node's nil vote in any place; nothing if it is no validator of the engine's height.
std::optional<chain::Vote> make_nil_vote(
    const Adversary& self, chain::SignedMsgType type, chain::Height height, chain::Round round
);

/// A block as it travels.
struct Proposed {
    chain::Proposal proposal{};
    chain::PartSet parts;
};

/// The block in the place of what is proposed. Its contents must be sealed.
Proposed propose_instead(
    const Adversary& self, const chain::Proposal& proposal, const chain::Block& block
);

/// A valid block beside the one that is proposed: with one transaction more. Nothing where the
/// engine has not the block.
std::optional<Proposed> propose_another(const Adversary& self, const chain::Proposal& proposal);

/// Says the proposal and all parts.
void say_block(Adversary& self, std::optional<NodeIndex> to, const Proposed& proposed);

}  // namespace steelyard::sim
