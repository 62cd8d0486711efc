#include "ledger/bank/bank.h"

#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

#include <random>

namespace steelyard::bank {
namespace {

using chain::Amount;
using chain::Coins;
using chain::Denom;

Coins coins(std::string_view text) {
    return Coins::parse(text).value();
}

class BankTest : public testing::Test {
protected:
    Party party(std::uint8_t byte) {
        chain::Address address;
        address.fill(byte);
        return party_at(bench.state, address).value();
    }

    std::string all(const Party& owner) {
        return to_string(balances(bench.state, owner.number).value());
    }

    std::string supply_of(std::string_view denom) {
        return to_string(supply(bench.state, Denom::parse(denom).value()).value());
    }

    ledger::Bench bench;
    const Party alice = party(1);
    const Party bob = party(2);
};

TEST_F(BankTest, moves_coins_and_says_so) {
    ASSERT_TRUE(endow(bench.state, alice.number, coins("5uabc,10uyard")));

    ASSERT_TRUE(send(bench.context, alice, bob, coins("5uabc,3uyard")));

    EXPECT_EQ(all(alice), "7uyard");
    EXPECT_EQ(all(bob), "5uabc,3uyard");
    EXPECT_EQ(supply_of("uyard"), "10");
    EXPECT_EQ(ledger::type_names(bench.events), "coin_spent coin_received transfer");
    EXPECT_EQ(bench.events[2].attributes[2].value, "5uabc,3uyard");
}

TEST_F(BankTest, refuses_to_move_more_than_there_is) {
    ASSERT_TRUE(endow(bench.state, alice.number, coins("10uyard")));

    const auto refused = send(bench.context, alice, bob, coins("11uyard"));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ledger::kinds::insufficient_funds);
    EXPECT_EQ(
        refused.error().log, "spendable balance 10uyard is smaller than 11uyard: insufficient funds"
    );
}

TEST_F(BankTest, pays_itself_without_a_change) {
    ASSERT_TRUE(endow(bench.state, alice.number, coins("10uyard")));

    ASSERT_TRUE(send(bench.context, alice, alice, coins("10uyard")));
    EXPECT_FALSE(send(bench.context, alice, alice, coins("11uyard")));

    EXPECT_EQ(all(alice), "10uyard");
}

TEST_F(BankTest, tells_denominations_apart_of_which_one_begins_the_other) {
    ASSERT_TRUE(endow(bench.state, alice.number, coins("1uya,2uyard,3uyards")));

    EXPECT_EQ(all(alice), "1uya,2uyard,3uyards");
    EXPECT_EQ(supply_of("uya"), "1");
    EXPECT_EQ(supply_of("uyar"), "0");
}

TEST_F(BankTest, mints_as_far_as_there_is_room) {
    ASSERT_TRUE(mint(bench.context, alice, base_supply_max));
    ASSERT_TRUE(burn(bench.context, alice, Amount(3), Source::burned_fees));
    ASSERT_TRUE(mint(bench.context, alice, Amount(5)));
    ASSERT_TRUE(mint(bench.context, alice, Amount(5)));
    EXPECT_EQ(supply_of("uyard"), to_string(base_supply_max));
    EXPECT_EQ(total(bench.state, Source::minted).value(), *checked_add(base_supply_max, Amount(3)));
}

TEST_F(BankTest, counts_what_it_mints_and_burns) {
    ASSERT_TRUE(mint(bench.context, alice, Amount(100)));
    ASSERT_TRUE(burn(bench.context, alice, Amount(30), Source::slashed));
    ASSERT_TRUE(burn(bench.context, alice, Amount(), Source::burned_fees));
    EXPECT_FALSE(burn(bench.context, alice, Amount(71), Source::burned_fees));

    EXPECT_EQ(all(alice), "70uyard");
    EXPECT_EQ(supply_of("uyard"), "70");
    EXPECT_EQ(total(bench.state, Source::minted).value(), Amount(100));
    EXPECT_EQ(total(bench.state, Source::slashed).value(), Amount(30));
    EXPECT_EQ(total(bench.state, Source::burned_fees).value(), Amount());
}

TEST_F(BankTest, keeps_no_record_of_nothing) {
    ASSERT_TRUE(mint(bench.context, alice, Amount(5)));
    ASSERT_TRUE(send(bench.context, alice, bob, coins("5uyard")));

    int records = 0;
    bench.state.visit_changes([&](ledger::Store store, ByteView, const auto& value) {
        records += store == ledger::Store::bank && value;
    });

    EXPECT_EQ(records, 3) << "bob's balance, the supply, the total minted";
}

TEST_F(BankTest, is_the_supply_whatever_happens) {
    std::mt19937 random(7);
    const std::array parties = {alice, bob, party(3)};
    for (int i = 0; i < 2'000; ++i) {
        const Party& from = parties[random() % 3];
        const Party& to = parties[random() % 3];
        const Amount amount(1 + random() % 50);
        switch (random() % 4) {
            case 0:
                ASSERT_TRUE(mint(bench.context, to, amount));
                break;
            case 1: {
                const auto mark = bench.state.mark();
                if (!burn(bench.context, from, amount, Source::burned_fees)) {
                    bench.state.roll_back(mark);
                }
                break;
            }
            default: {
                const auto mark = bench.state.mark();
                if (!send(bench.context, from, to, coins(to_string(amount) + "uyard"))) {
                    bench.state.roll_back(mark);
                }
            }
        }
        Amount sum;
        for (const Party& one : parties) {
            sum = *checked_add(
                sum, balance(bench.state, one.number, Denom::parse("uyard").value()).value()
            );
        }
        ASSERT_EQ(to_string(sum), supply_of("uyard"));
        ASSERT_EQ(
            sum,
            *checked_sub(
                total(bench.state, Source::minted).value(),
                total(bench.state, Source::burned_fees).value()
            )
        );
    }
}

}  // namespace
}  // namespace steelyard::bank
