#include "consensus/engine/state_store.h"

#include "storage/memory_store.h"
#include "tests/support/test_chain.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

using chain::Height;

/// A chain whose every state is saved, as a node saves them.
class SavedChain {
public:
    SavedChain() : chain_(test::validators_with_power({4, 5, 3})) {
        EXPECT_TRUE(states_.save_state(chain_.state()));
    }

    void append(const consensus::BlockOutcome& outcome = {}) {
        chain_.append(chain_.make_block(), outcome);
        EXPECT_TRUE(states_.save_state(chain_.state()));
    }

    const consensus::ChainState& state() const { return chain_.state(); }
    test::TestChain& chain() { return chain_; }
    StateStore& states() { return states_; }
    storage::MemoryStore& store() { return store_; }

private:
    storage::MemoryStore store_;
    StateStore states_{store_};
    test::TestChain chain_;
};

TEST(StateStore, has_no_state_before_the_first_save) {
    storage::MemoryStore store;
    const StateStore states(store);

    const auto state = states.load_state();

    ASSERT_TRUE(state);
    EXPECT_FALSE(*state);
}

TEST(StateStore, gives_back_the_state_that_was_saved_last) {
    SavedChain saved;
    saved.append();
    saved.append();

    const auto state = saved.states().load_state();

    ASSERT_TRUE(state);
    EXPECT_EQ(*state, saved.state());
}

TEST(StateStore, knows_the_validators_and_the_proposer_of_every_height) {
    SavedChain saved;
    std::vector<chain::ValidatorSet> sets{saved.state().validators};
    for (int height = 1; height <= 250; ++height) {
        saved.append();
        sets.push_back(saved.state().validators);
    }

    for (std::size_t index = 0; index < sets.size(); ++index) {
        const Height height(static_cast<std::int64_t>(index) + 1);
        const auto loaded = saved.states().load_validators(height);
        ASSERT_TRUE(loaded) << loaded.error().message();
        EXPECT_EQ(*loaded, sets[index]) << "height " << index + 1;
    }
}

TEST(StateStore, follows_an_update_that_changes_priorities_only) {
    SavedChain saved;
    const chain::Validator& first = saved.state().validators[0];
    const consensus::BlockOutcome same_power{
        .validator_updates = {{first.public_key(), first.voting_power()}}
    };
    std::vector<chain::ValidatorSet> sets{saved.state().validators};
    for (int height = 1; height <= 20; ++height) {
        saved.append(height % 3 == 0 ? same_power : consensus::BlockOutcome{});
        sets.push_back(saved.state().validators);
    }

    for (std::size_t index = 0; index < sets.size(); ++index) {
        const auto loaded =
            saved.states().load_validators(Height(static_cast<std::int64_t>(index) + 1));
        ASSERT_TRUE(loaded);
        EXPECT_EQ(*loaded, sets[index]);
    }
}

TEST(StateStore, stores_an_unchanged_set_once_in_an_interval) {
    SavedChain saved;
    for (int height = 1; height <= 150; ++height) {
        saved.append();
    }

    int whole = 0;
    const auto walk = saved.store().iterate();
    for (walk->seek(as_bytes("v")); walk->valid() && walk->key()[0] == 'v'; walk->next()) {
        whole += walk->value().size() > sizeof(std::uint64_t) ? 1 : 0;
    }

    EXPECT_EQ(whole, 3);  // of heights 1, 2 and 102
}

TEST(StateStore, does_not_know_heights_that_nobody_has_reached) {
    SavedChain saved;

    const auto loaded = saved.states().load_validators(Height(3));

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), ErrorCode::not_found);
    EXPECT_EQ(loaded.error().message(), "validators of height 3 are not known");
}

TEST(StateStore, tells_damaged_records_from_missing_ones) {
    SavedChain saved;
    saved.append();
    storage::WriteBatch batch;
    const auto walk = saved.store().iterate();
    for (walk->seek_to_first(); walk->valid(); walk->next()) {
        const ByteView value = walk->value();
        batch.put(walk->key(), value.first(value.size() - 1));
    }
    ASSERT_TRUE(saved.store().write(batch, storage::Durability::synced));

    EXPECT_EQ(saved.states().load_state().error().code(), ErrorCode::corrupt);
    for (const std::int64_t height : {1, 2, 3}) {
        const auto loaded = saved.states().load_validators(Height(height));
        EXPECT_EQ(loaded.error().code(), ErrorCode::corrupt) << height;
    }
}

TEST(StateStore, gives_back_results_by_height) {
    storage::MemoryStore store;
    StateStore states(store);
    const abci::BlockResults results{.tx_results = {{.code = 7, .log = "no"}}};

    ASSERT_TRUE(states.save_results(Height(4), results));

    EXPECT_EQ(*states.load_results(Height(4)), results);
    EXPECT_EQ(states.load_results(Height(5)).error().code(), ErrorCode::not_found);
}

TEST(StateStore, knows_the_parameters_of_every_height) {
    SavedChain saved;
    std::vector<chain::ConsensusParams> params{saved.state().consensus_params};
    for (int height = 1; height <= 30; ++height) {
        consensus::BlockOutcome outcome;
        if (height % 7 == 0) {
            outcome.params_update.block = chain::BlockParams{.max_bytes = 2'000'000 + height};
        }
        saved.append(outcome);
        params.push_back(saved.state().consensus_params);
    }

    for (std::size_t index = 0; index < params.size(); ++index) {
        const auto loaded =
            saved.states().load_params(Height(static_cast<std::int64_t>(index) + 1));
        ASSERT_TRUE(loaded) << loaded.error().message();
        EXPECT_EQ(*loaded, params[index]) << "height " << index + 1;
    }
    EXPECT_NE(params.front(), params.back());
    EXPECT_EQ(saved.states().load_params(Height(33)).error().code(), ErrorCode::not_found);
}

TEST(StateStore, prunes_what_nothing_above_needs) {
    SavedChain saved;
    for (int height = 1; height <= 230; ++height) {
        saved.append();
        ASSERT_TRUE(saved.states().save_results(Height(height), {}));
    }
    const auto validators = *saved.states().load_validators(Height(150));
    const auto params = *saved.states().load_params(Height(150));

    for (const std::int64_t height : {90, 150, 150}) {
        ASSERT_TRUE(saved.states().prune_below(Height(height)));
    }

    EXPECT_EQ(*saved.states().load_validators(Height(150)), validators);
    EXPECT_EQ(*saved.states().load_params(Height(150)), params);
    EXPECT_TRUE(saved.states().load_results(Height(150)));
    EXPECT_TRUE(saved.states().load_validators(Height(231)));
    EXPECT_FALSE(saved.states().load_results(Height(149)));
    EXPECT_FALSE(saved.states().load_validators(Height(149)));
    EXPECT_FALSE(saved.states().load_params(Height(149)));
    saved.append();  // the rows that are left are enough to go on
}

}  // namespace
}  // namespace steelyard::engine
