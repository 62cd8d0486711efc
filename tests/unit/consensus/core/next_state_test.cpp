// What a block leaves for the ones after it: who votes when, and what is refused.
#include "tests/support/test_chain.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Block;
using chain::Height;
using chain::ValidatorSet;
using chain::ValidatorUpdate;
using chain::VotingPower;
using crypto::KeyType;
using test::TestChain;
using test::validators_with_power;
using testing::StartsWith;

TEST(NextState, remembers_the_block) {
    TestChain chain(validators_with_power({1, 2, 3}));
    const ChainState before = chain.state();
    const Block block = chain.make_block({{1}});
    const BlockOutcome outcome = {.results_hash = chain::Hash256{1}, .app_hash = chain::Hash256{2}};

    chain.append(block, outcome);

    const ChainState& after = chain.state();
    EXPECT_EQ(after.chain_id, before.chain_id);
    EXPECT_EQ(after.initial_height, before.initial_height);
    EXPECT_EQ(after.last_height, Height(1));
    EXPECT_EQ(after.next_height(), Height(2));
    EXPECT_EQ(after.last_block_id, chain::block_id(block.header, chain::make_part_set(block)));
    EXPECT_EQ(after.last_block_time, block.header.time);
    EXPECT_EQ(after.last_validators, before.validators);
    EXPECT_EQ(after.validators, before.next_validators);
    EXPECT_EQ(after.next_validators, before.next_validators.after_turns(1));
    EXPECT_EQ(after.consensus_params, before.consensus_params);
    EXPECT_EQ(after.last_results_hash, outcome.results_hash);
    EXPECT_EQ(after.app_hash, outcome.app_hash);
}

TEST(NextState, lets_a_validator_vote_two_heights_after_it_was_named) {
    TestChain chain(validators_with_power({10, 10, 10}), Height(7));
    const auto newcomer = test::private_key(50);
    chain.add_key(newcomer.clone());
    const auto has_newcomer = [&](const ValidatorSet& set) {
        return set.index_of(newcomer.public_key().address()).has_value();
    };
    const chain::Hash256 old_hash = chain.state().validators.hash();

    chain.append(chain.make_block(), {.validator_updates = {{newcomer.public_key(), 10}}});
    const Block at_8 = chain.make_block();
    chain.append(at_8);
    const Block at_9 = chain.make_block();

    EXPECT_EQ(at_8.header.validators_hash, old_hash);
    EXPECT_NE(at_8.header.next_validators_hash, old_hash);
    EXPECT_EQ(at_9.header.validators_hash, at_8.header.next_validators_hash);
    EXPECT_FALSE(has_newcomer(*chain.state().last_validators));
    EXPECT_TRUE(has_newcomer(chain.state().validators));
    EXPECT_EQ(at_9.last_commit->signatures().size(), 3U);

    chain.append(at_9);
    EXPECT_EQ(chain.make_block().last_commit->signatures().size(), 4U);
}

TEST(NextState, takes_the_turn_after_the_update) {
    TestChain chain(validators_with_power({10, 11, 12}));
    const std::vector<ValidatorUpdate> updates = {{test::public_key(50), 90}};
    ValidatorSet expected = chain.state().next_validators;
    ASSERT_TRUE(expected.update(updates));
    expected.increment_proposer_priority(1);

    chain.append(chain.make_block(), {.validator_updates = updates});

    EXPECT_EQ(chain.state().next_validators, expected);
}

TEST(NextState, puts_parameters_in_force_at_the_next_height) {
    TestChain chain(validators_with_power({10}));
    BlockOutcome outcome;
    outcome.params_update.block = chain::BlockParams{.max_bytes = 1 << 20, .max_gas = 5};
    outcome.params_update.evidence = chain::EvidenceParams{.max_bytes = 1 << 10};
    outcome.params_update.version = {.app = 3};
    const Block first = chain.make_block();

    chain.append(first, outcome);
    const Block second = chain.make_block();

    EXPECT_EQ(first.header.version.app, 0U);
    EXPECT_EQ(second.header.version.app, 3U);
    EXPECT_NE(second.header.consensus_hash, first.header.consensus_hash);
    EXPECT_EQ(second.header.consensus_hash, chain::consensus_hash(chain.state().consensus_params));
    EXPECT_EQ(chain.state().consensus_params.block.max_gas, 5);
    chain.append(second);
    EXPECT_EQ(chain.make_block().header.version.app, 3U);
}

