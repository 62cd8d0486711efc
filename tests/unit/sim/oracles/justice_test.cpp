#include "tests/support/chain_builders.h"
#include "tests/unit/sim/oracles/history.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using test::block_id;

constexpr NodeIndex guilty = History::byzantine;

/// A block that nobody need like: of a height, by a proposer, with what it carries.
chain::Block block(
    const History& history,
    std::int64_t height,
    NodeIndex proposer,
    std::vector<chain::Evidence> evidence = {}
) {
    chain::Block block;
    block.header.height = chain::Height(height);
    block.header.time = test::time_after(height);
    block.header.proposer_address = history.address(proposer);
    block.evidence = std::move(evidence);
    return block;
}

chain::Evidence evidence(const History& history, int round, int number = 2) {
    const auto validators = chain::initial_validators(history.cluster().genesis());
    return chain::make_duplicate_vote_evidence(
               history.prevote(guilty, round, block_id(1)),
               history.prevote(guilty, round, block_id(number)),
               validators.value(),
               test::time_after(1)
    )
        .value();
}

/// Node 0 gets two prevotes of the guilty one.
void sees_both(History& history) {
    EXPECT_FALSE(history.gets(0, history.prevote(guilty, 0, block_id(1))));
    EXPECT_FALSE(history.gets(0, history.prevote(guilty, 0, block_id(2))));
}

TEST(JusticeOracle, finds_a_proposer_that_does_not_tell_what_it_knows) {
    History history(make_justice());
    sees_both(history);
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));

    EXPECT_TRUE(history.commits(1, block(history, 2, 0)));
}

TEST(JusticeOracle, admits_a_proposer_that_tells) {
    History history(make_justice());
    sees_both(history);
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));

    EXPECT_FALSE(history.commits(1, block(history, 2, 0, {evidence(history, 0)})));
    EXPECT_FALSE(history.commits(1, block(history, 3, 0)));
}

TEST(JusticeOracle, asks_nothing_of_who_saw_one_vote_or_a_forged_one) {
    History history(make_justice());
    chain::Vote forged = history.prevote(guilty, 0, block_id(2));
    forged.signature[0] ^= 1;
    EXPECT_FALSE(history.gets(0, history.prevote(guilty, 0, block_id(1))));
    EXPECT_FALSE(history.gets(0, forged));
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));

    EXPECT_FALSE(history.commits(1, block(history, 2, 0)));
}

TEST(JusticeOracle, asks_nothing_of_who_crashed_before_it_could_prove) {
    History history(make_justice());
    sees_both(history);
    EXPECT_FALSE(history.restarts(0));
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));

    EXPECT_FALSE(history.commits(1, block(history, 2, 0)));
}

TEST(JusticeOracle, asks_again_after_a_crash_for_what_was_proven) {
    History history(make_justice());
    sees_both(history);
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));
    EXPECT_FALSE(history.restarts(0));

    EXPECT_TRUE(history.commits(1, block(history, 2, 0)));
}

TEST(JusticeOracle, finds_the_same_piece_again) {
    History history(make_justice());
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));
    EXPECT_FALSE(history.commits(0, block(history, 2, 0, {evidence(history, 0)})));
    EXPECT_FALSE(history.commits(0, block(history, 3, 0, {evidence(history, 1)})));

    EXPECT_TRUE(history.commits(0, block(history, 4, guilty, {evidence(history, 0)})));
}

TEST(JusticeOracle, finds_a_second_punishment_by_a_correct_node) {
    History history(make_justice());
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));
    EXPECT_FALSE(history.commits(0, block(history, 2, 0, {evidence(history, 0)})));
    EXPECT_FALSE(history.commits(0, block(history, 3, guilty, {evidence(history, 0, 3)})));

    EXPECT_TRUE(history.commits(0, block(history, 4, 0, {evidence(history, 0, 4)})));
}

TEST(JusticeOracle, finds_two_pieces_about_one_validator_in_a_block_of_a_correct_node) {
    const auto two = [](const History& history) {
        return std::vector{evidence(history, 0), evidence(history, 1)};
    };
    History history(make_justice());
    EXPECT_FALSE(history.commits(0, block(history, 1, 0)));
    EXPECT_TRUE(history.commits(0, block(history, 2, 0, two(history))));

    History other(make_justice());
    EXPECT_FALSE(other.commits(0, block(other, 1, 0)));
    EXPECT_FALSE(other.commits(0, block(other, 2, guilty, two(other))));
}

TEST(JusticeOracle, finds_an_accusation_of_a_correct_node) {
    History history(make_justice());
    const chain::Vote first = history.prevote(1, 0, block_id(1));
    const chain::Vote second = history.prevote(1, 0, block_id(2));

    EXPECT_TRUE(history.oracle().on_conflict(history.cluster(), {0, first, second}));
}

}  // namespace
}  // namespace steelyard::sim
