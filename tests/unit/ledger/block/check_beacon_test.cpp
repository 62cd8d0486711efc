#include "crypto/sha256.h"
#include "ledger/block/beacon_tx.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/ledger/validators.h"

#include <gtest/gtest.h>

namespace steelyard::block {
namespace {

using chain::Height;
using crypto::Secret;
using ledger::ValidatorNumber;

Secret<32> secret(std::string_view name) {
    return Secret<32>(crypto::sha256(as_bytes(name)));
}

beacon::PublicKey key(std::string_view name) {
    return crypto::secp256k1::public_key_of(secret(name));
}

/// Two validators with keys of the genesis, before height 1.
class CheckBeacon : public testing::Test {
protected:
    CheckBeacon() {
        first.fill(9);
        EXPECT_TRUE(beacon::begin(bench.state, {Height(0), first}));
        for (std::uint32_t number = 0; number < 3; ++number) {
            ledger::make_validator(bench.state, number, crypto::Address{});
        }
        EXPECT_TRUE(beacon::endow(bench.state, ValidatorNumber{0}, key("anna")));
        EXPECT_TRUE(beacon::endow(bench.state, ValidatorNumber{1}, key("bela")));
    }

    static chain::Address address(int number) { return test::public_key(number).address(); }

    Bytes tx(std::string_view name, const beacon::Value& before, int height) {
        const Bytes input = beacon::input_of(before, Height(height));
        return make_beacon_tx(crypto::vrf::prove(secret(name), input));
    }

    std::string refusal(int proposer, int height, ByteView tx) {
        const auto value = check_beacon(bench.state, address(proposer), Height(height), tx);
        return value ? "" : value.error().message();
    }

    beacon::Value first{};
    ledger::Bench bench;
};

TEST_F(CheckBeacon, R2_takes_a_proof_under_the_key_of_the_proposer_that_the_header_names) {
    const Bytes annas = tx("anna", first, 1);

    const auto value = check_beacon(bench.state, address(0), Height(1), annas);

    ASSERT_TRUE(value) << value.error().message();
    const auto output = crypto::vrf::proof_to_hash(parse_beacon_tx(annas).value()).value();
    EXPECT_EQ(*value, beacon::value_of(output));
    EXPECT_EQ(refusal(1, 1, annas), "Vrf.proof: does not fit the public key and the input");
    EXPECT_EQ(refusal(1, 1, tx("bela", first, 1)), "");
}

TEST_F(CheckBeacon, R2_refuses_another_height_and_another_value_before) {
    beacon::Value other = first;
    other[0] ^= 1;

    EXPECT_NE(refusal(0, 1, tx("anna", first, 2)), "");
    EXPECT_NE(refusal(0, 1, tx("anna", other, 1)), "");
    EXPECT_EQ(refusal(0, 2, tx("anna", first, 2)), "beacon: height 2 does not follow 0");
}

TEST_F(CheckBeacon, R1_refuses_what_is_no_beacon) {
    EXPECT_EQ(refusal(0, 1, as_bytes("a transaction")), "no beacon: has 13 bytes, not 125");
}

TEST_F(CheckBeacon, R5_refuses_who_has_no_mature_key) {
    bench.params.beacon.epoch_blocks = 1;
    bench.block.height = Height(0).next();
    ASSERT_TRUE(beacon::register_key(bench.context, ValidatorNumber{2}, key("cleo")));

    EXPECT_TRUE(refusal(2, 1, tx("cleo", first, 1)).ends_with("has no key in force"));
    EXPECT_TRUE(refusal(7, 1, tx("cleo", first, 1)).ends_with("is no validator's address"));
    for (int height = 1; height <= 2; ++height) {
        bench.block.height = Height(height);
        ASSERT_TRUE(beacon::advance(bench.context, first));
    }
    EXPECT_EQ(refusal(2, 3, tx("cleo", first, 3)), "");
}

TEST_F(CheckBeacon, R6_takes_the_key_in_force_alone) {
    bench.params.beacon.epoch_blocks = 1;
    bench.block.height = Height(1);
    ASSERT_TRUE(beacon::register_key(bench.context, ValidatorNumber{0}, key("anna2")));

    EXPECT_EQ(refusal(0, 1, tx("anna", first, 1)), "");
    EXPECT_NE(refusal(0, 1, tx("anna2", first, 1)), "") << "not mature";
    for (int height = 1; height <= 2; ++height) {
        bench.block.height = Height(height);
        ASSERT_TRUE(beacon::advance(bench.context, first));
    }
    EXPECT_EQ(refusal(0, 3, tx("anna2", first, 3)), "");
    EXPECT_NE(refusal(0, 3, tx("anna", first, 3)), "") << "its successor is in force";
}

}  // namespace
}  // namespace steelyard::block
