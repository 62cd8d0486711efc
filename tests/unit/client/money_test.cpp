#include "client/money.h"

#include <gtest/gtest.h>

namespace steelyard::client {
namespace {

std::string in_base(std::string_view text) {
    const auto coin = parse_money(text);
    return coin ? to_string(*coin) : coin.error().message();
}

TEST(Money, is_read_as_people_write_it) {
    EXPECT_EQ(in_base("10uyard"), "10uyard");
    EXPECT_EQ(in_base("10yard"), "10000000uyard");
    EXPECT_EQ(in_base("2.5yard"), "2500000uyard");
    EXPECT_EQ(in_base("0.000001yard"), "1uyard");
    EXPECT_EQ(in_base("0yard"), "0uyard");
    EXPECT_EQ(in_base("007.10yard"), "7100000uyard");
    EXPECT_EQ(in_base("7uabc"), "7uabc");
    EXPECT_EQ(
        in_base("170141183460469231731687303715884.105727yard"),
        "170141183460469231731687303715884105727uyard"
    );
}

TEST(Money, that_cannot_be_is_refused_with_its_reason) {
    EXPECT_EQ(in_base("10"), "\"10\" names no denomination; write 10yard");
    EXPECT_EQ(in_base("1.5uyard"), "\"1.5uyard\": uyard has no fractions");
    EXPECT_EQ(
        in_base("0.0000001yard"),
        "\"0.0000001yard\" has more than 6 places; the least is 1uyard = 0.000001yard"
    );
    EXPECT_EQ(in_base("1e3yard"), "\"1e3yard\" has an exponent; write all digits");
    EXPECT_EQ(in_base("1.5E3yard"), "\"1.5E3yard\" has an exponent; write all digits");
    EXPECT_EQ(in_base("1ether"), "1ether");
    for (const std::string_view wrong :
         {"",
          "yard",
          "-1yard",
          "1.yard",
          ".5yard",
          "1,5yard",

          "1 yard",
          "1YARD!",
          "170141183460469231731687303715884.105728yard",
          "1u"}) {
        EXPECT_FALSE(parse_money(wrong)) << wrong;
    }
    EXPECT_EQ(parse_money(std::string(300, '1') + "yard").error().code(), ErrorCode::too_large);
}

TEST(Money, comes_in_lists) {
    EXPECT_EQ(to_string(parse_moneys("1yard,5uabc").value()), "5uabc,1000000uyard");
    EXPECT_TRUE(parse_moneys("")->empty());
    EXPECT_TRUE(parse_moneys("0yard")->empty());
    EXPECT_EQ(
        parse_moneys("1yard,5uyard").error().message(), "uyard stands twice among the amounts"
    );
    EXPECT_FALSE(parse_moneys("1yard,"));
    EXPECT_FALSE(parse_moneys(",1yard"));
}

TEST(Money, is_shown_as_people_read_it) {
    EXPECT_EQ(show(parse_money("2500000uyard").value()), "2.5 yard");
    EXPECT_EQ(show(parse_money("1uyard").value()), "0.000001 yard");
    EXPECT_EQ(show(parse_money("12000000uyard").value()), "12 yard");
    EXPECT_EQ(show(parse_money("7uabc").value()), "7 uabc");
    EXPECT_EQ(show(parse_moneys("1yard,5uabc").value()), "5 uabc, 1 yard");
    EXPECT_EQ(show(chain::Coins()), "nothing");
    EXPECT_EQ(show_base(chain::Dec::parse("1234567.5").value()), "1.2345675 yard");
    EXPECT_EQ(show_base(chain::Dec::parse("0.000001").value()), "0.000000000001 yard");
    EXPECT_EQ(show_base(chain::Dec::parse("0.0000009").value()), "0 yard");
}

TEST(GasPrice, makes_fees_that_are_rounded_up) {
    const auto price = parse_gas_price("0.01uyard").value();

    EXPECT_EQ(to_string(fee_of(price, 100'000).value()), "1000uyard");
    EXPECT_EQ(to_string(fee_of(price, 100'001).value()), "1001uyard");
    EXPECT_EQ(to_string(fee_of(price, 0).value()), "0uyard");
    EXPECT_FALSE(fee_of(parse_gas_price("100000000000000000000uyard").value(), ~std::uint64_t{0}));
    for (const std::string_view wrong : {"", "0.01", "uyard", "0.01yard", "-1uyard", "1.uyard"}) {
        EXPECT_FALSE(parse_gas_price(wrong)) << wrong;
    }
}

TEST(Addresses, say_what_they_are_where_another_kind_is_wanted) {
    const crypto::Address address{1, 2, 3};
    const std::string text = address_text(operator_prefix, address);

    EXPECT_EQ(parse_address(operator_prefix, text).value(), address);
    EXPECT_EQ(
        parse_address(account_prefix, text).error().message(),
        text + " is a validator's operator address (yardvaloper1...), wanted is one with yard1..."
    );
    EXPECT_FALSE(parse_address(account_prefix, "yard1x"));
    EXPECT_FALSE(parse_address(account_prefix, address_text("cosmos", address)));
}

}  // namespace
}  // namespace steelyard::client
