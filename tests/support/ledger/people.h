// People: who acts on a chain of tests, with all their keys.
#pragma once

#include "crypto/vrf.h"
#include "ledger/beacon/beacon.h"
#include "tx/account_key.h"

#include <map>

namespace steelyard::test {

/// Someone with an account. Anybody may become a validator's operator.
struct Person {
    tx::AccountKey key;
    std::vector<crypto::PrivateKey> private_keys{};  ///< the key's, or those of its members
    chain::Address address{};
};

/// The same for the same seed. Every fifth has a multisig key.
class People {
public:
    /// So many keys of the beacon has everybody, and so many of consensus.
    static constexpr std::size_t keys_each = 8;

    People(std::uint64_t seed, std::size_t count);

    std::size_t size() const { return people_.size(); }
    const Person& operator[](std::size_t index) const { return people_.at(index); }
    std::optional<std::size_t> find(const chain::Address& address) const;

    /// Of both kinds. `number` counts from 0 to keys_each - 1.
    crypto::PublicKey consensus_key(std::size_t person, std::size_t number) const;

    beacon::PublicKey beacon_key(std::size_t person, std::size_t number) const;

    /// The proof under somebody's key; nothing where nobody here has it.
    std::optional<crypto::vrf::Proof> prove(const beacon::PublicKey& key, ByteView alpha) const;

    /// Replaces somebody's consensus keys by one: that of the machine that they run.
    void set_consensus_key(std::size_t person, const crypto::PublicKey& key) {
        machine_keys_.insert_or_assign(person, key);
    }

private:
    std::vector<Person> people_;
    std::map<chain::Address, std::size_t> by_address_;
    std::vector<std::vector<beacon::PublicKey>> beacon_keys_;
    std::map<beacon::PublicKey, crypto::Secret<32>> beacon_secrets_;
    std::vector<std::vector<crypto::PublicKey>> consensus_keys_;
    std::map<std::size_t, crypto::PublicKey> machine_keys_;
};

}  // namespace steelyard::test
