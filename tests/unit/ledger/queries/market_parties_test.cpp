// Questions about classes, programs, providers, workers.
#include "base/hex.h"
#include "crypto/sha256.h"
#include "tests/unit/ledger/queries/market_bench.h"

namespace steelyard::queries {
namespace {

using namespace ::steelyard::market::v1;
using testing::StartsWith;

class MarketPartyQueries : public MarketQueryTest {};

TEST_F(MarketPartyQueries, find_classes_by_number_and_name) {
    QueryClassRequest request;
    request.set_class_id(1);
    const auto by_number = ask<QueryClassResponse>("Class", request).class_();
    EXPECT_EQ(by_number.name(), "cpu.small");
    EXPECT_EQ(by_number.kind(), "cpu");
    EXPECT_EQ(by_number.wu_per_second_floor(), 10U);
    request.set_class_id(0);
    request.set_name("cpu.small");
    EXPECT_EQ(ask<QueryClassResponse>("Class", request).class_().id(), 1U);

    request.set_class_id(1);
    ask<QueryClassResponse>("Class", request);
    EXPECT_EQ(failure, "InvalidArgument: both class_id and name");
    request.Clear();
    ask<QueryClassResponse>("Class", request);
    EXPECT_EQ(failure, "NotFound: class 0 not found");
    request.set_name("gpu");
    ask<QueryClassResponse>("Class", request);
    EXPECT_EQ(failure, "NotFound: class gpu not found");
    request.set_name(std::string(65, 'a'));
    ask<QueryClassResponse>("Class", request);
    EXPECT_EQ(failure, "InvalidArgument: name has 65 bytes, limit 64");
}

TEST_F(MarketPartyQueries, give_classes_by_pages) {
    ASSERT_TRUE(market.run([&](market::Context& context) {
        return market::create_class(context, market.person(0), {.name = "gpu.large"});
    }));
    QueryClassesRequest request;
    request.mutable_pagination()->set_limit(1);
    request.mutable_pagination()->set_count_total(true);
    auto page = ask<QueryClassesResponse>("Classes", request);
    ASSERT_EQ(page.classes_size(), 1);
    EXPECT_EQ(page.classes(0).name(), "cpu.small");
    EXPECT_EQ(page.pagination().total(), 2U);
    request.mutable_pagination()->set_key(page.pagination().next_key());
    page = ask<QueryClassesResponse>("Classes", request);
    ASSERT_EQ(page.classes_size(), 1);
    EXPECT_EQ(page.classes(0).id(), 2U);
    EXPECT_EQ(page.pagination().next_key(), "");
}

TEST_F(MarketPartyQueries, give_programs_with_their_bytes) {
    QueryProgramRequest request;
    request.set_program_id(bytes_of(market.program));
    auto found = ask<QueryProgramResponse>("Program", request);
    EXPECT_EQ(found.program().facts().work_units(), 1'000U);
    EXPECT_EQ(found.program().owner(), address(0));
    EXPECT_EQ(found.bytes(), "");
    request.set_with_bytes(true);
    found = ask<QueryProgramResponse>("Program", request);
    EXPECT_EQ(crypto::sha256(as_bytes(found.bytes())), market.program);
    EXPECT_EQ(found.program().deposit(), 10 * found.bytes().size());

    request.set_program_id("short");
    ask<QueryProgramResponse>("Program", request);
    EXPECT_EQ(failure, "InvalidArgument: program_id has 5 bytes, not 32");
    request.set_program_id(std::string(32, '\1'));
    ask<QueryProgramResponse>("Program", request);
    EXPECT_THAT(failure, StartsWith("NotFound: program 0101"));

    const auto all = ask<QueryProgramsResponse>("Programs", QueryProgramsRequest());
    ASSERT_EQ(all.programs_size(), 1);
    EXPECT_EQ(all.programs(0).id(), bytes_of(market.program));
}

TEST_F(MarketPartyQueries, give_providers_with_their_withdrawals) {
    matched();
    const auto account = market.person(1);
    ASSERT_TRUE(market.run([&](market::Context& context) {
        return market::withdraw_bond(context, account, 300);
    }));
    QueryProviderRequest request;
    request.set_provider(address(1));
    const auto found = ask<QueryProviderResponse>("Provider", request).provider();
    EXPECT_EQ(found.address(), address(1));
    EXPECT_EQ(found.moniker(), "p1");
    EXPECT_EQ(found.bond(), 1'000'000'000U);
    EXPECT_EQ(found.reserved(), market.provider(account).reserved);
    EXPECT_GT(found.reserved(), 0U);
    EXPECT_EQ(found.withdrawing(), 300U);
    EXPECT_EQ(found.free_bond(), found.bond() - found.reserved() - 300);
    ASSERT_EQ(found.withdrawals_size(), 1);
    EXPECT_EQ(found.withdrawals(0).amount(), 300U);
    EXPECT_FALSE(found.is_jailed());

    request.set_provider(address(10));
    ask<QueryProviderResponse>("Provider", request);
    EXPECT_EQ(failure, "NotFound: provider " + address(10) + " not found");
    request.set_provider(address(4'000));
    ask<QueryProviderResponse>("Provider", request);
    EXPECT_THAT(failure, StartsWith("NotFound: provider yard1")) << "nobody has the address";
    request.set_provider("yard1");
    ask<QueryProviderResponse>("Provider", request);
    EXPECT_THAT(failure, StartsWith("InvalidArgument: "));

    EXPECT_EQ(
        ask<QueryProvidersResponse>("Providers", QueryProvidersRequest()).providers_size(), 3
    );
}

TEST_F(MarketPartyQueries, give_workers_by_themselves_and_by_provider) {
    matched();
    QueryWorkerRequest request;
    request.set_worker(address(1'001));
    const auto found = ask<QueryWorkerResponse>("Worker", request).worker();
    EXPECT_EQ(found.provider(), address(1));
    EXPECT_EQ(found.slots(), 4U);
    EXPECT_EQ(found.busy(), 1U);
    request.set_worker(address(1));
    ask<QueryWorkerResponse>("Worker", request);
    EXPECT_THAT(failure, StartsWith("NotFound: worker"));

    QueryWorkersRequest of;
    of.set_provider(address(1));
    const auto workers = ask<QueryWorkersResponse>("Workers", of);
    ASSERT_EQ(workers.workers_size(), 1);
    EXPECT_EQ(workers.workers(0).address(), address(1'001));
    of.set_provider(address(10));
    ask<QueryWorkersResponse>("Workers", of);
    EXPECT_THAT(failure, StartsWith("NotFound: provider"));
}

TEST_F(MarketPartyQueries, give_reputation_in_parts) {
    market.make_provider(1);
    QueryReputationRequest request;
    request.set_provider(address(1));
    request.set_class_id(1);
    auto found = ask<QueryReputationResponse>("Reputation", request);
    EXPECT_EQ(found.score(), 1'999U) << "1/5 in Q32, truncated, of who has done nothing yet";
    EXPECT_EQ(found.payers(), 0U);
    request.set_class_id(9);
    ask<QueryReputationResponse>("Reputation", request);
    EXPECT_EQ(failure, "NotFound: class 9 not found");
}

TEST_F(MarketPartyQueries, give_statistics_by_class) {
    matched();
    QueryStatsRequest request;
    auto found = ask<QueryStatsResponse>("Stats", request);
    ASSERT_EQ(found.classes_size(), 1);
    EXPECT_EQ(found.classes(0).name(), "cpu.small");
    EXPECT_EQ(found.classes(0).counters().matches(), 1U);
    EXPECT_EQ(found.classes(0).counters().asks(), 3U);
    EXPECT_EQ(found.classes(0).counters().busy(), 1U);
    request.set_class_id(1);
    EXPECT_EQ(ask<QueryStatsResponse>("Stats", request).classes_size(), 1);
    request.set_class_id(2);
    ask<QueryStatsResponse>("Stats", request);
    EXPECT_EQ(failure, "NotFound: class 2 not found");
}

}  // namespace
}  // namespace steelyard::queries
