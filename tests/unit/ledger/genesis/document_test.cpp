#include "ledger/genesis/document.h"

#include "tests/unit/ledger/genesis_builder.h"

#include <gmock/gmock.h>

namespace steelyard::genesis {
namespace {

using ledger::GenesisBuilder;
using testing::HasSubstr;

TEST(GenesisDocument, comes_back_as_it_was_printed) {
    const chain::GenesisDoc doc = GenesisBuilder().build();

    EXPECT_EQ(Document::parse(doc.app_state).value().print(), doc.app_state);
}

TEST(GenesisDocument, takes_an_account_once) {
    auto document = Document::make({});
    const auto address = GenesisBuilder::wallet(0).address;
    const auto coins = *chain::Coins::parse("7uyard");

    EXPECT_TRUE(document.add_account(address, coins));

    EXPECT_EQ(document.add_account(address, coins).error().code(), ErrorCode::denied);
    EXPECT_EQ(document.balance(address), coins);
    EXPECT_EQ(document.balance(GenesisBuilder::wallet(1).address), std::nullopt);
}

TEST(GenesisDocument, takes_no_account_of_a_module) {
    auto document = Document::make({});

    EXPECT_FALSE(document.add_account(auth::module_address("market"), {}));
}

TEST(GenesisDocument, takes_no_more_money_than_a_chain_may_begin_with) {
    auto document = Document::make({});
    const auto add = [&](std::uint32_t number, std::string_view coins) {
        const auto added = document.add_account(
            GenesisBuilder::wallet(number).address, *chain::Coins::parse(coins)
        );
        return added ? "" : added.error().message();
    };
    const std::string most = "170141183460469231731687303715884105727";

    EXPECT_EQ(add(0, "5uabc,999999999999999999uyard"), "");
    EXPECT_EQ(add(1, "2uyard"), "the supply of uyard is over the limit 1000000000000000000");
    EXPECT_EQ(add(1, most + "uabc"), "the supply of uabc is over the limit 2^127 - 1");
    EXPECT_EQ(document.balance(GenesisBuilder::wallet(1).address), std::nullopt);
    EXPECT_EQ(add(1, "1uyard"), "");
}

TEST(GenesisDocument, takes_a_validator_once) {
    const GenesisBuilder builder;
    auto document = Document::make({});
    const std::string tx =
        make_gen_tx(builder.chain_id, GenesisBuilder::key('o', 0), GenesisBuilder::validator(0));

    EXPECT_TRUE(document.add_gen_tx(tx));

    EXPECT_THAT(document.add_gen_tx(tx).error().message(), HasSubstr("is created already"));
    EXPECT_THAT(document.add_gen_tx("{}").error().message(), HasSubstr("creates no validator"));
    document.clear_gen_txs();
    EXPECT_TRUE(document.add_gen_tx(tx));
}

TEST(GenesisDocument, refuses_members_that_it_does_not_know) {
    EXPECT_FALSE(Document::parse("{\"gov\":{}}"));
    EXPECT_FALSE(Document::parse("{\"bank\":{\"balances\":5}}"));
    EXPECT_FALSE(Document::parse("["));
}

}  // namespace
}  // namespace steelyard::genesis
