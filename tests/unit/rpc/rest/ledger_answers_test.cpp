// REST down to the ledger's own answers: gateway, services and the table of queries together.
#include "abci/query_status.h"
#include "rpc/rest/gateway.h"
#include "rpc/rest/route_table.h"
#include "rpc/services/services.h"
#include "tests/unit/ledger/queries/query_bench.h"
#include "tests/unit/rpc/fake_node.h"

#include <algorithm>

namespace steelyard::rest {
namespace {

using testing::HasSubstr;

/// The ledger's queries of a state, in the way of an application.
class QueriedState final : public rpc::AppView {
public:
    explicit QueriedState(ledger::Bench& bench) : bench_(bench) {}

    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo(); }
    Result<abci::CheckTxResult> check_tx(ByteView) override { return abci::CheckTxResult(); }

    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        const queries::QueryMethod* const method = queries::find_query_method(request.path);
        if (method == nullptr) {
            return abci::QueryResult{.code = 6, .log = "unknown query path", .codespace = "sdk"};
        }
        const auto answer =
            queries::ask(*method, {bench_.state, bench_.block, bench_.params}, request.data);
        if (answer) {
            return abci::QueryResult{.value = *answer, .height = bench_.block.height};
        }
        const ledger::Failure failure = queries::abci_failure(answer.error());
        return abci::QueryResult{
            .code = failure.kind.code,
            .log = failure.log,
            .codespace = std::string(failure.kind.codespace),
        };
    }

private:
    ledger::Bench& bench_;
};

class LedgerAnswers : public queries::QueryTest {
protected:
    rpc::HttpReply get(std::string_view path, std::string_view query = "") {
        rpc::HttpReply reply;
        gateway_.handle(
            {.method = "GET", .path = std::string(path), .query = std::string(query)},
            [&](rpc::HttpReply given) { reply = std::move(given); }
        );
        return reply;
    }

    test::FakeNode node_;
    QueriedState app_{bench};
    services::Services services_{
        {.chain = node_.chain, .blocks = node_.blocks, .pool = node_, .app = app_, .status = node_},
        {.fee_denom = "uyard", .consensus_prefix = "yardvalcons"}
    };
    Gateway gateway_{[this](const abci::QueryRequest& request, services::QueryDone done) {
        services_.query(request, std::move(done));
    }};
};

TEST_F(LedgerAnswers, shows_money_and_accounts) {
    endow(1, "5uabc,10uyard");
    const std::string address = queries::account(1);

    EXPECT_EQ(
        get("/cosmos/bank/v1beta1/balances/" + address, "pagination.count_total=true").body,
        R"({"balances":[{"denom":"uabc","amount":"5"},{"denom":"uyard","amount":"10"}],)"
        R"("pagination":{"next_key":null,"total":"2"}})"
    );
    EXPECT_EQ(
        get("/cosmos/bank/v1beta1/balances/" + address + "/by_denom", "denom=uyard").body,
        R"({"balance":{"denom":"uyard","amount":"10"}})"
    );
    const rpc::HttpReply account = get("/cosmos/auth/v1beta1/accounts/" + address);
    EXPECT_EQ(account.status, 200) << account.body;
    EXPECT_THAT(
        account.body,
        HasSubstr(R"({"account":{"@type":"/cosmos.auth.v1beta1.BaseAccount","address":")" + address)
    );
}

/// The key that a page ends with is a text that the next question can carry as it is.
TEST_F(LedgerAnswers, leads_from_page_to_page) {
    endow(1, "1uaa,2ubb,3ucc");
    const std::string path = "/cosmos/bank/v1beta1/balances/" + queries::account(1);
    std::string seen;
    std::string query = "pagination.limit=1";
    for (int page = 0; page < 3; ++page) {
        const std::string body = get(path, query).body;
        const std::size_t denom = body.find("\"denom\":\"") + 9;
        seen += body.substr(denom, 3);
        const std::size_t key = body.find("\"next_key\":\"") + 12;
        query = "pagination.limit=1&pagination.key=" + body.substr(key, body.find('"', key) - key);
        EXPECT_EQ(body.contains("\"next_key\":null"), page == 2) << body;
    }
    EXPECT_EQ(seen, "uaaubbucc");
}

TEST_F(LedgerAnswers, says_why_there_is_no_answer) {
    const rpc::HttpReply absent = get("/cosmos/auth/v1beta1/accounts/" + queries::account(9));
    EXPECT_EQ(absent.status, 404);
    EXPECT_THAT(absent.body, HasSubstr(R"({"code":5,"message":"account )"));
    EXPECT_THAT(absent.body, HasSubstr("not found\""));

    const rpc::HttpReply bad = get("/cosmos/bank/v1beta1/balances/nobody");
    EXPECT_EQ(bad.status, 400);
    EXPECT_THAT(bad.body, HasSubstr(R"({"code":3,"message":"address \"nobody\": )"));
}

TEST_F(LedgerAnswers, tells_the_price_of_gas_that_the_ledger_has) {
    const rpc::HttpReply config = get("/cosmos/base/node/v1beta1/config");

    EXPECT_EQ(config.status, 200);
    EXPECT_THAT(config.body, HasSubstr(R"({"minimum_gas_price":"0.010000000000000000uyard")"));
}

/// But for the owners of a denomination: balances stand by account, so all of them would have to be
/// walked.
TEST_F(LedgerAnswers, has_somebody_to_answer_each_route) {
    const std::vector<std::string_view> paths = services_.paths();
    for (const Route& route : routes()) {
        if (!route.method.starts_with("/cosmos.bank.v1beta1.Query/DenomOwners")) {
            EXPECT_TRUE(
                std::ranges::binary_search(paths, route.method) ||
                queries::find_query_method(route.method) != nullptr
            ) << route.method;
        }
    }
}

}  // namespace
}  // namespace steelyard::rest
