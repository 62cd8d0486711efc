// A node's link to its workers: what they ask is answered by the running node.
#include "chain/txs.h"
#include "cosmos/base/tendermint/v1beta1/query.pb.h"
#include "node/node.h"
#include "tests/support/test_homes.h"
#include "worker/link/link_client.h"

#include <gtest/gtest.h>

#include <thread>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;
using worker::LinkClient;

bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

class WorkersOfNode : public testing::Test {
protected:
    void SetUp() override { start_node("tcp://127.0.0.1:*"); }

    void start_node(const std::string& address) {
        Config config = homes_.config(0);
        config.worker.laddr = address;
        config.worker.authorized_keys = {worker::to_z85(key_.public_key)};
        config_ = config;
        auto node =
            Node::start(config, [](const Error& error) { ADD_FAILURE() << error.message(); });
        ASSERT_TRUE(node) << node.error().message();
        node_ = *std::move(node);
    }

    std::unique_ptr<LinkClient> connect() {
        const auto node_key = worker::read_curve_key_file(config_.path(config_.worker.key_file));
        EXPECT_TRUE(node_key) << "a key file is made at the start";
        auto client = LinkClient::start(
            {.address = node_->addresses().worker_address,
             .node_key = node_key->public_key,
             .worker = "steel1worker",
             .software = "test"},
            key_,
            clock_
        );
        EXPECT_TRUE(client);
        EXPECT_TRUE(eventually([&] { return (*client)->moment().has_value(); }));
        return *std::move(client);
    }

    static std::int64_t height(const LinkClient& client) {
        const auto moment = client.moment();
        return moment ? moment->height : 0;
    }

    SystemClock clock_{};
    test::TestHomes homes_{1, "workers"};
    const worker::CurveKeyPair key_ = worker::generate_curve_key();
    Config config_{};
    std::unique_ptr<Node> node_{};
};

TEST_F(WorkersOfNode, are_told_of_blocks) {
    const auto client = connect();
    EXPECT_EQ(client->moment()->chain_id, "workers");

    ASSERT_TRUE(eventually([&] { return height(*client) >= 3; }));

    EXPECT_GT(client->moment()->unix_ms, 1'700'000'000'000);
    EXPECT_FALSE(client->moment()->catching_up);
}

TEST_F(WorkersOfNode, ask_queries) {
    using namespace ::cosmos::base::tendermint::v1beta1;
    const auto client = connect();
    ASSERT_TRUE(eventually([&] { return height(*client) >= 1; }));
    GetSyncingResponse answer;
    answer.set_syncing(true);

    const auto asked = client->query(
        "/cosmos.base.tendermint.v1beta1.Service/GetSyncing", GetSyncingRequest(), answer
    );

    ASSERT_TRUE(asked) << asked.error().message();
    EXPECT_FALSE(answer.syncing());
    GetBlockByHeightRequest far;
    far.set_height(1'000'000'000);
    GetBlockByHeightResponse none;
    const auto refused =
        client->query("/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight", far, none);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::invalid) << refused.error().message();
}

TEST_F(WorkersOfNode, send_transactions_and_find_them) {
    const auto client = connect();
    const std::string tx = "worker=1";
    ASSERT_TRUE(eventually([&] { return height(*client) >= 1; }));

    const auto sent = client->broadcast(as_bytes(tx));

    ASSERT_TRUE(sent) << sent.error().message();
    EXPECT_EQ(sent->code, 0U) << sent->log;
    EXPECT_EQ(sent->hash, chain::tx_hash(as_bytes(tx)));
    std::optional<worker::TxAnswer> found;
    ASSERT_TRUE(eventually([&] {
        const auto answer = client->find_tx(sent->hash);
        EXPECT_TRUE(answer);
        found = answer ? *answer : std::nullopt;
        return found.has_value();
    }));
    EXPECT_EQ(found->code, 0U);
    EXPECT_GE(found->height, 1);
    const auto unknown = client->find_tx({});
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(*unknown);
    const auto again = client->broadcast(as_bytes(tx));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->code, 19U);
    const auto bad = client->broadcast(as_bytes("no key and no value"));
    ASSERT_TRUE(bad);
    EXPECT_NE(bad->code, 0U);
}

TEST_F(WorkersOfNode, report_how_far_they_are) {
    const auto client = connect();

    EXPECT_TRUE(client->report({.order_id = 3, .stage = "running", .done = 1, .of = 8}));
    EXPECT_TRUE(client->report({.order_id = 3, .stage = std::string(1'000, 's')}));
}

TEST_F(WorkersOfNode, come_again_after_the_node_was_restarted) {
    const auto client = connect();
    ASSERT_TRUE(eventually([&] { return height(*client) >= 2; }));
    const std::string address = node_->addresses().worker_address;

    node_.reset();
    ASSERT_TRUE(eventually([&] { return !client->moment(); }));
    const auto asked = client->find_tx({});
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code(), ErrorCode::io);
    start_node(address);

    ASSERT_TRUE(eventually([&] { return height(*client) >= 3; }));
    EXPECT_TRUE(client->find_tx({}));
}

TEST_F(WorkersOfNode, cannot_connect_to_a_node_whose_key_others_may_read) {
    const auto file = config_.path(config_.worker.key_file);
    node_.reset();
    std::filesystem::permissions(
        file, std::filesystem::perms::others_read, std::filesystem::perm_options::add
    );

    const auto node = Node::start(config_, [](const Error&) {});

    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().code(), ErrorCode::denied);
    EXPECT_TRUE(node.error().message().contains(file.native())) << node.error().message();
}

}  // namespace
}  // namespace steelyard::node
