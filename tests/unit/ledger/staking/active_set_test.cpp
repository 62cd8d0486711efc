// Rules D8, D9 and D10 of doc/spec/staking.md: what happens at the end of a block.
#include "ledger/staking/records.h"
#include "tests/unit/ledger/staking/invariants.h"

#include <gmock/gmock.h>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Height;
using chain::ValidatorUpdate;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class ActiveSetTest : public testing::Test {
protected:
    ActiveSetTest() { bench.params.staking.max_validators = 2; }
    ~ActiveSetTest() override { Invariants(bench).check(); }

    ValidatorNumber make(std::uint8_t byte, std::uint64_t power) {
        return bench.make_validator(byte, power * yard);
    }

    std::vector<Power> set() { return active_set(bench.state).value(); }

    static ValidatorUpdate update(std::uint32_t seed, std::int64_t power) {
        return {StakingBench::consensus_key(seed), power};
    }

    void add(std::uint8_t to, std::uint64_t power) {
        ASSERT_TRUE(
            delegate(bench.context, bench.party(9), bench.party(to).address, Amount(power * yard))
        );
    }

    void take(std::uint8_t from, std::uint64_t power) {
        const Party who = bench.party(from);
        ASSERT_TRUE(undelegate(bench.context, who, who.address, Amount(power * yard)));
    }

    StakingBench bench;
};

TEST_F(ActiveSetTest, has_the_most_powerful) {
    make(1, 5);
    const ValidatorNumber second = make(2, 7);
    const ValidatorNumber third = make(3, 6);

    const SetChange change = bench.end_block();

    EXPECT_THAT(set(), ElementsAre(Pair(second, 7), Pair(third, 6)));
    EXPECT_THAT(change.updates, ElementsAre(update(2, 7), update(3, 6)));
    ASSERT_EQ(change.bonded.size(), 2U);
    EXPECT_EQ(change.bonded[0].number, second);
    EXPECT_EQ(change.bonded[0].validator, bench.get(second));
    EXPECT_EQ(bench.get(second).status, Status::bonded);
    EXPECT_EQ(bench.pool(bonded_pool_name), 13 * yard);
    EXPECT_EQ(bench.pool(not_bonded_pool_name), 5 * yard);
    EXPECT_EQ(active_power(bench.state, third).value(), 6);
    EXPECT_EQ(active_power(bench.state, ValidatorNumber{0}).value(), 0);
}

TEST_F(ActiveSetTest, takes_the_elder_of_equals) {
    const ValidatorNumber first = make(1, 5);
    const ValidatorNumber second = make(2, 5);
    make(3, 5);

    bench.end_block();

    EXPECT_THAT(set(), ElementsAre(Pair(first, 5), Pair(second, 5)));
}

TEST_F(ActiveSetTest, has_nobody_without_power_or_a_beacon_key) {
    const ValidatorNumber keyless =
        create_validator(bench.context, bench.party(1), StakingBench::new_validator(1, 100 * yard))
            .value();
    bench.make_validator(2, yard - 1);
    const ValidatorNumber third = make(3, 1);

    bench.end_block();
    EXPECT_THAT(set(), ElementsAre(Pair(third, 1)));

    bench.give_beacon_key(keyless);
    bench.next_block();
    bench.end_block();
    EXPECT_THAT(set(), ElementsAre(Pair(keyless, 100), Pair(third, 1)));
}

TEST_F(ActiveSetTest, is_told_to_consensus_where_it_changes) {
    make(1, 5);
    make(2, 5);
    bench.end_block();
    EXPECT_THAT(bench.end_block().updates, IsEmpty());

    add(2, 3);
    EXPECT_THAT(bench.end_block().updates, ElementsAre(update(2, 8)));

    make(3, 6);
    const SetChange change = bench.end_block();
    EXPECT_THAT(change.updates, ElementsAre(update(1, 0), update(3, 6)));
    EXPECT_EQ(change.bonded.size(), 1U);
}

