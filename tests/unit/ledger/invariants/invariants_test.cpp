#include "ledger/invariants/invariants.h"

#include "ledger/distribution/rewards.h"
#include "ledger/params/stored_params.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/operations.h"
#include "ledger/state/values.h"
#include "market/records/trade.h"
#include "tests/support/ledger/founding.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>

namespace steelyard::invariants {
namespace {

using chain::Amount;
using ledger::AccountNumber;
using ledger::Bench;
using ledger::Key;
using ledger::Store;
using ledger::ValidatorNumber;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// A chain of ten people, of whom four have validators, with an unbonding and a redelegation.
struct Town : Bench {
    Town() {
        test::Dice dice(1);
        const test::Founding founding = draw_founding(people, 4, dice);
        params = founding.params;
        block.time = founding.time;
        found(state, people, founding);
        const bank::Party someone = *bank::party_at(state, people[7].address);
        CHECK(staking::delegate(context, someone, people[0].address, Amount(5'000'000)));
        CHECK(staking::undelegate(context, someone, people[0].address, Amount(1'000'000)));
        CHECK(staking::redelegate(
            context, someone, people[0].address, people[1].address, Amount(1'000'000)
        ));
        CHECK(staking::draw_active_set(context));
    }

    std::vector<std::string> breaches() {
        std::vector<std::string> texts;
        for (const Breach& breach : check(state)) {
            texts.push_back(to_string(breach));
        }
        return texts;
    }

    /// The first record of a letter.
    ledger::Record first(Store store, char letter) {
        const Key prefix(letter);
        return state.first(store, prefix, prefix).value().value();
    }

