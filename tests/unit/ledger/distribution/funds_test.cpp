#include "ledger/distribution/funds.h"

#include "tests/unit/ledger/distribution/stakes.h"

#include <gtest/gtest.h>

namespace steelyard::distribution {
namespace {

using chain::Amount;
using chain::Dec;

Dec dec(std::string_view text) {
    return Dec::parse(text).value();
}

class FundsTest : public testing::Test {
protected:
    Share share(const TestValidator& validator, std::int64_t power) {
        return {validator.number, validator.operator_account.address, power, validator.rate};
    }

    Dec pool() { return community_pool(stakes.bench.state).value(); }
    Dec owed(const TestValidator& of) { return outstanding(stakes.bench.state, of.number).value(); }
    Dec commission_of(const TestValidator& of) {
        return commission(stakes.bench.state, of.number).value();
    }
    Dec current(const TestValidator& of) {
        return get_current(stakes.bench.state, of.number).value().rewards;
    }

    Stakes stakes;
    ledger::Context& context = stakes.bench.context;
    const Party alice = stakes.party(1);
    const Party bob = stakes.party(2);
    TestValidator& first = stakes.add(1, "0.5");
    TestValidator& second = stakes.add(2, "0");
};

TEST_F(FundsTest, are_shared_by_power_after_the_tax) {
    stakes.bench.params.community_tax = dec("0.02");
    stakes.earn(100);

    ASSERT_TRUE(allocate(context, std::array{share(first, 100), share(second, 100)}));

    EXPECT_EQ(owed(first), Dec(49));
    EXPECT_EQ(owed(second), Dec(49));
    EXPECT_EQ(pool(), Dec(2));
    EXPECT_EQ(commission_of(first), dec("24.5"));
    EXPECT_EQ(commission_of(second), Dec());
    EXPECT_EQ(current(first), dec("24.5"));
    EXPECT_EQ(current(second), Dec(49));
    EXPECT_EQ(stakes.balance(stakes.collector), Amount());
    EXPECT_EQ(stakes.balance(stakes.own), Amount(100));
}

TEST_F(FundsTest, leave_what_is_cut_to_the_community) {
    stakes.bench.params.community_tax = dec("0.02");
    first.rate = second.rate = dec("0.1");
    TestValidator& third = stakes.add(3, "0.1");
    stakes.earn(634'195'840);

    ASSERT_TRUE(allocate(context, std::array{share(first, 11), share(second, 10), share(third, 10)})
    );

    // 621511923.2 x 0.354838709677419354, and x 0.322580645161290322, cut.
    EXPECT_EQ(to_string(owed(first)), "220536488.877419354317441612");
    EXPECT_EQ(to_string(owed(second)), "200487717.161290322219767270");
    EXPECT_EQ(owed(third), owed(second));
    EXPECT_EQ(to_string(pool()), "12683916.800000001243023848");
    stakes.expect_invariants();
}

TEST_F(FundsTest, say_who_was_given_what) {
    stakes.earn(10);
    stakes.bench.events.clear();

    ASSERT_TRUE(allocate(context, std::array{share(first, 1), share(second, 1)}));

    const auto& events = stakes.bench.events;
    ASSERT_EQ(
        ledger::type_names(events),
        "coin_spent coin_received transfer commission rewards commission rewards"
    );
    EXPECT_EQ(events[3].attributes[0].value, "2.500000000000000000uyard");
    EXPECT_EQ(events[4].attributes[0].value, "5.000000000000000000uyard");
    EXPECT_EQ(events[5].attributes[0].value, "");
    EXPECT_TRUE(events[6].attributes[1].value.starts_with("yardvaloper1"));
}

TEST_F(FundsTest, go_to_the_community_where_nobody_has_power) {
    stakes.earn(10);

    ASSERT_TRUE(allocate(context, {}));

    EXPECT_EQ(pool(), Dec(10));
    stakes.expect_invariants();
}

TEST_F(FundsTest, change_nothing_where_there_are_none) {
    stakes.bench.events.clear();

    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));

    EXPECT_TRUE(stakes.bench.events.empty());
    EXPECT_EQ(owed(first), Dec());
}

TEST_F(FundsTest, wait_at_the_collector_where_the_module_can_hold_no_more) {
    stakes.earn(9'000'000'000'000'000'000U);
    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));
    stakes.earn(9'000'000'000'000'000'000U);

    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));
    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));

    EXPECT_EQ(stakes.balance(stakes.own), funds_max);
    EXPECT_EQ(stakes.balance(stakes.collector), Amount(8'000'000'000'000'000'000U));
    stakes.expect_invariants();
}

