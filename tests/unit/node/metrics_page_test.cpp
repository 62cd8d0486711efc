// The page of metrics of a running cluster.
#include "node/node.h"

#include "rpc/metrics.h"
#include "tests/bench/load/http.h"
#include "tests/support/test_homes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

/// A page in Prometheus' text format 0.0.4, read strictly.
class Page {
public:
    struct Family {
        std::string type;
        std::map<std::string, double> series;  ///< by name and labels, as written
    };

    explicit Page(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            read(line);
        }
        for (const auto& [name, family] : families_) {
            if (family.type == "histogram") {
                check_histogram(name, family);
            }
        }
        EXPECT_TRUE(text.ends_with('\n'));
    }

    const Family* find(const std::string& name) const {
        const auto found = families_.find(name);
        return found == families_.end() || found->second.series.empty() ? nullptr : &found->second;
    }

    /// The sum of all series of the name.
    double sum(const std::string& name) const {
        double total = 0;
        if (const Family* family = find(name)) {
            for (const auto& [series, value] : family->series) {
                total += value;
            }
        }
        return total;
    }

private:
    void read(const std::string& line) {
        if (line.starts_with("# HELP ")) {
            const std::string name = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_TRUE(families_.try_emplace(name).second) << "twice: " << name;
            last_ = name;
        } else if (line.starts_with("# TYPE ")) {
            const std::size_t space = line.find(' ', 7);
            EXPECT_EQ(line.substr(7, space - 7), last_);
            families_[last_].type = line.substr(space + 1);
            EXPECT_THAT(families_[last_].type, testing::AnyOf("counter", "gauge", "histogram"));
        } else {
            read_sample(line);
        }
    }

    /// name{label="value",...} number
    void read_sample(const std::string& line) {
        static const std::string word =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
        std::size_t at = line.find_first_not_of(word);
        ASSERT_NE(at, std::string::npos) << line;
        EXPECT_TRUE(line.substr(0, at).starts_with(last_)) << line;
        if (line[at] == '{') {
            do {
                const std::size_t equals = line.find_first_not_of(word, ++at);
                ASSERT_EQ(line.substr(equals, 2), "=\"") << line;
                at = equals + 2;
                while (line.at(at) != '"') {
                    at += line[at] == '\\' ? 2 : 1;
                }
            } while (line.at(++at) == ',');
            ASSERT_EQ(line.at(at), '}') << line;
            ++at;
        }
        ASSERT_EQ(line.at(at), ' ') << line;
        double value = 0;
        const char* const end = line.data() + line.size();
        const auto [stop, error] = std::from_chars(line.data() + at + 1, end, value);
        EXPECT_TRUE(stop == end && error == std::errc()) << line;
        EXPECT_TRUE(families_[last_].series.emplace(line.substr(0, at), value).second) << line;
    }

    /// Buckets rise, and the last one has all.
    static void check_histogram(const std::string& name, const Family& family) {
        std::map<std::string, std::map<double, double>> buckets;
        for (const auto& [series, value] : family.series) {
            const std::size_t le = series.find(",le=\"");
            if (le != std::string::npos) {
                const double bound = std::stod(series.substr(le + 5));
                buckets[name + "_count" + series.substr(name.size() + 7, le - name.size() - 7)]
                       [bound] = value;
            }
        }
        for (const auto& [count, rising] : buckets) {
            double before = 0;
            for (const auto& [bound, value] : rising) {
                EXPECT_GE(value, before) << count;
                before = value;
            }
            ASSERT_TRUE(family.series.contains(count + "}")) << count;
            EXPECT_EQ(rising.rbegin()->second, family.series.at(count + "}")) << count;
            EXPECT_TRUE(std::isinf(rising.rbegin()->first)) << count;
        }
    }

    std::map<std::string, Family> families_;
    std::string last_;
};

class MetricsPage : public testing::Test {
protected:
    void SetUp() override {
        for (std::size_t index = 0; index < 4; ++index) {
            Config config = homes_.config(index);
            config.consensus.timeout_propose = 250ms;  // a proposer who is off costs these two
            config.consensus.timeout_precommit = 50ms;
            config.instrumentation.prometheus = true;
            config.instrumentation.prometheus_listen_addr = "127.0.0.1:0";
            for (const auto& node : nodes_) {
                const NodeAddresses other = node->addresses();
                config.p2p.persistent_peers.push_back(
                    other.id + "@127.0.0.1:" + std::to_string(other.p2p_port)
                );
            }
            auto node =
                Node::start(config, [](const Error& error) { ADD_FAILURE() << error.message(); });
            ASSERT_TRUE(node) << node.error().message();
            nodes_.push_back(*std::move(node));
        }
    }

