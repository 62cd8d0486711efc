// Whole nodes whose links are slow, cut, and tampered with.
#include "node/node.h"
#include "tests/bench/load/http.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/test_homes.h"

#include <gtest/gtest.h>
#include <thread>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;
using test::FrameFault;
using test::TcpProxy;

constexpr auto patience = 30s;

std::string field(const std::string& json, const std::string& name) {
    const std::size_t at = json.find("\"" + name + "\":\"");
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + name.size() + 4;
    return json.substr(begin, json.find('"', begin) - begin);
}

template <typename Condition>
bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

/// Three validators that hear each other well, and a fourth that reaches them through proxies.
class BadLinks : public testing::Test {
protected:
    void SetUp() override {
        for (std::size_t index = 0; index < 4; ++index) {
            Config config = homes_.config(index);
            config.instrumentation.prometheus = true;
            config.instrumentation.prometheus_listen_addr = "127.0.0.1:0";
            for (const auto& node : nodes_) {
                const NodeAddresses other = node->addresses();
                std::uint16_t port = other.p2p_port;
                if (index == 3) {
                    proxies_.push_back(std::make_unique<TcpProxy>(port));
                    port = proxies_.back()->port();
                }
                config.p2p.persistent_peers.push_back(fmt::format("{}@127.0.0.1:{}", other.id, port)
                );
            }
            auto node =
                Node::start(config, [](const Error& error) { ADD_FAILURE() << error.message(); });
            ASSERT_TRUE(node) << node.error().message();
            nodes_.push_back(*std::move(node));
        }
        expect_commits();
    }

    std::string get(std::size_t index, const std::string& target) const {
        load::HttpConnection http({"127.0.0.1", nodes_[index]->addresses().rpc_ports.front()});
        return http.get(target);
    }

    std::int64_t height(std::size_t index) const {
        const std::string text = field(get(index, "/status"), "latest_block_height");
        return text.empty() ? 0 : std::stoll(text);
    }

    /// A transaction that goes in at the fourth node is committed, and all get there.
    void expect_commits() { expect_commits_at(3, {0, 1, 2, 3}); }

    void expect_commits_at(std::size_t entry, const std::vector<std::size_t>& followers) {
        std::string answer;
        std::string at;
        ASSERT_TRUE(eventually([&] {  // a node that has just begun refuses
            answer = get(entry, fmt::format("/broadcast_tx_commit?tx=\"k{}=v\"", ++number_));
            at = field(answer, "height");
            return !at.empty() && at != "0";
        })) << answer;
        for (const std::size_t index : followers) {
            EXPECT_TRUE(eventually([&] { return height(index) >= std::stoll(at); })) << index;
        }
    }

    /// Each of the fourth node's links stands.
    void expect_all_links() const {
        EXPECT_TRUE(eventually([&] { return field(get(3, "/net_info"), "n_peers") == "3"; }));
    }

    /// Connections of a node that ended for a reason.
    std::uint64_t dropped(std::size_t index, const std::string& reason) const {
        load::HttpConnection http({"127.0.0.1", nodes_[index]->addresses().rpc_ports.back()});
        const std::string text = http.get("/metrics");
        const std::string name = "\nsteelyard_p2p_peers_dropped_total{";
        for (std::size_t at = text.find(name); at != std::string::npos;
             at = text.find(name, at + 1)) {
            const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
            if (line.find("reason=\"" + reason + "\"") != std::string::npos) {
                return std::stoull(line.substr(line.rfind(' ') + 1));
            }
        }
        return 0;
    }

    /// Of all nodes: connections that ended because of broken frames.
    std::size_t counted(const std::string& reason) const {
        std::size_t nodes = 0;
        for (const auto& node : nodes_) {
            load::HttpConnection http({"127.0.0.1", node->addresses().rpc_ports.back()});
            const std::string text = http.get("/metrics");
            const std::size_t at = text.find("steelyard_p2p_peers_dropped_total{");
            nodes += at != std::string::npos &&
                             text.find("reason=\"" + reason + "\"", at) != std::string::npos
                         ? 1
                         : 0;
        }
        return nodes;
    }

