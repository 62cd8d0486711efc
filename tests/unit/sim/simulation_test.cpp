#include "tests/sim/simulation.h"

#include "tests/sim/shrink.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using namespace std::chrono_literals;

std::string text_of(const Report& report) {
    std::string text;
    for (const Violation& violation : report.violations) {
        text += fmt::format("{}: {}; ", violation.oracle, violation.what);
    }
    return text + replay_command(report.seed, {});
}

class Seeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, break_no_rule) {
    const Report report = run(draw_options(GetParam()));

    EXPECT_TRUE(report.passed()) << text_of(report);
}

INSTANTIATE_TEST_SUITE_P(Some, Seeds, testing::Range<std::uint64_t>(1, 41));

class LedgerSeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LedgerSeeds, break_no_rule) {
    const Fixed fixed{.app = App::ledger};

    const Report report = run(draw_options(GetParam(), fixed));

    EXPECT_TRUE(report.passed()) << text_of(report);
}

INSTANTIATE_TEST_SUITE_P(Some, LedgerSeeds, testing::Range<std::uint64_t>(1, 21));

class MarketSeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(MarketSeeds, break_no_rule) {
    const Fixed fixed{.app = App::market};

    const Report report = run(draw_options(GetParam(), fixed));

    EXPECT_TRUE(report.passed()) << text_of(report);
}

/// The first has a provider that is slashed for jobs which it has when it is removed.
INSTANTIATE_TEST_SUITE_P(Some, MarketSeeds, testing::Range<std::uint64_t>(1, 9));

/// Where one validator gets all the power.
INSTANTIATE_TEST_SUITE_P(Mended, LedgerSeeds, testing::Values(58));

TEST(Simulation, people_use_the_ledger) {
    Options options = calm_options(1);
    options.app = App::ledger;
    options.safety_phase = 40s;

    const Report report = run(options);
    const Report again = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.town.txs, 50U);
    EXPECT_EQ(report.trace_hash, again.trace_hash);
}

TEST(Simulation, providers_and_users_trade) {
    Options options = calm_options(1);
    options.app = App::market;
    options.safety_phase = 60s;

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    const test::MarketCounters& market = report.counters.town.market;
    EXPECT_GT(market.matched, 30U);
    EXPECT_GT(market.proved, 5U);
    EXPECT_GT(market.honest_settled, 5U);
    for (const auto reason :
         {market::Reason::fraud,
          market::Reason::silence,
          market::Reason::late,
          market::Reason::not_started,
          market::Reason::declined,
          market::Reason::expired,
          market::Reason::cancelled}) {
        EXPECT_GT(market.ended.at(static_cast<std::size_t>(reason)), 0U) << to_string(reason);
    }
    EXPECT_EQ(report.trace_hash, run(options).trace_hash);
}

/// Found by simulation, and mended since.
INSTANTIATE_TEST_SUITE_P(
    Mended, Seeds, testing::Values(358, 570, 796, 1277, 1291, 1688, 1949, 2019)
);

TEST(Simulation, calm_nodes_make_a_block_a_second_in_their_first_rounds) {
    Options options = calm_options(1);
    options.safety_phase = 100s;

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.blocks, 80);
    EXPECT_EQ(report.counters.rounds, 0U);
    EXPECT_EQ(report.counters.crashes, 0U);
}

TEST(Simulation, the_chain_goes_on_where_many_turns_pass_without_a_proposal) {
    Options options = calm_options(1);
    options.safety_phase = 100s;
    options.abstentions = 300;

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.blocks, 20);
    EXPECT_GT(report.counters.omitted, 5U);
    EXPECT_GE(report.counters.rounds, report.counters.omitted);
}

/// Who proposes a block again leaves the name of its maker, and so its beacon, as they are: the
/// oracles see that whoever is named has proposed it for the first time.
TEST(Simulation, blocks_that_are_proposed_again_keep_their_makers) {
    const Report report = run(draw_options(38));

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.proposed_again, 0U);
    EXPECT_GT(report.counters.omitted, 0U);
}

/// Four nodes, each connected with each, and several blocks a second.
Options fast_options(const SyncOptions& sync) {
    Options options = calm_options(1);
    options.safety_phase = 60s;
    options.block_interval = 200ms;
    options.gossip.emplace();
    for (NodeIndex node = 1; node < options.nodes(); ++node) {
        for (NodeIndex peer = 0; peer < node; ++peer) {
            options.gossip->edges.emplace_back(node, peer);
        }
    }
    options.sync = sync;
    return options;
}

