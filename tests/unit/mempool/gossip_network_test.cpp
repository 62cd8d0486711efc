// Many gossip cores over links with delays that break: everybody gets everything, and nothing
// crosses a link twice.
#include "base/random.h"
#include "mempool/gossip.h"

#include <gtest/gtest.h>
#include <functional>
#include <map>
#include <set>

namespace steelyard::mempool {
namespace {

using namespace std::chrono_literals;
using Time = TxGossip::Time;

/// Which nodes are of CometBFT's kind: they flood everything, in both directions.
using Stock = std::set<std::size_t>;

class Network {
public:
    Network(std::size_t count, Stock stock, std::uint64_t seed)
        : random_(seed), stock_(std::move(stock)) {
        for (std::size_t i = 0; i < count; ++i) {
            nodes_.push_back(std::make_unique<Node>(*this, i));
        }
    }

    void connect(std::size_t a, std::size_t b) {
        if (a == b || links_.contains({a, b})) {
            return;
        }
        links_[{a, b}] = links_[{b, a}] = ++sessions_;
        for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
            const bool announces = !stock_.contains(from) && !stock_.contains(to);
            nodes_[from]->gossip.add_peer(peer_id(to), announces, now_);
        }
    }

    void disconnect(std::size_t a, std::size_t b) {
        if (links_.erase({a, b}) + links_.erase({b, a}) == 2) {
            nodes_[a]->gossip.remove_peer(peer_id(b));
            nodes_[b]->gossip.remove_peer(peer_id(a));
        }
    }

    void submit(std::size_t node, const TxRef& tx) { nodes_[node]->admit(tx, 0); }

    /// Lets a node take announced transactions and keep them.
    void make_mute(std::size_t node) { mute_.insert(node); }

    void run(Time until) {
        while (true) {
            Time next = events_.empty() ? until : std::min(until, events_.begin()->first);
            for (const auto& node : nodes_) {
                next = std::min(next, node->gossip.deadline().value_or(next));
            }
            now_ = std::max(now_, next);
            for (const auto& node : nodes_) {
                if (node->gossip.deadline().value_or(now_ + 1s) <= now_) {
                    node->gossip.tick(now_);
                }
            }
            while (!events_.empty() && events_.begin()->first <= now_) {
                const auto event = events_.begin()->second;
                events_.erase(events_.begin());
                event();
            }
            if (now_ >= until) {
                return;
            }
        }
    }

    Time now() const { return now_; }
    SeededRandom& random() { return random_; }

    bool all_have(std::size_t count) const {
        return std::ranges::all_of(nodes_, [&](const auto& node) {
            return node->has.size() == count;
        });
    }

    /// How often a transaction crossed a link in full, in either direction: the most.
    int crossings_max() const {
        int most = 0;
        for (const auto& [where, count] : crossings_) {
            most = std::max(most, count);
        }
        return most;
    }

    std::uint64_t sent_in_full() const {
        std::uint64_t sum = 0;
        for (const auto& node : nodes_) {
            sum += node->gossip.stats().txs_sent;
        }
        return sum;
    }

private:
    struct Node final : PeerLink, TxGossip::Sink {
        Node(Network& its_network, std::size_t its_index)
            : network(its_network), index(its_index) {}

        bool send(PeerId to, ChannelId channel, Bytes message) override {
            return network.send(index, to - 1, channel, std::move(message));
        }

        void drop(PeerId peer, const Error& error) override {
            ADD_FAILURE() << index << " drops " << peer - 1 << ": " << error.message();
        }

        void receive_txs(PeerId from, std::vector<TxRef> txs) override {
            network.later(1ms, [this, from, txs] {
                std::vector<Verdict> verdicts;
                for (const TxRef& tx : txs) {
                    const bool is_new = admit(tx, from);
                    verdicts.push_back(
                        {.tx = tx, .outcome = is_new ? Outcome::accepted : Outcome::duplicate}
                    );
                }
                gossip.checked(from, verdicts, network.now_);
            });
        }

        bool admit(const TxRef& tx, PeerId source) {
            if (!has.insert(tx->key).second) {
                return false;
            }
            const Admitted admitted{tx, {}, source};
            gossip.admitted({&admitted, 1});
            return true;
        }

        Network& network;
        std::size_t index;
        std::set<TxKey> has;
        TxGossip gossip{{}, *this, *this};
    };

    static PeerId peer_id(std::size_t node) { return static_cast<PeerId>(node + 1); }

    void later(Time delay, std::function<void()> event) {
        events_.emplace(now_ + delay, std::move(event));
    }

