#include "chain/validator_set.h"

#include "base/hex.h"
#include "base/protowire.h"
#include "tests/support/chain_builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

using testing::HasSubstr;

constexpr VotingPower max = total_voting_power_max;

crypto::PublicKey secp256k1_key() {
    const auto bytes =
        from_hex("02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c");
    return *crypto::PublicKey::parse(crypto::KeyType::secp256k1, *bytes);
}

std::vector<ValidatorUpdate> members(const std::vector<VotingPower>& powers) {
    std::vector<ValidatorUpdate> out;
    for (const VotingPower power : powers) {
        out.push_back({test::public_key(static_cast<int>(out.size())), power});
    }
    return out;
}

ValidatorSet set_of(const std::vector<VotingPower>& powers) {
    auto set = ValidatorSet::create(members(powers));
    EXPECT_TRUE(set) << set.error().message();
    return *set;
}

std::string refusal(const Result<ValidatorSet>& result) {
    return result ? "accepted" : result.error().message();
}

/// A ValidatorSet message as a stranger may send it.
Bytes message(const std::vector<Bytes>& validators, const Bytes& proposer) {
    ProtoWriter writer;
    for (const Bytes& validator : validators) {
        writer.message(1, validator);
    }
    writer.message(2, proposer);
    return std::move(writer).take();
}

TEST(Validator, has_the_address_of_its_key) {
    EXPECT_EQ(
        to_hex_upper(Validator(secp256k1_key(), 10).address()),
        "7C2BB42A8BE69791EC763E51F5A49BCD41E82237"
    );
}

// Made with CometBFT v0.38.25.
TEST(Validator, encodes_the_leaf_of_the_set_hash_as_comet_does) {
    EXPECT_EQ(
        to_hex(encode_simple_validator(Validator(secp256k1_key(), 10))),
        "0a23122102950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c100a"
    );
}

TEST(Validator, decodes_what_it_encodes) {
    Validator validator(secp256k1_key(), 10);
    validator.set_proposer_priority(-3);
    const auto decoded = decode_validator(encode_validator(validator));
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, validator);
}

TEST(Validator, refuses_a_foreign_address_and_a_power_out_of_range) {
    const auto decode = [](ByteView address, VotingPower power, std::int64_t priority) {
        ProtoWriter writer;
        writer.bytes(1, address);
        writer.message(2, crypto::encode_public_key(secp256k1_key()));
        writer.int64(3, power);
        writer.int64(4, priority);
        return decode_validator(std::move(writer).take());
    };
    const Address own = secp256k1_key().address();
    Address other = own;
    other[19] ^= 1;

    EXPECT_TRUE(decode(own, max, std::numeric_limits<std::int64_t>::min()));
    EXPECT_THAT(decode(other, 1, 0).error().message(), HasSubstr("Validator.address"));
    EXPECT_THAT(decode({}, 1, 0).error().message(), HasSubstr("Validator.address"));
    EXPECT_THAT(decode(own, 0, 0).error().message(), HasSubstr("Validator.voting_power"));
    EXPECT_THAT(decode(own, -1, 0).error().message(), HasSubstr("Validator.voting_power"));
    EXPECT_THAT(decode(own, max + 1, 0).error().message(), HasSubstr("Validator.voting_power"));
    EXPECT_THAT(decode_validator({}).error().message(), HasSubstr("Validator.pub_key"));
}

// Made with CometBFT v0.38.25.
TEST(ValidatorSet, hashes_as_comet_does) {
    const auto set = ValidatorSet::create(std::vector<ValidatorUpdate>{{secp256k1_key(), 10}});
    ASSERT_TRUE(set);
    EXPECT_EQ(
        to_hex_upper(set->hash()),
        "36AB261A1851098F29842EA1266024E2031C9986F33236B7F0A9E0DA1BAFA930"
    );
}

TEST(ValidatorSet, hash_does_not_cover_priorities) {
    const ValidatorSet set = set_of({3, 2, 1});
    EXPECT_EQ(set.hash(), set.after_turns(1).hash());
    EXPECT_NE(set, set.after_turns(1));
}

TEST(ValidatorSet, orders_by_power_then_address) {
    const ValidatorSet set = set_of({1, 7, 1, 1, 9});
    EXPECT_EQ(set[0].voting_power(), 9);
    EXPECT_EQ(set[1].voting_power(), 7);
    EXPECT_LT(set[2].address(), set[3].address());
    EXPECT_LT(set[3].address(), set[4].address());
    EXPECT_EQ(set.total_power(), 19);
}

