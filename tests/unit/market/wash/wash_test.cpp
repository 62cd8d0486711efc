// Wash trading: users and provider who are one, and what that costs them (doc/spec/market.md).
#include "market/parties/reputation.h"
#include "market/records/kinds.h"
#include "tests/support/market/market_bench.h"

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr int provider_number = 1;
constexpr int first_puppet = 2'000;
constexpr int big_worker = 5'000;
constexpr WorkUnits work_units = 1'000;

struct Size {
    int puppets = 0;  ///< accounts that pay
    int jobs = 0;     ///< of each
    Money price = 0;  ///< of a job

    // What it comes to, by arithmetic of the page.
    Money loss = 0;
    Money burned = 0;
    std::uint32_t reputation = 0;  ///< in 1/10,000
};

/// All accounts of a ring, which trades with itself, as many jobs at a time as it likes.
class Ring {
public:
    explicit Ring(const Size& size) : size_(size) {
        bench.params.market.settle_blocks = 1;
        provider = bench.make_provider(provider_number, bond);
        CHECK(bench.run([&](Context& context) {
            return add_worker(
                context, provider, bench.address(big_worker), bench.class_id, slots_max, 1'000
            );
        }));
        for (int puppet = 0; puppet < size.puppets; ++puppet) {
            bench.person(first_puppet + puppet);
        }
        collected_before_ = collected();
        burned_before_ = bench.burned();
        wealth_before_ = wealth();
    }

    void trade() {
        const Price price = size_.price * 1'000'000 / work_units;
        const auto count = static_cast<WorkUnits>(size_.puppets) * size_.jobs;
        bench.ask(provider, price, count * work_units);
        std::vector<JobId> jobs;
        for (int puppet = 0; puppet < size_.puppets; ++puppet) {
            for (int job = 0; job < size_.jobs; ++job) {
                const AccountNumber account = bench.person(first_puppet + puppet);
                jobs.push_back(bench.order(account, bench.terms(price)));
            }
        }
        bench.end_block();
        for (const JobId& id : jobs) {
            bench.start(id);
            bench.commit(id);
        }
        for (int block = 0; block < 48 && !all_settled(jobs); ++block) {
            bench.end_block();
            prove(jobs);
        }
        ASSERT_TRUE(all_settled(jobs));
    }

    Money loss() { return wealth_before_ - wealth(); }
    Money burned() { return bench.burned() - burned_before_; }

    /// What the trade brought all validators together.
    Money for_validators() { return collected() - collected_before_; }

    std::uint32_t reputation() {
        const Reputation reputation =
            reputation_of(bench.state(), provider, bench.class_id, bench.block.height, 1'000)
                .value();
        return static_cast<std::uint32_t>((Uint128{reputation.r} * reputation_scale) >> 32);
    }

    MarketBench bench{};
    AccountNumber provider{};

private:
    static constexpr Money bond = 500'000'000'000;

    void prove(const std::vector<JobId>& jobs) {
        for (const JobId& id : jobs) {
            const auto job = get_job(bench.state(), id).value();
            if (job && job->state == JobState::challenged) {
                const auto judged = bench.prove(id, ProofVerdict::right);
                ASSERT_TRUE(judged || judged.error().kind == kinds::block_is_full);
            }
        }
    }

    bool all_settled(const std::vector<JobId>& jobs) {
        return std::ranges::all_of(jobs, [&](const JobId& id) {
            const auto job = get_job(bench.state(), id).value();
            return !job || job->state == JobState::settled;
        });
    }

    Money wealth() {
        Money sum = bench.balance(provider) + bench.provider(provider).bond +
                    bench.balance(bench.person(provider_number + 1'000)) +
                    bench.balance(bench.person(big_worker));
        for (int puppet = 0; puppet < size_.puppets; ++puppet) {
            sum += bench.balance(bench.person(first_puppet + puppet));
        }
        return sum;
    }

    Money collected() {
        const auto address = auth::module_address("fee_collector");
        return bench.balance(auth::find(bench.state(), address).value().value());
    }

    Size size_;
    Money collected_before_ = 0;
    Money burned_before_ = 0;
    Money wealth_before_ = 0;
};

class Wash : public testing::TestWithParam<Size> {};

/// Its own validators may be all that there are: what comes back to them is a quarter of the fee.
TEST_P(Wash, A8_loses_money_whatever_share_of_the_power_the_ring_has) {
    const Size& size = GetParam();
    Ring ring(size);

    ring.trade();

    EXPECT_EQ(ring.loss(), size.loss);
    EXPECT_EQ(ring.burned(), size.burned);
    EXPECT_EQ(ring.reputation(), size.reputation);
    const auto count = static_cast<Money>(size.puppets) * static_cast<Money>(size.jobs);
    EXPECT_GE(ring.loss() - ring.for_validators(), count * 300) << "of the smallest jobs";
    EXPECT_GE(4 * (ring.loss() - ring.for_validators()), 3 * ring.loss());
}

INSTANTIATE_TEST_SUITE_P(
    Sizes,
    Wash,
    testing::Values(
        Size{1, 1, 10'000, 400, 200, 2'010},
        Size{1, 50, 50'000, 100'000, 50'000, 2'156},
        Size{256, 1, 10'000, 102'400, 51'200, 3'956},
        Size{300, 1, 10'000, 120'000, 60'000, 3'956},
        Size{256, 1, 34'275, 350'976, 175'616, 4'999},
        Size{256, 1, 34'325, 351'488, 175'872, 5'000},
        Size{256, 1, 4'672'500, 47'846'400, 23'923'200, 8'999},
        Size{1, 1, 1'000'000'000, 40'000'000, 20'000'000, 3'333},
        Size{30, 10, 260'000, 3'120'000, 1'560'000, 5'036}
    ),
    [](const auto& one) {
        return fmt::format(
            "{}_puppets_{}_jobs_at_{}", one.param.puppets, one.param.jobs, one.param.price
        );
    }
);

/// R1: its own account and its workers' bring a provider nothing, and cannot be matched (C3).
TEST(WashAlone, A8_a_provider_has_no_job_of_its_own) {
    MarketBench bench;
    const AccountNumber provider = bench.make_provider(1);
    bench.ask(provider, 50'000'000, 1'000'000);
    const JobId id = bench.order(provider, bench.terms(80'000'000));

    bench.end_blocks(3);

    EXPECT_EQ(bench.job(id).state, JobState::open);
}

/// What a ring can win by a cheat that another part of it pays for: 1 of the price, for 40.
TEST(WashSlash, A9_a_ring_that_has_itself_slashed_loses_nearly_all_of_the_reservation) {
    MarketBench bench;
    const AccountNumber provider = bench.make_provider(1);
    const AccountNumber user = bench.person(2);
    bench.ask(provider, 50'000'000, 1'000'000);
    const auto wealth = [&] {
        return bench.balance(provider) + bench.provider(provider).bond + bench.balance(user) +
               bench.balance(bench.person(1'001));
    };
    const Money before = wealth();
    OrderTerms terms = bench.terms(80'000'000);
    terms.retries = 0;
    const JobId id = bench.order(user, terms);
    bench.end_block();
    const Money reserved = bench.job(id).match->reserved;
    bench.start(id);
    bench.commit(id);
    for (int i = 0; i < 10 && bench.job(id).state != JobState::challenged; ++i) {
        bench.end_block();
    }

    ASSERT_EQ(bench.prove(id, ProofVerdict::wrong)->verdict, ProofVerdict::wrong);

    EXPECT_EQ(before - wealth(), reserved - 50'000);
}

}  // namespace
}  // namespace steelyard::market
