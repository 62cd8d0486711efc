#include "consensus/core/timeout.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard::consensus {
namespace {

using namespace std::chrono_literals;

TEST(TimeoutConfig, later_rounds_wait_longer) {
    const TimeoutConfig config;

    EXPECT_EQ(config.duration(TimeoutKind::propose, chain::Round(0)), 3s);
    EXPECT_EQ(config.duration(TimeoutKind::propose, chain::Round(4)), 5s);
    EXPECT_EQ(config.duration(TimeoutKind::prevote, chain::Round(2)), 2s);
    EXPECT_EQ(config.duration(TimeoutKind::precommit, chain::Round(1)), 1500ms);
    EXPECT_EQ(config.duration(TimeoutKind::commit, chain::Round(9)), 1s);
    EXPECT_EQ(config.duration(TimeoutKind::resend, chain::Round(9)), 1s);
}

TEST(TimeoutConfig, no_round_waits_longer_than_the_limit) {
    const TimeoutConfig config;
    const chain::Round last(std::numeric_limits<std::int32_t>::max());

    EXPECT_EQ(config.duration(TimeoutKind::propose, last), TimeoutConfig::duration_max);
    EXPECT_EQ(config.duration(TimeoutKind::propose, chain::Round(7'194)), 1h);
    EXPECT_EQ(config.duration(TimeoutKind::propose, chain::Round(7'193)), 1h - 500ms);
}

TEST(TimeoutConfig, what_was_said_is_not_said_again_at_once) {
    TimeoutConfig config;
    config.resend = 0s;
    config.commit = 2h;

    EXPECT_EQ(config.duration(TimeoutKind::resend, chain::Round(0)), TimeoutConfig::resend_min);
    EXPECT_EQ(config.duration(TimeoutKind::commit, chain::Round(0)), 1h);
}

TEST(TimeoutConfig, a_base_over_the_limit_is_the_limit) {
    TimeoutConfig config;
    config.prevote = 2h;

    EXPECT_EQ(config.duration(TimeoutKind::prevote, chain::Round(3)), 1h);
}

}  // namespace
}  // namespace steelyard::consensus
