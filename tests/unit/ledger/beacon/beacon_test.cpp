#include "ledger/beacon/beacon.h"

#include "base/base64.h"
#include "base/hex.h"
#include "crypto/sha256.h"
#include "ledger/beacon/kinds.h"
#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::beacon {
namespace {

using chain::ChainId;
using chain::Height;
using crypto::Secret;

constexpr ValidatorNumber anna{1};
constexpr ValidatorNumber bela{2};

Secret<32> secret(std::string_view name) {
    return Secret<32>(crypto::sha256(as_bytes(name)));
}

PublicKey key(std::string_view name) {
    return crypto::secp256k1::public_key_of(secret(name));
}

Value number(std::uint8_t byte) {
    Value value;
    value.fill(byte);
    return value;
}

class BeaconTest : public testing::Test {
protected:
    BeaconTest() { bench.params.beacon = {.epoch_blocks = 20, .history_blocks = 100}; }

    Outcome<Height> register_at(int height, ValidatorNumber validator, ByteView public_key) {
        bench.block.height = Height(height);
        return register_key(bench.context, validator, public_key);
    }

    std::optional<PublicKey> in_force(ValidatorNumber validator, int height) {
        return key_in_force(bench.state, validator, Height(height)).value();
    }

    void advance_to(int height) {
        for (std::int64_t at = latest(bench.state)->height.next().value(); at <= height; ++at) {
            bench.block.height = Height(at);
            ASSERT_TRUE(advance(bench.context, number(static_cast<std::uint8_t>(at))));
        }
    }

    bool is_kept(int height) { return value_at(bench.state, Height(height)).value().has_value(); }

    ledger::Bench bench;
};

// Computed with an independent implementation, in Python's integers.
TEST(Beacon, is_the_chain_of_values_that_another_implementation_computes) {
    const std::vector<std::string> expected = {
        "3ecc736231180e3f0ee34fbf77e0a59ec610305f84c6e91d0919a101a8dccb82",
        "4b1014bed900dd0112f4ca935bfe391a45c73dc890850c47e3c8367e0f326d49",
        "45fed701f22895df44b096a8aab831d1338f88f6f002a8cc327a5127474187f3",
        "8f648c1710e9c97fbceb5f0fcf9c71ee9a4ed66ae1c6ddaf013e5b8cf51fe4ef",
        "bb70a15f6f948da8b2c3087f4e1f315bde5c7b8046f595185f73662a0dfb3ccb",
    };

    Value value =
        first_value(*ChainId::parse("steelyard-test-1"), crypto::sha256(as_bytes("genesis")));
    EXPECT_EQ(to_hex(value), expected[0]);
    for (int height = 1; height < 5; ++height) {
        const auto proof = crypto::vrf::prove(secret("steelyard"), input_of(value, Height(height)));
        value = verify(key("steelyard"), value, Height(height), proof).value();
        EXPECT_EQ(to_hex(value), expected[static_cast<std::size_t>(height)]);
    }
}

TEST(Beacon, tells_chains_apart_whose_names_run_into_the_hash) {
    const auto hash = crypto::sha256(as_bytes("genesis"));

    EXPECT_NE(first_value(*ChainId::parse("a"), hash), first_value(*ChainId::parse("b"), hash));
    EXPECT_NE(
        first_value(*ChainId::parse("a"), hash), first_value(*ChainId::parse("a"), number(1))
    );
}

TEST(Beacon, takes_a_proof_for_its_key_height_and_value_before_only) {
    const auto proof = crypto::vrf::prove(secret("anna"), input_of(number(1), Height(7)));

    EXPECT_TRUE(verify(key("anna"), number(1), Height(7), proof));
    EXPECT_FALSE(verify(key("bela"), number(1), Height(7), proof));
    EXPECT_FALSE(verify(key("anna"), number(2), Height(7), proof));
    EXPECT_FALSE(verify(key("anna"), number(1), Height(8), proof));
    EXPECT_EQ(
        verify(key("anna"), number(1), Height(7), {}).error().message(),
        "Vrf.proof: has 0 bytes, not 81"
    );
}

TEST_F(BeaconTest, begins_with_the_first_value_whatever_its_height) {
    ASSERT_TRUE(begin(bench.state, {Height(41), number(9)}));

    bench.block.height = Height(42);
    ASSERT_TRUE(advance(bench.context, number(42)));

    EXPECT_EQ(latest(bench.state).value(), (Latest{Height(42), number(42)}));
    EXPECT_EQ(value_at(bench.state, Height(41)).value(), number(9));
    EXPECT_EQ(value_at(bench.state, Height(42)).value(), number(42));
    EXPECT_FALSE(is_kept(40));
    EXPECT_FALSE(is_kept(43));
}

TEST_F(BeaconTest, stops_where_a_block_is_left_out) {
    ASSERT_TRUE(begin(bench.state, {Height(0), number(0)}));
    bench.block.height = Height(2);

    EXPECT_DEATH(static_cast<void>(advance(bench.context, number(2))), "height");
}

TEST_F(BeaconTest, R7_keeps_the_last_values) {
    ASSERT_TRUE(begin(bench.state, {Height(0), number(0)}));

    advance_to(99);
    EXPECT_TRUE(is_kept(0));
    advance_to(100);
    EXPECT_FALSE(is_kept(0));
    EXPECT_TRUE(is_kept(1));
    advance_to(150);

    EXPECT_FALSE(is_kept(50));
    EXPECT_TRUE(is_kept(51));
    EXPECT_EQ(value_at(bench.state, Height(150)).value(), number(150));
}

TEST_F(BeaconTest, R7_forgets_little_by_little_where_the_history_was_shortened) {
    bench.params.beacon.history_blocks = 1'000;
    ASSERT_TRUE(begin(bench.state, {Height(0), number(0)}));
    advance_to(500);
    bench.params.beacon.history_blocks = 100;

    advance_to(501);
    EXPECT_FALSE(is_kept(99));
    EXPECT_TRUE(is_kept(100)) << "at most 100 in a block";
    advance_to(505);

    EXPECT_FALSE(is_kept(405));
    EXPECT_TRUE(is_kept(406));
}

TEST_F(BeaconTest, R5_a_key_is_in_force_two_epochs_after_its_block) {
    EXPECT_EQ(register_at(10, anna, key("1")).value(), Height(50));

    EXPECT_FALSE(in_force(anna, 49));
    EXPECT_EQ(in_force(anna, 50), key("1"));
    EXPECT_EQ(in_force(anna, 1'000'000), key("1"));
    EXPECT_FALSE(in_force(bela, 50));
    EXPECT_EQ(ledger::type_names(bench.events), "register_beacon_key");
    EXPECT_EQ(bench.events[0].attributes[1].value, "50");
}

TEST_F(BeaconTest, R5_a_key_of_the_genesis_is_in_force_at_once) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    EXPECT_EQ(register_at(0, bela, key("2")).value(), Height(0));

