// Each strategy bites, and breaks no rule where one of four nodes follows it.
#include "tests/unit/sim/strategies/probe.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

bool reports(const Seen& seen, std::string_view text) {
    return std::ranges::any_of(seen.reports, [&](const std::string& report) {
        return report.find(text) != std::string::npos;
    });
}

bool is_punished(const Seen& seen) {
    return seen.counters.contradictions > 0 && seen.counters.equivocations > 0 &&
           seen.counters.evidence > 0;
}

bool costs_rounds(const Seen& seen) {
    return seen.counters.rounds > 0;
}

bool has_blocks_refused(const Seen& seen) {
    return seen.counters.refused_blocks > 0;
}

struct Attack {
    const char* strategy;
    bool (*bites)(const Seen& seen);
    Permille loss = 0;
};

constexpr Permille lossy = 150;

const std::vector<Attack> attacks = {
    {"silent", [](const Seen& seen) { return seen.unsigned_commits == seen.commits; }},
    {"parrot", is_punished, lossy},
    {"two-blocks", [](const Seen& seen) { return seen.double_proposals > 0; }},
    {"two-prevotes", is_punished, lossy},
    {"two-precommits", is_punished, lossy},
    {"shameless", is_punished},
    {"twin", is_punished, lossy},
    {"amnesia", [](const Seen& seen) { return seen.counters.crashes > 3; }},
    {"withholding", costs_rounds},
    {"garbage", [](const Seen& seen) { return costs_rounds(seen) && !seen.reports.empty(); }},
    {"invalid-blocks", has_blocks_refused},
    {"false-evidence", has_blocks_refused},
    {"false-polkas", [](const Seen& seen) { return seen.unfit_pol_rounds > 0; }},
    {"other-state", [](const Seen& seen) { return seen.counters.byzantine_stops == 1; }},
    {"naysayer", [](const Seen& seen) { return seen.unsigned_commits == seen.commits; }},
    {"astray", [](const Seen& seen) { return seen.distant_votes > 0; }},
    {"hasty", [](const Seen& seen) { return seen.later_votes > 0; }},
    {"impostor", [](const Seen& seen) { return reports(seen, "address of validator"); }},
    {"time-travel", [](const Seen& seen) { return seen.strange_times > 0; }},
    {"selective", [](const Seen& seen) { return seen.unsigned_commits > seen.commits / 2; }},
    {"late", [](const Seen& seen) { return seen.unsigned_commits > seen.commits / 2; }},
    {"hidden-lock", [](const Seen& seen) { return seen.lonely_precommits > 0; }, lossy},
    {"lone-decision", is_punished, lossy},
    {"liar", [](const Seen& seen) { return reports(seen, "commit certificate"); }},
    {"third-votes",
     [](const Seen& seen) {
         return seen.counters.evidence > 1 && seen.counters.refused_blocks == 0;
     }},
};

class EachStrategy : public testing::TestWithParam<Attack> {};

TEST_P(EachStrategy, bites_and_breaks_nothing) {
    const Seen seen = probe(GetParam().strategy, GetParam().loss);

    EXPECT_TRUE(GetParam().bites(seen));
    ASSERT_TRUE(seen.violations.empty())
        << seen.violations[0].oracle << ": " << seen.violations[0].what;
    EXPECT_GT(seen.commits, 5U);
}

INSTANTIATE_TEST_SUITE_P(all, EachStrategy, testing::ValuesIn(attacks), [](const auto& test) {
    std::string name = test.param.strategy;
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(Strategies, each_has_its_attack_tested) {
    std::set<std::string> tested;
    for (const Attack& attack : attacks) {
        tested.insert(attack.strategy);
    }

    for (const std::string& name : strategy_names()) {
        EXPECT_TRUE(tested.contains(name)) << name;
    }
}

}  // namespace
}  // namespace steelyard::sim
