#include "tests/support/ledger/people.h"

#include "base/random.h"

namespace steelyard::test {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;

/// Which of them are several.
constexpr std::size_t multisig_every = 5;

Person make_person(std::size_t index, RandomSource& random) {
    std::vector<PrivateKey> keys;
    const bool is_multisig = index % multisig_every == multisig_every - 1;
    const std::size_t members = is_multisig ? 1 + random.below(4) : 1;
    for (std::size_t i = 0; i < members; ++i) {
        keys.push_back(PrivateKey::generate(KeyType::secp256k1, random));
    }
    if (!is_multisig) {
        const crypto::PublicKey key = keys.front().public_key();
        return {key, std::move(keys), key.address()};
    }
    tx::MultisigKey multisig{
        .threshold = 1 + static_cast<std::uint32_t>(random.below(members)), .members = {}
    };
    for (const PrivateKey& key : keys) {
        multisig.members.push_back(key.public_key());
    }
    const chain::Address address = tx::address_of(multisig);
    return {std::move(multisig), std::move(keys), address};
}

}  // namespace

People::People(std::uint64_t seed, std::size_t count) {
    SeededRandom random(seed ^ 0x70656f706c65);
    for (std::size_t index = 0; index < count; ++index) {
        people_.push_back(make_person(index, random));
        by_address_.emplace(people_.back().address, index);
        std::vector<beacon::PublicKey>& beacon_keys = beacon_keys_.emplace_back();
        std::vector<crypto::PublicKey>& consensus_keys = consensus_keys_.emplace_back();
        for (std::size_t number = 0; number < keys_each; ++number) {
            auto secret = crypto::secp256k1::generate(random);
            beacon_keys.push_back(crypto::secp256k1::public_key_of(secret));
            beacon_secrets_.emplace(beacon_keys.back(), std::move(secret));
            const KeyType type = random.below(2) == 0 ? KeyType::ed25519 : KeyType::secp256k1;
            consensus_keys.push_back(PrivateKey::generate(type, random).public_key());
        }
    }
}

std::optional<std::size_t> People::find(const chain::Address& address) const {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? std::nullopt : std::optional(found->second);
}

crypto::PublicKey People::consensus_key(std::size_t person, std::size_t number) const {
    const auto found = machine_keys_.find(person);
    return found != machine_keys_.end() ? found->second : consensus_keys_.at(person).at(number);
}

beacon::PublicKey People::beacon_key(std::size_t person, std::size_t number) const {
    return beacon_keys_.at(person).at(number);
}

std::optional<crypto::vrf::Proof> People::prove(const beacon::PublicKey& key, ByteView alpha)
    const {
    const auto found = beacon_secrets_.find(key);
    if (found == beacon_secrets_.end()) {
        return std::nullopt;
    }
    return crypto::vrf::prove(found->second, alpha);
}

}  // namespace steelyard::test
