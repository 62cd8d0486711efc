#include "rpc/routes.h"

#include "base/hex.h"
#include "chain/txs.h"
#include "rpc/event_bus.h"
#include "tests/unit/rpc/fake_node.h"

#include <gmock/gmock.h>

namespace steelyard::rpc {
namespace {

using test::FakeNode;
using testing::EndsWith;
using testing::Eq;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(std::string_view data) {
    return fmt::format(R"("error":{{"code":-32603,"message":"Internal error","data":"{}"}})", data);
}

class Routes : public testing::Test {
protected:
    FakeNode node;
};

TEST_F(Routes, say_nothing_of_a_chain_without_a_block) {
    EXPECT_EQ(node.call("status"), error_of("the chain has no block yet"));
    EXPECT_EQ(node.call("block"), error_of("the chain has no block yet"));
    EXPECT_EQ(node.call("health"), R"("result":{})");
}

TEST_F(Routes, status_has_what_clients_choose_their_dialect_by) {
    node.append({});
    const std::string first = node.call("status");

    EXPECT_THAT(first, HasSubstr(R"("version":"0.38.25")"));
    EXPECT_THAT(first, HasSubstr(R"("other":{"tx_index":"on","rpc_address":""})"));
    EXPECT_THAT(first, HasSubstr(R"("latest_block_height":"1")"));
    EXPECT_THAT(first, HasSubstr(R"("voting_power":"10")"));
    node.append({});
    EXPECT_THAT(node.call("status"), HasSubstr(R"("latest_block_height":"2")"));
    node.is_catching_up = true;
    EXPECT_THAT(node.call("status"), HasSubstr(R"("catching_up":true)"));
}

TEST_F(Routes, the_first_block_has_an_empty_parent_and_commit) {
    node.append({Bytes{1, 2}});

    const std::string block = node.call("block", R"({"height":"1"})");

    EXPECT_THAT(block, HasSubstr(R"("last_block_id":{"hash":"","parts":{"total":0,"hash":""}})"));
    EXPECT_THAT(block, HasSubstr(R"("data":{"txs":["AQI="]},"evidence":{"evidence":[]})"));
    EXPECT_THAT(
        block,
        EndsWith(
            R"("last_commit":{"height":"0","round":0,"block_id":{"hash":"","parts":{"total":0,)"
            R"("hash":""}},"signatures":[]}}})"
        )
    );
    const std::string hash = to_hex(node.chain.entries[0].meta.block_id.hash);
    EXPECT_EQ(
        node.call("header", R"({"height":"1"})"),
        node.call("header_by_hash", fmt::format(R"({{"hash":"{}"}})", hash))
    );
    EXPECT_EQ(node.call("header_by_hash", R"({"hash":"00"})"), R"("result":{"header":null})");
}

TEST_F(Routes, refuse_heights_in_comets_words) {
    node.append({});
    node.append({});

    EXPECT_EQ(
        node.call("block", R"({"height":"0"})"),
        error_of("height must be greater than 0, but got 0")
    );
    EXPECT_EQ(
        node.call("block_results", R"({"height":"3"})"),
        error_of("height 3 must be less than or equal to the current blockchain height 2")
    );
    EXPECT_THAT(node.call("validators", R"({"height":"3"})"), HasSubstr(R"("block_height":"3")"));
    EXPECT_EQ(
        node.call("validators", R"({"page":"2"})"),
        error_of("page should be within [1, 1] range, given 2")
    );
    EXPECT_EQ(
        node.call("blockchain", R"({"minHeight":"5","maxHeight":"9"})"),
        error_of("min height 5 can't be greater than max height 2")
    );
}

TEST_F(Routes, the_commit_of_the_tip_is_not_canonical) {
    node.append({});
    node.append({});

    EXPECT_THAT(node.call("commit", R"({"height":"1"})"), EndsWith(R"("canonical":true})"));
    EXPECT_THAT(node.call("commit"), EndsWith(R"("canonical":false})"));
    EXPECT_THAT(node.call("commit"), HasSubstr(R"("signatures":[{"block_id_flag":2,)"));
}

TEST_F(Routes, block_results_print_what_is_not_there_as_null) {
    const auto key = node.set.keys[0].public_key();
    node.append({});
    node.append({Bytes{1}}, {.validator_updates = {{key, 0}}});

    EXPECT_EQ(
        node.call("block_results", R"({"height":"1"})"),
        R"("result":{"height":"1","txs_results":null,"finalize_block_events":null,)"
        R"("validator_updates":null,"consensus_param_updates":null,"app_hash":""})"
    );
    const std::string second = node.call("block_results");
    EXPECT_THAT(
        second,
        HasSubstr(R"([{"code":0,"data":null,"log":"","info":"","gas_wanted":"0","gas_used":"0",)"
                  R"("events":[],"codespace":""}])")
    );
    EXPECT_THAT(
        second,
        HasSubstr(R"({"pub_key":{"Sum":{"type":"tendermint.crypto.PublicKey_Secp256K1","value":{)")
    );
}

TEST_F(Routes, find_a_transaction_with_its_proof) {
    const Bytes tx{5};
    node.append({Bytes{4}, tx});
    const std::string hash = to_hex_upper(chain::tx_hash(tx));
    const std::string found =
        R"({"hash":")" + hash +
        R"(","height":"1","index":1,"tx_result":{"code":0,"data":null,)"
        R"("log":"","info":"","gas_wanted":"0","gas_used":"0","events":[],"codespace":""},)"
        R"("tx":"BQ==")";

