// cosmos.auth.v1beta1.Query.
#include "cosmos/auth/v1beta1/query.pb.h"
#include "crypto/bech32.h"
#include "ledger/auth/accounts.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/typed_query.h"

#include <google/protobuf/any.pb.h>

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::auth::v1beta1;
using auth::Account;
using chain::Address;
using google::protobuf::Any;
using ledger::AccountNumber;

BaseAccount base_account(AccountNumber number, const Account& account) {
    BaseAccount base;
    base.set_address(messages::account_text(account.address));
    if (account.key) {
        *base.mutable_pub_key() = tx::pack_account_key(*account.key);
    }
    base.set_account_number(static_cast<std::uint64_t>(number));
    base.set_sequence(account.sequence);
    return base;
}

void pack(AccountNumber number, const Account& account, Any& any) {
    BaseAccount base = base_account(number, account);
    if (account.module_name.empty()) {
        any.set_type_url("/cosmos.auth.v1beta1.BaseAccount");
        any.set_value(base.SerializeAsString());
        return;
    }
    ModuleAccount module;
    *module.mutable_base_account() = std::move(base);
    module.set_name(account.module_name);
    any.set_type_url("/cosmos.auth.v1beta1.ModuleAccount");
    any.set_value(module.SerializeAsString());
}

struct Found {
    AccountNumber number;
    Account account;
};

/// The text of the error is one that clients look for.
Answer<Found> find_account(const Asked& asked, const std::string& text) {
    TRY_ASSIGN(const Address address, argument(messages::read_account("address", text)));
    TRY_ASSIGN(const auto number, auth::find(asked.state, address));
    if (!number) {
        return not_found("account {} not found", text);
    }
    TRY_ASSIGN(Account account, auth::get(asked.state, *number));
    return Found{*number, std::move(account)};
}

Answer<QueryAccountResponse> account(const Asked& asked, const QueryAccountRequest& request) {
    TRY_ASSIGN(const Found found, find_account(asked, request.address()));
    QueryAccountResponse response;
    pack(found.number, found.account, *response.mutable_account());
    return response;
}

Answer<QueryAccountInfoResponse> account_info(
    const Asked& asked, const QueryAccountInfoRequest& request
) {
    TRY_ASSIGN(const Found found, find_account(asked, request.address()));
    QueryAccountInfoResponse response;
    *response.mutable_info() = base_account(found.number, found.account);
    return response;
}

Answer<QueryAccountsResponse> accounts(const Asked& asked, const QueryAccountsRequest& request) {
    QueryAccountsResponse response;
    const ledger::Key prefix = auth::accounts_prefix();
    TRY(answer_page(
        {asked.state, ledger::Store::auth, prefix},
        request,
        response,
        [&](const ledger::Record& record) -> Answer<void> {
            const Result<Account> account = auth::decode_account(record.value);
            CHECK(account.has_value());
            pack(auth::account_number(record), *account, *response.add_accounts());
            return {};
        }
    ));
    return response;
}

Answer<QueryAccountAddressByIDResponse> account_address_by_id(
    const Asked& asked, const QueryAccountAddressByIDRequest& request
) {
    const ledger::Key key = auth::accounts_prefix() << request.account_id();
    TRY_ASSIGN(const auto record, asked.state.get(ledger::Store::auth, key));
    if (!record) {
        return not_found("account address not found with account number {}", request.account_id());
    }
    const Result<Account> account = auth::decode_account(*record);
    CHECK(account.has_value());
    QueryAccountAddressByIDResponse response;
    response.set_account_address(messages::account_text(account->address));
    return response;
}

Answer<QueryParamsResponse> params(const Asked& asked, const QueryParamsRequest&) {
    QueryParamsResponse response;
    Params& out = *response.mutable_params();
    out.set_max_memo_characters(asked.params.auth.max_memo_characters);
    out.set_tx_sig_limit(chain::tx_signatures_max);
    out.set_tx_size_cost_per_byte(asked.params.auth.tx_size_cost_per_byte);
    out.set_sig_verify_cost_secp256k1(asked.params.auth.sig_verify_cost_secp256k1);
    return response;
}

