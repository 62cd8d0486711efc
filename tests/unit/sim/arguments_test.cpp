#include "tests/sim/arguments.h"

#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

Result<Arguments> parse(std::vector<std::string_view> words) {
    return parse_arguments(words);
}

std::string error_of(std::vector<std::string_view> words) {
    const auto parsed = parse(std::move(words));
    return parsed ? "" : parsed.error().message();
}

TEST(Arguments, are_read) {
    const auto parsed = parse(
        {"--seeds",
         "3..9",
         "--nodes",
         "5",
         "--minutes",
         "2",
         "--byzantine",
         "1",
         "--without",
         "loss",
         "--without",
         "torn-writes",
         "--no-shrink"}
    );

    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(parsed->seeds->first, 3U);
    EXPECT_EQ(parsed->seeds->last, 9U);
    EXPECT_EQ(parsed->fixed.nodes, 5U);
    EXPECT_EQ(parsed->fixed.minutes, 2U);
    EXPECT_EQ(parsed->fixed.byzantine, 1U);
    EXPECT_EQ(
        parsed->fixed.without, (std::set<FaultClass>{FaultClass::loss, FaultClass::torn_writes})
    );
    EXPECT_FALSE(parsed->shrinks);
}

TEST(Arguments, errors_name_what_is_wrong) {
    EXPECT_EQ(error_of({}), "give one of --seeds, --replay and --benchmark");
    EXPECT_EQ(
        error_of({"--seeds", "1..2", "--replay", "1"}),
        "give one of --seeds, --replay and --benchmark"
    );
    EXPECT_EQ(error_of({"--seeds", "1-2"}), "--seeds: 1-2 is not A..B");
    EXPECT_EQ(error_of({"--seeds", "5..2"}), "--seeds: 5..2 is empty");
    EXPECT_EQ(error_of({"--seeds"}), "--seeds: needs a value");
    EXPECT_EQ(error_of({"--nodes", "3"}), "--nodes: 3 is not between 4 and 32");
    EXPECT_EQ(error_of({"--without", "x"}), "--without: x is no class of faults");
    EXPECT_EQ(error_of({"--fast"}), "--fast: unknown option");
    EXPECT_EQ(error_of({"--benchmark", "--trace"}), "--trace needs --replay");
    EXPECT_NE(error_of({"--replay", "-1"}), "");
}

TEST(Arguments, a_replay_command_is_read_back) {
    const Fixed fixed{
        .nodes = 4,
        .minutes = 1,
        .byzantine = 2,
        .without = {FaultClass::delays, FaultClass::slow_syncs},
    };
    const std::string command = replay_command(17, fixed);

    std::vector<std::string_view> words;
    for (std::size_t at = command.find(' '); at != std::string::npos;) {
        const std::size_t next = command.find(' ', at + 1);
        words.push_back(std::string_view(command).substr(at + 1, next - at - 1));
        at = next;
    }
    const auto parsed = parse(words);

    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(parsed->replay, 17U);
    EXPECT_EQ(parsed->fixed.nodes, fixed.nodes);
    EXPECT_EQ(parsed->fixed.minutes, fixed.minutes);
    EXPECT_EQ(parsed->fixed.byzantine, fixed.byzantine);
    EXPECT_EQ(parsed->fixed.without, fixed.without);
}

}  // namespace
}  // namespace steelyard::sim