    EXPECT_EQ(
        node.call("tx_search", R"({"query":"tx.hash=')" + hash + R"('"})"),
        R"("result":{"txs":[)" + found + R"(}],"total_count":"1"})"
    );
    const std::string proven =
        node.call("tx_search", R"({"query":"tx.height=1","prove":true,"order_by":"desc"})");
    EXPECT_THAT(proven, StartsWith(R"("result":{"txs":[)" + found + R"(,"proof":{"root_hash":)"));
    EXPECT_THAT(node.call("tx", R"({"hash":"AQI="})"), Eq(error_of("tx (0102) not found")));
    EXPECT_EQ(
        node.call("tx_search", R"({"query":"a=1","order_by":"up"})"),
        error_of("expected order_by to be either `asc` or `desc` or empty")
    );
    EXPECT_THAT(
        node.call("block_search", R"({"query":"block.height=1"})"),
        EndsWith(R"("total_count":"1"})")
    );
}

TEST_F(Routes, consensus_is_told_with_its_blocks_and_peers) {
    EXPECT_EQ(node.call("consensus_state"), error_of("consensus is not running"));
    const auto& entry = node.append({});
    chain::BitArray bits(2);
    bits.set(1);
    node.round_view = RoundView{
        .height = chain::Height(2),
        .step = RoundStep::precommit_wait,
        .validators = node.set.validators,
        .proposal_block = CandidateView{.id = entry.meta.block_id, .parts = bits},
        .locked_round = chain::Round(),
        .locked_block =
            CandidateView{
                entry.meta.block_id, std::make_shared<const chain::Block>(entry.block), bits
            },
        .rounds = {{chain::Round(), {std::nullopt}, {std::nullopt}}},
        .triggered_timeout_precommit = true,
    };
    node.peer_views = {{.address = "id@host:1", .height = chain::Height(2), .prevotes = bits}};

    const std::string dump = node.call("dump_consensus_state");

    EXPECT_THAT(
        dump,
        HasSubstr(R"("proposal_block_hash":"","proposal_block":null,"proposal_block_parts":)"
                  R"({"count/total":"1/1","parts_bit_array":"_x"},"locked_round":0,)")
    );
    EXPECT_THAT(
        dump,
        HasSubstr(
            R"("locked_block_hash":")" + to_hex_upper(entry.meta.block_id.hash) +
            R"(","locked_block":{"header":{)"
        )
    );
    EXPECT_THAT(
        dump,
        HasSubstr(R"("valid_round":-1,"valid_block_hash":"","valid_block":null,)"
                  R"("valid_block_parts":null,"votes":[{"round":0,"prevotes":["nil-Vote"],)"
                  R"("prevotes_bit_array":"BA{1:_} 0/10 = 0.00",)")
    );
    EXPECT_THAT(
        dump,
        HasSubstr(
            R"("last_commit":null,"last_validators":null,"triggered_timeout_precommit":true},"peers":[)"
            R"({"node_address":"id@host:1","peer_state":{"round_state":{"height":"2",)"
        )
    );
    EXPECT_THAT(
        dump,
        HasSubstr(R"("proposal_block_parts":null,"proposal_pol_round":-1,"proposal_pol":null,)"
                  R"("prevotes":"_x","precommits":null,"last_commit_round":-1,"last_commit":null,)"
                  R"("catchup_commit_round":-1,"catchup_commit":null})")
    );
    EXPECT_THAT(
        node.call("consensus_state"), HasSubstr(R"("height/round/step":"2/0/7","start_time":)")
    );
}

TEST_F(Routes, are_those_of_comet_and_all_in_the_open_rpc_document) {
    const std::string document = node.call("rpc.discover");

    for (const std::string_view name :
         {"health",
          "status",
          "net_info",
          "genesis",
          "genesis_chunked",
          "blockchain",
          "block",
          "block_by_hash",
          "header",
          "header_by_hash",
          "block_results",
          "commit",
          "validators",
          "consensus_state",
          "dump_consensus_state",
          "consensus_params",
          "tx",
          "tx_search",
          "block_search",
          "unconfirmed_txs",
          "num_unconfirmed_txs",
          "check_tx",
          "broadcast_tx_async",
          "broadcast_tx_sync",
          "abci_info",
          "abci_query",
          "broadcast_tx_commit",
          "dial_seeds",
          "dial_peers",
          "broadcast_evidence",
          "unsafe_flush_mempool"}) {
        EXPECT_THAT(document, HasSubstr(fmt::format(R"({{"name":"{}",)", name)));
    }
}

TEST_F(Routes, that_change_the_node_are_there_if_asked_for) {
    EXPECT_EQ(node.call("unsafe_flush_mempool"), R"("result":{})");
    EXPECT_EQ(node.call("dial_seeds"), error_of("no seeds provided"));
    EXPECT_THAT(node.call("dial_peers", R"({"peers":["id@host:1"]})"), HasSubstr("in progress"));

    test::FakeNode safe(false);
    for (const std::string_view name : {"unsafe_flush_mempool", "dial_seeds", "dial_peers"}) {
        EXPECT_EQ(safe.call(name), R"("error":{"code":-32601,"message":"Method not found"})");
    }
}

TEST_F(Routes, evidence_is_refused_with_what_is_wrong) {
    EXPECT_EQ(node.call("broadcast_evidence"), error_of("no evidence was provided"));
    EXPECT_EQ(
        node.call(
            "broadcast_evidence",
            R"({"evidence":{"type":"tendermint/LightClientAttackEvidence","value":{}}})"
        ),
        error_of("value.ConflictingBlock: is missing")
    );
    EXPECT_EQ(
        node.call("broadcast_evidence", R"({"evidence":{"type":"x","value":{}}})"),
        error_of(R"(evidence.type: \"x\" is not taken, only tendermint/DuplicateVoteEvidence )"
                 "and tendermint/LightClientAttackEvidence are")
    );
    EXPECT_EQ(
        node.call(
            "broadcast_evidence", R"({"evidence":{"type":"tendermint/DuplicateVoteEvidence"}})"
        ),
        error_of("evidence.value: is missing")
    );
}

TEST_F(Routes, broadcast_and_wait_for_the_commit) {
    EXPECT_THAT(
        node.call("broadcast_tx_sync", R"({"tx":"AQ=="})"),
        StartsWith(R"("result":{"code":0,"data":"","log":"","codespace":"","hash":"4BF5)")
    );
    EXPECT_EQ(
        node.call("broadcast_tx_commit", R"({"tx":"AQ=="})"),
        error_of("timed out waiting for tx to be included in a block")
    );
    node.check = invalid("tx already exists in cache");
    EXPECT_EQ(
        node.call("broadcast_tx_commit", R"({"tx":"AQ=="})"),
        error_of("error on broadcastTxCommit: tx already exists in cache")
    );
    node.is_catching_up = true;
    EXPECT_EQ(
        node.call("broadcast_tx_async", R"({"tx":"AQ=="})"),
        error_of("endpoint is closed while node is catching up")
    );
    EXPECT_EQ(
        node.call("num_unconfirmed_txs"),
        R"("result":{"n_txs":"3","total":"3","total_bytes":"3","txs":null})"
    );
}

TEST_F(Routes, a_query_has_its_proofs_in_camel_case) {
    EXPECT_EQ(
        node.call("abci_query", R"({"path":"/k","data":"0A"})"),
        R"("result":{"response":{"code":0,"log":"exists","info":"","index":"0","key":"Cg==",)"
        R"("value":"AQ==","proofOps":null,"height":"0","codespace":""}})"
    );
}

TEST(TxWaits, tell_once_what_a_transaction_came_to) {
    TxWaits waits;
    std::vector<std::int64_t> told;
    const Bytes tx{1};
    const auto wait = [&] {
        return waits.wait(chain::tx_hash(tx), std::chrono::hours(1), [&](const auto& committed) {
            told.push_back(committed ? committed->height.value() : -1);
        });
    };
    ASSERT_TRUE(wait());
    ASSERT_TRUE(wait());
    EXPECT_TRUE(waits.cancel(wait().value()));
    chain::Block block;
    block.header.height = chain::Height(9);
    block.txs = {Bytes{0}, tx};

    waits.on_committed(block, {.tx_results = std::vector<chain::ExecTxResult>(2)});
    waits.on_committed(block, {.tx_results = std::vector<chain::ExecTxResult>(2)});

    EXPECT_EQ(told, (std::vector<std::int64_t>{9, 9}));
}

class Listener final : public Client {
public:
    explicit Listener(ClientId id) : id_(id) {}
    ClientId id() const override { return id_; }
    std::string_view remote_address() const override { return "there"; }
    bool takes_events() const override { return true; }
    bool deliver(std::string_view id, const std::shared_ptr<const std::string>& result) override {
        heard.push_back(std::string(id) + *result);
        texts.push_back(result);
        return true;
    }