TEST_F(ActiveSetTest, is_told_once_whatever_happens_in_a_block) {
    const ValidatorNumber first = make(1, 5);
    make(2, 5);
    bench.end_block();
    bench.next_block();
    add(1, 1);
    add(1, 2);
    take(1, 1);
    ASSERT_TRUE(jail(bench.context, first));
    ASSERT_TRUE(unjail(bench.context, first));

    EXPECT_THAT(bench.end_block().updates, ElementsAre(update(1, 7)));

    add(1, 1);
    take(1, 1);
    EXPECT_THAT(bench.end_block().updates, IsEmpty()) << "back where it was";
}

TEST_F(ActiveSetTest, does_not_hear_of_fractions_of_power) {
    make(1, 5);
    bench.end_block();
    ASSERT_TRUE(delegate(bench.context, bench.party(9), bench.party(1).address, Amount(yard - 1)));

    EXPECT_THAT(bench.end_block().updates, IsEmpty());
}

TEST_F(ActiveSetTest, is_left_by_the_jailed) {
    const ValidatorNumber first = make(1, 5);
    const ValidatorNumber second = make(2, 4);
    bench.end_block();
    bench.next_block();
    ASSERT_TRUE(jail(bench.context, first));

    EXPECT_THAT(bench.end_block().updates, ElementsAre(update(1, 0)));

    EXPECT_THAT(set(), ElementsAre(Pair(second, 4)));
    const Validator validator = bench.get(first);
    EXPECT_EQ(validator.status, Status::unbonding);
    EXPECT_EQ(validator.unbonding_height, bench.block.height);
    EXPECT_EQ(
        validator.unbonding_time, checked_add(bench.block.time, bench.params.staking.unbonding_time)
    );
    EXPECT_EQ(bench.pool(not_bonded_pool_name), 5 * yard);

    bench.next_block();
    ASSERT_TRUE(unjail(bench.context, first));
    EXPECT_THAT(bench.end_block().updates, ElementsAre(update(1, 5)));
    EXPECT_EQ(bench.get(first).status, Status::bonded);
}

TEST_F(ActiveSetTest, never_gets_empty) {
    const ValidatorNumber first = make(1, 5);
    const ValidatorNumber second = make(2, 4);
    bench.end_block();
    ASSERT_TRUE(jail(bench.context, first));
    ASSERT_TRUE(jail(bench.context, second));

    EXPECT_THAT(bench.end_block().updates, IsEmpty());

    EXPECT_THAT(set(), ElementsAre(Pair(first, 5), Pair(second, 4)));
    EXPECT_EQ(bench.get(first).status, Status::bonded);
}

TEST_F(ActiveSetTest, shrinks_with_the_parameter) {
    const ValidatorNumber first = make(1, 5);
    make(2, 4);
    bench.end_block();
    bench.params.staking.max_validators = 1;

    EXPECT_THAT(bench.end_block().updates, ElementsAre(update(2, 0)));
    EXPECT_THAT(set(), ElementsAre(Pair(first, 5)));
}

TEST_F(ActiveSetTest, is_followed_by_unbonding_and_being_unbonded) {
    const ValidatorNumber first = make(1, 5);
    make(2, 6);
    bench.end_block();
    make(3, 7);
    bench.end_block();
    ASSERT_EQ(bench.get(first).status, Status::unbonding);

    bench.next_block(bench.params.staking.unbonding_time - std::chrono::nanoseconds(1));
    bench.end_block();
    EXPECT_EQ(bench.get(first).status, Status::unbonding);
    bench.next_block(std::chrono::nanoseconds(1));
    bench.end_block();
    EXPECT_EQ(bench.get(first).status, Status::unbonded);

    add(1, 9);
    bench.end_block();
    EXPECT_EQ(bench.get(first).status, Status::bonded);
}

TEST_F(ActiveSetTest, forgets_a_validator_that_came_back_while_unbonding) {
    const ValidatorNumber first = make(1, 5);
    make(2, 6);
    bench.end_block();
    make(3, 7);
    bench.end_block();
    add(1, 9);
    bench.end_block();

    bench.next_block(bench.params.staking.unbonding_time);
    bench.end_block();

    EXPECT_EQ(bench.get(first).status, Status::bonded);
}

