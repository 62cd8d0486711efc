#include "ledger/queries/answer.h"

#include "tests/unit/ledger/queries/query_bench.h"

namespace steelyard::queries {
namespace {

TEST(Answer, fails_in_the_texts_that_clients_look_for) {
    const Answer<int> answer = not_found("account {} not found", "yard1");

    const ledger::Failure failure = abci_failure(answer.error());

    EXPECT_EQ(failure.kind.codespace, "sdk");
    EXPECT_EQ(failure.kind.code, 22);
    EXPECT_EQ(
        failure.log, "rpc error: code = NotFound desc = account yard1 not found: key not found"
    );
}

TEST(Answer, keeps_what_the_ledger_refused) {
    const auto ask = []() -> Answer<int> {
        TRY(ledger::Outcome<void>(ledger::refuse(ledger::kinds::insufficient_funds, "too poor")));
        return 1;
    };

    const ledger::Failure failure = abci_failure(ask().error());

    EXPECT_EQ(failure.kind, ledger::kinds::invalid_request);
    EXPECT_EQ(
        failure.log,
        "rpc error: code = Unknown desc = too poor: insufficient funds: invalid request"
    );
}

TEST(QueryTable, finds_methods_by_their_whole_path) {
    ASSERT_NE(find_query_method("/cosmos.bank.v1beta1.Query/Balance"), nullptr);
    EXPECT_EQ(find_query_method("/cosmos.bank.v1beta1.Query/Balanc"), nullptr);
    EXPECT_EQ(find_query_method("/cosmos.bank.v1beta1.Query/Balances"), nullptr);
    EXPECT_EQ(find_query_method(""), nullptr);
}

TEST(QueryTable, refuses_requests_that_are_none) {
    const ledger::Bench bench;
    ledger::StateView state(bench.below);
    const auto ask = [&](const Bytes& request) {
        const Asked asked{state, bench.block, bench.params};
        return find_query_method("/cosmos.bank.v1beta1.Query/Balance")
            ->answer(asked, request)
            .error();
    };

    EXPECT_EQ(ask(Bytes{0x0a, 0x05}).status, Status::invalid_argument);
    EXPECT_EQ(ask(Bytes{0x0a, 0x05}).text, "request is no cosmos.bank.v1beta1.QueryBalanceRequest");
    EXPECT_EQ(ask(Bytes(2'000'000)).text, "request has 2000000 bytes, limit 1049600");
}

}  // namespace
}  // namespace steelyard::queries
