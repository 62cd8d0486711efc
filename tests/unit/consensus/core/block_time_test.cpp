// When blocks and votes are dated, and how much fits into a block.
#include "tests/support/test_chain.h"

#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Height;
using chain::Timestamp;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::TestChain;
using test::time_after;
using test::validators_with_power;

Timestamp plus(Timestamp time, nanoseconds delta) {
    return *chain::checked_add(time, delta);
}

TEST(BlockTime, of_the_first_block_is_that_of_genesis) {
    const TestChain chain(validators_with_power({1, 1}), Height(9));

    EXPECT_EQ(block_time(chain.state(), std::nullopt), time_after(0));
    EXPECT_EQ(chain.make_block().header.time, time_after(0));
}

// Vote i of the first block is cast i + 1 seconds after genesis; more power stands first.
TEST(BlockTime, is_the_median_by_power_of_the_last_commit) {
    struct Case {
        std::vector<chain::VotingPower> powers;
        std::string votes;
        std::int64_t seconds;
    };
    for (const auto& [powers, votes, median] : {
             Case{{10}, "c", 1},
             Case{{10, 10, 10}, "ccc", 2},
             Case{{10, 10, 10, 10}, "cccc", 2},
             Case{{10, 10, 10, 10}, "accc", 3},
             Case{{10, 10, 10, 10}, "nccc", 2},  // a vote for nil dates, too
             Case{{10, 10, 10, 10}, "ccca", 2},
             Case{{90, 10, 10}, "ccc", 1},
             Case{{30, 30, 30, 1}, "cccc", 2},
         }) {
        TestChain chain(validators_with_power(powers));

        chain.append(chain.make_block(), {}, votes);

        EXPECT_EQ(chain.make_block().header.time, time_after(median)) << votes;
    }
}

TEST(BlockTime, takes_only_the_commit_of_the_last_block) {
    TestChain chain(validators_with_power({1, 1}));
    chain.append_empty(1);
    const auto old_commit = chain.last_commit();
    chain.append_empty(1);

    ChainState other = chain.state();
    other.last_block_id = test::block_id(1);

    EXPECT_DEATH(block_time(other, chain.last_commit()), "block_id");
    EXPECT_DEATH(block_time(chain.state(), old_commit), "height");
    EXPECT_DEATH(block_time(chain.state(), std::nullopt), "has_value");
}

TEST(VoteTime, is_now_unless_the_block_is_later) {
    const Timestamp now = time_after(100);

    EXPECT_EQ(vote_time(now, std::nullopt), now);
    EXPECT_EQ(vote_time(now, time_after(99)), now);
    EXPECT_EQ(vote_time(now, plus(now, milliseconds(-1))), now);
    EXPECT_EQ(vote_time(now, plus(now, nanoseconds(-999'999))), plus(now, nanoseconds(1)));
    EXPECT_EQ(vote_time(now, now), plus(now, milliseconds(1)));
    EXPECT_EQ(vote_time(now, time_after(500)), plus(time_after(500), milliseconds(1)));
}

TEST(VoteTime, stays_in_range_at_the_end_of_time) {
    const Timestamp end = *Timestamp::from_unix(Timestamp::seconds_max, 999'999'999);

    EXPECT_EQ(vote_time(time_after(0), end), end);
    EXPECT_EQ(vote_time(end, end), end);
    EXPECT_EQ(vote_time(time_after(0), plus(end, milliseconds(-1))), end);
}

// So the next block can always be later, whatever the clocks of less than a third say.
TEST(VoteTime, keeps_the_median_later_than_the_block) {
    const auto signers = validators_with_power({10, 10, 10, 10});
    const Timestamp block_time = time_after(50);
    const Timestamp honest = vote_time(time_after(0), block_time);
    const chain::CommitTarget target = {test::chain_id("test-chain"), Height(1), test::block_id(1)};
    const chain::Commit early = test::sign_commit(signers, target, "cccc", time_after(-1'000'000));
    const chain::Commit late =
        test::sign_commit(signers, target, "cccc", plus(honest, seconds(-1)));

    const chain::Commit mixed = test::with_signature(late, 0, early.signatures()[0]);
    const auto verified = chain::verify_commit(target, signers.validators, mixed);

    ASSERT_TRUE(verified);
    EXPECT_EQ(mixed.signatures()[1].timestamp(), honest);
    EXPECT_GT(verified->median_time(), block_time);
}

TEST(DataSizeMax, leaves_room_for_the_last_commit_and_evidence) {
    TestChain chain(validators_with_power({1, 1, 1}));
    const auto limit =
        static_cast<std::int64_t>(chain::block_size_limit(chain.state().consensus_params.block));
    const auto first = data_size_max(chain.state(), 0);
    chain.append_empty(1);
    const auto second = data_size_max(chain.state(), 0);

    ASSERT_TRUE(first && second);
    EXPECT_LT(*first, limit - chain::header_size_max);
    EXPECT_EQ(*second, *first - (chain::commit_size_max(3) - chain::commit_size_max(0)));
    EXPECT_EQ(data_size_max(chain.state(), 1'000), *second - 1'000);
}

TEST(DataSizeMax, is_nothing_where_there_is_no_room) {
    const TestChain chain(validators_with_power({1}));
    ChainState state = chain.state();
    state.consensus_params.block.max_bytes = 500;

    EXPECT_EQ(data_size_max(state, 0), std::nullopt);
}

TEST(DataSizeMax, lets_a_full_block_be_valid) {
    TestChain chain(validators_with_power({1, 1, 1}));
    BlockOutcome small;
    small.params_update.block = chain::BlockParams{.max_bytes = 10'000, .max_gas = -1};
    small.params_update.evidence = chain::EvidenceParams{.max_bytes = 0};
    chain.append(chain.make_block(), small);
    const auto room = data_size_max(chain.state(), 0);
    ASSERT_TRUE(room);

    const Bytes tx(static_cast<std::size_t>(*room) - 3, 7);  // a tag and a length of two bytes
    const chain::Block block = chain.make_block({tx});

    EXPECT_TRUE(validate_block(chain.state(), block));
}

}  // namespace
}  // namespace steelyard::consensus
