#include "tests/sim/network.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using namespace std::chrono_literals;

/// Two or more nodes, and what each of them gets: the first byte of every message.
class NetworkTest : public testing::Test {
protected:
    static Options three_nodes() { return {.seed = 1, .powers = {1, 1, 1}}; }

    Network make(const Options& options) {
        return Network(scheduler_, options, [this](NodeIndex, NodeIndex to, Payload payload) {
            arrived_[to].push_back((*payload)[0]);
            last_arrival_ = scheduler_.now();
        });
    }

    static Payload letter(std::uint8_t number) {
        return std::make_shared<const Bytes>(Bytes{number});
    }

    void send_many(Network& network, int count) {
        for (int i = 0; i < count; ++i) {
            network.send(0, 1, letter(static_cast<std::uint8_t>(i)), scheduler_.now());
        }
    }

    void run() {
        while (scheduler_.run_next(1'000s)) {
        }
    }

    Scheduler scheduler_;
    std::array<Bytes, 3> arrived_;
    Time last_arrival_{};
};

TEST_F(NetworkTest, delivers_once_in_order_and_in_time) {
    const Options options = three_nodes();
    Network network = make(options);

    send_many(network, 100);
    run();

    EXPECT_EQ(arrived_[1].size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(arrived_[1]));
    EXPECT_TRUE(arrived_[0].empty() && arrived_[2].empty());
    EXPECT_LE(last_arrival_, options.link.delay_max);
    EXPECT_GE(last_arrival_, options.link.delay_min);
    EXPECT_EQ(network.counters().delivered, 100U);
}

TEST_F(NetworkTest, reorders_where_it_may) {
    Options options = three_nodes();
    options.link.reorders = true;
    Network network = make(options);

    send_many(network, 100);
    run();

    EXPECT_EQ(arrived_[1].size(), 100U);
    EXPECT_FALSE(std::ranges::is_sorted(arrived_[1]));
}

TEST_F(NetworkTest, loses_and_repeats_about_as_often_as_it_is_told) {
    Options options = three_nodes();
    options.link.loss = 200;
    options.link.duplication = 500;
    Network network = make(options);

    send_many(network, 1'000);
    run();

    EXPECT_NEAR(static_cast<double>(network.counters().lost), 200, 50);
    EXPECT_NEAR(static_cast<double>(network.counters().duplicated), 400, 60);
    EXPECT_EQ(arrived_[1].size(), 1'000 - network.counters().lost + network.counters().duplicated);
}

TEST_F(NetworkTest, a_cut_is_one_direction_of_one_link) {
    Network network = make(three_nodes());

    network.cut(0, 1);
    network.send(0, 1, letter(1), 0s);
    network.send(1, 0, letter(2), 0s);
    network.send(0, 2, letter(3), 0s);
    network.mend();
    network.send(0, 1, letter(4), 0s);
    run();

    EXPECT_EQ(arrived_[0], Bytes{2});
    EXPECT_EQ(arrived_[1], Bytes{4});
    EXPECT_EQ(arrived_[2], Bytes{3});
}

TEST_F(NetworkTest, a_clog_holds_back_and_loses_nothing) {
    Network network = make(three_nodes());

    network.clog(0, 1, 30s);
    send_many(network, 3);
    run();

    EXPECT_EQ(arrived_[1], (Bytes{0, 1, 2}));
    EXPECT_GE(last_arrival_, 30s);
}

TEST_F(NetworkTest, a_full_link_loses) {
    Network network = make(three_nodes());

    send_many(network, static_cast<int>(Network::in_flight_max) + 5);
    run();

    EXPECT_EQ(arrived_[1].size(), Network::in_flight_max);
    EXPECT_EQ(network.counters().lost, 5U);
}

TEST_F(NetworkTest, heals) {
    Options options = three_nodes();
    options.link.loss = 1'000;
    options.link.slow = 1'000;
    options.link.slow_max = 100s;
    Network network = make(options);
    network.cut(0, 1);
    network.clog(0, 1, 500s);

    network.heal();
    send_many(network, 10);
    run();

    EXPECT_EQ(arrived_[1].size(), 10U);
    EXPECT_LE(last_arrival_, options.link.delay_max);
}

}  // namespace
}  // namespace steelyard::sim
