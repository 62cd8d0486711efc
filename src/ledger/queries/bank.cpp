// cosmos.bank.v1beta1.Query. Owners of a denomination are not indexed, so nobody can ask for them.
#include "cosmos/bank/v1beta1/query.pb.h"
#include "ledger/bank/records.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/typed_query.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::bank::v1beta1;
using bank::Key;
using chain::Coin;
using chain::Denom;
using ledger::Record;
using ledger::Store;
using ProtoCoin = cosmos::base::v1beta1::Coin;

ProtoCoin to_message(const Coin& coin) {
    ProtoCoin message;
    message.set_denom(coin.denom.text());
    message.set_amount(to_string(coin.amount));
    return message;
}

Answer<Denom> read_denom(const std::string& text) {
    return argument(or_refuse(ledger::kinds::invalid_request, Denom::parse(text)));
}

/// Nothing: the address has no account, and so no money.
template <typename Request>
Answer<std::optional<ledger::AccountNumber>> read_account(
    const Asked& asked, const Request& request
) {
    TRY_ASSIGN(
        const chain::Address address, argument(messages::read_account("address", request.address()))
    );
    TRY_ASSIGN(const auto number, auth::find(asked.state, address));
    return number;
}

template <typename Response, typename Request>
Answer<Response> balance(const Asked& asked, const Request& request) {
    TRY_ASSIGN(const auto account, read_account(asked, request));
    Coin coin;
    TRY_ASSIGN(coin.denom, read_denom(request.denom()));
    if (account) {
        TRY_ASSIGN(coin.amount, bank::balance(asked.state, *account, coin.denom));
    }
    Response response;
    *response.mutable_balance() = to_message(coin);
    return response;
}

template <typename Response, typename Request>
Answer<Response> balances(const Asked& asked, const Request& request) {
    TRY_ASSIGN(const auto account, read_account(asked, request));
    Response response;
    response.mutable_pagination();
    if (!account) {
        return response;
    }
    const Key prefix = bank::balances_prefix(*account);
    TRY(answer_page(
        {asked.state, Store::bank, prefix},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            *response.add_balances() = to_message(bank::read_coin(prefix, record));
            return {};
        }
    ));
    return response;
}

Answer<QueryTotalSupplyResponse> total_supply(
    const Asked& asked, const QueryTotalSupplyRequest& request
) {
    QueryTotalSupplyResponse response;
    const Key prefix = bank::supplies_prefix();
    TRY(answer_page(
        {asked.state, Store::bank, prefix},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            *response.add_supply() = to_message(bank::read_coin(prefix, record));
            return {};
        }
    ));
    return response;
}

Answer<QuerySupplyOfResponse> supply_of(const Asked& asked, const QuerySupplyOfRequest& request) {
    Coin coin;
    TRY_ASSIGN(coin.denom, read_denom(request.denom()));
    TRY_ASSIGN(coin.amount, bank::supply(asked.state, coin.denom));
    QuerySupplyOfResponse response;
    *response.mutable_amount() = to_message(coin);
    return response;
}

Answer<QueryParamsResponse> params(const Asked&, const QueryParamsRequest&) {
    QueryParamsResponse response;
    response.mutable_params()->set_default_send_enabled(true);
    return response;
}

/// No denomination has a setting of its own.
Answer<QuerySendEnabledResponse> send_enabled(const Asked&, const QuerySendEnabledRequest&) {
    QuerySendEnabledResponse response;
    response.mutable_pagination();
    return response;
}

void read_metadata(ByteView bytes, Metadata& metadata) {
    CHECK(metadata.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
}

template <typename Response, typename Request>
Answer<Response> denom_metadata(const Asked& asked, const Request& request) {
    TRY_ASSIGN(const Denom denom, read_denom(request.denom()));
    TRY_ASSIGN(const auto bytes, asked.state.get(Store::bank, bank::metadata_key(denom)));
    if (!bytes) {
        return not_found("client metadata for denom {}", denom.text());
    }
    Response response;
    read_metadata(*bytes, *response.mutable_metadata());
    return response;
}

Answer<QueryDenomsMetadataResponse> denoms_metadata(
    const Asked& asked, const QueryDenomsMetadataRequest& request
) {
    QueryDenomsMetadataResponse response;
    TRY(answer_page(
        {asked.state, Store::bank, bank::metadata_prefix()},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            read_metadata(record.value, *response.add_metadatas());
            return {};
        }
    ));
    return response;
}

}  // namespace

std::span<const QueryMethod> bank_queries() {
    static const std::array methods = {
        query_method<QueryBalanceRequest, balance<QueryBalanceResponse, QueryBalanceRequest>>(
            "/cosmos.bank.v1beta1.Query/Balance"
        ),
        query_method<
            QuerySpendableBalanceByDenomRequest,
            balance<QuerySpendableBalanceByDenomResponse, QuerySpendableBalanceByDenomRequest>>(
            "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom"
        ),
        query_method<
            QueryAllBalancesRequest,
            balances<QueryAllBalancesResponse, QueryAllBalancesRequest>>(
            "/cosmos.bank.v1beta1.Query/AllBalances"
        ),
        query_method<
            QuerySpendableBalancesRequest,
            balances<QuerySpendableBalancesResponse, QuerySpendableBalancesRequest>>(
            "/cosmos.bank.v1beta1.Query/SpendableBalances"
        ),
        query_method<QueryTotalSupplyRequest, total_supply>("/cosmos.bank.v1beta1.Query/TotalSupply"
        ),
        query_method<QuerySupplyOfRequest, supply_of>("/cosmos.bank.v1beta1.Query/SupplyOf"),
        query_method<QueryParamsRequest, params>("/cosmos.bank.v1beta1.Query/Params"),
        query_method<QuerySendEnabledRequest, send_enabled>("/cosmos.bank.v1beta1.Query/SendEnabled"
        ),
        query_method<
            QueryDenomMetadataRequest,
            denom_metadata<QueryDenomMetadataResponse, QueryDenomMetadataRequest>>(
            "/cosmos.bank.v1beta1.Query/DenomMetadata"
        ),
        query_method<
            QueryDenomMetadataByQueryStringRequest,
            denom_metadata<
                QueryDenomMetadataByQueryStringResponse,
                QueryDenomMetadataByQueryStringRequest>>(
            "/cosmos.bank.v1beta1.Query/DenomMetadataByQueryString"
        ),
        query_method<QueryDenomsMetadataRequest, denoms_metadata>(
            "/cosmos.bank.v1beta1.Query/DenomsMetadata"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