    bool send(std::size_t from, std::size_t to, ChannelId channel, Bytes message) {
        const auto link = links_.find({from, to});
        if (link == links_.end()) {
            return false;
        }
        if (channel == channel::mempool) {
            if (mute_.contains(from)) {
                return true;
            }
            const auto txs = decode_txs(message);
            for (const TxKey& key : hash_txs(*txs)) {
                ++crossings_[{std::minmax(from, to), link->second, key}];
            }
        }
        // A link keeps the order of its messages.
        Time& last = arrivals_[{from, to}];
        last = std::max<Time>(last + 1us, now_ + 1ms * (1 + static_cast<int>(random_.below(10))));
        later(last - now_, [this, from, to, channel, session = link->second, message] {
            const auto still = links_.find({from, to});
            if (still != links_.end() && still->second == session) {
                nodes_[to]->gossip.receive(peer_id(from), channel, message, now_);
            }
        });
        return true;
    }

    SeededRandom random_;
    Stock stock_;
    std::set<std::size_t> mute_;
    Time now_{1s};
    std::vector<std::unique_ptr<Node>> nodes_;
    std::map<std::pair<std::size_t, std::size_t>, int> links_;  ///< with the number of the session
    std::map<std::pair<std::size_t, std::size_t>, Time> arrivals_;
    std::map<std::tuple<std::pair<std::size_t, std::size_t>, int, TxKey>, int> crossings_;
    int sessions_ = 0;
    std::multimap<Time, std::function<void()>> events_;
};

TxRef tx(int number) {
    return make_tx(to_bytes(as_bytes(fmt::format("transaction {}", number))));
}

class GossipNetwork : public testing::TestWithParam<std::uint64_t> {
protected:
    static void connect_all(Network& network, std::size_t count) {
        for (std::size_t a = 0; a < count; ++a) {
            for (std::size_t b = a + 1; b < count; ++b) {
                network.connect(a, b);
            }
        }
    }

    /// A ring with chords: connected, also where some chords break.
    static void connect_some(Network& network, std::size_t count) {
        for (std::size_t a = 0; a < count; ++a) {
            network.connect(a, (a + 1) % count);
            network.connect(a, network.random().below(count));
        }
    }

    static void submit_many(Network& network, std::size_t nodes, int count) {
        for (int i = 0; i < count; ++i) {
            network.submit(network.random().below(nodes), tx(i));
            network.run(network.now() + 1ms * static_cast<int>(network.random().below(5)));
        }
    }
};

TEST_P(GossipNetwork, sends_each_transaction_to_each_node_once_in_a_mesh) {
    Network network(6, {}, GetParam());
    connect_all(network, 6);

    submit_many(network, 6, 200);
    network.run(network.now() + 5s);

    EXPECT_TRUE(network.all_have(200));
    EXPECT_EQ(network.crossings_max(), 1);
    EXPECT_EQ(network.sent_in_full(), 5U * 200);
}

TEST_P(GossipNetwork, reaches_everybody_in_a_sparse_network) {
    Network network(12, {}, GetParam());
    connect_some(network, 12);

    submit_many(network, 12, 100);
    network.run(network.now() + 5s);

    EXPECT_TRUE(network.all_have(100));
    EXPECT_EQ(network.crossings_max(), 1);
    EXPECT_LE(network.sent_in_full(), 11U * 100 * 12 / 10);
}

TEST_P(GossipNetwork, floods_through_nodes_of_cometbft) {
    Network network(6, {0, 1}, GetParam());
    connect_all(network, 6);

    submit_many(network, 6, 100);
    network.run(network.now() + 5s);

    EXPECT_TRUE(network.all_have(100));
    EXPECT_LE(network.crossings_max(), 2);  // two may send it to each other at once
}

TEST_P(GossipNetwork, survives_links_that_break) {
    Network network(10, {9}, GetParam());
    connect_some(network, 10);
    for (int i = 0; i < 100; ++i) {
        network.submit(network.random().below(10), tx(i));
        const std::size_t a = network.random().below(10);
        const std::size_t b = network.random().below(10);
        network.disconnect(a, b);
        network.run(network.now() + 3ms);
        network.connect(network.random().below(10), network.random().below(10));
    }

    connect_some(network, 10);
    network.run(network.now() + 30s);

    EXPECT_TRUE(network.all_have(100));
    EXPECT_LE(network.crossings_max(), 2);
}

TEST_P(GossipNetwork, goes_round_a_node_that_does_not_send) {
    // 0 submits; 1, 2 and 3 hear of it; 4 knows only these, and 1 keeps what it announces.
    Network network(5, {}, GetParam());
    for (const std::size_t middle : {1, 2, 3}) {
        network.connect(0, middle);
        network.connect(middle, 4);
    }
    network.make_mute(1);

    submit_many(network, 1, 50);
    network.run(network.now() + 10s);

    EXPECT_TRUE(network.all_have(50));
}

INSTANTIATE_TEST_SUITE_P(Seeds, GossipNetwork, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace steelyard::mempool
