#include "kvstore/application.h"

#include "abci/block_results.h"
#include "base/protowire.h"
#include "kvstore/tx_format.h"
#include "storage/memory_store.h"
#include "tests/support/chain_builders.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>
#include <atomic>
#include <thread>

namespace steelyard::kvstore {
namespace {

Bytes tx(std::string_view text) {
    return to_bytes(as_bytes(text));
}

/// An application over a store that outlives it.
class KvStoreApplication : public testing::Test {
protected:
    KvStoreApplication() { open(); }

    void open() { application_ = *Application::open(store_); }

    /// A chain of one validator with power 7.
    void begin(const crypto::PublicKey& key) {
        chain::GenesisDoc genesis{};
        genesis.validators.push_back({key, 7, ""});
        EXPECT_TRUE(application_->init_chain(genesis));
    }

    std::uint32_t check(std::string_view text, abci::CheckType type = abci::CheckType::fresh) {
        return application_->check_tx(as_bytes(text), type)->result.code;
    }

    std::vector<Bytes> propose(const abci::ProposalRequest& request) {
        return std::get<std::vector<Bytes>>(*application_->prepare_proposal(request));
    }

    bool accepts(std::string_view text) {
        return *application_->process_proposal({.txs = {tx(text)}});
    }

    abci::BlockResults finalize(std::int64_t height, std::vector<Bytes> txs) {
        chain::Block block{.txs = std::move(txs)};
        block.header.height = chain::Height(height);
        return *application_->finalize_block(block, std::nullopt);
    }

    abci::BlockResults execute(std::int64_t height, std::vector<Bytes> txs) {
        auto results = finalize(height, std::move(txs));
        EXPECT_TRUE(application_->commit());
        return results;
    }

    abci::QueryResult query(std::string_view key, std::string_view path = "", bool prove = false) {
        return *application_->query({.path = std::string(path), .data = tx(key), .prove = prove});
    }