    EXPECT_EQ(in_force(anna, 0), key("1"));
    EXPECT_EQ(in_force(bela, 1), key("2"));
}

TEST_F(BeaconTest, R5_the_maturity_of_a_key_stays_when_the_epoch_changes) {
    ASSERT_TRUE(register_at(10, anna, key("1")));
    bench.params.beacon.epoch_blocks = 1;

    EXPECT_FALSE(in_force(anna, 49));
    EXPECT_EQ(in_force(anna, 50), key("1"));
}

TEST_F(BeaconTest, R6_the_old_key_is_in_force_until_the_new_one_is_mature) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    ASSERT_TRUE(register_at(10, anna, key("2")));

    EXPECT_EQ(in_force(anna, 49), key("1"));
    EXPECT_EQ(in_force(anna, 50), key("2"));
}

TEST_F(BeaconTest, R6_a_new_key_takes_the_place_of_one_that_is_not_mature) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    ASSERT_TRUE(register_at(10, anna, key("2")));
    EXPECT_EQ(register_at(30, anna, key("3")).value(), Height(70));

    EXPECT_EQ(in_force(anna, 50), key("1"));
    EXPECT_EQ(in_force(anna, 69), key("1"));
    EXPECT_EQ(in_force(anna, 70), key("3"));
}

/// Who proposes the blocks 49 and 50 knows the input of the latter before it makes the former. If
/// it could replace the next key there, it could choose between two outputs.
TEST_F(BeaconTest, R6_a_key_that_is_due_within_an_epoch_is_not_replaced) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    ASSERT_TRUE(register_at(10, anna, key("2")));

    for (const int height : {31, 49}) {
        const auto refused = register_at(height, anna, key("3"));
        ASSERT_FALSE(refused) << height;
        EXPECT_EQ(refused.error().kind, kinds::key_due);
    }
    EXPECT_EQ(in_force(anna, 50), key("2"));
    EXPECT_TRUE(register_at(50, anna, key("3"))) << "a refusal uses up no key";
}

