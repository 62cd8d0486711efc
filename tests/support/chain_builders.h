// Validators, votes and commits for tests, made from small numbers instead of random keys.
#pragma once

#include "chain/commit_verifier.h"
#include "chain/light_block.h"
#include "chain/validator_set.h"

#include <string>
#include <vector>

namespace steelyard::test {

/// The same key for the same number, always.
crypto::PrivateKey private_key(int number, crypto::KeyType type = crypto::KeyType::secp256k1);

/// A key that nobody can sign with: cheap, for tests that only need an address.
crypto::PublicKey public_key(int number);

/// A validator set with the private keys of its members, in the set's order.
struct SigningSet {
    chain::ValidatorSet validators;
    std::vector<crypto::PrivateKey> keys;
};

/// A set of members with these powers; `first_number` picks the keys.
SigningSet validators_with_power(
    const std::vector<chain::VotingPower>& powers,
    crypto::KeyType type = crypto::KeyType::secp256k1,
    int first_number = 0
);

chain::ChainId chain_id(std::string_view text);

/// A block id that is different for each number.
chain::BlockId block_id(int number);

/// `seconds` after 2026-01-01T00:00:00Z.
chain::Timestamp time_after(std::int64_t seconds);

/// The precommits of a set, one letter each: 'c' for the target's block, 'n' for nil, 'a' absent.
/// Vote i is cast i seconds after the first. A text longer than the set goes round its keys again.
chain::Commit sign_commit(
    const SigningSet& set,
    const chain::CommitTarget& target,
    std::string_view votes,
    chain::Timestamp first_time = time_after(0)
);

/// The same commit with another signature, or whatever else, in one place.
chain::Commit with_signature(
    const chain::Commit& commit, std::size_t index, const chain::CommitSig& signature
);

/// A header of this set, otherwise made from `number`. Those of equal numbers differ only where the
/// height and the set do.
chain::Header header(
    const chain::ChainId& chain_id,
    chain::Height height,
    const chain::ValidatorSet& validators,
    int number
);

/// The header signed by its set, one letter for each vote as in sign_commit.
chain::LightBlock sign_light_block(
    const SigningSet& set, const chain::Header& header, std::string_view votes
);

/// Names for validators whose addresses sort as the names do.
class Cast {
public:
    explicit Cast(std::vector<std::string> names);

    crypto::PublicKey key(const std::string& name) const;
    std::string name(const crypto::Address& address) const;

private:
    std::vector<std::string> names_;       ///< ascending
    std::vector<crypto::PublicKey> keys_;  ///< of the names, by ascending address
};

}  // namespace steelyard::test
