// Whole nodes in one process, over real sockets.
#include "node/node.h"

#include "tests/bench/load/http.h"
#include "tests/support/test_homes.h"

#include <gtest/gtest.h>

#include <thread>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

/// From the start of a node that is 30 blocks behind: 1.1 s on an idle machine, of which one is
/// the wait for peers to say where they are.
constexpr auto join_max = 6s;

std::string field(const std::string& json, const std::string& name) {
    const std::size_t at = json.find("\"" + name + "\":\"");
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + name.size() + 4;
    return json.substr(begin, json.find('"', begin) - begin);
}

class Cluster : public testing::Test {
protected:
    /// Knows the addresses of those that run.
    void start(std::size_t index) {
        Config config = homes_.config(index);
        config.consensus.timeout_propose = 250ms;  // a proposer who is off costs these two
        config.consensus.timeout_precommit = 50ms;
        for (const auto& node : nodes_) {
            if (node) {
                const NodeAddresses other = node->addresses();
                config.p2p.persistent_peers.push_back(
                    other.id + "@127.0.0.1:" + std::to_string(other.p2p_port)
                );
            }
        }
        auto node =
            Node::start(config, [](const Error& error) { ADD_FAILURE() << error.message(); });
        ASSERT_TRUE(node) << node.error().message();
        if (nodes_.size() <= index) {
            nodes_.resize(index + 1);
        }
        nodes_[index] = *std::move(node);
    }

    std::string get(std::size_t index, const std::string& target) {
        load::HttpConnection http({"127.0.0.1", nodes_[index]->addresses().rpc_ports.front()});
        return http.get(target);
    }

    std::int64_t height(std::size_t index) {
        const std::string text = field(get(index, "/status"), "latest_block_height");
        return text.empty() ? 0 : std::stoll(text);
    }

    bool reaches(std::size_t index, std::int64_t wanted) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < end) {
            if (height(index) >= wanted) {
                return true;
            }
            std::this_thread::sleep_for(20ms);
        }
        return false;
    }

    /// Until then a node may have blocks and yet take no transaction.
    bool has_caught_up(std::size_t index) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < end) {
            if (get(index, "/status").find("\"catching_up\":false") != std::string::npos) {
                return true;
            }
            std::this_thread::sleep_for(20ms);
        }
        return false;
    }

    /// A block is not waited for where there is something to put into it.
    void offer_load() {
        const std::uint16_t port = nodes_[0]->addresses().rpc_ports.front();
        load_ = std::jthread([port](const std::stop_token& stop) {
            load::HttpConnection http({"127.0.0.1", port});
            for (int number = 0; !stop.stop_requested(); ++number) {
                const std::string tx = "load" + std::to_string(number) + "=x";
                http.get("/broadcast_tx_async?tx=\"" + tx + "\"");
                std::this_thread::sleep_for(5ms);
            }
        });
    }

    /// Whether the node's precommit gets into a block.
    bool takes_part(std::size_t index) {
        const std::string address = field(get(index, "/status"), "address");
        const std::int64_t from = height(index);
        for (std::int64_t at = from; at < from + 20; ++at) {
            const auto target = "/commit?height=" + std::to_string(at);
            if (reaches(0, at + 1) && get(0, target).find(address) != std::string::npos) {
                return !address.empty();
            }
        }
        return false;
    }

    std::string app_hash(std::size_t index, std::int64_t at) {
        return field(get(index, "/block?height=" + std::to_string(at)), "app_hash");
    }

    test::TestHomes homes_{4, "cluster"};
    std::vector<std::unique_ptr<Node>> nodes_;
    std::jthread load_;  ///< ends before the nodes do
};

