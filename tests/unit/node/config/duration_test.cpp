#include "node/config/duration.h"

#include <gmock/gmock.h>

namespace steelyard::node {
namespace {

using std::chrono_literals::operator""ms;
using testing::HasSubstr;

TEST(Duration, reads_what_go_prints) {
    const std::pair<std::string_view, std::chrono::milliseconds> cases[] = {
        {"0", 0ms},
        {"0s", 0ms},
        {"500ms", 500ms},
        {"10s", 10'000ms},
        {"1m30s", 90'000ms},
        {"1h0m0s", 3'600'000ms},
        {"2000us", 2ms},
        {"3000000ns", 3ms},
    };
    for (const auto& [text, duration] : cases) {
        EXPECT_EQ(parse_duration(text).value(), duration) << text;
    }
}

TEST(Duration, prints_what_it_reads) {
    for (const auto duration : {0ms, 1ms, 999ms, 1'000ms, 90'000ms, 3'600'001ms}) {
        EXPECT_EQ(parse_duration(print_duration(duration)).value(), duration);
    }
    EXPECT_EQ(print_duration(90'500ms), "1m30s500ms");
}

TEST(Duration, refuses_what_is_none) {
    for (const std::string_view text :
         {"",
          "5",
          "ms",
          "-1s",
          "+1s",
          "1.5s",
          "1s1m",
          "1s1s",
          "1 s",
          "1d",
          "1s ",
          "1000000000000000s"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
    EXPECT_THAT(parse_duration("1000001s").error().message(), HasSubstr("too long"));
    EXPECT_THAT(parse_duration("1us").error().message(), HasSubstr("whole milliseconds"));
}

}  // namespace
}  // namespace steelyard::node
