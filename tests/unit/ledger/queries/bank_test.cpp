#include "cosmos/bank/v1beta1/query.pb.h"
#include "ledger/bank/records.h"
#include "tests/unit/ledger/queries/query_bench.h"

namespace steelyard::queries {
namespace {

using namespace cosmos::bank::v1beta1;
using testing::StartsWith;

class BankQueries : public QueryTest {
protected:
    template <typename Response, typename Request>
    std::string ask_balance(std::string_view method, std::string address, std::string denom) {
        Request request;
        request.set_address(std::move(address));
        request.set_denom(std::move(denom));
        return ask<Response>(fmt::format("/cosmos.bank.v1beta1.Query/{}", method), request);
    }

    std::string balance(std::string address, std::string denom) {
        return ask_balance<QueryBalanceResponse, QueryBalanceRequest>(
            "Balance", std::move(address), std::move(denom)
        );
    }

    void put_metadata(const std::string& base) {
        Metadata metadata;
        metadata.set_base(base);
        metadata.set_symbol("YARD");
        ASSERT_TRUE(bench.state.put(
            ledger::Store::bank,
            bank::metadata_key(chain::Denom::parse(base).value()),
            proto::serialize(metadata)
        ));
    }
};

TEST_F(BankQueries, gives_a_balance) {
    endow(1, "5uabc,10uyard");

    EXPECT_EQ(balance(account(1), "uyard"), "balance { denom: \"uyard\" amount: \"10\" }");
    EXPECT_EQ(balance(account(1), "uxyz"), "balance { denom: \"uxyz\" amount: \"0\" }");
    EXPECT_EQ(balance(account(2), "uyard"), "balance { denom: \"uyard\" amount: \"0\" }");
    EXPECT_THAT(balance("x", "uyard"), StartsWith("InvalidArgument: address \"x\": "));
    EXPECT_THAT(balance(account(1), ""), StartsWith("InvalidArgument: "));
    EXPECT_EQ(
        (ask_balance<QuerySpendableBalanceByDenomResponse, QuerySpendableBalanceByDenomRequest>(
            "SpendableBalanceByDenom", account(1), "uabc"
        )),
        "balance { denom: \"uabc\" amount: \"5\" }"
    );
}

TEST_F(BankQueries, gives_all_balances) {
    endow(1, "5uabc,10uyard");
    QueryAllBalancesRequest request;
    request.set_address(account(1));
    const std::string path = "/cosmos.bank.v1beta1.Query/AllBalances";

    EXPECT_EQ(
        ask<QueryAllBalancesResponse>(path, request),
        "balances { denom: \"uabc\" amount: \"5\" } balances { denom: \"uyard\" amount: \"10\" } "
        "pagination { total: 2 }"
    );
    request.mutable_pagination()->set_limit(1);
    EXPECT_EQ(
        ask<QueryAllBalancesResponse>(path, request),
        "balances { denom: \"uabc\" amount: \"5\" } pagination { next_key: \"uyard\\000\" }"
    );
    request.mutable_pagination()->set_key(std::string("uyard\0", 6));
    EXPECT_EQ(
        ask<QueryAllBalancesResponse>(path, request),
        "balances { denom: \"uyard\" amount: \"10\" } pagination { }"
    );
    request.set_address(account(2));
    EXPECT_EQ(ask<QueryAllBalancesResponse>(path, request), "pagination { }");
    QuerySpendableBalancesRequest spendable;
    spendable.set_address(account(1));
    EXPECT_THAT(
        ask<QuerySpendableBalancesResponse>(
            "/cosmos.bank.v1beta1.Query/SpendableBalances", spendable
        ),
        StartsWith("balances { denom: \"uabc\" amount: \"5\" }")
    );
}

TEST_F(BankQueries, gives_the_supply) {
    endow(1, "5uabc,10uyard");
    endow(2, "1uyard");
    QuerySupplyOfRequest of;
    of.set_denom("uyard");

    EXPECT_EQ(
        ask<QueryTotalSupplyResponse>(
            "/cosmos.bank.v1beta1.Query/TotalSupply", QueryTotalSupplyRequest()
        ),
        "supply { denom: \"uabc\" amount: \"5\" } supply { denom: \"uyard\" amount: \"11\" } "
        "pagination { total: 2 }"
    );
    EXPECT_EQ(
        ask<QuerySupplyOfResponse>("/cosmos.bank.v1beta1.Query/SupplyOf", of),
        "amount { denom: \"uyard\" amount: \"11\" }"
    );
    of.set_denom("uxyz");
    EXPECT_EQ(
        ask<QuerySupplyOfResponse>("/cosmos.bank.v1beta1.Query/SupplyOf", of),
        "amount { denom: \"uxyz\" amount: \"0\" }"
    );
}

TEST_F(BankQueries, gives_what_is_known_of_denominations) {
    put_metadata("uyard");
    QueryDenomMetadataRequest of;
    of.set_denom("uyard");

    EXPECT_EQ(
        ask<QueryDenomMetadataResponse>("/cosmos.bank.v1beta1.Query/DenomMetadata", of),
        "metadata { base: \"uyard\" symbol: \"YARD\" }"
    );
    EXPECT_EQ(
        ask<QueryDenomsMetadataResponse>(
            "/cosmos.bank.v1beta1.Query/DenomsMetadata", QueryDenomsMetadataRequest()
        ),
        "metadatas { base: \"uyard\" symbol: \"YARD\" } pagination { total: 1 }"
    );
    of.set_denom("uxyz");
    EXPECT_THAT(
        ask<QueryDenomMetadataResponse>("/cosmos.bank.v1beta1.Query/DenomMetadata", of),
        StartsWith("NotFound: ")
    );
    EXPECT_EQ(
        ask<QueryDenomOwnersResponse>(
            "/cosmos.bank.v1beta1.Query/DenomOwners", QueryDenomOwnersRequest()
        ),
        "no method"
    );
}

TEST_F(BankQueries, gives_parameters) {
    EXPECT_EQ(
        ask<QueryParamsResponse>("/cosmos.bank.v1beta1.Query/Params", QueryParamsRequest()),
        "params { default_send_enabled: true }"
    );
    EXPECT_EQ(
        ask<QuerySendEnabledResponse>(
            "/cosmos.bank.v1beta1.Query/SendEnabled", QuerySendEnabledRequest()
        ),
        "pagination { }"
    );
}

}  // namespace
}  // namespace steelyard::queries
