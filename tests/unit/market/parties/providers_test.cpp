// Providers: profile, bond, withdrawals, jail (doc/spec/market.md, "Things", E6, K6; M2).
#include "market/parties/providers.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

#include <limits>

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();

Profile good_profile() {
    return {.moniker = "m", .region = "eu"};
}

std::string with(const std::function<void(Profile&)>& change) {
    Profile profile = good_profile();
    change(profile);
    return code_of(check_profile(profile));
}

TEST(Profiles, have_a_moniker_of_1_to_70_bytes) {
    const auto moniker = [](std::string text) {
        return with([&text](Profile& profile) { profile.moniker = text; });
    };
    EXPECT_EQ(moniker(""), "market/32");
    EXPECT_EQ(moniker(std::string(70, 'X')), "");
    EXPECT_EQ(moniker(std::string(71, 'X')), "market/32");
    EXPECT_EQ(moniker("\u00fcber \U0001f980"), "");
    EXPECT_EQ(moniker("\x7f"), "market/32");
    EXPECT_EQ(moniker("a\tb"), "market/32");
    EXPECT_EQ(moniker("\xc3"), "market/32") << "no UTF-8";
    EXPECT_EQ(moniker("\xed\xa0\x80"), "market/32") << "a surrogate";
}

TEST(Profiles, have_a_contact_and_a_region) {
    const auto contact = [](std::size_t size) {
        return with([=](Profile& profile) { profile.contact = std::string(size, 'c'); });
    };
    const auto region = [](std::string text) {
        return with([&text](Profile& profile) { profile.region = text; });
    };
    EXPECT_EQ(contact(140), "");
    EXPECT_EQ(contact(141), "market/32");
    EXPECT_EQ(region(""), "market/32");
    EXPECT_EQ(region(std::string(32, 'r')), "");
    EXPECT_EQ(region(std::string(33, 'r')), "market/32");
    EXPECT_EQ(region("eu-west_1.a"), "");
    EXPECT_EQ(region("eu west"), "market/32");
    EXPECT_EQ(region("EU"), "market/32");
}

TEST(Profiles, have_16_attributes_in_order_of_names) {
    const auto attributes = [](std::vector<Attribute> list) {
        return with([&list](Profile& profile) { profile.attributes = list; });
    };
    std::vector<Attribute> many;
    for (int i = 0; i < 17; ++i) {
        many.push_back({fmt::format("n{:02}", i), ""});
    }
    EXPECT_EQ(attributes(many), "market/32");
    many.pop_back();
    EXPECT_EQ(attributes(many), "");
    EXPECT_EQ(attributes({{"b", ""}, {"a", ""}}), "market/32");
    EXPECT_EQ(attributes({{"a", "1"}, {"a", "2"}}), "market/32");
    EXPECT_EQ(attributes({{"", "1"}}), "market/32");
    EXPECT_EQ(attributes({{std::string(32, 'n'), std::string(64, 'V')}}), "");
    EXPECT_EQ(attributes({{std::string(33, 'n'), ""}}), "market/32");
    EXPECT_EQ(attributes({{"n", std::string(65, 'V')}}), "market/32");
}

class Providers : public testing::Test {
protected:
    std::string join(int number, Money bond) {
        const AccountNumber account = bench.person(number);
        return code_of(bench.run([&](Context& context) {
            return register_provider(context, account, good_profile(), bond);
        }));
    }

    std::string bond(AccountNumber account, Money amount) {
        return code_of(bench.run([&](Context& context) {
            return add_bond(context, account, amount);
        }));
    }

    std::string withdraw(AccountNumber account, Money amount) {
        return code_of(bench.run([&](Context& context) {
            return withdraw_bond(context, account, amount);
        }));
    }

    std::string unjail(AccountNumber account) {
        return code_of(bench.run([&](Context& context) { return unjail_provider(context, account); }
        ));
    }

    /// A match, and its slash without the job around it.
    void slash(AccountNumber account, Money reserved, Money price) {
        ASSERT_TRUE(bench.run([&](Context& context) {
            return slash_provider(context, account, user, reserved, price);
        }));
    }

