// Providers that are slashed again and again.
#include "tests/support/market/market_bench.h"

namespace steelyard::market {
namespace {

using test::MarketBench;

/// K6: jobs that it has when it is removed go on, and can be lost.
TEST(Removal, a_removed_provider_loses_the_jobs_that_it_still_has_like_any_other) {
    MarketBench bench;
    const AccountNumber provider = bench.make_provider(1);
    bench.ask(provider, 50'000'000, 1'000'000);
    std::vector<JobId> jobs;
    for (int job = 0; job < 4; ++job) {
        OrderTerms terms = bench.terms(80'000'000);
        terms.retries = 0;
        jobs.push_back(bench.order(bench.person(2), terms));
    }
    bench.end_block();
    for (const JobId& id : jobs) {
        bench.start(id);
        bench.commit(id);
    }
    for (int i = 0; i < 10 && bench.job(jobs.back()).state != JobState::challenged; ++i) {
        bench.end_block();
    }
    const Money bond = bench.provider(provider).bond;
    const Money reserved = bench.job(jobs.front()).match->reserved;

    for (const JobId& id : jobs) {
        ASSERT_EQ(bench.prove(id, ProofVerdict::wrong)->verdict, ProofVerdict::wrong);
        bench.end_block();
    }

    EXPECT_TRUE(bench.provider(provider).is_removed());
    EXPECT_EQ(bench.provider(provider).slashes, slashes_max);
    EXPECT_EQ(bench.provider(provider).bond, bond - 4 * reserved);
    EXPECT_EQ(bench.job(jobs.back()).state, JobState::slashed);
}

}  // namespace
}  // namespace steelyard::market