TEST(Simulation, a_new_node_joins_among_liars) {
    const Report report =
        run(fast_options({.liars = {0, 1}, .newcomer = NodeIndex{3}, .joins_at = 50s}));

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.fetched, 30U);
}

TEST(Simulation, a_node_that_is_left_behind_falls_back_to_block_sync_and_returns) {
    Options options = fast_options({.liars = {1}});
    options.partition_kind = PartitionKind::isolate_one;
    options.partitions = {.pause_max = 20s, .length_max = 40s};

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.fall_backs, 0U);
    EXPECT_GT(report.counters.fetched, 20U);
}

TEST(Simulation, the_same_seed_has_the_same_history) {
    for (const std::uint64_t seed : {11U, 12U, 13U}) {
        EXPECT_EQ(run(draw_options(seed)).trace_hash, run(draw_options(seed)).trace_hash);
    }
    EXPECT_NE(run(draw_options(11)).trace_hash, run(draw_options(12)).trace_hash);
}

TEST(Simulation, runs_with_real_signatures) {
    for (const auto signatures : {Signatures::secp256k1, Signatures::ed25519}) {
        Options options = calm_options(1);
        options.signatures = signatures;
        options.safety_phase = 5s;
        options.byzantine = {{.node = 3, .strategy = "parrot"}};

        const Report report = run(options);

        EXPECT_TRUE(report.passed()) << text_of(report);
        EXPECT_GT(report.counters.blocks, 4);
    }
}

TEST(Simulation, crashes_in_the_middle_of_writes_are_recovered_from) {
    Options options = calm_options(1);
    options.safety_phase = 120s;
    options.crashes = {
        .torn = {.pause_max = 1s, .length_max = 2s}, .lose_all = 400, .lose_some = 400
    };

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.crashes, 30U);
    EXPECT_GT(report.counters.blocks, 20);
}

TEST(Simulation, equivocation_is_seen_and_punished) {
    Options options = calm_options(1);
    options.safety_phase = 60s;
    options.link.loss = 200;  // so that nodes pass votes on to each other
    options.byzantine = {{.node = 3, .strategy = "parrot"}};

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.equivocations, 0U);
    EXPECT_GT(report.counters.evidence, 0U);
}

/// Nodes that never see both votes hear of them, and then it is their duty to tell.
TEST(Simulation, evidence_travels_to_those_that_did_not_see_it) {
    Options options = calm_options(1);
    options.safety_phase = 60s;
    options.gossip = GossipOptions{.edges = {{0, 1}, {1, 2}, {0, 3}, {2, 3}}};
    options.byzantine = {{.node = 3, .strategy = "shameless"}};

    const Report report = run(options);

    EXPECT_TRUE(report.passed()) << text_of(report);
    EXPECT_GT(report.counters.evidence_heard, 0U);
    EXPECT_GT(report.counters.evidence, 0U);
}

/// The oracle can fail: half of the power forks the chain.
Options fork_options() {
    Options options = calm_options(1);
    options.byzantine = {{.node = 1, .strategy = "parrot"}, {.node = 2, .strategy = "parrot"}};
    return options;
}

TEST(Simulation, with_half_of_the_power_byzantine_the_chain_forks_and_the_oracle_sees_it) {
    const Report report = run(fork_options());

    ASSERT_FALSE(report.passed());
    EXPECT_EQ(report.violations[0].oracle, "agreement") << text_of(report);
}

TEST(Simulation, two_of_four_that_are_silent_stop_it) {
    Options options = calm_options(1);
    options.safety_phase = 30s;
    options.byzantine = {{.node = 1, .strategy = "silent"}, {.node = 2, .strategy = "silent"}};

    const Report report = run(options);

    EXPECT_EQ(report.counters.blocks, 0);
}

TEST(Shrink, keeps_a_failure_and_drops_what_it_does_not_need) {
    const Fixed fixed{.byzantine = 3};
    std::uint64_t seed = 0;
    Report failing;
    while (failing.passed()) {
        ++seed;
        failing = run(draw_options(seed, fixed));
    }

    const Shrunk shrunk = shrink(seed, fixed, failing, 30);

    EXPECT_FALSE(shrunk.report.passed());
    EXPECT_EQ(shrunk.report.violations[0].oracle, failing.violations[0].oracle);
    EXPECT_FALSE(shrunk.fixed.without.empty());
    EXPECT_LE(shrunk.runs, 30U);
    EXPECT_EQ(run(draw_options(seed, shrunk.fixed)).trace_hash, shrunk.report.trace_hash);
}

}  // namespace
}  // namespace steelyard::sim