    MarketBench bench{};
    AccountNumber provider = bench.make_provider(1);  // with a bond of 10^9
    AccountNumber user = bench.person(2);
};

TEST_F(Providers, bond_their_own_money) {
    const Money before = bench.balance(bench.person(3));

    EXPECT_EQ(join(3, 1'000'000), "");

    EXPECT_EQ(bench.balance(bench.person(3)), before - 1'000'000);
    const Provider record = bench.provider(bench.person(3));
    EXPECT_EQ(record.bond, 1'000'000U);
    EXPECT_EQ(record.free_bond(), 1'000'000U);
    EXPECT_EQ(record.registered, bench.block.height);
    EXPECT_FALSE(record.is_jailed);
    EXPECT_EQ(
        last_event(bench.events, "provider"),
        fmt::format(
            "action=registered address={} bond=1000000 free_bond=1000000",
            ledger::account_text(bench.address(3))
        )
    );
}

TEST_F(Providers, are_refused_with_too_small_a_bond_or_none) {
    EXPECT_EQ(join(3, 999'999), "market/13");
    EXPECT_EQ(join(3, 0), "market/13");
    EXPECT_EQ(join(3, money_max + 1), "market/13");
    EXPECT_EQ(join(3, u64_max), "market/13");
    EXPECT_EQ(join(3, MarketBench::wealth + 1), "sdk/5");
    EXPECT_EQ(join(3, MarketBench::wealth), "");
    EXPECT_EQ(join(3, 1'000'000), "market/9");
    EXPECT_EQ(join(1'001, 1'000'000), "market/15") << "a worker";
}

TEST_F(Providers, change_what_they_say_of_themselves) {
    const Profile next{.moniker = "n", .region = "us", .contact = "c", .attributes = {{"a", "b"}}};
    const Provider before = bench.provider(provider);
    const auto update = [&](AccountNumber account, const Profile& profile) {
        return code_of(bench.run([&](Context& context) {
            return update_provider(context, account, profile);
        }));
    };

    EXPECT_EQ(update(provider, next), "");

    Provider expected = before;
    expected.moniker = "n";
    expected.region = "us";
    expected.contact = "c";
    expected.attributes = {{"a", "b"}};
    EXPECT_EQ(bench.provider(provider), expected);
    EXPECT_NE(last_event(bench.events, "provider").find("action=updated"), std::string::npos);
    EXPECT_EQ(update(user, next), "market/8");
    EXPECT_EQ(update(provider, {}), "market/32");
    EXPECT_EQ(bench.provider(provider), expected);
}

TEST_F(Providers, add_to_their_bond) {
    EXPECT_EQ(bond(provider, 5), "");
    EXPECT_EQ(bench.provider(provider).bond, 1'000'000'005U);
    EXPECT_EQ(
        last_event(bench.events, "provider"),
        fmt::format(
            "action=bonded address={} bond=1000000005 free_bond=1000000005",
            ledger::account_text(bench.address(1))
        )
    );
    EXPECT_EQ(bond(provider, 0), "market/13");
    EXPECT_EQ(bond(provider, money_max + 1), "market/13");
    EXPECT_EQ(bond(provider, u64_max), "market/13");
    EXPECT_EQ(bond(provider, MarketBench::wealth), "sdk/5");
    EXPECT_EQ(bond(user, 5), "market/8");
    EXPECT_EQ(bench.provider(provider).bond, 1'000'000'005U);
}

TEST_F(Providers, have_back_what_they_withdraw_after_its_blocks) {
    const Money before = bench.balance(provider);

    EXPECT_EQ(withdraw(provider, 600'000'000), "");
    EXPECT_EQ(withdraw(provider, 400'000'001), "market/13") << "more than is free";
    EXPECT_EQ(withdraw(provider, 400'000'000), "");
    EXPECT_EQ(withdraw(provider, 1), "market/13");

    EXPECT_EQ(bench.provider(provider).free_bond(), 0U);
    EXPECT_EQ(bench.provider(provider).withdrawing, 1'000'000'000U);
    bench.end_blocks(100);
    EXPECT_EQ(bench.balance(provider), before);
    bench.end_block();
    EXPECT_EQ(bench.balance(provider), before + 1'000'000'000);
    EXPECT_EQ(bench.provider(provider).bond, 0U);
    EXPECT_EQ(bench.provider(provider).withdrawing, 0U);
    EXPECT_EQ(bench.provider(provider).withdrawals, 0U);
    EXPECT_NE(last_event(bench.events, "provider").find("action=withdrew"), std::string::npos);
}

TEST_F(Providers, withdraw_nothing_that_there_is_not) {
    EXPECT_EQ(withdraw(provider, 0), "market/13");
    EXPECT_EQ(withdraw(provider, u64_max), "market/13");
    EXPECT_EQ(withdraw(user, 1), "market/8");
}

TEST_F(Providers, have_at_most_32_withdrawals_on_their_way) {
    for (int i = 0; i < 32; ++i) {
        ASSERT_EQ(withdraw(provider, 1), "");
    }
    EXPECT_EQ(withdraw(provider, 1), "market/14");

    bench.end_blocks(101);

    EXPECT_EQ(withdraw(provider, 1), "");
    EXPECT_EQ(bench.provider(provider).next_withdrawal, 33U) << "numbers are not used twice";
}

/// What a job reserves stays as long as the job may cost it (M2).
TEST_F(Providers, M2_withdraw_nothing_that_is_reserved) {
    bench.ask(provider, 50'000'000, 1'000'000);
    const JobId id = bench.order(user, bench.terms(50'000'000));
    bench.end_block();
    const Money reserved = bench.job(id).match->reserved;
    ASSERT_EQ(bench.provider(provider).reserved, reserved);

    EXPECT_EQ(withdraw(provider, 1'000'000'000), "market/13");
    EXPECT_EQ(withdraw(provider, 1'000'000'000 - reserved + 1), "market/13");
    EXPECT_EQ(withdraw(provider, 1'000'000'000 - reserved), "");
    bench.end_blocks(30);  // not started: the reservation is back, and was hurt by E7

    EXPECT_EQ(bench.provider(provider).free_bond(), reserved - 1'000);
}

TEST_F(Providers, E6_are_slashed_of_exactly_what_was_reserved) {
    const Money before = bench.balance(user);
    const Money burned = bench.burned();

    slash(provider, 2'000'003, 50'000);

    EXPECT_EQ(bench.provider(provider).bond, 1'000'000'000U - 2'000'003);
    EXPECT_EQ(bench.balance(user), before + 50'000) << "1 x the price";
    const Money pool = 2'000'003 / 5;
    EXPECT_EQ(bench.burned(), burned + 2'000'003 - 50'000 - pool);
    EXPECT_EQ(
        last_event(bench.events, "provider"),
        fmt::format(
            "action=slashed address={} amount=2000003 bond=997999997 slashes=1",
            ledger::account_text(bench.address(1))
        )
    );
    bench.end_block();
}

TEST_F(Providers, K6_come_out_of_jail_twice_and_never_after_the_third_slash) {
    EXPECT_EQ(unjail(provider), "market/12");
    for (int i = 0; i < 2; ++i) {
        slash(provider, 1'000'000, 10'000);
        EXPECT_TRUE(bench.provider(provider).is_jailed);
        EXPECT_EQ(unjail(provider), "");
        EXPECT_FALSE(bench.provider(provider).is_jailed);
        EXPECT_NE(last_event(bench.events, "provider").find("action=unjailed"), std::string::npos);
        EXPECT_EQ(unjail(provider), "market/12");
    }
    slash(provider, 1'000'000, 10'000);

    EXPECT_NE(last_event(bench.events, "provider").find("action=removed"), std::string::npos);
    EXPECT_TRUE(bench.provider(provider).is_removed());
    EXPECT_EQ(unjail(provider), "market/11");
    EXPECT_EQ(bond(provider, 5), "market/11");
    EXPECT_EQ(join(1, 1'000'000), "market/9") << "nor begins anew";
    EXPECT_EQ(unjail(user), "market/8");
    EXPECT_EQ(withdraw(provider, 997'000'000), "") << "what is left is its own";
    bench.end_blocks(101);
    EXPECT_EQ(bench.provider(provider).bond, 0U);
}

}  // namespace
}  // namespace steelyard::market
