#include "chain/coin.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

Coins coins(std::string_view text) {
    return Coins::parse(text).value();
}

Denom denom(std::string_view text) {
    return Denom::parse(text).value();
}

const std::string largest = "170141183460469231731687303715884105727";

TEST(Amount, ends_below_two_to_the_127) {
    const Amount max = Amount::parse(largest).value();

    EXPECT_EQ(max.value(), Amount::value_max);
    EXPECT_EQ(to_string(max), largest);
    EXPECT_FALSE(Amount::parse("170141183460469231731687303715884105728"));
    EXPECT_FALSE(Amount::from(Amount::value_max + 1));
}

TEST(Amount, refuses_a_second_text_of_a_number) {
    for (const std::string text : {"", "01", "-1", "+1", "1.0", " 1"}) {
        EXPECT_FALSE(Amount::parse(text)) << text;
    }
}

TEST(Amount, reports_what_it_cannot_hold) {
    const Amount max = *Amount::from(Amount::value_max);

    EXPECT_EQ(checked_add(Amount(2), Amount(3)), Amount(5));
    EXPECT_EQ(checked_add(max, Amount(1)), std::nullopt);
    EXPECT_EQ(checked_add(max, max), std::nullopt);
    EXPECT_EQ(checked_sub(Amount(3), Amount(3)), Amount(0));
    EXPECT_EQ(checked_sub(Amount(2), Amount(3)), std::nullopt);
    EXPECT_EQ(checked_mul(Amount(6), 7), Amount(42));
    EXPECT_EQ(checked_mul(max, 2), std::nullopt);
    EXPECT_EQ(checked_mul(max, 4), std::nullopt) << "wraps around 128 bits";
}

TEST(Denom, keeps_the_ecosystems_rule) {
    for (const std::string text :
         {"abc", "uyard", "YARD", "ibc/0123ABCD", "a:b", "a.b", "a_b", "a-b", "a12"}) {
        EXPECT_TRUE(Denom::parse(text)) << text;
    }
    for (const std::string text :
         {"",
          "ab",
          "1ab",
          "/ab",
          "a b",
          "ab,",
          "abc\n",
          "\xc3\xa4"
          "bc"}) {
        EXPECT_FALSE(Denom::parse(text)) << text;
    }
    EXPECT_TRUE(Denom::parse(std::string(128, 'a')));
    EXPECT_FALSE(Denom::parse(std::string(129, 'a')));
}

TEST(Coin, reads_and_prints_text) {
    const Coin coin = Coin::parse("10uyard").value();

    EXPECT_EQ(coin.amount, Amount(10));
    EXPECT_EQ(coin.denom, denom("uyard"));
    EXPECT_EQ(to_string(coin), "10uyard");
    for (const std::string text :
         {"", "uyard", "10", "-1uyard", "1.5uyard", "10 uyard", "010uyard"}) {
        EXPECT_FALSE(Coin::parse(text)) << text;
    }
}

TEST(Coin, has_one_encoding) {
    const Coin coin = Coin::parse("2500uanc").value();

    EXPECT_EQ(to_hex(encode_coin(coin)), "0a0475616e63120432353030");
    expect_round_trip(coin, encode_coin, decode_coin);
    expect_round_trip(Coin{denom("abc"), Amount(0)}, encode_coin, decode_coin);
}

TEST(Coin, names_the_field_that_is_wrong) {
    const auto error = [](std::string_view hex) { return error_of(decode_coin(*from_hex(hex))); };

    EXPECT_EQ(
        error("0a0261621203313030"), "Coin.denom: denomination has 2 characters, not 3 to 128"
    );
    EXPECT_EQ(error("0a03616263120130"), "") << "a zero amount is written";
    EXPECT_EQ(error("0a0361626312023030"), "Coin.amount: number '00' has a leading zero");
    EXPECT_NE(error("0a03616263"), "") << "amount missing";
    EXPECT_NE(error("120130"), "") << "denomination missing";
}

TEST(Coins, sort_what_people_write) {
    EXPECT_EQ(to_string(coins("10uyard,5uabc")), "5uabc,10uyard");
    EXPECT_EQ(to_string(coins("0uyard,5uabc")), "5uabc");
    EXPECT_EQ(to_string(coins("")), "");
    for (const std::string text : {",", "1abc,", ",1abc", "1abc,,2abd", "1abc,2abc", "1abc 2abd"}) {
        EXPECT_FALSE(Coins::parse(text)) << text;
    }
}

TEST(Coins, refuse_what_is_not_in_order) {
    const Coin abc = {denom("abc"), Amount(1)};
    const Coin abd = {denom("abd"), Amount(1)};

    EXPECT_EQ(Coins::make({abc, abd}), coins("1abc,1abd"));
    EXPECT_FALSE(Coins::make({abd, abc}));
    EXPECT_FALSE(Coins::make({abc, abc}));
    EXPECT_FALSE(Coins::make({{denom("abc"), Amount(0)}}));
}

TEST(Coins, have_a_limited_number) {
    std::string text;
    std::vector<Coin> list;
    for (std::size_t i = 0; i < Coins::size_max; ++i) {
        const std::string coin = fmt::format("1coin{:03}", i);
        text += (i == 0 ? "" : ",") + coin;
        list.push_back(Coin::parse(coin).value());
    }
    EXPECT_TRUE(Coins::parse(text));
    EXPECT_TRUE(Coins::make(list));

    list.push_back({denom("zzz"), Amount(1)});
    EXPECT_FALSE(Coins::parse(text + ",1zzz"));
    EXPECT_FALSE(Coins::make(list));
    EXPECT_EQ(checked_add(coins(text), coins("1zzz")), std::nullopt);
}

TEST(Coins, add_and_subtract_by_denomination) {
    EXPECT_EQ(checked_add(coins("1abc,2abe"), coins("3abd,4abe")), coins("1abc,3abd,6abe"));
    EXPECT_EQ(checked_sub(coins("1abc,6abe"), coins("2abe")), coins("1abc,4abe"));
    EXPECT_EQ(checked_sub(coins("1abc,6abe"), coins("6abe")), coins("1abc"));
    EXPECT_EQ(checked_sub(coins("1abc"), coins("1abd")), std::nullopt);
    EXPECT_EQ(checked_sub(coins("1abc"), coins("2abc")), std::nullopt);
    EXPECT_EQ(checked_add(coins(largest + "abc"), coins("1abc")), std::nullopt);
}

TEST(Coins, tell_the_amount_of_a_denomination) {
    EXPECT_EQ(coins("1abc,6abe").amount_of(denom("abe")), Amount(6));
    EXPECT_EQ(coins("1abc,6abe").amount_of(denom("abd")), Amount(0));
}

}  // namespace
}  // namespace steelyard::chain