    test::People people{1, 10};
};

Key balance_key(std::uint64_t account, std::string_view denom) {
    return Key('b') << AccountNumber{account} << as_bytes(denom) << ByteView(ByteArray<1>{0});
}

TEST(Invariants, hold_of_a_sound_state_and_leave_it_as_it_is) {
    Town town;
    const auto before = town.state.mark();

    EXPECT_THAT(town.breaches(), ElementsAre());
    EXPECT_EQ(town.state.mark(), before);
}

TEST(Invariants, the_supply_of_the_genesis_stays_when_money_is_made_and_burned) {
    Town town;
    const bank::Party someone = *bank::party_at(town.state, town.people[5].address);
    const Amount before = genesis_supply(town.state);

    ASSERT_TRUE(bank::mint(town.context, someone, Amount(1'000)));
    ASSERT_TRUE(bank::burn(town.context, someone, Amount(30), bank::Source::slashed));
    ASSERT_TRUE(bank::burn(town.context, someone, Amount(5), bank::Source::burned_fees));

    EXPECT_EQ(genesis_supply(town.state), before);
    EXPECT_THAT(town.breaches(), ElementsAre());
}

TEST(Invariants, money_from_nowhere_is_found) {
    Town town;

    ASSERT_TRUE(
        town.state.put(Store::bank, balance_key(6, "uabc"), ledger::amount_bytes(Amount(1'000'001)))
    );

    EXPECT_THAT(
        town.breaches(),
        ElementsAre("I1: supply of uabc is 10000000, and balances add up to 10000001")
    );
}

TEST(Invariants, a_balance_of_nobody_is_found) {
    Town town;

    ASSERT_TRUE(
        town.state.put(Store::bank, balance_key(77, "uxyz"), ledger::amount_bytes(Amount(1)))
    );

    EXPECT_THAT(
        town.breaches(),
        ElementsAre(
            "I6: account 77 has a balance of uxyz, and no record",
            "I1: uxyz has no supply, and balances add up to 1"
        )
    );
}

TEST(Invariants, an_account_that_its_address_does_not_lead_to_is_found) {
    Town town;

    const chain::Address other = {3};
    ASSERT_TRUE(auth::put(town.state, AccountNumber{6}, {.address = other}));

    EXPECT_THAT(town.breaches(), Contains(HasSubstr("not found by its address")));
}

TEST(Invariants, tokens_that_no_pool_has_are_found) {
    Town town;
    const bank::Party pool = *bank::module_party(town.state, staking::bonded_pool_name);

    ASSERT_TRUE(bank::burn(town.context, pool, Amount(1), bank::Source::slashed));

    EXPECT_THAT(town.breaches(), ElementsAre(HasSubstr("I2: the pool of bonded tokens has")));
}

/// A slash that forgets to burn, or to tell of it.
TEST(Invariants, a_validator_with_fewer_tokens_is_found) {
    Town town;
    const ValidatorNumber number{2};
    staking::Validator validator = staking::get_validator(town.state, number).value().value();
    validator.tokens = *checked_sub(validator.tokens, Amount(1'000'000));

    ASSERT_TRUE(staking::put_validator(town.state, {number, validator}));

    EXPECT_THAT(town.breaches(), Contains(HasSubstr("I2: the pool of bonded tokens")));
    EXPECT_THAT(town.breaches(), Contains(HasSubstr("and was never slashed")));
    EXPECT_THAT(town.breaches(), Contains(HasSubstr("I5: the active set is")));
}

TEST(Invariants, shares_that_belong_to_nobody_are_found) {
    Town town;
    const ledger::Record delegation = town.first(Store::staking, 'd');

    ASSERT_TRUE(town.state.erase(Store::staking, delegation.key));

    EXPECT_THAT(town.breaches(), Contains(HasSubstr("I3: validator 0 has")));
    EXPECT_THAT(town.breaches(), Contains(HasSubstr("I6: a row `i` of staking")));
    EXPECT_THAT(town.breaches(), Contains(HasSubstr("I6: 6 starting infos belong to 5")));
}

TEST(Invariants, rewards_that_are_not_there_are_found) {
    Town town;
    const bank::Party someone = *bank::party_at(town.state, town.people[5].address);
    ASSERT_TRUE(distribution::fund_community_pool(town.context, someone, Amount(10)));
    ASSERT_THAT(town.breaches(), ElementsAre());

    ASSERT_TRUE(town.state.erase(Store::distribution, Key('f')));

    EXPECT_THAT(town.breaches(), ElementsAre(HasSubstr("I4: distribution has 10, and owes 0.0")));
}

TEST(Invariants, a_commission_that_nothing_covers_is_found) {
    Town town;

    const Key key = Key('a') << ValidatorNumber{1};
    ASSERT_TRUE(town.state.put(Store::distribution, key, ledger::dec_bytes(chain::Dec(2))));

    EXPECT_THAT(town.breaches(), ElementsAre(HasSubstr("I4: validator 1 owes 2.0")));
}

TEST(Invariants, another_set_than_that_of_the_powers_is_found) {
    Town town;
    town.params.staking.max_validators = 1;

    ASSERT_TRUE(ledger::store_params(town.state, town.params));

    EXPECT_THAT(town.breaches(), ElementsAre(HasSubstr("I5: the active set is")));
}

TEST(Invariants, a_member_that_consensus_was_not_told_of_is_found) {
    Town town;

    ASSERT_TRUE(town.state.erase(Store::staking, town.first(Store::staking, 'l').key));

    EXPECT_THAT(
        town.breaches(), Contains("I5: validator 0 is bonded, and is not in the active set")
    );
}

/// A row that goes while what it belongs to stays.
struct Row {
    Store store;
    char letter;
    const char* breach;
};

class LostRow : public testing::TestWithParam<Row> {};

TEST_P(LostRow, is_found) {
    Town town;
    const Row& row = GetParam();

    ASSERT_TRUE(town.state.erase(row.store, town.first(row.store, row.letter).key));

    EXPECT_THAT(town.breaches(), Contains(HasSubstr(row.breach)));
}

INSTANTIATE_TEST_SUITE_P(
    Of,
    LostRow,
    testing::Values(
        Row{Store::auth, 'a', "not found by its address"},
        Row{Store::auth, 'c', "but another number comes next"},
        Row{Store::beacon, 'u', "not marked as used"},
        Row{Store::distribution, 'd', "has no starting info"},
        Row{Store::distribution, 'h', "references, and should have"},
        Row{Store::slashing, 'i', "are not watched"},
        Row{Store::staking, 'i', "a record has no row `i`"},
        Row{Store::staking, 'k', "not found by its consensus address"},
        Row{Store::staking, 'o', "a record has no row `o`"},
        Row{Store::staking, 'p', "a record has no row `p`"},
        Row{Store::staking, 'q', "a record has no row `q`"},
        Row{Store::staking, 'r', "a row `x` of staking"},
        Row{Store::staking, 'u', "a row `w` of staking"},
        Row{Store::staking, 'w', "a record has no row `w`"},
        Row{Store::staking, 'x', "a record has no row `x`"},
        Row{Store::staking, 'y', "a record has no row `y`"}
    )
);

TEST(Invariants, trades_that_are_missing_or_in_a_wrong_place_are_found) {
    Town town;
    const market::BookId book{.class_id = market::ClassId{1}};
    const market::Trade trade{.height = chain::Height(1), .price = 5, .work_units = 6};
    for (std::uint64_t i = 0; i < market::trades_kept + 1; ++i) {
        ASSERT_TRUE(market::note_trade(town.state, book, trade));
    }
    ASSERT_THAT(town.breaches(), ElementsAre());
    const ledger::Record row = town.first(Store::market, 'r');
    ASSERT_TRUE(town.state.erase(Store::market, row.key));
    EXPECT_THAT(town.breaches(), ElementsAre("M5: 99 of 101 trades of class 1 are kept"));

    market::Trade other = market::decode_trade(row.value).value();
    other.number = 1;
    ASSERT_TRUE(town.state.put(Store::market, row.key, market::encode_trade(other)));
    EXPECT_THAT(
        town.breaches(),
        ElementsAre("M5: trade 1 of class 1 is none of the last of 101, or in another's place")
    );
}

TEST(Invariants, rows_of_what_is_not_there_are_found) {
    Town town;
    const Bytes one = {1};
    const Key approval = Key('a') << std::uint64_t{4} << ValidatorNumber{1};
    ASSERT_TRUE(town.state.put(Store::params, approval, one));
    const Key commission = Key('a') << ValidatorNumber{9};
    ASSERT_TRUE(town.state.put(Store::distribution, commission, ledger::dec_bytes(chain::Dec(1))));
    const Key window = Key('b') << ByteView(chain::Address{5}) << std::uint32_t{0};
    ASSERT_TRUE(town.state.put(Store::slashing, window, Bytes(128, 1)));

    EXPECT_THAT(town.breaches(), Contains(HasSubstr("of proposal 4, which is not open")));
    EXPECT_THAT(town.breaches(), Contains(HasSubstr("row `a` of rewards is of validator 9")));
    EXPECT_THAT(town.breaches(), Contains(HasSubstr("128 bits of 05")));
}

}  // namespace
}  // namespace steelyard::invariants
