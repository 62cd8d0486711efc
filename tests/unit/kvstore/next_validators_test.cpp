#include "kvstore/next_validators.h"

#include "chain/validator_set.h"
#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::kvstore {
namespace {

constexpr std::uint32_t ed25519_only = 1U << static_cast<unsigned>(crypto::KeyType::ed25519);

chain::ValidatorUpdate update(int number, chain::VotingPower power) {
    return {test::public_key(number), power};
}

Members members(std::initializer_list<chain::ValidatorUpdate> list) {
    Members out;
    for (const chain::ValidatorUpdate& member : list) {
        out.emplace(member.public_key.address(), member);
    }
    return out;
}

TEST(NextValidators, takes_what_a_set_of_validators_takes) {
    NextValidators next(members({update(1, 10), update(2, 20)}), ed25519_only);

    EXPECT_TRUE(next.take(update(1, 5)));
    EXPECT_TRUE(next.take(update(3, 7)));
    EXPECT_TRUE(next.take(update(2, 0)));
}

TEST(NextValidators, takes_one_update_of_each) {
    NextValidators next(members({update(1, 10), update(2, 20)}), ed25519_only);
    next.put(update(1, 9));

    EXPECT_FALSE(next.take(update(1, 5)));
    EXPECT_TRUE(next.take(update(2, 5)));
    EXPECT_FALSE(next.take(update(2, 5)));
}

TEST(NextValidators, removes_members_only_and_never_the_last_one) {
    NextValidators next(members({update(1, 10), update(2, 20)}), ed25519_only);

    EXPECT_FALSE(next.take(update(3, 0)));
    EXPECT_TRUE(next.take(update(1, 0)));
    EXPECT_FALSE(next.take(update(2, 0)));
}

TEST(NextValidators, bounds_the_power_of_all) {
    constexpr chain::VotingPower most = chain::total_voting_power_max;
    NextValidators next(members({update(1, 10), update(2, 20)}), ed25519_only);

    EXPECT_FALSE(next.take(update(3, most - 29)));
    EXPECT_TRUE(next.take(update(3, most - 30)));
    EXPECT_FALSE(next.take(update(1, 11)));
    EXPECT_TRUE(next.take(update(1, 10)));
}

TEST(NextValidators, wants_keys_that_the_chain_uses) {
    const auto key = test::private_key(9, crypto::KeyType::secp256k1).public_key();
    NextValidators next(members({update(1, 10)}), ed25519_only);

    EXPECT_FALSE(next.take({key, 1}));
}

TEST(NextValidators, bounds_how_many_there_are) {
    Members many;
    for (std::uint32_t i = 0; i < chain::validators_max; ++i) {
        chain::Address address{};
        address[0] = static_cast<std::uint8_t>(i);
        address[1] = static_cast<std::uint8_t>(i >> 8);
        many.emplace(address, update(1, 1));
    }
    NextValidators next(many, ed25519_only);

    EXPECT_FALSE(next.take(update(2, 1)));
}

}  // namespace
}  // namespace steelyard::kvstore
