// Whatever breaks and whoever lies: a blob that an honest node within reach has arrives, memory is
// bounded, and no honest node is dropped.
#include "tests/unit/blob/exchange_network.h"

#include <gtest/gtest.h>

namespace steelyard::blob {
namespace {

using namespace std::chrono_literals;
using test::Lie;
using test::Network;

constexpr std::size_t reach = 1 + hops_max;  ///< links

class ExchangeNetwork : public testing::TestWithParam<std::uint64_t> {
protected:
    /// Connected, with some chords.
    static void connect_some(Network& network, std::size_t count) {
        for (std::size_t a = 0; a < count; ++a) {
            network.connect(a, (a + 1) % count);
            network.connect(a, network.random().below(count));
        }
    }

    static void connect_all(Network& network, std::size_t count) {
        for (std::size_t a = 0; a < count; ++a) {
            for (std::size_t b = 0; b < a; ++b) {
                network.connect(a, b);
            }
        }
    }

    static std::uint64_t size_of(const test::TestBlob& blob) {
        std::uint64_t size = 0;
        for (const Bytes& group : blob.groups) {
            size += group.size();
        }
        return size;
    }

    static void expect_bounds(const Network& network) {
        EXPECT_LE(network.buffered_groups_most(), buffered_groups_max);
        EXPECT_LE(network.loaded_bytes_most(), loaded_bytes_max);
        EXPECT_EQ(network.injustices(), 0U);
    }
};

TEST_P(ExchangeNetwork, brings_a_blob_to_who_asks_and_to_nobody_else_in_a_mesh) {
    Network network(6, GetParam());
    connect_all(network, 6);
    const auto& blob = network.put(0, 1, 40);

    network.fetch(1, blob.id);
    network.run(network.now() + 60s);

    EXPECT_TRUE(network.has(1, blob.id));
    EXPECT_EQ(network.bytes_served(0), size_of(blob));
    EXPECT_EQ(network.bytes_fetched(), size_of(blob));
}

/// All relay for the one that waits, and stop when it hears of the source itself.
TEST_P(ExchangeNetwork, brings_what_comes_late_hardly_more_often_than_it_is_wanted) {
    Network network(6, GetParam());
    connect_all(network, 6);
    network.fetch(1, test::make_blob(1, 200).id);
    network.run(network.now() + 30s);

    const auto& blob = network.put(0, 1, 200);
    network.run(network.now() + 60s);

    EXPECT_TRUE(network.has(1, blob.id));
    EXPECT_LT(network.bytes_served(0), size_of(blob) * 3 / 2);
    for (std::size_t node = 2; node < 6; ++node) {
        EXPECT_FALSE(network.has(node, blob.id)) << node;
    }
    expect_bounds(network);
}

TEST_P(ExchangeNetwork, brings_a_blob_from_one_to_all_in_a_mesh) {
    Network network(6, GetParam());
    connect_all(network, 6);
    const auto& blob = network.put(0, 1, 40);
    for (std::size_t node = 1; node < 6; ++node) {
        network.fetch(node, blob.id);
    }

    network.run(network.now() + 60s);

    for (std::size_t node = 1; node < 6; ++node) {
        EXPECT_TRUE(network.has(node, blob.id)) << node;
    }
    EXPECT_EQ(network.bytes_fetched(), 5 * size_of(blob));  // no group is taken twice
    expect_bounds(network);
}

TEST_P(ExchangeNetwork, reaches_over_two_others_and_no_further) {
    Network network(6, GetParam());
    for (std::size_t node = 0; node + 1 < 6; ++node) {
        network.connect(node, node + 1);
    }
    const auto& blob = network.put(0, 1, 4);

    network.fetch(4, blob.id);
    network.run(network.now() + 120s);
    EXPECT_FALSE(network.has(4, blob.id));
    network.fetch(3, blob.id);
    network.run(network.now() + 120s);

    EXPECT_TRUE(network.has(3, blob.id));
    EXPECT_TRUE(network.has(1, blob.id));
    EXPECT_TRUE(network.has(4, blob.id));  // it has it from 3 now
    EXPECT_FALSE(network.has(5, blob.id));
    expect_bounds(network);
}

/// Many blobs, links that break, nodes that restart, and liars.
TEST_P(ExchangeNetwork, brings_what_honest_nodes_have_while_others_lie_and_links_break) {
    SeededRandom draws(GetParam() * 7'919);
    const std::size_t count = 5 + draws.below(16);
    Network network(count, GetParam());
    const std::size_t liars = count / 4;
    for (std::size_t i = 0; i < liars; ++i) {
        network.make_liar(draws.below(count), static_cast<Lie>(1 + draws.below(test::lies)));
    }
    connect_some(network, count);
    std::vector<std::pair<std::size_t, Hash256>> wanted;
    for (std::uint32_t number = 0; number < 12; ++number) {
        std::size_t home = draws.below(count);
        while (network.is_liar(home)) {
            home = draws.below(count);
        }
        const auto& blob =
            network.put(home, number, 1 + static_cast<std::uint32_t>(draws.below(12)));
        for (int i = 0; i < 3; ++i) {
            const std::size_t node = draws.below(count);
            if (!network.is_liar(node)) {
                wanted.emplace_back(node, blob.id);
                network.fetch(node, blob.id);
            }
        }
    }

    for (int fault = 0; fault < 40; ++fault) {
        network.run(network.now() + 1ms * static_cast<int>(draws.below(400)));
        const std::size_t a = draws.below(count);
        switch (draws.below(4)) {
            case 0:
                network.disconnect(a, (a + 1) % count);
                break;
            case 1:
                network.connect(a, draws.below(count));
                break;
            case 2:
                if (!network.is_liar(a)) {
                    network.restart(a);
                }
                break;
            case 3:
                connect_some(network, count);
                break;
        }
    }
    connect_some(network, count);
    network.run(network.now() + 300s);
    connect_some(network, count);  // liars that were dropped come again
    network.run(network.now() + 300s);

    std::size_t arrived = 0;
    for (const auto& [node, id] : wanted) {
        if (network.is_reachable(node, id, reach)) {
            EXPECT_TRUE(network.has(node, id)) << node;
            ++arrived;
        }
        const auto ended = network.ended(node).find(id);
        EXPECT_TRUE(ended == network.ended(node).end() || ended->second);
    }
    EXPECT_GT(arrived, wanted.size() / 2);
    expect_bounds(network);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExchangeNetwork, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace steelyard::blob
