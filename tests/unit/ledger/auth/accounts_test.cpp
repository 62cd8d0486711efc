#include "ledger/auth/accounts.h"

#include "base/hex.h"
#include "crypto/bech32.h"
#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::auth {
namespace {

chain::Address address(std::uint8_t byte) {
    chain::Address out;
    out.fill(byte);
    return out;
}

TEST(Accounts, are_numbered_from_zero_in_the_order_of_their_making) {
    ledger::Bench bench;

    EXPECT_EQ(find_or_make(bench.state, address(7)).value(), AccountNumber{0});
    EXPECT_EQ(find_or_make(bench.state, address(5)).value(), AccountNumber{1});
    EXPECT_EQ(find_or_make(bench.state, address(7)).value(), AccountNumber{0});
    EXPECT_EQ(find(bench.state, address(5)).value(), AccountNumber{1});
    EXPECT_EQ(find(bench.state, address(6)).value(), std::nullopt);
}

TEST(Accounts, come_back_as_they_were_put) {
    ledger::Bench bench;
    const AccountNumber number = find_or_make(bench.state, address(7)).value();
    Account account = get(bench.state, number).value();
    EXPECT_EQ(account, Account{.address = address(7)});

    account.key =
        crypto::PublicKey::parse(
            crypto::KeyType::secp256k1,
            *from_hex("024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62")
        )
            .value();
    account.sequence = 3;
    ASSERT_TRUE(put(bench.state, number, account));

    EXPECT_EQ(get(bench.state, number).value(), account);
}

// Known from every Cosmos chain, under its prefix.
TEST(Accounts, of_modules_stand_where_the_cosmos_sdk_has_them) {
    EXPECT_EQ(
        crypto::encode_address("cosmos", module_address("fee_collector")).value(),
        "cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta"
    );
    EXPECT_EQ(
        crypto::encode_address("cosmos", module_address("bonded_tokens_pool")).value(),
        "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh"
    );
}

TEST(Accounts, read_only_what_they_write) {
    const Account account{.address = address(1), .sequence = 9, .module_name = "market"};
    const Bytes bytes = encode_account(account);
    EXPECT_EQ(decode_account(bytes).value(), account);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = decode_account(ByteView(bytes).first(size));
        EXPECT_TRUE(!cut || encode_account(*cut).size() == size);
    }
}

}  // namespace
}  // namespace steelyard::auth