    Page page(std::size_t index) {
        load::HttpConnection http({"127.0.0.1", nodes_[index]->addresses().rpc_ports.back()});
        return Page(http.get("/metrics"));
    }

    bool comes_to(const std::function<bool(const Page&)>& holds) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < end) {
            if (holds(page(3))) {
                return true;
            }
            std::this_thread::sleep_for(100ms);
        }
        return false;
    }

    void send_txs(int count) {
        load::HttpConnection http({"127.0.0.1", nodes_[3]->addresses().rpc_ports.front()});
        for (int number = 0; number < count; ++number) {
            http.get("/broadcast_tx_sync?tx=\"m" + std::to_string(number) + "=x\"");
        }
        http.get("/broadcast_tx_sync?tx=\"m0=x\"");
        http.get("/broadcast_tx_sync?tx=\"bad\"");
        http.get("/broadcast_tx_commit?tx=\"last=x\"");
    }

    test::TestHomes homes_{4, "metrics"};
    std::vector<std::unique_ptr<Node>> nodes_;
};

/// What only trouble makes, and none is made here.
bool needs_trouble(std::string_view name) {
    return name == "p2p_connections_refused_total";
}

std::vector<std::string> missing_in(const Page& page) {
    std::vector<std::string> missing;
    for (const rpc::MetricSpec& spec : rpc::node_metrics()) {
        const std::string name =
            fmt::format("{}_{}", spec.own ? "steelyard" : "cometbft", spec.name);
        if (!needs_trouble(spec.name) && page.find(name) == nullptr) {
            missing.push_back(name);
        }
    }
    return missing;
}

TEST_F(MetricsPage, has_every_metric_with_a_plausible_value) {
    ASSERT_TRUE(comes_to([](const Page& page) {
        return page.sum("cometbft_consensus_height") >= 2 &&
               page.find("cometbft_consensus_full_prevote_delay") != nullptr;
    }));
    send_txs(100);
    nodes_[0].reset();  // those that stay count a dropped peer, and a missing validator
    comes_to([](const Page& page) {
        return missing_in(page).empty() && page.sum("cometbft_consensus_missing_validators") == 1;
    });
    const Page now = page(3);
    EXPECT_THAT(missing_in(now), testing::IsEmpty());

    const auto value = [&](const std::string& name) { return now.sum("cometbft_" + name); };
    EXPECT_GE(value("consensus_height"), 2);
    EXPECT_EQ(value("consensus_height"), value("consensus_latest_block_height"));
    EXPECT_EQ(value("consensus_validators"), 4);
    EXPECT_EQ(value("consensus_validator_power") * 4, value("consensus_validators_power"));
    EXPECT_EQ(value("consensus_missing_validators"), 1);
    EXPECT_EQ(value("consensus_missing_validators_power"), value("consensus_validator_power"));
    EXPECT_EQ(value("consensus_byzantine_validators"), 0);
    EXPECT_EQ(value("consensus_total_txs"), 101);
    EXPECT_GT(value("consensus_chain_size_bytes"), 101 * 4);
    EXPECT_GT(value("consensus_proposal_create_count"), 0);
    EXPECT_GT(value("consensus_quorum_prevote_delay"), 0);
    EXPECT_LT(value("consensus_quorum_prevote_delay"), 4 * 60);
    EXPECT_GE(value("mempool_failed_txs"), 1);
    EXPECT_GE(value("mempool_already_received_txs"), 1);
    EXPECT_EQ(value("p2p_peers"), 2);
    EXPECT_GT(value("p2p_peer_send_bytes_total"), 100);
    EXPECT_GT(value("p2p_peer_receive_bytes_total"), 100);
    EXPECT_EQ(value("blocksync_syncing"), 0);
    EXPECT_EQ(now.find("cometbft_p2p_peer_pending_send_bytes")->series.size(), 2);
    const auto& sizes = now.find("cometbft_mempool_tx_size_bytes")->series;
    EXPECT_EQ(sizes.at("cometbft_mempool_tx_size_bytes_count{chain_id=\"metrics\"}"), 101);
}

}  // namespace
}  // namespace steelyard::node
