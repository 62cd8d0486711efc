#include "ledger/block/block.h"

#include "ledger/genesis/genesis.h"
#include "ledger/params/stored_params.h"
#include "ledger/staking/delegation.h"
#include "ledger/staking/operations.h"
#include "steelyard/market/v1/tx.pb.h"
#include "tests/support/chain_builders.h"
#include "tests/unit/ledger/genesis_builder.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>

#include <set>

namespace steelyard::block {
namespace {

using ledger::GenesisBuilder;
using ledger::Wallet;

/// A chain at its first block, whose proposer is validator 0.
class Block : public testing::Test {
protected:
    void begin() { CHECK(genesis::start(state_, builder_.build()).has_value()); }

    Bytes transfer(std::uint32_t from, std::uint64_t gas) {
        const Wallet wallet = GenesisBuilder::wallet(from);
        auto draft = ledger::make_transfer(wallet, GenesisBuilder::wallet(1 - from).address);
        return draft.fee("200000uyard", gas).sign();
    }

    chain::Block block_of(std::vector<Bytes> txs, chain::Height height = chain::Height(1)) {
        chain::Block block;
        block.header.chain_id = builder_.chain_id;
        block.header.height = height;
        block.header.proposer_address = GenesisBuilder::validator(0).consensus_key.address();
        const auto alpha = beacon::input_of(beacon::latest(state_)->value, height);
        const auto key = GenesisBuilder::key('b', 0);
        block.txs = {make_beacon_tx(crypto::vrf::prove(key.secret(), alpha))};
        block.txs.insert(block.txs.end(), txs.begin(), txs.end());
        return block;
    }

    std::size_t chosen(std::vector<Bytes> waiting, std::int64_t bytes = 10'000) {
        const auto mark = state_.mark();
        const ProposalSpace space{bytes, {builder_.chain_id, chain::Height(1), {}}};
        const std::size_t count = choose_txs(state_, space, std::move(waiting)).size();
        state_.roll_back(mark);
        return count;
    }

    void limit_gas(std::int64_t max_gas) {
        ledger::Params params = ledger::load_params(state_).value();
        params.block.max_gas = max_gas;
        CHECK(ledger::store_params(state_, params).has_value());
    }

    GenesisBuilder builder_;
    ledger::EmptyState below_;
    StateView state_{below_};
    market::Books books_{};