/// What next_state says to an outcome of the first block.
std::string refusal(const TestChain& chain, const BlockOutcome& outcome) {
    const Block block = chain.make_block();
    const auto state = next_state(
        chain.state(),
        chain::block_id(block.header, chain::make_part_set(block)),
        block.header,
        outcome
    );
    return state ? "accepted" : state.error().message();
}

TEST(NextState, refuses_updates_that_no_set_can_follow) {
    const auto founders = validators_with_power({10, 20});
    const TestChain chain(founders);
    const auto refusal_of = [&](std::vector<ValidatorUpdate> updates) {
        return refusal(chain, {.validator_updates = std::move(updates)});
    };
    const crypto::PublicKey first = founders.validators[0].public_key();
    const crypto::PublicKey second = founders.validators[1].public_key();
    const crypto::PublicKey stranger = test::public_key(50);
    const VotingPower limit = chain::total_voting_power_max;
    std::vector<ValidatorUpdate> crowd;
    for (int i = 0; i < static_cast<int>(chain::validators_max) - 1; ++i) {
        crowd.push_back({test::public_key(i), 1});
    }

    EXPECT_EQ(
        refusal_of({{first, 0}, {second, 0}}),
        "FinalizeBlock.validator_updates: no validator is left"
    );
    EXPECT_THAT(
        refusal_of({{first, 1}, {first, 2}}),
        StartsWith("FinalizeBlock.validator_updates: validator ")
    );
    EXPECT_THAT(
        refusal_of({{stranger, 0}}), StartsWith("FinalizeBlock.validator_updates: validator ")
    );
    EXPECT_EQ(
        refusal_of({{stranger, -1}}), "FinalizeBlock.validator_updates: voting power -1 is negative"
    );
    EXPECT_EQ(
        refusal_of({{stranger, limit - 29}}),
        fmt::format(
            "FinalizeBlock.validator_updates: the total voting power is over the limit {}", limit
        )
    );
    EXPECT_THAT(
        refusal_of({{stranger, std::numeric_limits<VotingPower>::max()}}),
        StartsWith("FinalizeBlock.validator_updates: voting power 9223372036854775807 is over")
    );
    EXPECT_EQ(
        refusal_of(crowd),
        "FinalizeBlock.validator_updates: 10001 validators are over the limit 10000"
    );
    EXPECT_EQ(refusal_of({{stranger, limit - 30}}), "accepted");
    EXPECT_EQ(refusal_of({{first, 0}}), "accepted");
}

TEST(NextState, holds_newcomers_to_the_key_types_in_force) {
    TestChain chain(validators_with_power({10, 20}));
    const crypto::PublicKey founder = chain.state().validators[1].public_key();
    const crypto::PublicKey ed25519 = test::public_key(50);
    BlockOutcome only_ed25519;
    only_ed25519.params_update.validator = {.pub_key_types = {KeyType::ed25519}};

    // An update of the parameters does not concern the updates that come with it.
    only_ed25519.validator_updates = {{founder, 11}};
    chain.append(chain.make_block(), only_ed25519);

    EXPECT_THAT(
        refusal(chain, {.validator_updates = {{founder, 12}}}),
        testing::EndsWith("has a key of type secp256k1, which is not among the consensus "
                          "parameters' pub_key_types")
    );
    EXPECT_EQ(refusal(chain, {.validator_updates = {{founder, 0}}}), "accepted");
    EXPECT_EQ(refusal(chain, {.validator_updates = {{ed25519, 12}}}), "accepted");
}