TEST_F(FundsTest, are_shared_by_the_largest_powers) {
    stakes.earn(1'000'000);
    constexpr std::int64_t most = (std::int64_t{1} << 60) - 1;

    ASSERT_TRUE(allocate(context, std::array{share(first, most), share(second, most)}));

    EXPECT_EQ(owed(first), Dec(500'000));
    stakes.expect_invariants();
}

TEST_F(FundsTest, pay_commission_but_for_its_fraction) {
    stakes.earn(11);
    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));
    stakes.bench.events.clear();

    EXPECT_EQ(withdraw_commission(context, first.number, alice).value(), Amount(5));

    EXPECT_EQ(commission_of(first), dec("0.5"));
    EXPECT_EQ(owed(first), Dec(6));
    EXPECT_EQ(stakes.balance(alice), Amount(5));
    EXPECT_EQ(
        ledger::type_names(stakes.bench.events),
        "coin_spent coin_received transfer withdraw_commission"
    );
    EXPECT_EQ(stakes.bench.events[3].attributes[0].value, "5uyard");
    stakes.expect_invariants();
}

TEST_F(FundsTest, pay_no_commission_for_a_fraction_alone) {
    stakes.earn(1);
    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));
    stakes.bench.events.clear();

    EXPECT_EQ(withdraw_commission(context, first.number, alice).value(), Amount());

    EXPECT_EQ(commission_of(first), dec("0.5"));
    EXPECT_EQ(ledger::type_names(stakes.bench.events), "withdraw_commission");
    EXPECT_EQ(stakes.bench.events[0].attributes[0].value, "");
}

TEST_F(FundsTest, refuse_commission_where_there_is_none) {
    const auto refused = withdraw_commission(context, second.number, alice);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, kinds::no_commission);
}

TEST_F(FundsTest, pay_commission_to_the_withdraw_address) {
    stakes.earn(10);
    ASSERT_TRUE(allocate(context, std::array{share(first, 1)}));
    ASSERT_TRUE(set_withdraw_address(context, alice, bob));

    ASSERT_TRUE(withdraw_commission(context, first.number, alice));

    EXPECT_EQ(stakes.balance(bob), Amount(5));
}

TEST_F(FundsTest, are_withdrawn_to_another_address_until_it_is_the_own_again) {
    EXPECT_EQ(withdraw_address(stakes.bench.state, alice.number).value(), alice.number);
    stakes.bench.events.clear();

    ASSERT_TRUE(set_withdraw_address(context, alice, bob));
    EXPECT_EQ(withdraw_address(stakes.bench.state, alice.number).value(), bob.number);
    EXPECT_EQ(withdraw_address(stakes.bench.state, bob.number).value(), bob.number);
    EXPECT_EQ(ledger::type_names(stakes.bench.events), "set_withdraw_address");
    EXPECT_TRUE(stakes.bench.events[0].attributes[0].value.starts_with("yard1"));

    ASSERT_TRUE(set_withdraw_address(context, alice, alice));
    EXPECT_EQ(withdraw_address(stakes.bench.state, alice.number).value(), alice.number);
    EXPECT_EQ(stakes.rows('w'), 0U);
}

TEST_F(FundsTest, are_not_withdrawn_to_a_module) {
    const auto refused = set_withdraw_address(context, alice, stakes.collector);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ledger::kinds::unauthorized);
    EXPECT_EQ(stakes.rows('w'), 0U);
}

TEST_F(FundsTest, of_the_community_are_given_by_anyone) {
    ASSERT_TRUE(
        bank::endow(stakes.bench.state, alice.number, chain::Coins::parse("10uyard").value())
    );

    ASSERT_TRUE(fund_community_pool(context, alice, Amount(4)));

    EXPECT_EQ(pool(), Dec(4));
    EXPECT_EQ(stakes.balance(alice), Amount(6));
    stakes.expect_invariants();
}

TEST_F(FundsTest, of_the_community_are_not_given_by_who_has_less) {
    const auto refused = fund_community_pool(context, alice, Amount(4));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ledger::kinds::insufficient_funds);
}

TEST_F(FundsTest, of_the_community_have_a_limit) {
    const Amount most = *checked_add(funds_max, Amount(1));
    ASSERT_TRUE(bank::endow(
        stakes.bench.state, alice.number, chain::Coins::parse(to_string(most) + "uyard").value()
    ));

    const auto refused = fund_community_pool(context, alice, most);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ledger::kinds::invalid_request);

    EXPECT_TRUE(fund_community_pool(context, alice, funds_max));
    EXPECT_FALSE(fund_community_pool(context, alice, Amount(1)));
    stakes.expect_invariants();
}

}  // namespace
}  // namespace steelyard::distribution
