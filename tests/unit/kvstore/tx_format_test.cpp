#include "kvstore/tx_format.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::kvstore {
namespace {

constexpr std::string_view key_text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

Result<chain::ValidatorUpdate> parse(std::string_view rest) {
    return parse_validator_tx(as_bytes(fmt::format("val={}", rest)));
}

TEST(ValidatorTx, comes_back_as_it_was) {
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::secp256k1}) {
        const chain::ValidatorUpdate update{test::private_key(3, type).public_key(), 12};

        EXPECT_EQ(*parse_validator_tx(make_validator_tx(update)), update);
    }
}

TEST(ValidatorTx, takes_ed25519_where_no_type_is_named) {
    const auto update = parse(fmt::format("!{}!5", key_text));

    ASSERT_TRUE(update);
    EXPECT_EQ(update->public_key.type(), crypto::KeyType::ed25519);
}

TEST(ValidatorTx, takes_numbers_as_go_does) {
    const auto power = [](std::string_view text) {
        return parse(fmt::format("ed25519!{}!{}", key_text, text));
    };

    EXPECT_EQ(power("+10")->power, 10);
    EXPECT_EQ(power("010")->power, 10);
    EXPECT_EQ(power("-0")->power, 0);
    EXPECT_EQ(power("1152921504606846975")->power, chain::total_voting_power_max);
    for (const auto* const bad :
         {"",
          "+",
          "-",
          "+-1",
          "-1",
          "1 ",
          " 1",
          "0x1",
          "1_0",
          "1152921504606846976",
          "9223372036854775808"}) {
        EXPECT_FALSE(power(bad)) << bad;
    }
}

TEST(ValidatorTx, takes_base64_as_go_does) {
    const auto is_key = [](std::string_view text) {
        const auto update = parse(fmt::format("ed25519!{}!5", text));
        return update && update->public_key.bytes()[31] == 31;
    };

    EXPECT_TRUE(is_key(key_text));
    EXPECT_TRUE(is_key("AAECAwQFBgcICQoL\r\nDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"));
    EXPECT_TRUE(is_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9="));    // a stray bit
    EXPECT_FALSE(is_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));    // not padded
    EXPECT_FALSE(is_key("AAECAwQFBgcICQoL DA0ODxAREhMUFRYXGBkaGxwdHh8="));  // a space
    EXPECT_FALSE(is_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-8="));
    EXPECT_FALSE(is_key("===="));
}

TEST(ValidatorTx, refuses_what_would_halt_cometbft) {
    EXPECT_FALSE(parse(fmt::format("sr25519!{}!5", key_text)));
    EXPECT_FALSE(parse(fmt::format("secp256k1!{}!5", key_text)));
    EXPECT_FALSE(parse("ed25519!AAEC!5"));
}

TEST(ValidatorTx, has_three_parts) {
    EXPECT_FALSE(parse(key_text));
    EXPECT_FALSE(parse(fmt::format("{}!5", key_text)));
    EXPECT_FALSE(parse(fmt::format("ed25519!{}!5!6", key_text)));
}

TEST(PairTx, is_split_at_its_only_mark) {
    EXPECT_EQ(split_pair(as_bytes("a=b")), std::pair(std::string_view("a"), std::string_view("b")));
    EXPECT_FALSE(split_pair(as_bytes("a:b")));
    EXPECT_FALSE(split_pair(as_bytes("a=b=")));
}

}  // namespace
}  // namespace steelyard::kvstore