TEST_F(BeaconTest, R6_a_mature_key_stays_when_another_is_registered) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    ASSERT_TRUE(register_at(10, anna, key("2")));
    ASSERT_TRUE(register_at(50, anna, key("3")));

    EXPECT_EQ(in_force(anna, 89), key("2"));
    EXPECT_EQ(in_force(anna, 90), key("3"));
    EXPECT_EQ(
        keys_of(bench.state, anna).value(),
        (Keys{.current = key("2"), .next = key("3"), .next_mature = Height(90)})
    );
    EXPECT_EQ(keys_of(bench.state, anna)->at(Height(90)), (Keys{.current = key("3")}));
}

TEST_F(BeaconTest, R4_refuses_a_key_that_anybody_registered_before) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    ASSERT_TRUE(register_at(10, anna, key("2")));
    ASSERT_TRUE(register_at(11, anna, key("3")));

    for (const auto* used : {"1", "2", "3"}) {
        const auto by_another = register_at(200, bela, key(used));
        ASSERT_FALSE(by_another) << used;
        EXPECT_EQ(by_another.error().kind, kinds::key_in_use);
        EXPECT_FALSE(register_at(200, anna, key(used))) << used;
        EXPECT_FALSE(endow(bench.state, bela, key(used))) << used;
    }
    EXPECT_EQ(keys_of(bench.state, bela).value(), Keys());
}

TEST_F(BeaconTest, R4_refuses_the_key_of_a_validator_that_is_gone) {
    ASSERT_TRUE(endow(bench.state, anna, key("1")));
    ASSERT_TRUE(remove_validator(bench.state, anna));

    EXPECT_FALSE(in_force(anna, 1));
    const auto refused = register_at(10, bela, key("1"));

    ASSERT_FALSE(refused);
    EXPECT_EQ(
        refused.error().log, to_base64(key("1")) + " was registered before: beacon key is in use"
    );
}

TEST_F(BeaconTest, R4_refuses_what_is_no_point) {
    PublicKey no_point{};
    no_point[0] = 2;
    no_point[32] = 5;
    Bytes uncompressed(65, 4);

    for (const ByteView bad : {ByteView(), ByteView(no_point), ByteView(uncompressed)}) {
        const auto refused = register_at(10, anna, bad);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, kinds::bad_key);
        EXPECT_LT(refused.error().log.size(), 200U);
    }
    EXPECT_TRUE(bench.events.empty());
    EXPECT_EQ(keys_of(bench.state, anna).value(), Keys());
}

/// What a validator can know when it chooses a key tells nothing about the key's first output: its
/// input holds a value that is drawn after the key was fixed. Here: every output that a key gives
/// before it is mature is checked under the key before it.
TEST_F(BeaconTest, R5_who_grinds_keys_cannot_use_the_one_that_would_win) {
    ASSERT_TRUE(endow(bench.state, anna, key("first")));
    ASSERT_TRUE(begin(bench.state, {Height(9), number(0)}));
    advance_to(10);
    const Latest known = latest(bench.state).value();
    std::string best = "0";
    const auto output = [&](const std::string& name) {
        const Bytes input = input_of(known.value, known.height.next());
        return value_of(*crypto::vrf::proof_to_hash(crypto::vrf::prove(secret(name), input)));
    };
    for (int i = 1; i < 16; ++i) {
        best = output(std::to_string(i)) < output(best) ? std::to_string(i) : best;
    }

    const Height mature = register_at(10, anna, key(best)).value();

    const Bytes input = input_of(known.value, known.height.next());
    const auto proof = crypto::vrf::prove(secret(best), input);
    const PublicKey in_force_then = in_force(anna, 11).value();
    EXPECT_TRUE(verify(key(best), known.value, Height(11), proof));
    EXPECT_FALSE(verify(in_force_then, known.value, Height(11), proof));
    EXPECT_EQ(mature, Height(50)) << "40 values that she does not know lie between";
}

TEST(BeaconKeys, have_one_encoding) {
    const Keys one{.current = key("1")};
    const Keys both{.current = key("1"), .next = key("2"), .next_mature = Height(90)};
    const Keys next{.next = key("2"), .next_mature = Height(90)};

    for (const Keys& keys : {one, both, next}) {
        EXPECT_EQ(decode_keys(encode_keys(keys)).value(), keys);
    }
    EXPECT_FALSE(decode_keys({}));
    EXPECT_FALSE(decode_keys(encode_keys({.next = key("2")})));
    EXPECT_FALSE(decode_keys(encode_keys({.current = key("1"), .next_mature = Height(3)})));
}

}  // namespace
}  // namespace steelyard::beacon
