// Judge: the rules about commits, blocks and evidence once more, written apart from production.
#pragma once

#include "tests/sim/oracles/record.h"
#include "tests/sim/oracles/roster.h"

namespace steelyard::sim {

/// What is wrong with something; nothing if it is right. References outlive the judge.
class Judge {
public:
    using Finding = Oracle::Finding;

    Judge(const Cluster& cluster, const Record& record) : cluster_(cluster), record_(record) {}

    /// A commit for the block: a signature of each validator at its index or none, and more than
    /// two thirds of the power for the block.
    Finding check_commit(const chain::Commit& commit, const chain::BlockId& id) const;

    /// A block, as it may be voted for. What the record does not know is not checked.
    Finding check_block(const chain::Block& block) const;

    /// A piece of evidence in a block of this height: true, young enough, and about a node that is
    /// not correct.
    Finding check_evidence(const chain::Evidence& evidence, chain::Height height) const;

    /// Whether evidence about a height may not stand in a block of height `block` any more. The
    /// record knows both heights.
    bool is_expired(chain::Height misbehaviour, chain::Height block) const;

private:
    Finding check_previous(const chain::Block& block) const;
    Finding check_one(const chain::DuplicateVoteEvidence& evidence, chain::Height height) const;
    Finding check_one(const chain::LightClientAttackEvidence& evidence, chain::Height) const;

    const Cluster& cluster_;
    const Record& record_;
};

/// Whether the key signed the vote.
bool is_signed(const Cluster& cluster, const chain::Vote& vote, const crypto::PublicKey& key);

/// The median of the times of all precommits in a commit, weighted by power.
chain::Timestamp median_time(const chain::Commit& commit, const Roster& roster);

}  // namespace steelyard::sim
