// Workers: an account that works for one provider (doc/spec/market.md, "Things"; M3, M5).
#include "market/parties/providers.h"
#include "market/records/counters.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

#include <limits>

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr Price price = 50'000'000;

class Workers : public testing::Test {
protected:
    std::string add(AccountNumber account, int worker, std::uint32_t slots = 1, Money funds = 0) {
        return code_of(bench.run([&](Context& context) {
            return add_worker(
                context, account, bench.address(worker), bench.class_id, slots, funds
            );
        }));
    }

    std::string remove(AccountNumber account, int worker) {
        return code_of(bench.run([&](Context& context) {
            return remove_worker(context, account, bench.address(worker));
        }));
    }

    std::optional<Worker> worker(int number) {
        const auto account = auth::find(bench.state(), bench.address(number)).value();
        return account ? get_worker(bench.state(), *account).value() : std::nullopt;
    }

    ClassCounters counters() { return get_class_counters(bench.state(), bench.class_id).value(); }

    std::string become_provider(int number) {
        const AccountNumber account = bench.person(number);
        return code_of(bench.run([&](Context& context) {
            return register_provider(context, account, {.moniker = "m", .region = "eu"}, 1'000'000);
        }));
    }

    /// A job that a provider's one worker has.
    JobId match_job() {
        bench.ask(provider, price, 1'000'000);
        const JobId id = bench.order(bench.person(2), bench.terms(price));
        bench.end_block();
        EXPECT_EQ(bench.job(id).state, JobState::matched);
        return id;
    }

    MarketBench bench{};
    AccountNumber provider = bench.make_provider(1);  // its worker is 1001, with 4 slots
};

TEST_F(Workers, have_accounts_made_and_funded) {
    const Money before = bench.balance(provider);

    EXPECT_EQ(add(provider, 50, 3, 777), "");

    const auto account = auth::find(bench.state(), bench.address(50)).value();
    ASSERT_TRUE(account);
    EXPECT_EQ(bench.balance(*account), 777U);
    EXPECT_EQ(bench.balance(provider), before - 777);
    EXPECT_EQ(worker(50)->slots, 3U);
    EXPECT_EQ(worker(50)->provider, provider);
    EXPECT_EQ(
        last_event(bench.events, "worker"),
        fmt::format(
            "action=added address={} provider={} class=1 slots=3",
            ledger::account_text(bench.address(50)),
            ledger::account_text(bench.address(1))
        )
    );
}