/// The node's own services answer over both faces, and from the same chain.
TEST_F(Cluster, answers_over_rest_what_it_answers_over_json_rpc) {
    for (std::size_t index = 0; index < 4; ++index) {
        start(index);
    }
    ASSERT_TRUE(reaches(0, 2));
    load::HttpConnection rest({"127.0.0.1", nodes_[0]->addresses().rest_ports.front()});

    const std::string info = rest.get("/cosmos/base/tendermint/v1beta1/node_info");
    const std::string block = rest.get("/cosmos/base/tendermint/v1beta1/blocks/2");
    // In protobuf: a request with height 2.
    const std::string query = get(
        0,
        "/abci_query?path=\"/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight\"&data=0x0802"
    );

    EXPECT_EQ(field(info, "network"), "cluster");
    EXPECT_EQ(field(block, "height"), "2");
    EXPECT_NE(block.find("\"proposer_address\":\"yardvalcons1"), std::string::npos);
    EXPECT_EQ(query.find("\"value\":null"), std::string::npos) << query;
    EXPECT_NE(query.find("\"code\":0"), std::string::npos) << query;
    EXPECT_NE(rest.get("/cosmos/gov/v1/proposals").find("Not Implemented"), std::string::npos);

    // A transaction that comes over REST is found over JSON-RPC.
    constexpr std::string_view body = R"({"tx_bytes":"cmVzdD15ZXM=","mode":"BROADCAST_MODE_SYNC"})";
    rest.write(fmt::format(
        "POST /cosmos/tx/v1beta1/txs HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}",
        body.size(),
        body
    ));
    const std::string sent = rest.read_response();
    const std::string hash = field(sent, "txhash");
    ASSERT_EQ(hash.size(), 64U) << sent;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (get(0, "/tx?hash=0x" + hash).find("not found") != std::string::npos &&
           std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_NE(get(0, "/tx?hash=0x" + hash).find("cmVzdD15ZXM="), std::string::npos);
}

TEST_F(Cluster, makes_blocks_and_finds_what_was_committed) {
    for (std::size_t index = 0; index < 4; ++index) {
        start(index);
    }
    ASSERT_TRUE(reaches(1, 2));
    ASSERT_TRUE(has_caught_up(1));

    const std::string answer = get(1, "/broadcast_tx_commit?tx=\"name=satoshi\"");

    const std::string hash = field(answer, "hash");
    ASSERT_FALSE(hash.empty()) << answer;
    EXPECT_NE(get(1, "/tx?hash=0x" + hash).find("\"height\""), std::string::npos);
    const std::int64_t committed = std::stoll(field(answer, "height"));
    for (std::size_t index = 0; index < 4; ++index) {
        ASSERT_TRUE(reaches(index, committed + 1));
        EXPECT_EQ(app_hash(index, committed + 1), app_hash(0, committed + 1));
        EXPECT_NE(get(index, "/abci_query?data=\"name\"").find("c2F0b3NoaQ=="), std::string::npos);
    }
}

TEST_F(Cluster, a_node_that_was_off_comes_back_and_a_new_one_joins) {
    for (std::size_t index = 0; index < 4; ++index) {
        start(index);
    }
    ASSERT_TRUE(reaches(3, 3));
    offer_load();
    nodes_[3].reset();
    const std::int64_t before = height(0);
    ASSERT_TRUE(reaches(0, before + 30));

    const auto began = std::chrono::steady_clock::now();
    start(3);
    EXPECT_TRUE(reaches(3, height(0)));
    EXPECT_LT(std::chrono::steady_clock::now() - began, join_max);
    EXPECT_TRUE(takes_part(3));

    const std::size_t newcomer = homes_.add_full_node();
    start(newcomer);
    const std::int64_t tip = height(0);
    EXPECT_TRUE(reaches(newcomer, tip));
    EXPECT_EQ(app_hash(newcomer, tip), app_hash(0, tip));
}

TEST_F(Cluster, a_node_that_starts_knows_what_was_committed) {
    for (std::size_t index = 0; index < 4; ++index) {
        start(index);
    }
    ASSERT_TRUE(reaches(0, 2));
    const std::string answer = get(0, "/broadcast_tx_commit?tx=\"once=only\"");
    const std::string hash = field(answer, "hash");
    ASSERT_FALSE(hash.empty()) << answer;
    ASSERT_TRUE(reaches(3, std::stoll(field(answer, "height"))));
    nodes_[3].reset();

    start(3);

    std::string again = get(3, "/broadcast_tx_sync?tx=\"once=only\"");
    const auto end = std::chrono::steady_clock::now() + patience;
    while (again.contains("catching up") && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(20ms);
        again = get(3, "/broadcast_tx_sync?tx=\"once=only\"");
    }
    EXPECT_NE(again.find("tx already exists in cache"), std::string::npos) << again;
}

TEST_F(Cluster, goes_on_after_all_were_off) {
    for (std::size_t index = 0; index < 4; ++index) {
        start(index);
    }
    ASSERT_TRUE(reaches(0, 3));
    nodes_.clear();

    for (std::size_t index = 0; index < 4; ++index) {
        start(index);
    }
    EXPECT_TRUE(reaches(0, 6));
}

}  // namespace
}  // namespace steelyard::node
