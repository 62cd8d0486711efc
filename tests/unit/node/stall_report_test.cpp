#include "node/stall_report.h"

#include "base/hex.h"
#include "tests/support/consensus_driver.h"

#include <gtest/gtest.h>

namespace steelyard::node {
namespace {

using consensus::TimeoutKind;

std::string address_of(const test::ConsensusDriver& driver, chain::ValidatorIndex index) {
    return to_hex_upper(driver.set().validators[index].address());
}

TEST(StallReport, names_the_proposer_whose_block_does_not_come) {
    test::ConsensusDriver driver;
    driver.start();

    const StallReport report = describe_stall(driver.now());

    EXPECT_EQ(report.step, "propose");
    EXPECT_EQ(report.who, "the proposer");
    EXPECT_EQ(report.round, 0);
    EXPECT_EQ(report.percent, 0);
}

TEST(StallReport, waits_for_nobody_in_the_pause) {
    test::ConsensusDriver driver;
    driver.start_height();

    EXPECT_EQ(describe_stall(driver.now()).who, "");
}

TEST(StallReport, names_whose_prevotes_are_missing) {
    test::ConsensusDriver driver;
    driver.start();
    driver.elapse(TimeoutKind::propose);

    StallReport report = describe_stall(driver.now());
    EXPECT_EQ(report.step, "prevote");
    EXPECT_TRUE(report.who.starts_with("3 of 4 validators: ")) << report.who;
    EXPECT_EQ(report.percent, 25);  // our own

    driver.prevotes(0, {}, 1);
    report = describe_stall(driver.now());
    EXPECT_EQ(
        report.who,
        "2 of 4 validators: " + address_of(driver, driver.others()[1]) + ", " +
            address_of(driver, driver.others()[2])
    );
    EXPECT_EQ(report.percent, 50);
}

TEST(StallReport, names_whose_precommits_are_missing_in_the_round) {
    test::ConsensusDriver driver;
    driver.start();
    driver.precommits(0, {}, 3);
    driver.elapse(TimeoutKind::precommit);
    ASSERT_EQ(driver.now().machine.round, chain::Round(1));
    driver.elapse(TimeoutKind::propose);
    driver.prevotes(1, {}, 3);

    const StallReport report = describe_stall(driver.now());

    EXPECT_EQ(report.step, "precommit");
    EXPECT_EQ(report.round, 1);
    EXPECT_TRUE(report.who.starts_with("3 of 4 validators: ")) << report.who;
    EXPECT_EQ(report.percent, 25);
}

TEST(StallReport, names_so_many_and_counts_the_others) {
    test::ConsensusDriver driver({.powers = std::vector<chain::VotingPower>(12, 1)});
    driver.start();
    driver.elapse(TimeoutKind::propose);

    const StallReport report = describe_stall(driver.now());

    EXPECT_TRUE(report.who.starts_with("11 of 12 validators: ")) << report.who;
    EXPECT_EQ(std::ranges::count(report.who, ','), stall_names_max - 1);
    EXPECT_EQ(report.percent, 8);
}

}  // namespace
}  // namespace steelyard::node