TEST_F(Workers, are_refused_with_what_they_may_not_have) {
    const auto slots_of = [&](std::uint32_t slots) { return add(provider, 50, slots); };
    EXPECT_EQ(slots_of(0), "market/18");
    EXPECT_EQ(slots_of(1'025), "market/18");
    EXPECT_EQ(slots_of(std::numeric_limits<std::uint32_t>::max()), "market/18");
    EXPECT_EQ(add(provider, 50, 1, MarketBench::wealth), "sdk/5");
    EXPECT_EQ(add(provider, 50, 1, std::numeric_limits<Money>::max()), "sdk/5");
    EXPECT_EQ(add(bench.person(2), 50), "market/8");
    EXPECT_EQ(add(provider, 1), "market/9");
    EXPECT_EQ(add(provider, 1'001), "market/15");
    const AccountNumber other = bench.make_provider(2);
    EXPECT_EQ(add(other, 1'001), "market/15") << "somebody else's";
    EXPECT_EQ(add(other, 1), "market/9") << "another provider";
    EXPECT_EQ(
        code_of(bench.run([&](Context& context) {
            return add_worker(context, provider, bench.address(50), ClassId{2}, 1, 0);
        })),
        "market/2"
    );
    EXPECT_EQ(
        code_of(bench.run([&](Context& context) {
            const chain::Address module = auth::module_address("market");
            return add_worker(context, provider, module, bench.class_id, 1, 0);
        })),
        "sdk/4"
    );
    EXPECT_FALSE(worker(50));
    EXPECT_FALSE(auth::find(bench.state(), bench.address(50)).value()) << "nothing is left";

    EXPECT_EQ(slots_of(1'024), "");
}

TEST_F(Workers, are_at_most_256_of_a_provider) {
    for (int i = 0; i < 255; ++i) {
        ASSERT_EQ(add(provider, 2'000 + i), "");
    }
    EXPECT_EQ(add(provider, 3'000), "market/17");

    EXPECT_EQ(remove(provider, 2'000), "");
    EXPECT_EQ(add(provider, 3'000), "");
    EXPECT_EQ(add(provider, 3'001), "market/17");
    bench.end_block();
}

TEST_F(Workers, that_are_retired_and_busy_count_until_they_go) {
    const JobId id = match_job();
    EXPECT_EQ(remove(provider, 1'001), "");
    EXPECT_EQ(bench.provider(provider).workers, 1U);
    EXPECT_EQ(
        bench.provider(provider).classes, (std::vector<WorkersOfClass>{{bench.class_id, 1, 0}})
    );
    for (int i = 0; i < 255; ++i) {
        ASSERT_EQ(add(provider, 2'000 + i), "");
    }
    EXPECT_EQ(add(provider, 3'000), "market/17");

    bench.end_blocks(30);  // it was not started in time
    ASSERT_NE(bench.job(id).state, JobState::matched);

    EXPECT_EQ(add(provider, 3'000), "");
    bench.end_block();
}

TEST_F(Workers, are_of_16_classes_at_most) {
    std::vector<ClassId> classes{bench.class_id};
    for (int i = 1; i < 17; ++i) {
        const auto made = bench.run([&](Context& context) {
            const Class value{.name = "class" + std::to_string(i), .wu_per_second_floor = 10};
            return create_class(context, bench.person(0), value);
        });
        classes.push_back(made.value());
    }
    const auto add_of = [&](int index, ClassId class_id) {
        return code_of(bench.run([&](Context& context) {
            return add_worker(context, provider, bench.address(2'000 + index), class_id, 3, 0);
        }));
    };
    for (int i = 1; i < 16; ++i) {
        EXPECT_EQ(add_of(i, classes[static_cast<std::size_t>(i)]), "");
    }

    EXPECT_EQ(add_of(16, classes[16]), "market/17");
    EXPECT_EQ(add_of(16, classes[15]), "");
    EXPECT_EQ(bench.provider(provider).classes.back(), (WorkersOfClass{classes[15], 2, 6}));
    EXPECT_EQ(remove(provider, 2'001), "");
    EXPECT_EQ(add_of(17, classes[16]), "");
    bench.end_block();
}

TEST_F(Workers, of_a_class_are_counted) {
    EXPECT_EQ(counters().providers, 1U);
    EXPECT_EQ(counters().workers, 1U);
    EXPECT_EQ(counters().slots, 4U);

    EXPECT_EQ(add(provider, 50, 5), "");
    EXPECT_EQ(counters().providers, 1U);
    EXPECT_EQ(counters().workers, 2U);
    EXPECT_EQ(counters().slots, 9U);

    EXPECT_EQ(remove(provider, 1'001), "");
    EXPECT_EQ(remove(provider, 50), "");
    EXPECT_EQ(counters().providers, 0U);
    EXPECT_EQ(counters().workers, 0U);
    EXPECT_EQ(counters().slots, 0U);
}

TEST_F(Workers, go_at_once_where_they_have_no_job) {
    EXPECT_EQ(remove(provider, 1'001), "");

    EXPECT_FALSE(worker(1'001));
    EXPECT_EQ(bench.provider(provider).workers, 0U);
    EXPECT_EQ(remove(provider, 1'001), "market/16");
    EXPECT_NE(last_event(bench.events, "worker").find("action=removed"), std::string::npos);
}

TEST_F(Workers, are_removed_by_nobody_else) {
    const AccountNumber other = bench.make_provider(2);

    EXPECT_EQ(remove(other, 1'001), "market/16");
    EXPECT_EQ(remove(bench.person(3), 1'001), "market/8");
    EXPECT_EQ(remove(bench.person(3), 3), "market/8") << "no worker at all";
    EXPECT_EQ(remove(provider, 3), "market/16");
    EXPECT_EQ(remove(provider, 9'999), "market/16") << "no such account";
    EXPECT_TRUE(worker(1'001));
}

/// A provider names whom it likes as a worker: who did not ask for it must not be kept from being
/// a provider, or another's worker.
TEST_F(Workers, leave_by_themselves) {
    bench.person(40);
    ASSERT_EQ(add(provider, 40), "");
    ASSERT_EQ(become_provider(40), "market/15");

    EXPECT_EQ(remove(bench.person(40), 40), "");

    EXPECT_FALSE(worker(40));
    EXPECT_EQ(bench.provider(provider).workers, 1U);
    EXPECT_EQ(counters().workers, 1U);
    EXPECT_EQ(
        last_event(bench.events, "worker"),
        fmt::format(
            "action=removed address={} provider={} class=1 slots=1",
            ledger::account_text(bench.address(40)),
            ledger::account_text(bench.address(1))
        )
    );
    EXPECT_EQ(become_provider(40), "");
    EXPECT_EQ(add(provider, 40), "market/9") << "it is out of reach now";
    bench.end_block();
}

TEST_F(Workers, that_left_with_a_job_end_it_first) {
    const JobId id = match_job();
    const AccountNumber account = bench.person(1'001);

    EXPECT_EQ(remove(account, 1'001), "");

    EXPECT_TRUE(worker(1'001)->is_retired);
    EXPECT_EQ(remove(account, 1'001), "market/16");
    EXPECT_EQ(become_provider(1'001), "market/15");
    bench.end_blocks(30);  // it was not started in time
    EXPECT_NE(bench.job(id).state, JobState::matched);
    EXPECT_FALSE(worker(1'001));
    EXPECT_EQ(become_provider(1'001), "");
}

TEST_F(Workers, that_are_retired_sign_nothing_and_get_nothing) {
    const JobId id = match_job();
    ASSERT_EQ(remove(provider, 1'001), "");
    const auto start = [&](AccountNumber signer) {
        return code_of(bench.run([&](Context& context) { return start_job(context, signer, id); }));
    };

    EXPECT_EQ(start(bench.person(1'001)), "market/24");
    EXPECT_EQ(start(bench.person(2)), "market/24") << "nor does the user";
    EXPECT_EQ(start(provider), "") << "its provider signs in its place";
    EXPECT_EQ(add(provider, 1'001), "market/15") << "not before its last job is gone";
    const JobId next = bench.order(bench.person(2), bench.terms(price));
    bench.end_block();
    EXPECT_EQ(bench.job(next).state, JobState::open);
    EXPECT_EQ(counters().workers, 0U);
    EXPECT_EQ(counters().busy, 1U);
}

TEST_F(Workers, of_one_provider_do_not_sign_for_another) {
    const JobId id = match_job();
    const AccountNumber other = bench.make_provider(2);
    const auto start = [&](AccountNumber signer) {
        return code_of(bench.run([&](Context& context) { return start_job(context, signer, id); }));
    };

    EXPECT_EQ(start(other), "market/24");
    EXPECT_EQ(start(bench.person(1'002)), "market/24");
    ASSERT_EQ(add(provider, 50), "");
    EXPECT_EQ(start(bench.person(50)), "market/24") << "nor another worker of the same provider";
    EXPECT_EQ(start(bench.person(1'001)), "");
}

TEST_F(Workers, M3_are_busy_as_long_as_their_jobs_are_not_final) {
    bench.ask(provider, price, 1'000'000);
    std::vector<JobId> ids;
    for (int i = 0; i < 6; ++i) {
        ids.push_back(bench.order(bench.person(2), bench.terms(price)));
    }
    bench.end_block();

    EXPECT_EQ(worker(1'001)->busy, 4U) << "it has 4 slots";
    bench.end_blocks(30);
    EXPECT_EQ(worker(1'001)->busy, 0U) << "nothing was started";
}

}  // namespace
}  // namespace steelyard::market