TEST(ValidatorSet, finds_members_by_address) {
    const ValidatorSet set = set_of({5, 4, 3, 2, 1});
    for (ValidatorIndex i = 0; i < set.size(); ++i) {
        EXPECT_EQ(set.index_of(set[i].address()), i);
    }
    EXPECT_EQ(set.index_of(test::public_key(5).address()), std::nullopt);
}

// TestUpdatesForNewValidatorSet, TestValidatorSetTotalVotingPowerPanicsOnOverflow.
TEST(ValidatorSet, refuses_to_be_created_malformed) {
    const auto key = test::public_key(0);
    EXPECT_THAT(refusal(ValidatorSet::create({})), HasSubstr("no validator"));
    EXPECT_THAT(refusal(ValidatorSet::create(members({0, 22, 33}))), HasSubstr("no voting power"));
    EXPECT_THAT(refusal(ValidatorSet::create(members({10, -20, 30}))), HasSubstr("negative"));
    EXPECT_THAT(
        refusal(ValidatorSet::create(std::vector<ValidatorUpdate>{{key, 1}, {key, 2}, {key, 3}})),
        HasSubstr("twice")
    );
    EXPECT_THAT(refusal(ValidatorSet::create(members({max, 1}))), HasSubstr("over the limit"));
    EXPECT_THAT(
        refusal(ValidatorSet::create(members({max / 2 + 1, max / 2 + 1}))),
        HasSubstr("over the limit")
    );
    EXPECT_TRUE(ValidatorSet::create(members({max})));
    EXPECT_TRUE(ValidatorSet::create(members({max - 100, 100})));
}

TEST(ValidatorSet, holds_validators_max_members_and_no_more) {
    std::vector<VotingPower> powers(validators_max, 1);
    EXPECT_EQ(set_of(powers).size(), validators_max);
    powers.push_back(1);
    EXPECT_THAT(refusal(ValidatorSet::create(members(powers))), HasSubstr("over the limit"));
}

// TestValidatorSetProtoBuf, TestValidatorSet_ValidateBasic.
TEST(ValidatorSet, decodes_only_whole_ordered_sets_with_a_member_as_proposer) {
    const ValidatorSet set = set_of({3, 2, 1});
    const Bytes first = encode_validator(set[0]);
    const Bytes second = encode_validator(set[1]);
    const Bytes proposer = encode_validator(set.proposer());
    const Bytes stranger = encode_validator(Validator(test::public_key(9), 1));
    const auto decode = [](const Bytes& bytes) { return refusal(decode_validator_set(bytes)); };

    EXPECT_EQ(decode(message({first, second}, proposer)), "accepted");
    EXPECT_THAT(decode(message({second, first}, proposer)), HasSubstr("descending order"));
    EXPECT_THAT(decode(message({first, first}, proposer)), HasSubstr("twice"));
    EXPECT_THAT(decode(message({first, second}, stranger)), HasSubstr("proposer"));
    EXPECT_THAT(decode(message({first, second}, {})), HasSubstr("Validator.pub_key"));
    EXPECT_THAT(decode(message({first, {}}, proposer)), HasSubstr("Validator.pub_key"));
    EXPECT_THAT(decode(message({}, proposer)), HasSubstr("proposer"));
    EXPECT_THAT(decode({}), HasSubstr("Validator.pub_key"));
}

TEST(ValidatorSet, refuses_a_proposer_that_differs_from_the_member) {
    const ValidatorSet set = set_of({3, 2, 1});
    Validator proposer = set.proposer();
    proposer.set_voting_power(proposer.voting_power() + 1);
    EXPECT_THAT(
        refusal(decode_validator_set(
            message({encode_validator(set.proposer())}, encode_validator(proposer))
        )),
        HasSubstr("proposer")
    );
}

// TestValidatorSetFromProtoReturnsErrorOnOverflow.
TEST(ValidatorSet, refuses_a_decoded_total_over_the_limit) {
    const Bytes a = encode_validator(Validator(test::public_key(0), max));
    const Bytes b = encode_validator(Validator(test::public_key(1), max));
    const bool a_first = test::public_key(0).address() < test::public_key(1).address();
    EXPECT_THAT(
        refusal(decode_validator_set(message({a_first ? a : b, a_first ? b : a}, a))),
        HasSubstr("over the limit")
    );
}

TEST(ValidatorSet, refuses_a_total_power_that_is_sent_along) {
    const ValidatorSet set = set_of({3, 2, 1});
    Bytes bytes = encode_validator_set(set);
    ProtoWriter total;
    total.int64(3, set.total_power());
    append(bytes, std::move(total).take());
    EXPECT_THAT(refusal(decode_validator_set(bytes)), HasSubstr("total_voting_power"));
}

}  // namespace
}  // namespace steelyard::chain
