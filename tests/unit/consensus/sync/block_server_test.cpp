// How blocks are served: BlockServer, and when BlockSync stops it.
#include "consensus/sync/block_server.h"

#include "bench.h"

#include <gmock/gmock.h>

namespace steelyard::sync {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

/// The heights of the blocks that were sent to a peer, in order.
std::vector<std::int64_t> blocks_sent(const SyncBench& bench, PeerId to) {
    std::vector<std::int64_t> heights;
    for (const auto& [peer, message] : bench.sent) {
        const auto* response = std::get_if<BlockResponse>(&message);
        if (peer == to && response) {
            heights.push_back(chain::decode_block(response->block)->header.height.value());
        }
    }
    return heights;
}

/// A node in consensus with ten blocks, and a peer that fetches them.
struct Serving : testing::Test {
    void SetUp() override {
        peer = bench.add({.is_silent = true});
        bench.sync.consensus_began(bench.now);
    }

    /// What does not fit waits.
    void ask(std::int64_t from, std::int64_t to) {
        for (std::int64_t height = from; height <= to; ++height) {
            bench.say(peer, BlockRequest{height});
        }
    }

    SyncBench bench{10};
    PeerId peer = 0;
};

TEST_F(Serving, answers_in_order_and_says_what_it_lacks) {
    ask(9, 11);
    bench.say(peer, BlockRequest{0});

    bench.run(seconds(1));

    EXPECT_EQ(blocks_sent(bench, peer), (std::vector<std::int64_t>{9, 10}));
    const auto lacks = [&](std::int64_t height) {
        const std::pair<PeerId, Message> sent{peer, NoBlockResponse{height}};
        return std::ranges::count(bench.sent, sent) == 1;
    };
    EXPECT_TRUE(lacks(11));
    EXPECT_TRUE(lacks(0));
}

TEST_F(Serving, drops_who_asks_for_too_much) {
    for (std::size_t i = 0; i <= BlockServer::waiting_max; ++i) {
        EXPECT_FALSE(bench.dropped.contains(peer));
        bench.say(peer, BlockRequest{1});
    }

    EXPECT_THAT(bench.dropped.at(peer), HasSubstr("more than 64"));
}

TEST_F(Serving, sends_no_block_to_a_peer_that_has_begun_consensus) {
    ask(1, 5);

    bench.sync.in_consensus(peer);
    bench.run(seconds(1));

    EXPECT_TRUE(blocks_sent(bench, peer).empty());
    EXPECT_EQ(bench.discarded, (std::vector<PeerId>{peer}));  // what the link has queued as well
}

TEST_F(Serving, answers_what_a_peer_asks_for_after_it_has_begun_consensus) {
    bench.sync.in_consensus(peer);
    ask(3, 4);

    bench.sync.in_consensus(peer);  // it says at each height where it is
    bench.run(seconds(1));

    EXPECT_EQ(blocks_sent(bench, peer), (std::vector<std::int64_t>{3, 4}));
}

TEST_F(Serving, one_of_ours_gets_late_blocks) {
    const PeerId ours = bench.add({.is_silent = true, .takes_late = true});
    bench.say(ours, BlockRequest{7});

    bench.sync.in_consensus(ours);
    bench.run(seconds(1));

    EXPECT_EQ(blocks_sent(bench, ours), (std::vector<std::int64_t>{7}));
    EXPECT_TRUE(bench.discarded.empty());
}

}  // namespace
}  // namespace steelyard::sync
