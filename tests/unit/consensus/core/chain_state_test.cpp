// The state before the first block, and the bytes of every state.
#include "consensus/core/chain_state.h"

#include "chain/exec_result.h"
#include "proto/codec.h"
#include "tests/support/test_chain.h"
#include "tests/unit/chain/samples.h"

#include "tendermint/state/types.pb.h"

namespace steelyard::consensus {
namespace {

using chain::error_of;
using chain::Height;
using crypto::KeyType;
using test::TestChain;
using test::validators_with_power;
using testing::HasSubstr;

chain::GenesisDoc doc_of(const std::vector<chain::VotingPower>& powers) {
    return test::genesis_doc(validators_with_power(powers).validators, Height(5));
}

TEST(GenesisState, comes_from_the_document) {
    chain::GenesisDoc doc = doc_of({1, 2, 3});
    doc.app_hash = chain::Hash256{7};
    doc.consensus_params.version.app = 9;

    const auto state = genesis_state(doc);

    ASSERT_TRUE(state) << error_of(state);
    EXPECT_EQ(state->chain_id, doc.chain_id);
    EXPECT_EQ(state->last_height, Height(0));
    EXPECT_EQ(state->next_height(), Height(5));
    EXPECT_EQ(state->last_block_time, doc.genesis_time);
    EXPECT_FALSE(state->last_block_id);
    EXPECT_FALSE(state->last_validators);
    EXPECT_EQ(state->validators, chain::initial_validators(doc));
    EXPECT_EQ(state->next_validators, state->validators.after_turns(1));
    EXPECT_EQ(state->consensus_params, doc.consensus_params);
    EXPECT_EQ(state->version(), (chain::ConsensusVersion{.block = 11, .app = 9}));
    EXPECT_EQ(state->last_results_hash, chain::results_hash({}));
    EXPECT_EQ(state->app_hash, doc.app_hash);
}

TEST(GenesisState, prefers_what_the_application_says) {
    const chain::GenesisDoc doc = doc_of({1, 2, 3});
    const auto others = validators_with_power({8, 9}, KeyType::ed25519, 50).validators;
    GenesisOutcome outcome;
    for (const chain::Validator& validator : others.validators()) {
        outcome.validators.push_back({validator.public_key(), validator.voting_power()});
    }
    outcome.params_update.version = {.app = 4};
    outcome.app_hash = chain::Hash256{8};

    const auto state = genesis_state(doc, outcome);

    ASSERT_TRUE(state) << error_of(state);
    EXPECT_EQ(state->validators, others);
    EXPECT_EQ(state->next_validators, others.after_turns(1));
    EXPECT_EQ(state->version().app, 4U);
    EXPECT_EQ(state->consensus_params.block, doc.consensus_params.block);
    EXPECT_EQ(state->app_hash, outcome.app_hash);
}

TEST(GenesisState, wants_a_validator_from_someone) {
    chain::GenesisDoc doc = doc_of({1});
    const crypto::PublicKey key = doc.validators[0].public_key;
    doc.validators.clear();

    EXPECT_EQ(
        error_of(genesis_state(doc)),
        "InitChain.validators: neither the genesis document nor the application names a validator"
    );
    EXPECT_TRUE(genesis_state(doc, {.validators = {{key, 1}}}));
}

TEST(GenesisState, refuses_answers_that_break_a_rule) {
    const chain::GenesisDoc doc = doc_of({1, 2});
    const crypto::PublicKey key = doc.validators[0].public_key;

    EXPECT_THAT(
        error_of(genesis_state(doc, {.validators = {{key, 1}, {key, 2}}})),
        HasSubstr("is named twice")
    );
    EXPECT_THAT(
        error_of(genesis_state(doc, {.validators = {{key, 0}}})), HasSubstr("has no voting power")
    );
    EXPECT_THAT(
        error_of(genesis_state(doc, {.validators = {{key, chain::total_voting_power_max + 1}}})),
        HasSubstr("is over the limit")
    );
    EXPECT_THAT(
        error_of(genesis_state(doc, {.params_update = {.block = chain::BlockParams{0, -1}}})),
        HasSubstr("InitChain.consensus_params: block.max_bytes")
    );

    // The parameters that count are those after the update.
    const chain::ValidatorParams only_ed25519{.pub_key_types = {KeyType::ed25519}};
    EXPECT_THAT(
        error_of(genesis_state(doc, {.params_update = {.validator = only_ed25519}})),
        HasSubstr("has a key of type secp256k1")
    );
    EXPECT_THAT(error_of(genesis_state({})), HasSubstr("genesis.genesis_time"));
}

/// A state some heights on, in which no field has its first value.
ChainState later_state(KeyType type) {
    TestChain chain(validators_with_power({10, 20, 30, 40}, type), Height(5));
    const auto newcomer = test::private_key(77, type);
    chain.add_key(newcomer.clone());
    for (std::uint8_t i = 1; i <= 6; ++i) {
        BlockOutcome outcome;
        outcome.results_hash.fill(i);
        outcome.app_hash = chain::Hash256{i};
        if (i == 6) {
            outcome.validator_updates = {{newcomer.public_key(), 25}};
            outcome.params_update.version = {.app = 7};
        }
        chain.append(chain.make_block(), outcome);
    }
    return chain.state();
}

TEST(ChainState, survives_its_encoding_which_is_the_only_one) {
    for (const ChainState& state :
         {*genesis_state(doc_of({1, 2, 3})),
          later_state(KeyType::secp256k1),
          later_state(KeyType::ed25519)}) {
        chain::expect_round_trip(state, encode_chain_state, decode_chain_state);
    }
}

TEST(ChainState, keeps_the_rotation_through_its_encoding) {
    ChainState state = later_state(KeyType::ed25519);
    auto decoded = decode_chain_state(encode_chain_state(state));
    ASSERT_TRUE(decoded) << error_of(decoded);

    for (int i = 0; i < 100; ++i) {
        state.next_validators.increment_proposer_priority(1);
        decoded->next_validators.increment_proposer_priority(1);
        ASSERT_EQ(decoded->next_validators, state.next_validators);
    }
}

TEST(ChainState, is_written_as_the_generated_class_writes_it) {
    const ChainState state = later_state(KeyType::secp256k1);
    const Bytes ours = encode_chain_state(state);

    tendermint::state::State parsed;
    const auto result =
        proto::strict_parse(parsed, ours, {.bytes_max = 1 << 20, .elements_max = 1'000});

    ASSERT_TRUE(result) << error_of(result);
    EXPECT_EQ(proto::serialize(parsed), ours);
    EXPECT_EQ(parsed.version().consensus().block(), 11U);
    EXPECT_EQ(parsed.version().consensus().app(), 7U);
    EXPECT_EQ(parsed.chain_id(), "test-chain");
    EXPECT_EQ(parsed.initial_height(), 5);
    EXPECT_EQ(parsed.last_block_height(), 10);
    EXPECT_EQ(parsed.last_validators().validators_size(), 4);
    EXPECT_EQ(parsed.validators().validators_size(), 4);
    EXPECT_EQ(parsed.next_validators().validators_size(), 5);
    EXPECT_EQ(
        parsed.next_validators().validators(0).proposer_priority(),
        state.next_validators[0].proposer_priority()
    );
    EXPECT_EQ(as_bytes(parsed.app_hash())[0], 6);
}

TEST(ChainState, is_refused_where_its_fields_do_not_fit_together) {
    const ChainState genesis = *genesis_state(doc_of({1, 2, 3}));
    const ChainState later = later_state(KeyType::ed25519);
    const auto refusal = [](ChainState state, auto damage) {
        damage(state);
        return error_of(decode_chain_state(encode_chain_state(state)));
    };
    const auto last_id = later.last_block_id;
    const auto last_set = later.last_validators;

    EXPECT_EQ(
        refusal(genesis, [&](ChainState& s) { s.last_block_id = last_id; }),
        "State.last_block_id: does not go with height 0"
    );
    EXPECT_EQ(
        refusal(genesis, [&](ChainState& s) { s.last_validators = last_set; }),
        "State.last_validators: do not go with height 0"
    );
    EXPECT_EQ(
        refusal(later, [](ChainState& s) { s.last_block_id.reset(); }),
        "State.last_block_id: does not go with height 10"
    );
    EXPECT_EQ(
        refusal(later, [](ChainState& s) { s.last_validators.reset(); }),
        "State.last_validators: do not go with height 10"
    );
    EXPECT_EQ(
        refusal(later, [](ChainState& s) { s.last_height = Height(4); }),
        "State.last_block_height: 4 is below the initial height 5"
    );
    EXPECT_THAT(
        refusal(later, [](ChainState& s) { s.initial_height = Height(0); }),
        HasSubstr("initial_height")
    );
    EXPECT_THAT(
        refusal(later, [](ChainState& s) { s.last_height = Height(std::int64_t{1} << 62); }),
        HasSubstr("last_block_height: 4611686018427387904 is over the limit")
    );
}

TEST(ChainState, is_refused_without_any_of_its_fields) {
    const Bytes bytes = encode_chain_state(*genesis_state(doc_of({1, 2, 3})));
    const std::vector<std::string> names = {
        "version",
        "chain_id",
        "last_block_id",
        "last_block_time",
        "next_validators",
        "validators",
        "consensus_params",
        "last_results_hash",
        "initial_height",
    };

    const auto damaged = chain::without_each_field(bytes);

    ASSERT_EQ(damaged.size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        EXPECT_EQ(error_of(decode_chain_state(damaged[i])), "State." + names[i] + ": is missing");
    }
}

TEST(ChainState, names_the_block_protocol) {
    const Bytes bytes = encode_chain_state(later_state(KeyType::ed25519));
    ASSERT_EQ(to_hex(ByteView(bytes).first(8)), "0a060a04080b1007");
    Bytes changed = bytes;
    ++changed[5];

    EXPECT_EQ(
        error_of(decode_chain_state(changed)), "State.version: the block protocol is 12, not 11"
    );
}

TEST(ChainState, begins_with_the_version_that_the_application_names) {
    chain::GenesisDoc doc = doc_of({1, 2, 3});
    doc.consensus_params.version.app = 9;
    EXPECT_EQ(genesis_state(doc)->version().app, 9U);
    EXPECT_EQ(genesis_state(doc, {.app_version = 1})->version().app, 1U);

    const GenesisOutcome updates{
        .params_update = {.block = chain::BlockParams{2'000'000, -1}}, .app_version = 1
    };
    EXPECT_EQ(genesis_state(doc, updates)->version().app, 9U);
}

TEST(ChainState, takes_the_version_of_the_parameters_at_their_first_update) {
    const ChainState first = *genesis_state(doc_of({1, 2, 3}), {.app_version = 1});
    const chain::Block block =
        make_block(first, {.proposer_address = first.validators[0].address()});
    const chain::Hash256 hash = chain::header_hash(block.header);
    const chain::BlockId id{hash, {1, hash}};

    EXPECT_EQ(next_state(first, id, block.header, {})->version().app, 1U);

    const BlockOutcome updates{.params_update = {.block = chain::BlockParams{2'000'000, -1}}};
    EXPECT_EQ(next_state(first, id, block.header, updates)->version().app, 0U);
}

TEST(ChainState, is_refused_above_its_size) {
    EXPECT_EQ(
        error_of(decode_chain_state(Bytes(chain_state_size_max + 1))),
        "State: has 4194305 bytes, limit 4194304"
    );
    EXPECT_THAT(
        error_of(decode_chain_state(Bytes(chain_state_size_max))), testing::HasSubstr("State.tag")
    );
}

TEST(ChainState, has_room_for_the_most_validators) {
    std::vector<chain::ValidatorUpdate> members;
    for (int i = 0; i < static_cast<int>(chain::validators_max); ++i) {
        members.push_back({test::public_key(i), chain::total_voting_power_max / 10'000});
    }
    ChainState state = later_state(KeyType::ed25519);
    state.validators = *chain::ValidatorSet::create(members);
    state.next_validators = state.validators.after_turns(1);
    state.last_validators = state.validators;

    const auto decoded = decode_chain_state(encode_chain_state(state));

    ASSERT_TRUE(decoded) << error_of(decoded);
    EXPECT_EQ(*decoded, state);
}

}  // namespace
}  // namespace steelyard::consensus
