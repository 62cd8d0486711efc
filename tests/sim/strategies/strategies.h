// The strategies, one function each that makes it.
#pragma once

#include "tests/sim/strategy.h"

namespace steelyard::sim {

/// Says nothing, ever.
std::unique_ptr<Strategy> make_silent();

/// Agrees with everybody: votes, towards each node, for whatever that node votes for, and proposes
/// one block to the one half of the nodes and another to the other. Many enough, such nodes fork a
/// chain.
std::unique_ptr<Strategy> make_parrot();

// Contradictions.

/// Proposes a block to the one half of the nodes and another to the other.
std::unique_ptr<Strategy> make_two_blocks();

/// Votes one thing towards the one half of the nodes and another towards the other.
std::unique_ptr<Strategy> make_two_prevotes();
std::unique_ptr<Strategy> make_two_precommits();

/// Says two contradicting votes in each step, and sometimes three, to all.
std::unique_ptr<Strategy> make_shameless();

/// Two validators under one key, each of which talks to one half of the nodes only.
std::unique_ptr<Strategy> make_twin();

/// Crashes now and then, and remembers nothing of the height: neither votes nor locks.
std::unique_ptr<Strategy> make_amnesia();

// Blocks.

/// Keeps back parts of its blocks: all, the last one, or from all but one node.
std::unique_ptr<Strategy> make_withholding();

/// Proposes what is no block, what is another block than it says, and parts with wrong proofs; and
/// says bytes that are no message.
std::unique_ptr<Strategy> make_garbage();

/// Proposes blocks that break one rule.
std::unique_ptr<Strategy> make_invalid_blocks();

/// Proposes evidence that is false, or in a block already, or makes honest nodes look guilty.
std::unique_ptr<Strategy> make_false_evidence();

/// Proposes several pieces of evidence about one slot of its own, all true, in one block and in
/// several: all nodes must admit them, though none would propose them.
std::unique_ptr<Strategy> make_third_votes();

/// Says that its blocks had polkas in rounds where they had none, or that are yet to come.
std::unique_ptr<Strategy> make_false_polkas();

/// Computes another state than everybody else.
std::unique_ptr<Strategy> make_other_state();

/// Refuses all blocks.
std::unique_ptr<Strategy> make_naysayer();

// Votes.

/// Votes in rounds and heights that are past or far ahead.
std::unique_ptr<Strategy> make_astray();

/// Votes in the next rounds at once, to drag everybody along.
std::unique_ptr<Strategy> make_hasty();

/// Uses the indexes, the addresses and the turns of others.
std::unique_ptr<Strategy> make_impostor();

/// Dates its votes and proposals hours, and ages, ahead or behind.
std::unique_ptr<Strategy> make_time_travel();

/// Votes towards one node only.
std::unique_ptr<Strategy> make_selective();

/// Votes when the round is over.
std::unique_ptr<Strategy> make_late();

/// Leads one node to lock alone: only to it prevotes are for the block.
std::unique_ptr<Strategy> make_hidden_lock();

/// Leads one node to decide alone: only to it precommits are for the block.
std::unique_ptr<Strategy> make_lone_decision();

// Other lies.

/// Forges commit certificates, and says that it stands where it does not.
std::unique_ptr<Strategy> make_liar();

/// Several at once: what the first says the second may change, and so on.
std::unique_ptr<Strategy> make_chain(std::vector<std::unique_ptr<Strategy>> links);

}  // namespace steelyard::sim