TEST(NextState, refuses_parameters_that_break_a_rule) {
    const TestChain chain(validators_with_power({10}));
    const chain::BlockParams no_bytes{.max_bytes = 0, .max_gas = -1};

    EXPECT_THAT(
        refusal(chain, {.params_update = {.block = no_bytes}}),
        StartsWith("FinalizeBlock.consensus_params: block.max_bytes")
    );
    EXPECT_THAT(
        refusal(chain, {.params_update = {.validator = chain::ValidatorParams{{}}}}),
        StartsWith("FinalizeBlock.consensus_params: validator.pub_key_types")
    );
}

TEST(NextState, takes_only_the_next_block_under_its_own_name) {
    TestChain chain(validators_with_power({10}));
    const ChainState genesis = chain.state();
    const Block first = chain.make_block();
    const chain::BlockId id = chain::block_id(first.header, chain::make_part_set(first));
    chain.append(first);

    EXPECT_DEATH((void)next_state(chain.state(), id, first.header, {}), "height");
    EXPECT_DEATH((void)next_state(genesis, test::block_id(1), first.header, {}), "hash");
}

using Powers = std::map<crypto::Address, VotingPower>;

Powers powers_of(const ValidatorSet& set) {
    Powers powers;
    for (const chain::Validator& validator : set.validators()) {
        powers.emplace(validator.address(), validator.voting_power());
    }
    return powers;
}

/// Changes a few of twelve candidates, and never removes the last validator of `powers`, which
/// follows along.
std::vector<ValidatorUpdate> random_updates(RandomSource& random, KeyType type, Powers& powers) {
    std::vector<ValidatorUpdate> updates;
    for (int candidate = 0; candidate < 12; ++candidate) {
        const crypto::PublicKey key = test::private_key(candidate, type).public_key();
        const auto power = static_cast<VotingPower>(random.below(4) * random.below(1000));
        const bool known = powers.contains(key.address());
        if (random.below(5) != 0 || (power == 0 && (!known || powers.size() == 1))) {
            continue;
        }
        updates.push_back({key, power});
        power == 0 ? (void)powers.erase(key.address())
                   : (void)powers.insert_or_assign(key.address(), power);
    }
    return updates;
}

/// Letters for a commit in which a third of the power or less is missing or for nil.
std::string random_votes(RandomSource& random, const ValidatorSet& set) {
    std::string votes(set.size(), 'c');
    VotingPower others = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
        const VotingPower power = set.validators()[i].voting_power();
        if (random.below(2) == 0 &&
            set.total_power() - others - power > set.total_power() * 2 / 3) {
            others += power;
            votes[i] = random.below(2) == 0 ? 'a' : 'n';
        }
    }
    return votes;
}

TEST(NextState, makes_chains_that_validate_whatever_the_validators_do) {
    for (const KeyType type : {KeyType::secp256k1, KeyType::ed25519}) {
        SeededRandom random(17);
        TestChain chain(validators_with_power({5, 10, 15}, type), Height(100));
        for (int candidate = 0; candidate < 12; ++candidate) {
            chain.add_key(test::private_key(candidate, type));
        }
        std::vector<Powers> expected(2, powers_of(chain.state().validators));  // by height

        for (std::size_t i = 0; i < 50; ++i) {
            ASSERT_EQ(powers_of(chain.state().validators), expected[i]) << "block " << i;
            Powers powers = expected.back();
            BlockOutcome outcome;
            outcome.validator_updates = random_updates(random, type, powers);
            outcome.params_update.version = {.app = random.below(3)};
            expected.push_back(powers);
            chain.append(
                chain.make_block({Bytes(random.below(9))}),
                outcome,
                random_votes(random, chain.state().validators)
            );
        }

        EXPECT_EQ(chain.state().last_height, Height(149));
        EXPECT_GT(expected.back().size(), 3U);
    }
}

}  // namespace
}  // namespace steelyard::consensus