TEST_F(ActiveSetTest, is_left_for_ever_by_a_validator_without_shares) {
    const ValidatorNumber first = make(1, 5);
    make(2, 6);
    bench.end_block();
    const auto collector =
        bank::module_party(bench.state, distribution::fee_collector_name).value();
    ASSERT_TRUE(bank::mint(bench.context, collector, Amount(1'000)));
    const distribution::Share share{first, bench.party(1).address, 5, chain::Dec(1)};
    ASSERT_TRUE(distribution::allocate(bench.context, std::array{share}));
    const std::uint64_t before = bench.balance(bench.party(1));
    bench.next_block();
    take(1, 5);
    EXPECT_THAT(bench.end_block().updates, ElementsAre(update(1, 0)));
    EXPECT_TRUE(get_validator(bench.state, first).value()) << "unbonding";

    bench.next_block(bench.params.staking.unbonding_time);
    bench.end_block();

    EXPECT_FALSE(get_validator(bench.state, first).value());
    EXPECT_EQ(bench.balance(bench.party(1)), before + 5 * yard + 1'000) << "with its commission";
    EXPECT_TRUE(beacon::keys_of(bench.state, first)->current == std::nullopt);
}

TEST_F(ActiveSetTest, pays_so_many_in_a_block_and_no_more) {
    make(1, 1'000);
    const std::uint64_t people = ends_max + 5;
    for (std::uint64_t i = 0; i < people; ++i) {
        const auth::Account account{
            .address = {9, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}
        };
        const Party who{auth::make(bench.state, account).value(), account.address};
        ASSERT_TRUE(bank::endow(bench.state, who.number, uyard(10)));
        ASSERT_TRUE(delegate(bench.context, who, bench.party(1).address, Amount(10)));
        ASSERT_TRUE(undelegate(bench.context, who, bench.party(1).address, Amount(10)));
    }
    bench.next_block(bench.params.staking.unbonding_time);

    bench.end_block();
    EXPECT_EQ(bench.pool(not_bonded_pool_name), 5 * 10U);
    bench.next_block();
    bench.end_block();
    EXPECT_EQ(bench.pool(not_bonded_pool_name), 0U);
}

class HistoryTest : public ActiveSetTest {
protected:
    static chain::Header header(Height height) {
        chain::Header header;
        header.chain_id = chain::ChainId::parse("history").value();
        header.height = height;
        header.app_hash = chain::AppHash::parse(Bytes(32, 7)).value();
        for (auto* hash :
             {&header.last_commit_hash,
              &header.data_hash,
              &header.validators_hash,
              &header.next_validators_hash,
              &header.consensus_hash,
              &header.last_results_hash,
              &header.evidence_hash}) {
            hash->fill(1);
        }
        header.time = chain::Timestamp::parse("2026-01-01T00:00:00Z").value();
        return header;
    }

    void keep(int blocks) {
        for (int i = 0; i < blocks; ++i) {
            bench.next_block();
            ASSERT_TRUE(keep_historical_info(bench.context, header(bench.block.height)));
        }
    }

    bool is_kept(std::int64_t height) {
        return historical_info(bench.state, Height(height)).value().has_value();
    }
};

TEST_F(HistoryTest, has_the_headers_and_sets_of_the_last_blocks) {
    bench.params.staking.historical_entries = 3;
    const ValidatorNumber first = make(1, 5);
    bench.end_block();

    keep(4);

    EXPECT_FALSE(is_kept(2));
    EXPECT_TRUE(is_kept(3));
    const auto info = historical_info(bench.state, Height(5)).value();
    ASSERT_TRUE(info);
    EXPECT_EQ(info->header, header(Height(5)));
    EXPECT_THAT(info->powers, ElementsAre(Pair(first, 5)));
    EXPECT_FALSE(is_kept(6));
}

TEST_F(HistoryTest, forgets_step_by_step_where_less_is_to_be_kept) {
    bench.params.staking.historical_entries = 30;
    keep(30);
    bench.params.staking.historical_entries = 0;

    keep(1);
    EXPECT_FALSE(is_kept(2 + static_cast<std::int64_t>(forgets_max) - 1));
    EXPECT_TRUE(is_kept(2 + static_cast<std::int64_t>(forgets_max)));
    keep(2);
    EXPECT_FALSE(is_kept(31));
    EXPECT_FALSE(is_kept(bench.block.height.value()));
}

}  // namespace
}  // namespace steelyard::staking
