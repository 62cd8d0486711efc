// Several strategies in one node, and too many nodes with one.
#include "tests/unit/sim/strategies/probe.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

TEST(ChainOfStrategies, says_what_the_last_link_says) {
    const Seen seen = probe("two-prevotes+silent");

    EXPECT_EQ(seen.counters.contradictions, 0U);
    EXPECT_EQ(seen.unsigned_commits, seen.commits);
    EXPECT_TRUE(seen.violations.empty());
}

TEST(ChainOfStrategies, does_what_each_link_does) {
    const Seen seen = probe("two-prevotes+two-blocks+amnesia", 150);

    EXPECT_GT(seen.counters.evidence, 0U);
    EXPECT_GT(seen.double_proposals, 0U);
    EXPECT_GT(seen.counters.crashes, 3U);
    EXPECT_TRUE(seen.violations.empty());
}

TEST(DrawnStrategies, can_all_be_made) {
    SeededRandom random(1);
    std::set<std::size_t> links;

    for (int i = 0; i < 200; ++i) {
        const std::string name = draw_strategy(random);
        EXPECT_NE(make_strategy(name), nullptr) << name;
        links.insert(static_cast<std::size_t>(std::ranges::count(name, '+')) + 1);
    }

    EXPECT_EQ(links, (std::set<std::size_t>{1, 2, 3}));
}

class TooManyByzantine : public testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {};

TEST_P(TooManyByzantine, fork_in_a_handful_of_seeds) {
    const auto [nodes, byzantine] = GetParam();
    std::uint64_t seed = 0;
    std::string oracle;

    while (oracle != "agreement" && ++seed < 60) {
        const Report report = run(draw_options(seed, {.nodes = nodes, .byzantine = byzantine}));
        oracle = report.violations.empty() ? "" : report.violations[0].oracle;
    }

    EXPECT_EQ(oracle, "agreement");
}

INSTANTIATE_TEST_SUITE_P(
    clusters,
    TooManyByzantine,
    testing::Values(std::pair(4U, 2U), std::pair(5U, 3U), std::pair(7U, 3U))
);

}  // namespace
}  // namespace steelyard::sim
