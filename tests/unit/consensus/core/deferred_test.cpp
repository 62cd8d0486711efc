#include "consensus/core/deferred.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Height;
using chain::Round;

Received proposal(PeerId from, int height, int round) {
    return {from, chain::Proposal{.height = Height(height), .round = Round(round)}};
}

Received vote(PeerId from, int height, int round) {
    return {from, chain::Vote{.height = Height(height), .round = Round(round)}};
}

Received part(PeerId from, int height, int round, std::size_t size) {
    return {from, BlockPart{Height(height), Round(round), chain::Part{Bytes(size), {}}}};
}

TEST(Deferred, gives_back_in_the_order_of_coming) {
    Deferred deferred;
    const std::vector messages{vote(1, 2, 5), proposal(2, 2, 0), part(1, 2, 3, 9)};
    for (const Received& message : messages) {
        EXPECT_TRUE(deferred.add(message));
    }

    EXPECT_EQ(deferred.take({Height(2), Round(0)}), messages);

    EXPECT_EQ(deferred.size(), 0u);
}

TEST(Deferred, messages_of_later_heights_stay_and_those_of_earlier_ones_go) {
    Deferred deferred;
    deferred.add(vote(1, 1, 0));
    deferred.add(vote(1, 2, 0));
    deferred.add(vote(1, 3, 0));

    EXPECT_EQ(deferred.take({Height(2), Round(0)}), std::vector{vote(1, 2, 0)});

    EXPECT_EQ(deferred.size(), 1u);
    EXPECT_EQ(deferred.take({Height(3), Round(0)}), std::vector{vote(1, 3, 0)});
}

TEST(Deferred, proposals_wait_for_their_round_and_nothing_else_does) {
    Deferred deferred;
    deferred.add(proposal(1, 2, 3));
    deferred.add(part(1, 2, 3, 9));
    deferred.add(vote(1, 2, 3));

    EXPECT_EQ(deferred.take({Height(2), Round(2)}).size(), 2u);
    EXPECT_EQ(deferred.take({Height(2), Round(3)}), std::vector{proposal(1, 2, 3)});
}

TEST(Deferred, each_peer_has_room_for_so_many_messages_of_its_own) {
    Deferred deferred;
    for (std::size_t i = 0; i < Deferred::messages_per_peer_max; ++i) {
        ASSERT_TRUE(deferred.add(vote(1, 2, static_cast<int>(i))));
    }

    EXPECT_FALSE(deferred.add(vote(1, 2, 0)));

    EXPECT_TRUE(deferred.add(vote(2, 2, 0)));
    EXPECT_EQ(deferred.size(), Deferred::messages_per_peer_max + 1);
}

TEST(Deferred, each_peer_has_room_for_so_many_bytes) {
    Deferred deferred;
    std::size_t taken = 0;
    while (deferred.add(part(1, 2, 0, chain::part_size))) {
        ASSERT_LE(++taken * chain::part_size, Deferred::bytes_per_peer_max);
    }

    EXPECT_GE(taken, Deferred::bytes_per_peer_max / chain::part_size - 1);
    EXPECT_TRUE(deferred.add(part(2, 2, 0, chain::part_size)));
}

TEST(Deferred, a_commit_takes_room_for_its_signatures) {
    Deferred deferred;
    std::vector<chain::CommitSig> signatures(chain::validators_max);
    signatures[0] = {chain::BlockIdFlag::commit, {}, {}, {}};
    const auto commit =
        chain::Commit::make(Height(2), Round(0), test::block_id(1), std::move(signatures));
    ASSERT_TRUE(commit);
    std::size_t taken = 0;
    while (deferred.add({1, *commit})) {
        ++taken;
    }

    EXPECT_LE(
        taken * chain::validators_max * sizeof(chain::CommitSig), Deferred::bytes_per_peer_max
    );
}

TEST(Deferred, what_is_taken_or_forgotten_makes_room_again) {
    Deferred deferred;
    for (const int height : {2, 1}) {
        for (std::size_t i = 0; i < Deferred::messages_per_peer_max / 2; ++i) {
            ASSERT_TRUE(deferred.add(part(1, height, 0, 100)));
        }
    }
    ASSERT_FALSE(deferred.add(part(1, 2, 0, 100)));

    deferred.take({Height(2), Round(0)});

    for (std::size_t i = 0; i < Deferred::messages_per_peer_max; ++i) {
        ASSERT_TRUE(deferred.add(part(1, 3, 0, 100)));
    }
}

TEST(Deferred, serves_so_many_peers_and_forgets_those_that_have_nothing_here) {
    Deferred deferred;
    for (PeerId peer = 1; peer <= Deferred::peers_max; ++peer) {
        ASSERT_TRUE(deferred.add(vote(peer, 2, 0)));
    }
    EXPECT_FALSE(deferred.add(vote(1'000, 2, 0)));
    EXPECT_TRUE(deferred.add(vote(1, 2, 1)));

    deferred.take({Height(2), Round(0)});

    EXPECT_TRUE(deferred.add(vote(1'000, 3, 0)));
}

TEST(Deferred, all_peers_together_have_room_for_so_many_bytes) {
    Deferred deferred;
    std::size_t bytes = 0;
    for (PeerId peer = 1; peer <= Deferred::peers_max; ++peer) {
        while (deferred.add(part(peer, 2, 0, chain::part_size))) {
            bytes += chain::part_size;
        }
    }

    EXPECT_LE(bytes, Deferred::bytes_max);
    EXPECT_GT(bytes, Deferred::bytes_max / 2);
}

TEST(Deferred, a_peer_that_is_gone_leaves_its_room_to_others) {
    Deferred deferred;
    for (PeerId peer = 1; peer <= Deferred::peers_max; ++peer) {
        ASSERT_TRUE(deferred.add(vote(peer, 2, 0)));
    }

    deferred.forget(7);

    EXPECT_EQ(deferred.size(), Deferred::peers_max - 1);
    EXPECT_TRUE(deferred.add(vote(1'000, 2, 0)));
    for (const Received& taken : deferred.take({Height(2), Round(0)})) {
        EXPECT_NE(taken.from, 7u);
    }
}

}  // namespace
}  // namespace steelyard::consensus
