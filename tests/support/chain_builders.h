// Validators for tests, made from small numbers instead of random keys.
#pragma once

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
