#include "client/tx_files.h"

#include "base/hex.h"
#include "tests/support/vector_file.h"

#include <gtest/gtest.h>

namespace steelyard::client {
namespace {

DecodedTx multisig_tx() {
    return tx::decode_tx(from_hex(read_vector_file("tx/multisig_tx.hex").at(0).at(0)).value())
        .value();
}

TEST(TxFiles, keep_a_transaction_to_the_bit) {
    const DecodedTx tx = multisig_tx();
    const std::string text = print_tx(tx).value();

    EXPECT_EQ(parse_tx(text).value().raw, tx.raw);
    EXPECT_TRUE(text.starts_with(R"({"body":{"messages":[{"@type":"/cosmos.bank.v1beta1.MsgSend")")
    );
    EXPECT_NE(text.find(R"("mode":"SIGN_MODE_LEGACY_AMINO_JSON")"), std::string::npos);
}

/// As `tx ... --generate-only` of the SDK's tools writes it.
TEST(TxFiles, of_other_tools_are_read) {
    const auto tx = parse_tx(
        R"({"body":{"messages":[{"@type":"/cosmos.bank.v1beta1.MsgSend",)"
        R"("from_address":"yard1a","to_address":"yard1b",)"
        R"("amount":[{"denom":"uyard","amount":"10"}]}],"memo":"","timeout_height":"0",)"
        R"("unordered":false,"timeout_timestamp":null,)"
        R"("extension_options":[],"non_critical_extension_options":[]},)"
        R"("auth_info":{"signer_infos":[],"fee":{"amount":[],"gas_limit":"200000","payer":"",)"
        R"("granter":""},"tip":null},"signatures":[]})"
    );

    ASSERT_TRUE(tx) << tx.error().message();
    EXPECT_EQ(tx->fee.gas_limit, 200'000U);
    EXPECT_EQ(tx->messages.at(0).type_url, "/cosmos.bank.v1beta1.MsgSend");
}

TEST(TxFiles, that_are_none_are_refused_with_a_reason) {
    const auto refusal = [](std::string_view text) { return parse_tx(text).error().message(); };

    EXPECT_EQ(refusal("{}"), "the file has no body, or no auth_info");
    EXPECT_EQ(
        refusal(R"({"body":{"memo":"a"},"auth_info":{"tip":null}})"),
        "TxRaw.auth_info_bytes: is missing"
    );
    EXPECT_EQ(
        refusal(R"({"body":{"memo":"a"},"auth_info":{"fee":{}},"signatures":["AQ=="]})"),
        "the transaction has 1 signatures of 0 signers"
    );
    EXPECT_FALSE(parse_tx(""));
    EXPECT_FALSE(parse_tx(R"({"body":{"x":1}})"));
}

TEST(MemberSignatures, are_read_strictly) {
    EXPECT_FALSE(parse_member_signatures("{}"));
    EXPECT_FALSE(parse_member_signatures(R"({"signatures":[{}]})"));
    EXPECT_FALSE(parse_member_signatures(
        R"({"signatures":[{"data":{"single":{"mode":"SIGN_MODE_DIRECT","signature":"AQ=="}}}]})"
    ));
}

TEST(AccountKeys, are_read_as_json_and_as_hex) {
    const std::string hex = "024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62";
    const AccountKey key = parse_account_key(hex).value();

    EXPECT_EQ(
        print_account_key(key),
        R"({"@type":"/cosmos.crypto.secp256k1.PubKey",)"
        R"("key":"Ak9OKtmcNNYLm6YoPJQxqEGK+GcyEpYfl6d7Y3f80Fti"})"
    );
    EXPECT_EQ(parse_account_key(print_account_key(key)).value(), key);
    EXPECT_FALSE(parse_account_key("02"));
    EXPECT_FALSE(parse_account_key("{}"));
    EXPECT_FALSE(parse_account_key(R"({"@type":"/cosmos.crypto.ed25519.PubKey","key":"AA=="})"));
}

}  // namespace
}  // namespace steelyard::client