    std::vector<std::string> heard;
    std::vector<std::shared_ptr<const std::string>> texts;

private:
    ClientId id_;
};

TEST_F(Routes, the_bus_tells_who_asked_in_comets_words) {
    EventBus bus({.clients_max = 2, .per_client_max = 1});
    const auto one = std::make_shared<Listener>(1);
    const auto two = std::make_shared<Listener>(2);
    ASSERT_TRUE(bus.subscribe(one, "7", "tm.event='Tx' AND app.key='b'"));
    ASSERT_TRUE(bus.subscribe(two, "8", "tm.event='Tx' AND app.key='b'"));
    EXPECT_EQ(
        bus.subscribe(one, "9", "tm.event='NewBlock'").error().message(),
        "max_subscriptions_per_client 1 reached"
    );
    EXPECT_EQ(
        bus.subscribe(std::make_shared<Listener>(3), "9", "tm.event='NewBlock'").error().message(),
        "max_subscription_clients 2 reached"
    );
    abci::BlockResults results;
    results.tx_results.resize(2);
    results.tx_results[1].events = {{"app", {{"key", "b", true}}}};
    const auto& entry = node.append({Bytes{1}, Bytes{2}}, results);

    bus.on_committed(entry.block, entry.seen, entry.results);

    ASSERT_EQ(one->heard.size(), 1);
    EXPECT_EQ(
        one->heard[0],
        R"(7{"query":"tm.event='Tx' AND app.key='b'","data":{"type":"tendermint/event/Tx","value":)"
        R"({"TxResult":{"height":"1","index":1,"tx":"Ag==","result":{"code":0,"data":null,"log":"",)"
        R"("info":"","gas_wanted":"0","gas_used":"0","events":[{"type":"app","attributes":[)"
        R"({"key":"key","value":"b","index":true}]}],"codespace":""}}}},"events":{"app.key":["b"],)"
        R"("tm.event":["Tx"],"tx.hash":["DBC1B4C900FFE48D575B5DA5C638040125F65DB0FE3E24494B76EA986457D986"],)"
        R"("tx.height":["1"]}})"
    );
    EXPECT_EQ(one->texts[0], two->texts.at(0));
    ASSERT_TRUE(bus.unsubscribe_all(1));
    EXPECT_EQ(bus.unsubscribe_all(1).error().message(), "subscription not found");
    ASSERT_TRUE(bus.subscribe(one, "9", "tm.event='NewBlock'"));
    bus.on_committed(entry.block, entry.seen, entry.results);
    EXPECT_THAT(
        one->heard.at(1),
        StartsWith(
            R"(9{"query":"tm.event='NewBlock'","data":{"type":"tendermint/event/NewBlock","value":{"block":{)"
        )
    );
    bus.client_gone(1);
    EXPECT_EQ(bus.stats().subscriptions, 1);
}

}  // namespace
}  // namespace steelyard::rpc