    storage::MemoryStore store_;
    std::unique_ptr<Application> application_;
};

TEST_F(KvStoreApplication, judges_pairs_as_cometbft_does) {
    EXPECT_EQ(check("hello=world"), 0U);
    EXPECT_EQ(check("space:jam"), 0U);
    EXPECT_EQ(check("a=b"), 0U);
    EXPECT_EQ(check("hello"), 2U);
    EXPECT_EQ(check("=hello"), 2U);
    EXPECT_EQ(check("hello="), 2U);
    EXPECT_EQ(check("a=b=c"), 2U);
    EXPECT_EQ(check("a=b:c"), 2U);
    EXPECT_EQ(check(""), 2U);
    EXPECT_EQ(check("val=hello"), 2U);
    EXPECT_EQ(check("val=hi!5"), 2U);
    EXPECT_EQ(check("val=ed25519!AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=!10"), 0U);
}

TEST_F(KvStoreApplication, asks_one_gas_of_what_it_takes) {
    EXPECT_EQ(
        application_->check_tx(as_bytes("a=b"), abci::CheckType::fresh)->result.gas_wanted, 1
    );
    EXPECT_EQ(application_->check_tx(as_bytes("ab"), abci::CheckType::fresh)->result.gas_wanted, 0);
}

TEST_F(KvStoreApplication, proposes_equals_signs_and_leaves_out_what_is_invalid) {
    const auto txs = propose({.txs = {tx("key=value"), tx("key:val"), tx("bad"), tx("kee=value")}});

    EXPECT_EQ(txs, (std::vector{tx("key=value"), tx("key=val"), tx("kee=value")}));
}

TEST_F(KvStoreApplication, takes_no_pair_that_a_block_would_hold_as_a_validator_transaction) {
    const Bytes update = make_validator_tx({test::public_key(1), 5});
    Bytes with_colon = update;
    with_colon.at(3) = ':';

    for (const Bytes& bad : {tx("val:5"), with_colon}) {
        EXPECT_EQ(check(std::string(as_text(bad))), 2U);
        EXPECT_EQ(propose({.txs = {bad}}), std::vector<Bytes>());
    }
    EXPECT_EQ(check("value:5"), 0U);
}

TEST_F(KvStoreApplication, proposes_one_update_of_a_validator_at_a_time) {
    const Bytes first = make_validator_tx({test::public_key(1), 5});
    const Bytes second = make_validator_tx({test::public_key(1), 6});

    EXPECT_EQ(propose({.txs = {first, second}}), std::vector<Bytes>({first}));
}

TEST_F(KvStoreApplication, refuses_proposals_that_no_correct_node_makes) {
    EXPECT_TRUE(accepts("a=b"));
    EXPECT_FALSE(accepts("a:b"));
    EXPECT_FALSE(accepts("ab"));
    EXPECT_FALSE(accepts("val=hi!5"));
}

/// They would stop the chain, whoever proposes them.
TEST_F(KvStoreApplication, neither_proposes_nor_accepts_updates_that_cannot_be_made) {
    const auto key = test::public_key(1);
    begin(key);
    const Bytes good = make_validator_tx({test::public_key(2), 5});
    const Bytes second = make_validator_tx({test::public_key(2), 6});
    const Bytes stranger = make_validator_tx({test::public_key(3), 0});
    const Bytes last = make_validator_tx({key, 0});

    EXPECT_EQ(propose({.txs = {stranger, last, good, second}}), (std::vector<Bytes>{good}));
    EXPECT_TRUE(*application_->process_proposal({.txs = {good}}));
    EXPECT_FALSE(*application_->process_proposal({.txs = {good, second}}));
    EXPECT_FALSE(*application_->process_proposal({.txs = {stranger}}));
    EXPECT_FALSE(*application_->process_proposal({.txs = {last}}));
    execute(1, {good});
    open();
    EXPECT_TRUE(*application_->process_proposal({.txs = {last}}));
}

TEST_F(KvStoreApplication, drops_at_recheck_updates_that_cannot_be_made) {
    begin(test::public_key(1));
    const auto recheck = [&](const chain::ValidatorUpdate& update) {
        return check(as_text(make_validator_tx(update)), abci::CheckType::recheck);
    };

    EXPECT_EQ(check(as_text(make_validator_tx({test::public_key(2), 0}))), 0U);
    EXPECT_EQ(recheck({test::public_key(2), 0}), 2U);
    EXPECT_EQ(recheck({test::public_key(2), 5}), 0U);
    execute(1, {make_validator_tx({test::public_key(2), 5})});
    EXPECT_EQ(recheck({test::public_key(2), 0}), 0U);
}

TEST_F(KvStoreApplication, refuses_evidence_at_which_cometbfts_chain_would_stop) {
    const auto set = test::validators_with_power({7, 5});
    begin(set.validators[0].public_key());
    const auto double_vote = [](const chain::Validator& voter) {
        chain::Vote vote{};
        vote.validator_address = voter.address();
        return chain::Evidence(chain::DuplicateVoteEvidence{vote, vote, 12, 7, {}});
    };
    const auto takes = [&](std::vector<chain::Evidence> evidence) {
        return *application_->process_proposal({.evidence = std::move(evidence)});
    };
    const auto one = double_vote(set.validators[0]);

    EXPECT_TRUE(takes({one}));
    EXPECT_FALSE(takes({one, one}));
    EXPECT_FALSE(takes({double_vote(set.validators[1])})) << "a stranger";
}

TEST_F(KvStoreApplication, updates_nobody_whom_evidence_in_the_block_punishes) {
    const auto key = test::public_key(1);
    begin(key);
    chain::Vote vote{};
    vote.validator_address = key.address();
    const chain::DuplicateVoteEvidence evidence{vote, vote, 7, 7, {}};
    const Bytes update = make_validator_tx({key, 9});

    EXPECT_TRUE(propose({.evidence = {evidence}, .txs = {update}}).empty());
    EXPECT_FALSE(*application_->process_proposal({.txs = {update}, .evidence = {evidence}}));
}

TEST_F(KvStoreApplication, keeps_to_the_genesis_types_of_keys_also_after_a_restart) {
    const auto ed25519 = test::private_key(2, crypto::KeyType::ed25519).public_key();
    const Bytes update = make_validator_tx({ed25519, 5});
    chain::GenesisDoc genesis{};
    genesis.validators.push_back({test::private_key(1).public_key(), 7, ""});
    genesis.consensus_params.validator.pub_key_types = {crypto::KeyType::secp256k1};
    ASSERT_TRUE(application_->init_chain(genesis));

    EXPECT_FALSE(*application_->process_proposal({.txs = {update}}));
    execute(1, {});
    open();
    EXPECT_FALSE(*application_->process_proposal({.txs = {update}}));
}

TEST_F(KvStoreApplication, gives_cometbfts_results) {
    const auto results = execute(1, {tx("name=satoshi")});

    ASSERT_EQ(results.tx_results.size(), 1U);
    const chain::ExecTxResult& result = results.tx_results[0];
    EXPECT_EQ(result.code, 0U);
    EXPECT_EQ(result.gas_wanted, 0);
    EXPECT_TRUE(result.data.empty());
    const std::vector<chain::Event> events{
        {"app",
         {{"creator", "Cosmoshi Netowoko", true},
          {"key", "name", true},
          {"index_key", "index is working", true},
          {"noindex_key", "index is working", false}}},
        {"app",
         {{"creator", "Cosmoshi", true},
          {"key", "satoshi", true},
          {"index_key", "index is working", true},
          {"noindex_key", "index is working", false}}},
    };
    EXPECT_EQ(result.events, events);
    EXPECT_TRUE(results.events.empty());
}

TEST_F(KvStoreApplication, gives_results_that_can_be_read_again_whatever_a_transaction_holds) {
    const std::string large(1 << 20, 'x');

    const auto results =
        execute(1, {tx("a\xC3\xA4\xFF=\xE2\x82\xF0\x9F\x98\x80"), tx("l=" + large)});

    const auto read = abci::decode_block_results(abci::encode_block_results(results));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, results);
    const auto text_of = [&](std::size_t tx, std::size_t event) {
        return results.tx_results[tx].events[event].attributes[1].value;
    };
    EXPECT_EQ(text_of(0, 0), "a\u00E4\uFFFD");
    EXPECT_EQ(text_of(0, 1), "\uFFFD\uFFFD\U0001F600");
    EXPECT_EQ(text_of(1, 1), large);
    EXPECT_EQ(query("a\xC3\xA4\xFF").value, tx("\xE2\x82\xF0\x9F\x98\x80"));
}

TEST_F(KvStoreApplication, hashes_the_count_of_transactions_as_a_zigzag_varint) {
    const auto hash = [](const abci::BlockResults& results) {
        return to_hex(results.app_hash.view());
    };

    EXPECT_EQ(to_hex(application_->init_chain({})->app_hash.view()), "0000000000000000");
    EXPECT_EQ(hash(execute(1, {})), "0000000000000000");
    EXPECT_EQ(hash(execute(2, {tx("a=1")})), "0200000000000000");
    EXPECT_EQ(hash(execute(3, std::vector<Bytes>(63, tx("a=1")))), "8001000000000000");
    EXPECT_EQ(hash(execute(4, std::vector<Bytes>(936, tx("a=1")))), "d00f000000000000");
}

TEST_F(KvStoreApplication, tells_of_itself_as_cometbft_does) {
    const auto before = *application_->info();
    execute(1, {tx("a=1"), tx("b=2")});
    const auto after = *application_->info();

    EXPECT_EQ(before.data, "{\"size\":0}");
    EXPECT_EQ(before.version, "2.0.0");
    EXPECT_EQ(before.app_version, 1U);
    EXPECT_EQ(before.last_height, chain::Height());
    EXPECT_EQ(after.data, "{\"size\":2}");
    EXPECT_EQ(after.last_height, chain::Height(1));
    EXPECT_EQ(to_hex(after.app_hash.view()), "0400000000000000");
}

TEST_F(KvStoreApplication, answers_questions_from_the_committed_state) {
    execute(1, {tx("abc=def")});
    finalize(2, {tx("abc=ghi")});

    const auto found = query("abc");
    EXPECT_EQ(found.code, 0U);
    EXPECT_EQ(found.log, "exists");
    EXPECT_EQ(found.key, tx("abc"));
    EXPECT_EQ(found.value, tx("def"));
    EXPECT_EQ(found.index, 0);
    EXPECT_EQ(found.height, chain::Height(1));
    EXPECT_EQ(query("abc", "/store", true).index, -1);
    EXPECT_EQ(query("nothing").log, "does not exist");
    EXPECT_TRUE(query("nothing").value.empty());
}

TEST_F(KvStoreApplication, keeps_nothing_before_the_commit) {
    execute(1, {tx("a=1")});
    finalize(2, {tx("a=2")});

    open();

    EXPECT_EQ(query("a").value, tx("1"));
    EXPECT_EQ(application_->info()->last_height, chain::Height(1));
}

TEST_F(KvStoreApplication, updates_validators) {
    const auto key = test::private_key(1, crypto::KeyType::ed25519).public_key();
    const auto other = test::private_key(2).public_key();
    begin(key);

    const auto results = execute(1, {make_validator_tx({other, 10})});

    const std::vector<chain::ValidatorUpdate> updates{{other, 10}};
    EXPECT_EQ(results.validator_updates, updates);
    // ValidatorUpdate{pub_key: {ed25519: key}, power: 7} behind its length.
    const Bytes expected = hex_bytes("260a220a20" + to_hex(key.bytes()) + "1007");
    EXPECT_EQ(query(as_text(key.bytes()), "/val").value, expected);
    EXPECT_EQ(query(as_text(other.bytes()), "/val").value.size(), 1U + 2 + 2 + 33 + 2);
    execute(2, {make_validator_tx({other, 0})});
    EXPECT_TRUE(query(as_text(other.bytes()), "/val").value.empty());
}

TEST_F(KvStoreApplication, writes_a_validator_transaction_as_its_own_key_where_base64_is_padded) {
    const Bytes update = tx("val=ed25519!AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=!10");

    const auto results = execute(1, {update});

    EXPECT_EQ(results.tx_results[0].events[0].attributes[1].value, as_text(update));
    EXPECT_EQ(results.tx_results[0].events[1].attributes[1].value, as_text(update));
    EXPECT_EQ(query("val").log, "does not exist");
}

TEST_F(KvStoreApplication, takes_power_from_who_signed_twice_also_after_a_restart) {
    const auto set = test::validators_with_power({7, 5});
    const chain::Validator& guilty = set.validators.validators()[0];
    begin(guilty.public_key());
    execute(1, {});
    open();
    chain::Vote vote{};
    vote.validator_address = guilty.address();
    chain::Block block{.evidence = {chain::DuplicateVoteEvidence{vote, vote, 12, 7, {}}}};
    block.header.height = chain::Height(2);

    const auto results = *application_->finalize_block(block, std::nullopt);

    const std::vector<chain::ValidatorUpdate> updates{{guilty.public_key(), 6}};
    EXPECT_EQ(results.validator_updates, updates);
}

/// Who signs two prevotes most often signs two precommits as well: a set that is updated twice for
/// one validator would stop the chain.
TEST_F(KvStoreApplication, updates_a_validator_once_in_a_block) {
    const auto set = test::validators_with_power({7, 5});
    const chain::Validator& guilty = set.validators.validators()[0];
    const chain::Validator& other = set.validators.validators()[1];
    begin(guilty.public_key());
    execute(1, {make_validator_tx({other.public_key(), 5})});
    chain::Vote vote{};
    vote.validator_address = guilty.address();
    const chain::DuplicateVoteEvidence evidence{vote, vote, 12, 7, {}};
    chain::Block block{
        .txs =
            {make_validator_tx({other.public_key(), 8}), make_validator_tx({other.public_key(), 9})
            },
        .evidence = {evidence, evidence},
    };
    block.header.height = chain::Height(2);

    const auto results = *application_->finalize_block(block, std::nullopt);

    const std::vector<chain::ValidatorUpdate> updates{
        {guilty.public_key(), 6}, {other.public_key(), 9}
    };
    EXPECT_EQ(results.validator_updates, updates);
    EXPECT_TRUE(chain::ValidatorSet(set.validators).update(results.validator_updates).has_value());
}

TEST_F(KvStoreApplication, drops_at_recheck_what_was_stored_in_its_other_form) {
    execute(1, {tx("a=b")});

    EXPECT_EQ(check("a:b", abci::CheckType::fresh), 0U);
    EXPECT_EQ(check("a:b", abci::CheckType::recheck), 2U);
    EXPECT_EQ(check("a:c", abci::CheckType::recheck), 0U);
    EXPECT_EQ(check("a=b", abci::CheckType::recheck), 0U);
}

TEST_F(KvStoreApplication, answers_while_blocks_are_committed) {
    std::atomic<bool> is_done = false;
    std::thread asker([&] {
        while (!is_done) {
            const auto found = query("height");
            if (found.log == "exists") {
                EXPECT_EQ(found.value, tx(std::to_string(found.height.value())));
            }
            EXPECT_TRUE(application_->info());
        }
    });

    for (std::int64_t height = 1; height <= 300; ++height) {
        execute(height, {tx("height=" + std::to_string(height))});
    }

    is_done = true;
    asker.join();
}

TEST_F(KvStoreApplication, refuses_a_damaged_store) {
    storage::WriteBatch batch;
    batch.put(as_bytes("state"), tx("xx"));
    ASSERT_TRUE(store_.write(batch, storage::Durability::synced));

    const auto opened = Application::open(store_);

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace steelyard::kvstore