    Tools tools() {
        return {.signatures = [](auto) { return true; }, .books = books_};
    }
};

TEST_F(Block, counts_tag_and_length_of_a_transaction) {
    for (const std::size_t size : {1, 127, 128, 16'383, 16'384}) {
        const Bytes tx(size, 1);
        EXPECT_EQ(
            size_in_block(tx),
            static_cast<std::int64_t>(chain::encode_data(std::vector<Bytes>{tx}).size())
        );
    }
}

TEST_F(Block, takes_what_fits_in_bytes_and_gas) {
    begin();
    const std::vector<Bytes> waiting = {transfer(0, 20'000'000), transfer(1, 18'000'000)};

    EXPECT_EQ(chosen(waiting), 2U);
    EXPECT_EQ(chosen(waiting, size_in_block(waiting[0])), 1U);
    EXPECT_EQ(chosen(waiting, 0), 0U);
    limit_gas(38'000'000);
    EXPECT_EQ(chosen(waiting), 2U);
    limit_gas(37'999'999);
    EXPECT_EQ(chosen(waiting), 1U);
    limit_gas(18'000'000);
    EXPECT_EQ(chosen(waiting), 1U);
}

/// K7 of doc/spec/market.md: the mempool's order only within a lane.
TEST_F(Block, takes_proofs_before_workers_before_others) {
    ASSERT_TRUE(genesis::start(state_, builder_.build(4)));
    constexpr std::uint64_t gas = 9'000'000;
    const auto tx = [](std::uint32_t person, const google::protobuf::Message& message) {
        const Wallet wallet = GenesisBuilder::wallet(person);
        ledger::TxDraft draft;
        return draft.message(message).fee("100000uyard", gas).signer(wallet).sign();
    };
    const auto of = [](auto message, std::uint32_t person) {
        message.set_signer(GenesisBuilder::wallet(person).text());
        return message;
    };
    using namespace ::steelyard::market::v1;
    const Bytes usual = transfer(0, gas);
    const Bytes other_usual = transfer(1, gas);
    const Bytes worker = tx(1, of(MsgStartJob(), 1));
    const Bytes proof = tx(2, of(MsgSpotCheck(), 2));
    const Bytes other_proof = tx(3, of(MsgSpotCheck(), 3));
    const auto chosen_of = [&](std::vector<Bytes> waiting) {
        const auto mark = state_.mark();
        const ProposalSpace space{10'000, {builder_.chain_id, chain::Height(1), {}}};
        auto txs = choose_txs(state_, space, std::move(waiting));
        state_.roll_back(mark);
        return txs;
    };

    EXPECT_THAT(
        chosen_of({usual, worker, other_proof, proof}),
        testing::ElementsAre(other_proof, proof, worker, usual)
    );
    EXPECT_THAT(
        chosen_of({proof, other_proof, usual}), testing::ElementsAre(proof, other_proof, usual)
    );
    // Of one sender's transactions that come in another order by it, those that fit are taken.
    EXPECT_THAT(chosen_of({other_usual, worker, usual}), testing::ElementsAre(worker, usual));
    // What has no room leaves it to what comes behind.
    limit_gas(18'999'999);
    EXPECT_THAT(chosen_of({usual, worker, proof}), testing::ElementsAre(proof, worker));
}

TEST_F(Block, is_refused_with_more_gas_than_may_be) {
    begin();
    const auto block = block_of({transfer(0, 12'000'000), transfer(1, 6'000'000)});

    EXPECT_TRUE(check_block(state_, block));

    limit_gas(17'999'999);
    EXPECT_THAT(check_block(state_, block).error().message(), testing::HasSubstr("transaction 2"));
}

/// Four equal validators decided block 1, with the votes that a letter each says.
chain::VerifiedCommit commit_of_four(const chain::ChainId& chain_id, std::string_view votes) {
    std::vector<chain::ValidatorUpdate> updates;
    for (std::uint32_t i = 0; i < 4; ++i) {
        updates.push_back({GenesisBuilder::key('c', i).public_key(), 5});
    }
    test::SigningSet set{*chain::ValidatorSet::create(updates), {}};
    for (chain::ValidatorIndex place = 0; place < 4; ++place) {
        for (std::uint32_t i = 0; i < 4; ++i) {
            if (updates[i].public_key.address() == set.validators[place].address()) {
                set.keys.push_back(GenesisBuilder::key('c', i));
            }
        }
    }
    const chain::CommitTarget target{chain_id, chain::Height(1), test::block_id(1)};
    return *chain::verify_commit(target, set.validators, sign_commit(set, target, votes));
}

// A3 of doc/spec/market-attacks.md: a proposer chooses which votes it shows, and with them nothing
// that a challenge is drawn from.
TEST_F(Block, A3_has_one_beacon_whichever_valid_commit_its_proposer_shows) {
    ASSERT_TRUE(genesis::start(state_, builder_.build(4)));
    execute(state_, block_of({}), std::nullopt, tools());
    const chain::Block block = block_of({}, chain::Height(2));
    const beacon::Value before = beacon::latest(state_)->value;
    std::set<beacon::Value> beacons;
    std::set<chain::Timestamp> times;
    for (const std::string_view votes : {"cccc", "accc", "cacc", "ccac", "ccca"}) {
        const auto mark = state_.mark();
        const chain::VerifiedCommit commit = commit_of_four(builder_.chain_id, votes);

        execute(state_, block, commit, tools());

        beacons.insert(beacon::latest(state_)->value);
        times.insert(commit.median_time());
        state_.roll_back(mark);
    }
    EXPECT_EQ(beacons.size(), 1U);
    EXPECT_FALSE(beacons.contains(before));
    EXPECT_GT(times.size(), 1U) << "the commits do differ";
}

TEST_F(Block, mints_by_the_schedule) {
    builder_.params.mint = {{chain::Height(1), chain::Amount(77)}};
    begin();

    const auto results = execute(state_, block_of({}), std::nullopt, tools());

    EXPECT_EQ(bank::total(state_, bank::Source::minted), chain::Amount(77));
    EXPECT_EQ(beacon::latest(state_)->height, chain::Height(1));
    EXPECT_EQ(results.tx_results.size(), 1U);
    EXPECT_TRUE(results.validator_updates.empty());
}

TEST_F(Block, has_a_result_for_each_transaction) {
    begin();

    const auto results =
        execute(state_, block_of({transfer(0, 200'000), transfer(1, 100)}), std::nullopt, tools());

    ASSERT_EQ(results.tx_results.size(), 3U);
    EXPECT_EQ(results.tx_results[1].code, 0U) << results.tx_results[1].log;
    EXPECT_EQ(results.tx_results[2].code, ledger::kinds::out_of_gas.code);
}

/// Of more than there may be the last are left out: the results can be read again.
TEST_F(Block, has_no_more_events_than_its_reader_takes) {
    begin();
    const auto validator = staking::find_by_consensus_address(
        state_, GenesisBuilder::validator(0).consensus_key.address()
    );
    const chain::Amount stake(100);
    constexpr std::uint64_t delegators = abci::BlockResults::events_max / 2;
    const auto pool = bank::module_party(state_, staking::not_bonded_pool_name).value();
    const auto coins = chain::Coins::parse(fmt::format("{}uyard", 100 * delegators)).value();
    ASSERT_TRUE(bank::endow(state_, pool.number, coins));
    for (std::uint64_t i = 0; i < delegators; ++i) {
        const staking::UnbondingEntry entry{
            .creation_height = chain::Height(1),
            .completion_time = *chain::Timestamp::parse("2026-02-01T00:00:00Z"),
            .initial_balance = stake,
            .balance = stake,
        };
        const ledger::AccountNumber delegator{1'000 + i};
        ASSERT_TRUE(staking::put_unbonding(state_, delegator, **validator, {entry}));
    }
    auto block = block_of({});
    chain::Vote vote;
    vote.height = chain::Height(1);
    vote.validator_address = GenesisBuilder::validator(0).consensus_key.address();
    block.evidence = {chain::DuplicateVoteEvidence{
        .vote_a = vote,
        .vote_b = vote,
        .total_voting_power = 10,
        .validator_power = 5,
        .timestamp = block.header.time,
    }};

    const auto results = execute(state_, block, std::nullopt, tools());

    EXPECT_EQ(results.events.size(), abci::BlockResults::events_max);
    EXPECT_TRUE(abci::decode_block_results(abci::encode_block_results(results)));
}

}  // namespace
}  // namespace steelyard::block