Answer<Any> module_account(const Asked& asked, std::string_view name) {
    TRY_ASSIGN(const auto number, auth::find(asked.state, auth::module_address(name)));
    if (!number) {
        return not_found("account {} not found", name);
    }
    TRY_ASSIGN(const Account account, auth::get(asked.state, *number));
    Any any;
    pack(*number, account, any);
    return any;
}

Answer<QueryModuleAccountsResponse>
module_accounts(const Asked& asked, const QueryModuleAccountsRequest&) {
    QueryModuleAccountsResponse response;
    auto names = auth::module_names;
    std::ranges::sort(names);
    for (const std::string_view name : names) {
        TRY_ASSIGN(*response.add_accounts(), module_account(asked, name));
    }
    return response;
}

Answer<QueryModuleAccountByNameResponse> module_account_by_name(
    const Asked& asked, const QueryModuleAccountByNameRequest& request
) {
    if (std::ranges::find(auth::module_names, request.name()) == auth::module_names.end()) {
        return not_found("account {} not found", request.name());
    }
    QueryModuleAccountByNameResponse response;
    TRY_ASSIGN(*response.mutable_account(), module_account(asked, request.name()));
    return response;
}

Answer<Bech32PrefixResponse> bech32_prefix(const Asked&, const Bech32PrefixRequest&) {
    Bech32PrefixResponse response;
    response.set_bech32_prefix(std::string(ledger::account_prefix));
    return response;
}

Answer<AddressBytesToStringResponse> address_bytes_to_string(
    const Asked&, const AddressBytesToStringRequest& request
) {
    const Result<std::string> text =
        crypto::encode_address(ledger::account_prefix, as_bytes(request.address_bytes()));
    if (!text) {
        return invalid_argument("address_bytes: {}", text.error().message());
    }
    AddressBytesToStringResponse response;
    response.set_address_string(*text);
    return response;
}

Answer<AddressStringToBytesResponse> address_string_to_bytes(
    const Asked&, const AddressStringToBytesRequest& request
) {
    const Result<Bytes> bytes =
        crypto::decode_address(ledger::account_prefix, request.address_string());
    if (!bytes) {
        return invalid_argument("address_string: {}", bytes.error().message());
    }
    AddressStringToBytesResponse response;
    response.set_address_bytes(std::string(as_text(*bytes)));
    return response;
}

}  // namespace

std::span<const QueryMethod> auth_queries() {
    static const std::array methods = {
        query_method<QueryAccountRequest, account>("/cosmos.auth.v1beta1.Query/Account"),
        query_method<QueryAccountInfoRequest, account_info>("/cosmos.auth.v1beta1.Query/AccountInfo"
        ),
        query_method<QueryAccountsRequest, accounts>("/cosmos.auth.v1beta1.Query/Accounts"),
        query_method<QueryAccountAddressByIDRequest, account_address_by_id>(
            "/cosmos.auth.v1beta1.Query/AccountAddressByID"
        ),
        query_method<QueryParamsRequest, params>("/cosmos.auth.v1beta1.Query/Params"),
        query_method<QueryModuleAccountsRequest, module_accounts>(
            "/cosmos.auth.v1beta1.Query/ModuleAccounts"
        ),
        query_method<QueryModuleAccountByNameRequest, module_account_by_name>(
            "/cosmos.auth.v1beta1.Query/ModuleAccountByName"
        ),
        query_method<Bech32PrefixRequest, bech32_prefix>("/cosmos.auth.v1beta1.Query/Bech32Prefix"),
        query_method<AddressBytesToStringRequest, address_bytes_to_string>(
            "/cosmos.auth.v1beta1.Query/AddressBytesToString"
        ),
        query_method<AddressStringToBytesRequest, address_string_to_bytes>(
            "/cosmos.auth.v1beta1.Query/AddressStringToBytes"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
