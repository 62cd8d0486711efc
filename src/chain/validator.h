// A validator: its key, what its vote weighs, and its place in the rotation of proposers.
#pragma once

#include "base/result.h"
#include "chain/ids.h"
#include "crypto/public_key.h"

#include <limits>

namespace steelyard::chain {

/// What a vote weighs. A member of a set has at least 1; in a ValidatorUpdate 0 means removal.
using VotingPower = std::int64_t;

/// Bound on the sum over a set: an eighth of the range, which keeps the priorities of proposers,
/// multiples of the sum, far from its ends.
inline constexpr VotingPower total_voting_power_max = std::numeric_limits<std::int64_t>::max() / 8;

class Validator {
public:
    Validator(crypto::PublicKey public_key, VotingPower voting_power);

    const crypto::PublicKey& public_key() const { return public_key_; }
    const Address& address() const { return address_; }  ///< always the key's
    VotingPower voting_power() const { return voting_power_; }
    std::int64_t proposer_priority() const { return proposer_priority_; }

    void set_voting_power(VotingPower power) { voting_power_ = power; }
    void set_proposer_priority(std::int64_t priority) { proposer_priority_ = priority; }

    bool operator==(const Validator&) const = default;

private:
    crypto::PublicKey public_key_;
    Address address_;
    VotingPower voting_power_;
    std::int64_t proposer_priority_ = 0;
};

/// A change that the application asks for: a new member, a new power of one, or its removal.
struct ValidatorUpdate {
    crypto::PublicKey public_key;
    VotingPower power;

    bool operator==(const ValidatorUpdate&) const = default;
};

/// The order of a set: more power first, then the lower address.
bool by_descending_power(const Validator& a, const Validator& b);

/// tendermint.types.SimpleValidator: the key and the power, a leaf of the set's hash.
Bytes encode_simple_validator(const Validator& validator);

/// tendermint.types.Validator. Decoding refuses an address that is not the key's, and a power
/// outside 1..total_voting_power_max.
Bytes encode_validator(const Validator& validator);
Result<Validator> decode_validator(ByteView bytes);

}  // namespace steelyard::chain