    test::TestHomes homes_{4, "bad-links"};
    std::vector<std::unique_ptr<TcpProxy>> proxies_{};
    std::vector<std::unique_ptr<Node>> nodes_{};
    int number_ = 0;
};

TEST_F(BadLinks, slow_ones_are_no_obstacle) {
    for (const auto& proxy : proxies_) {
        proxy->set_delay(40ms);
    }
    for (int i = 0; i < 3; ++i) {
        expect_commits();
    }
}

TEST_F(BadLinks, cut_ones_come_back) {
    for (int i = 0; i < 2; ++i) {
        const std::uint64_t accepted = proxies_[0]->accepted() + proxies_[1]->accepted();
        for (const auto& proxy : proxies_) {
            proxy->inject(FrameFault::cut);
        }
        expect_commits();
        EXPECT_TRUE(eventually([&] {
            return proxies_[0]->accepted() + proxies_[1]->accepted() > accepted;
        }));
    }
}

TEST_F(BadLinks, jitter_and_single_bytes_only_slow_them) {
    for (const auto& proxy : proxies_) {
        proxy->set_delay(5ms, 40ms);
        proxy->set_trickling(true);
    }
    for (int i = 0; i < 3; ++i) {
        expect_commits();
    }
    EXPECT_EQ(dropped(3, "protocol"), 0U);
    EXPECT_EQ(dropped(0, "protocol"), 0U);
}

/// On the way to who dialled and wants these peers for good: it redials at once.
TEST_F(BadLinks, broken_frames_end_each_link_and_all_come_back) {
    for (const FrameFault fault :
         {FrameFault::corrupt, FrameFault::omit, FrameFault::duplicate, FrameFault::swap}) {
        const std::uint64_t before = dropped(3, "protocol");
        for (const auto& proxy : proxies_) {
            proxy->inject(fault, test::Way::back);
        }
        expect_commits();
        EXPECT_TRUE(eventually([&] { return dropped(3, "protocol") >= before + 3; }))
            << static_cast<int>(fault);
        expect_all_links();
        expect_commits();
    }
}

TEST_F(BadLinks, half_closed_ones_end_and_come_back) {
    const std::uint64_t before = dropped(3, "remote");
    for (const auto& proxy : proxies_) {
        proxy->inject(FrameFault::half_close, test::Way::back);
    }
    EXPECT_TRUE(eventually([&] { return dropped(3, "remote") >= before + 3; }));
    expect_all_links();
    expect_commits();
}

TEST_F(BadLinks, silent_ones_hold_nobody_up_and_end_once_they_speak_again) {
    for (const auto& proxy : proxies_) {
        proxy->set_swallowing(test::Way::back, true);
    }
    const std::int64_t stuck = height(3);
    for (int i = 0; i < 3; ++i) {
        expect_commits_at(0, {0, 1, 2});
    }
    EXPECT_LE(height(3), stuck + 1);

    for (const auto& proxy : proxies_) {
        proxy->set_swallowing(test::Way::back, false);
    }
    EXPECT_TRUE(eventually([&] { return dropped(3, "protocol") >= 3; }));
    expect_all_links();
    expect_commits();
}

/// Who finds the frame broken shuts the other out for a while, so one link stays as it is.
TEST_F(BadLinks, tampered_ones_end_with_a_reason_while_the_chain_goes_on) {
    proxies_[0]->inject(FrameFault::duplicate);
    proxies_[1]->inject(FrameFault::swap);
    expect_commits();
    expect_commits();

    EXPECT_TRUE(eventually([&] { return counted("protocol") > 0; }));
    EXPECT_TRUE(eventually([&] { return proxies_[0]->accepted() > 1; }));
    expect_commits();
}

}  // namespace
}  // namespace steelyard::node
