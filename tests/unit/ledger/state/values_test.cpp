#include "ledger/state/values.h"

#include <gtest/gtest.h>

namespace steelyard::ledger {
namespace {

using chain::Amount;
using chain::Dec;

TEST(Values, keep_numbers_big_endian) {
    const Bytes bytes = amount_bytes(Amount(0x0102));

    ASSERT_EQ(bytes.size(), 16U);
    EXPECT_EQ(bytes[14], 1);
    EXPECT_EQ(bytes[15], 2);
    EXPECT_EQ(parse_amount(bytes).value(), Amount(0x0102));
}

TEST(Values, keep_the_largest_numbers) {
    const Amount most = Amount::from(Amount::value_max).value();
    const Dec fraction = Dec::from_scaled(static_cast<Int128>(Amount::value_max)).value();

    EXPECT_EQ(parse_amount(amount_bytes(most)).value(), most);
    EXPECT_EQ(parse_dec(dec_bytes(fraction)).value(), fraction);
    EXPECT_EQ(parse_dec(dec_bytes(Dec())).value(), Dec());
}

TEST(Values, refuse_what_is_no_number) {
    EXPECT_FALSE(parse_amount(Bytes(15)));
    EXPECT_FALSE(parse_amount(Bytes(17)));
    Bytes over(16);
    over[0] = 0x80;
    EXPECT_FALSE(parse_amount(over));
    EXPECT_FALSE(parse_dec(over));
}

TEST(Values, write_addresses_with_their_prefixes) {
    chain::Address address;
    address.fill(1);

    EXPECT_TRUE(account_text(address).starts_with("yard1"));
    EXPECT_TRUE(operator_text(address).starts_with("yardvaloper1"));
    EXPECT_TRUE(consensus_text(address).starts_with("yardvalcons1"));
}

TEST(Values, write_fractions_of_the_base_coin) {
    EXPECT_EQ(base_coin_text(Dec::parse("1.5").value()), "1.500000000000000000uyard");
    EXPECT_EQ(base_coin_text(Dec()), "");
}

}  // namespace
}  // namespace steelyard::ledger
