#include "ledger/invariants/invariants.h"

#include "ledger/bank/bank.h"
#include "ledger/state/values.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>

namespace steelyard::invariants {
namespace {

using chain::Amount;
using ledger::Bench;
using ledger::Key;
using ledger::Store;
using testing::ElementsAre;

chain::Address address(std::uint8_t number) {
    return {number};
}

/// Two accounts with money.
struct Town : Bench {
    Town() {
        for (std::uint8_t i = 1; i <= 2; ++i) {
            const auto account = *auth::make(state, {.address = address(i)});
            CHECK(bank::endow(state, account, *chain::Coins::parse("50uabc,70uyard")));
        }
    }

    std::vector<std::string> breaches() {
        std::vector<std::string> texts;
        for (const Breach& breach : check(state)) {
            texts.push_back(to_string(breach));
        }
        return texts;
    }

    void put(Store store, const Key& key, ByteView value) { CHECK(state.put(store, key, value)); }
};

Key balance_key(std::uint64_t account, std::string_view denom) {
    return Key('b') << ledger::AccountNumber{account} << as_bytes(denom)
                    << ByteView(ByteArray<1>{0});
}

TEST(Invariants, hold_of_a_sound_state) {
    Town town;

    EXPECT_THAT(town.breaches(), ElementsAre());
    EXPECT_EQ(genesis_supply(town.state), Amount(140));
}

TEST(Invariants, the_supply_of_the_genesis_stays_when_money_is_made_and_burned) {
    Town town;
    const bank::Party someone = *bank::party_at(town.state, address(1));

    ASSERT_TRUE(bank::mint(town.context, someone, Amount(1'000)));
    ASSERT_TRUE(bank::burn(town.context, someone, Amount(30), bank::Source::slashed));
    ASSERT_TRUE(bank::burn(town.context, someone, Amount(5), bank::Source::burned_fees));

    EXPECT_EQ(genesis_supply(town.state), Amount(140));
    EXPECT_THAT(town.breaches(), ElementsAre());
}

TEST(Invariants, money_from_nowhere_is_found) {
    Town town;

    town.put(Store::bank, balance_key(1, "uyard"), ledger::amount_bytes(Amount(71)));

    EXPECT_THAT(
        town.breaches(), ElementsAre("I1: supply of uyard is 140, and balances add up to 141")
    );
}

TEST(Invariants, a_balance_of_nobody_is_found) {
    Town town;

    town.put(Store::bank, balance_key(7, "uxyz"), ledger::amount_bytes(Amount(1)));

    EXPECT_THAT(
        town.breaches(),
        ElementsAre(
            "I6: account 7 has a balance of uxyz, and no record",
            "I1: uxyz has no supply, and balances add up to 1"
        )
    );
}

TEST(Invariants, an_account_that_its_address_does_not_lead_to_is_found) {
    Town town;

    ASSERT_TRUE(auth::put(town.state, ledger::AccountNumber{1}, {.address = address(3)}));

    EXPECT_THAT(town.breaches(), ElementsAre(testing::HasSubstr("not found by its address")));
}

TEST(Invariants, an_address_of_no_account_is_found) {
    Town town;

    const Key key = Key('a') << ByteView(address(9));
    town.put(Store::auth, key, ByteArray<8>{0, 0, 0, 0, 0, 0, 0, 9});

    EXPECT_THAT(town.breaches(), ElementsAre("I6: 3 addresses lead to 2 accounts"));
}

}  // namespace
}  // namespace steelyard::invariants
