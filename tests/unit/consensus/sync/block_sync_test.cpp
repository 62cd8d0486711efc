#include "bench.h"

#include "consensus/core/block_rules.h"

#include <gmock/gmock.h>

namespace steelyard::sync {
namespace {

using chain::Height;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::vector<Message> one(Message message) {
    return {std::move(message)};
}

Script liar(std::int64_t claims) {
    return {.height = 0, .claims = claims, .answer = [](std::int64_t) {
                return std::vector<Message>();
            }};
}

TEST(BlockSync, fetches_what_is_missing_and_gives_way_to_consensus) {
    SyncBench bench;
    bench.add({});
    bench.add({.latency = milliseconds(50)});

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.sync.wish(), Wish::run_consensus);
    EXPECT_EQ(bench.chain.height(), made_height - 1);  // the last one's commit is not in a block
    EXPECT_LT(bench.now, seconds(1000) + seconds(4));
    EXPECT_TRUE(bench.dropped.empty());
}

TEST(BlockSync, asks_several_peers_and_no_one_for_too_much) {
    SyncBench bench;
    std::map<PeerId, int> asked;
    for (int i = 0; i < 3; ++i) {
        bench.add({});
    }

    ASSERT_TRUE(bench.run());

    for (const auto& [peer, message] : bench.sent) {
        asked[peer] += std::holds_alternative<BlockRequest>(message);
    }
    for (PeerId peer = 1; peer <= 3; ++peer) {
        EXPECT_GT(asked[peer], 20);
    }
    EXPECT_LE(bench.sync.stats(bench.now).requests_sent, made_height + 20U);
}

TEST(BlockSync, fresh_validators_begin_soon) {
    SyncBench bench;
    for (int i = 0; i < 3; ++i) {
        bench.add({.height = 0});
    }

    ASSERT_TRUE(bench.run());

    EXPECT_LE(bench.now, seconds(1000) + milliseconds(1300));
}

TEST(BlockSync, begins_alone_where_nobody_is) {
    SyncBench bench;

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.now, seconds(1003));
}

TEST(BlockSync, does_not_wait_with_a_third_of_the_power) {
    const auto& validators = made_chain().states.front().validators;
    BlockSyncOptions options{.address = validators[0].address()};
    SyncBench bench(0, options);
    bench.add({.height = 0});
    EXPECT_FALSE(bench.run(milliseconds(500)));  // a quarter is not enough
}

// The claims of peers: ASA-2025-001, the poisoned maximum of 0.39, and CometBFT's stall of 2026.

TEST(BlockSync, is_not_held_by_a_peer_that_claims_a_height_and_gives_nothing) {
    SyncBench bench;
    bench.add({});
    bench.add(liar(std::int64_t(1) << 60));

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    EXPECT_LT(bench.now, seconds(1000) + seconds(8));
}

TEST(BlockSync, is_not_held_by_a_peer_that_claims_the_highest_number) {
    SyncBench bench;
    bench.add({});
    bench.add({.claims = std::numeric_limits<std::int64_t>::max()});

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    EXPECT_LT(bench.now, seconds(1000) + seconds(8));
}

TEST(BlockSync, is_not_held_by_a_claim_that_is_lowered) {
    SyncBench bench;
    bench.add({.latency = milliseconds(5)});
    const PeerId liar = bench.add({});
    bench.say(liar, StatusResponse{.height = 1'000'000, .base = 1});
    EXPECT_FALSE(bench.run(milliseconds(30)));
    bench.say(liar, StatusResponse{.height = 3, .base = 2});
    bench.say(liar, StatusResponse{});

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    EXPECT_LT(bench.now, seconds(1000) + seconds(8));
}

