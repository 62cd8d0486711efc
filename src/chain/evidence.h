// Evidence: proofs that validators misbehaved, as blocks carry them.
//
// Rules D1..D7 of doc/spec/consensus-data.md. What is decoded is well formed; whether it is true,
// whom it may still punish, and whether its powers and time are those of the chain is for the
// evidence pool to check, which has the history.
#pragma once

#include "chain/light_block.h"

#include <variant>

namespace steelyard::chain {

/// Two different votes of one validator where it had only one. The rest repeats committed data of
/// the votes' height, so that the application need not look it up.
struct DuplicateVoteEvidence {
    Vote vote_a;  ///< the one whose block id sorts first
    Vote vote_b;
    VotingPower total_voting_power;
    VotingPower validator_power;
    Timestamp timestamp;  ///< of the block of that height

    bool operator==(const DuplicateVoteEvidence&) const = default;
};

/// A second, conflicting light block that validators signed to mislead light clients.
struct LightClientAttackEvidence {
    LightBlock conflicting_block;
    Height common_height;  ///< the last height on which both histories agree

    // Committed data of the common height. By descending power; their priorities mean nothing.
    std::vector<Validator> byzantine_validators;
    VotingPower total_voting_power;
    Timestamp timestamp;

    bool operator==(const LightClientAttackEvidence&) const = default;
};

using Evidence = std::variant<DuplicateVoteEvidence, LightClientAttackEvidence>;

/// The most pieces of evidence in a block.
inline constexpr std::size_t evidence_count_max = 10'000;

/// Puts two votes that contradict each other in order. `validators` and `block_time` are those of
/// the votes' height. Refuses votes that do not contradict each other and voters not in the set.
Result<DuplicateVoteEvidence> make_duplicate_vote_evidence(
    const Vote& first, const Vote& second, const ValidatorSet& validators, Timestamp block_time
);

/// Builds the evidence for a block that conflicts with `trusted`, our own header of that height (or
/// the latest one, where the attack forges a later one). `common_validators` and `common` are the
/// set and the header of the common height.
Result<LightClientAttackEvidence> make_light_client_attack_evidence(
    LightBlock conflicting,
    const SignedHeader& trusted,
    const Header& common,
    const ValidatorSet& common_validators
);

/// Whether a conflicting header states what no correct chain can: another validator set,
/// parameters, state or results than the trusted header of the same height.
bool is_lunatic(const Header& conflicting, const Header& trusted);

/// Whom the conflicting block proves guilty, by descending power: for a lunatic header, the members
/// of the common set that signed it; for two blocks of one round, those that signed both; none
/// where the rounds differ, since then nobody can tell.
std::vector<Validator> byzantine_validators(
    const LightBlock& conflicting,
    const SignedHeader& trusted,
    const ValidatorSet& common_validators
);

/// Where and when the misbehaviour counts as committed; for its age.
Height evidence_height(const Evidence& evidence);
Timestamp evidence_time(const Evidence& evidence);

/// CometBFT's name for a piece. For an attack it covers only 31 bytes of the conflicting hash and
/// the common height. Not for proofs: the block's evidence_hash covers everything. Nor to keep
/// misbehaviour from being punished twice: many pieces can tell of one double vote.
Hash256 evidence_id(const Evidence& evidence);

/// The header's evidence_hash: the Merkle root over the pieces without their oneof wrappers.
Hash256 evidence_hash(std::span<const Evidence> list);

/// The rules that need no history. Decoding applies them.
Result<void> validate(const Evidence& evidence);

/// tendermint.types.Evidence.
Bytes encode_evidence(const Evidence& evidence);
Result<Evidence> decode_evidence(ByteView bytes);

/// tendermint.types.EvidenceList, and byte for byte also EvidenceData, a block's field.
Bytes encode_evidence_list(std::span<const Evidence> list);
Result<std::vector<Evidence>> decode_evidence_list(ByteView bytes);

}  // namespace steelyard::chain
