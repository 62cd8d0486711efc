#include "base/hex.h"
#include "cosmos/auth/v1beta1/query.pb.h"
#include "ledger/auth/accounts.h"
#include "tests/unit/ledger/queries/query_bench.h"

namespace steelyard::queries {
namespace {

using namespace cosmos::auth::v1beta1;
using testing::HasSubstr;
using testing::StartsWith;

class AuthQueries : public QueryTest {
protected:
    void make_modules() {
        for (const std::string_view name : auth::module_names) {
            ASSERT_TRUE(auth::make(
                bench.state,
                {.address = auth::module_address(name), .module_name = std::string(name)}
            ));
        }
    }

    std::string ask_account(std::string text) {
        QueryAccountRequest request;
        request.set_address(std::move(text));
        return ask<QueryAccountResponse>("/cosmos.auth.v1beta1.Query/Account", request);
    }
};

TEST_F(AuthQueries, gives_an_account_with_key_and_sequence) {
    endow(1, "1uyard");
    const auto number = endow(2, "1uyard");
    const Bytes key =
        from_hex("024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62").value();
    auth::Account changed = auth::get(bench.state, number).value();
    changed.key = crypto::PublicKey::parse(crypto::KeyType::secp256k1, key).value();
    changed.sequence = 4;
    ASSERT_TRUE(auth::put(bench.state, number, changed));

    QueryAccountRequest request;
    request.set_address(account(2));
    const Answer<Bytes> answer =
        find_query_method("/cosmos.auth.v1beta1.Query/Account")
            ->answer({bench.state, bench.block, bench.params}, proto::serialize(request));

    ASSERT_TRUE(answer);
    QueryAccountResponse response;
    ASSERT_TRUE(response.ParseFromArray(answer->data(), static_cast<int>(answer->size())));
    EXPECT_EQ(response.account().type_url(), "/cosmos.auth.v1beta1.BaseAccount");
    BaseAccount base;
    ASSERT_TRUE(base.ParseFromString(response.account().value()));
    EXPECT_EQ(base.address(), account(2));
    EXPECT_EQ(base.account_number(), 1);
    EXPECT_EQ(base.sequence(), 4);
    EXPECT_EQ(base.pub_key().type_url(), "/cosmos.crypto.secp256k1.PubKey");
    EXPECT_EQ(to_hex(as_bytes(base.pub_key().value())), "0a21" + to_hex(key));
}

TEST_F(AuthQueries, says_who_is_not_there) {
    EXPECT_EQ(ask_account(account(9)), "NotFound: account " + account(9) + " not found");
    EXPECT_THAT(ask_account(""), StartsWith("InvalidArgument: address \"\": "));
    EXPECT_THAT(ask_account("yard1x"), StartsWith("InvalidArgument: address \"yard1x\": "));
}

TEST_F(AuthQueries, gives_the_account_without_a_wrapper) {
    endow(2, "1uyard");
    QueryAccountInfoRequest request;
    request.set_address(account(2));

    EXPECT_EQ(
        ask<QueryAccountInfoResponse>("/cosmos.auth.v1beta1.Query/AccountInfo", request),
        "info { address: \"" + account(2) + "\" }"
    );
}

TEST_F(AuthQueries, gives_accounts_by_number_in_pages) {
    for (std::uint8_t i = 5; i > 0; --i) {
        endow(i, "1uyard");
    }
    QueryAccountsRequest request;
    request.mutable_pagination()->set_limit(2);
    request.mutable_pagination()->set_offset(1);
    request.mutable_pagination()->set_count_total(true);

    const std::string answer =
        ask<QueryAccountsResponse>("/cosmos.auth.v1beta1.Query/Accounts", request);

    EXPECT_THAT(answer, HasSubstr(account(4)));
    EXPECT_THAT(answer, HasSubstr(account(3)));
    EXPECT_THAT(answer, testing::Not(HasSubstr(account(5))));
    EXPECT_THAT(answer, testing::Not(HasSubstr(account(2))));
    EXPECT_THAT(answer, HasSubstr("next_key: \"\\000\\000\\000\\000\\000\\000\\000\\003\""));
    EXPECT_THAT(answer, HasSubstr("total: 5"));
}

TEST_F(AuthQueries, gives_an_address_by_its_number) {
    endow(1, "1uyard");
    endow(2, "1uyard");
    QueryAccountAddressByIDRequest request;
    request.set_account_id(1);
    const std::string path = "/cosmos.auth.v1beta1.Query/AccountAddressByID";

    EXPECT_EQ(
        ask<QueryAccountAddressByIDResponse>(path, request),
        "account_address: \"" + account(2) + "\""
    );
    request.set_account_id(2);
    EXPECT_THAT(ask<QueryAccountAddressByIDResponse>(path, request), StartsWith("NotFound: "));
}

TEST_F(AuthQueries, gives_the_accounts_of_modules) {
    make_modules();

    const std::string all = ask<QueryModuleAccountsResponse>(
        "/cosmos.auth.v1beta1.Query/ModuleAccounts", QueryModuleAccountsRequest()
    );

    for (const std::string_view name : auth::module_names) {
        EXPECT_THAT(all, HasSubstr(messages::account_text(auth::module_address(name))));
    }
    const std::string path = "/cosmos.auth.v1beta1.Query/ModuleAccountByName";
    QueryModuleAccountByNameRequest request;
    request.set_name("fee_collector");
    EXPECT_THAT(
        ask<QueryModuleAccountByNameResponse>(path, request),
        HasSubstr("/cosmos.auth.v1beta1.ModuleAccount")
    );
    request.set_name("gov");
    EXPECT_EQ(
        ask<QueryModuleAccountByNameResponse>(path, request), "NotFound: account gov not found"
    );
}

TEST_F(AuthQueries, gives_parameters_and_prefix) {
    EXPECT_EQ(
        ask<QueryParamsResponse>("/cosmos.auth.v1beta1.Query/Params", QueryParamsRequest()),
        "params { max_memo_characters: 256 tx_sig_limit: 16 tx_size_cost_per_byte: 10 "
        "sig_verify_cost_secp256k1: 1000 }"
    );
    EXPECT_EQ(
        ask<Bech32PrefixResponse>("/cosmos.auth.v1beta1.Query/Bech32Prefix", Bech32PrefixRequest()),
        "bech32_prefix: \"yard\""
    );
}

TEST_F(AuthQueries, converts_addresses) {
    AddressBytesToStringRequest to_text;
    to_text.set_address_bytes(std::string(20, '\1'));
    AddressStringToBytesRequest from_text;
    from_text.set_address_string(account(1));

    EXPECT_EQ(
        ask<AddressBytesToStringResponse>(
            "/cosmos.auth.v1beta1.Query/AddressBytesToString", to_text
        ),
        "address_string: \"" + account(1) + "\""
    );
    EXPECT_THAT(
        ask<AddressStringToBytesResponse>(
            "/cosmos.auth.v1beta1.Query/AddressStringToBytes", from_text
        ),
        StartsWith("address_bytes: \"\\001\\001")
    );
    to_text.set_address_bytes("x");
    EXPECT_THAT(
        ask<AddressBytesToStringResponse>(
            "/cosmos.auth.v1beta1.Query/AddressBytesToString", to_text
        ),
        StartsWith("InvalidArgument: address_bytes: ")
    );
    from_text.set_address_string("x");
    EXPECT_THAT(
        ask<AddressStringToBytesResponse>(
            "/cosmos.auth.v1beta1.Query/AddressStringToBytes", from_text
        ),
        StartsWith("InvalidArgument: address_string: ")
    );
}

}  // namespace
}  // namespace steelyard::queries