TEST(BlockSync, goes_on_without_progress_though_liars_keep_coming) {
    SyncBench bench;
    for (int second = 0; second < 30 && !bench.run(seconds(1)); ++second) {
        bench.add(liar(1'000));
        bench.add({.height = 0, .claims = 500});
    }

    EXPECT_EQ(bench.sync.wish(), Wish::run_consensus);
    EXPECT_LE(bench.now, seconds(1000) + seconds(12));
}

TEST(BlockSync, goes_on_when_every_peer_was_dropped) {
    SyncBench bench;
    for (int i = 0; i < 3; ++i) {
        bench.add({.answer = [](std::int64_t) { return one(BlockResponse{Bytes(20, 7)}); }});
    }

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.dropped.size(), 3U);
    EXPECT_LE(bench.now, seconds(1000) + seconds(5));
}

// Blocks that are not what they should be.

TEST(BlockSync, drops_the_sender_of_another_block_and_nobody_else) {
    SyncBench bench;
    const PeerId bad = bench.add({.latency = milliseconds(1), .answer = [](std::int64_t height) {
                                      chain::Block block = made_chain().at(height).block;
                                      block.txs.push_back(Bytes{1, 2, 3});
                                      chain::seal_contents(block);
                                      return one(BlockResponse{chain::encode_block(block)});
                                  }});
    bench.add({});

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    ASSERT_EQ(bench.dropped.size(), 1U);
    EXPECT_THAT(bench.dropped.at(bad), HasSubstr("not the decided one"));
}

/// The commit in block `height` with one signature that is not needed for two thirds made bad.
chain::Block with_bad_signature(std::int64_t height) {
    chain::Block block = made_chain().at(height).block;
    auto signatures = block.last_commit->signatures();
    auto& last = signatures.back();
    chain::Signature forged = last.signature();
    forged[5] ^= 1;
    last = chain::CommitSig(last.flag(), last.validator_address(), last.timestamp(), forged);
    block.last_commit = *chain::Commit::make(
        block.last_commit->height(),
        block.last_commit->round(),
        block.last_commit->block_id(),
        signatures
    );
    chain::seal_contents(block);
    return block;
}

TEST(BlockSync, verifies_every_signature_of_a_commit_not_only_two_thirds) {
    SyncBench bench;
    const PeerId bad =
        bench.add({.latency = milliseconds(1), .answer = [](std::int64_t height) {
                       return height == 1
                                  ? one(BlockResponse{made_chain().encoded(1)})
                                  : one(BlockResponse{chain::encode_block(with_bad_signature(height)
                                    )});
                   }});
    bench.add({});

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    ASSERT_EQ(bench.dropped.size(), 1U);
    EXPECT_THAT(bench.dropped.at(bad), HasSubstr("last commit"));
}

TEST(BlockSync, drops_who_sends_what_was_not_asked_for) {
    SyncBench bench;
    const PeerId first = bench.add({.height = 0});
    const PeerId second = bench.add({.answer = [](std::int64_t height) {
        return one(BlockResponse{made_chain().encoded(height == 1 ? made_height : height)});
    }});

    bench.say(first, BlockResponse{made_chain().encoded(1)});
    bench.run(seconds(2));

    EXPECT_THAT(bench.dropped.at(first), HasSubstr("not asked for"));
    EXPECT_THAT(bench.dropped.at(second), HasSubstr("not asked for"));
}

TEST(BlockSync, takes_a_late_answer_for_what_it_is) {
    SyncBench bench;
    bench.add({.latency = seconds(4)});
    bench.add({.latency = milliseconds(10)});

    bench.run(seconds(1));
    bench.run(seconds(60));

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    EXPECT_TRUE(bench.dropped.empty());
}

TEST(BlockSync, drops_who_lacks_again_and_again_what_it_claims) {
    BlockSyncOptions options{.progress_wait = std::chrono::hours(1)};
    SyncBench bench(made_height - 1, options);
    const PeerId bad = bench.add({.claims = 1'000'000});

    for (int i = 0; i < 60 && !bench.dropped.contains(bad); ++i) {
        bench.run(seconds(1));
        bench.sync.consensus_began(bench.now);
        bench.sync.sync_began(bench.now);
    }

    EXPECT_THAT(bench.dropped.at(bad), HasSubstr("again and again"));
}

TEST(BlockSync, asks_another_peer_where_one_is_silent) {
    SyncBench bench;
    const PeerId silent =
        bench.add({.answer = [](std::int64_t) { return std::vector<Message>(); }});
    bench.add({});

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    EXPECT_LT(bench.now, seconds(1000) + seconds(10));
    EXPECT_FALSE(bench.dropped.contains(silent));  // it has fifteen seconds
}

TEST(BlockSync, drops_a_peer_that_stays_silent) {
    BlockSyncOptions options{.peer_timeout = seconds(2)};
    SyncBench bench(0, options);
    const PeerId silent = bench.add(liar(100));

    bench.run(seconds(20));

    EXPECT_THAT(bench.dropped.at(silent), HasSubstr("gives no block"));
}

TEST(BlockSync, forgets_what_a_peer_owed_that_left) {
    SyncBench bench;
    const PeerId silent = bench.add(liar(made_height));
    bench.add({});
    bench.run(milliseconds(300));
    bench.leave(silent);

    ASSERT_TRUE(bench.run());

    EXPECT_EQ(bench.chain.height(), made_height - 1);
    EXPECT_LT(bench.now, seconds(1000) + seconds(4));
}

TEST(BlockSync, applies_a_bounded_number_of_blocks_in_a_tick) {
    BlockSyncOptions options{.blocks_per_tick = 2};
    SyncBench bench(0, options);
    bench.add({});
    std::int64_t last = 0;
    while (!bench.run(milliseconds(1))) {
        ASSERT_LE(bench.chain.height() - last, 60);
        last = bench.chain.height();
    }
    EXPECT_GE(bench.ticks, made_height / 2);
}

TEST(BlockSync, tells_of_an_error_of_the_chain) {
    SyncBench bench;
    bench.add({});
    bench.run(milliseconds(30));
    bench.chain.fails = true;
    Result<void> ticked;
    for (int i = 0; i < 20 && ticked; ++i) {
        bench.now += milliseconds(10);
        for (std::int64_t height = 1; height < 4; ++height) {
            bench.say(1, BlockResponse{made_chain().encoded(height)});
        }
        ticked = bench.sync.tick(bench.now);
    }
    EXPECT_FALSE(ticked);
}

// The way back.

TEST(BlockSync, falls_back_when_a_block_proves_that_the_chain_is_ahead) {
    SyncBench bench(10);
    bench.sync.consensus_began(bench.now);
    const PeerId peer = bench.add({});

    bench.sync.hint(peer, Height(made_height), bench.now);  // too soon after the switch
    EXPECT_FALSE(bench.run(seconds(11)));
    bench.sync.hint(peer, Height(made_height), bench.now);
    ASSERT_TRUE(bench.run(seconds(1)));

    EXPECT_EQ(bench.sync.wish(), Wish::stop_consensus);
    bench.sync.sync_began(bench.now);
    ASSERT_TRUE(bench.run());
    EXPECT_EQ(bench.chain.height(), made_height - 1);
}

TEST(BlockSync, does_not_fall_back_on_a_claim) {
    SyncBench bench(10);
    bench.sync.consensus_began(bench.now);
    const PeerId peer = bench.add({.height = 10});
    bench.run(seconds(11));

    bench.sync.hint(peer, Height(made_height), bench.now);
    EXPECT_FALSE(bench.run(seconds(30)));
}

TEST(BlockSync, does_not_fall_back_on_a_block_that_strangers_signed) {
    test::TestChain strangers(
        test::validators_with_power({10, 10, 10, 10}, crypto::KeyType::secp256k1, 50)
    );
    strangers.append_empty(31);
    SyncBench bench(10);
    bench.sync.consensus_began(bench.now);
    const PeerId peer = bench.add({.answer = [&](std::int64_t height) {
        chain::Block block = strangers.make_block();
        EXPECT_EQ(height, 31);
        block.header.height = Height(height);
        block.last_commit = *chain::Commit::make(
            Height(height - 1),
            block.last_commit->round(),
            block.last_commit->block_id(),
            block.last_commit->signatures()
        );
        chain::seal_contents(block);
        return one(BlockResponse{chain::encode_block(block)});
    }});
    bench.run(seconds(11));

    bench.sync.hint(peer, Height(made_height), bench.now);
    EXPECT_FALSE(bench.run(seconds(30)));
    EXPECT_EQ(bench.sync.stats(bench.now).blocks_received, 1U);
}

TEST(BlockSync, is_idle_while_consensus_runs) {
    SyncBench bench(10);
    bench.add({});
    bench.sync.consensus_began(bench.now);
    bench.run(milliseconds(100));
    const int ticks = bench.ticks;

    bench.run(seconds(100));

    EXPECT_EQ(bench.ticks, ticks);
    EXPECT_FALSE(bench.sync.next_tick());
}

TEST(BlockSync, ends_up_right_among_random_liars) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        SeededRandom random(seed);
        SyncBench bench(static_cast<std::int64_t>(random.below(40)));
        bench.add({.latency = milliseconds(1 + random.below(100))});
        const auto liars = 1 + random.below(4);
        for (std::uint64_t i = 0; i < liars; ++i) {
            const auto kind = random.below(7);
            const auto claims = static_cast<std::int64_t>(random.below(1'000'000));
            auto draw = std::make_shared<SeededRandom>(random.next_u64());
            bench.add({
                .claims = kind < 3 ? claims : 0,
                .latency = milliseconds(1 + random.below(200)),
                .answer = [draw, kind](std::int64_t height) -> std::optional<std::vector<Message>> {
                    if (height > made_height || draw->below(4) != 0) {
                        return std::nullopt;
                    }
                    const Bytes honest = made_chain().encoded(height);
                    switch (kind) {
                        case 0:
                            return std::vector<Message>();
                        case 1:
                            return one(NoBlockResponse{height});
                        case 2:
                            return one(BlockResponse{made_chain().encoded(1)});
                        case 3:
                            return height == 1 ? one(BlockResponse{honest})
                                               : one(BlockResponse{
                                                     chain::encode_block(with_bad_signature(height))
                                                 });
                        case 4:
                            return std::vector<Message>{
                                BlockResponse{honest}, BlockResponse{honest}
                            };
                        case 5:
                            return one(BlockResponse{Bytes(honest.begin(), honest.end() - 1)});
                        default:
                            return std::vector<Message>{
                                StatusResponse{height, 0}, NoBlockResponse{height + 1}
                            };
                    }
                },
            });
        }

        ASSERT_TRUE(bench.run());

        EXPECT_GE(bench.chain.height(), made_height - 2);
        EXPECT_FALSE(bench.dropped.contains(1));
        EXPECT_LT(bench.now, seconds(1000) + seconds(40));
    }
}

}  // namespace
}  // namespace steelyard::sync
