// doc/reference/market.md says of reasons and failures what the code says.
#include "market/records/job.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

namespace steelyard::market {
namespace {

std::string read_source(std::string_view path) {
    std::ifstream file(fmt::format("{}/{}", STEELYARD_SOURCE_DIR, path));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const std::string& page() {
    static const std::string text = read_source("doc/reference/market.md");
    return text;
}

bool has(const std::string& row) {
    return page().find(row) != std::string::npos;
}

TEST(ReferencePage, names_every_reason_and_its_party) {
    for (std::uint8_t i = 0; i <= 12; ++i) {
        if (i == 10) {
            continue;  // none has it
        }
        const Reason reason{i};
        const std::string row = fmt::format("\n| {} | `{}` | ", i, to_string(reason));
        ASSERT_TRUE(has(row)) << row;
        const auto at = page().find(row) + 1;
        const std::string line = page().substr(at, page().find('\n', at) - at);
        EXPECT_NE(
            line.find(fmt::format(" | {}", to_string(party_at_fault(reason, Decline::other)))),
            std::string::npos
        ) << line;
    }
}

TEST(ReferencePage, has_every_failure) {
    const std::string kinds = read_source("market/records/kinds.h");
    const std::regex kind(R"re(FailureKind (\w+)\{market, (\d+), "([^"]*)"\})re");
    int count = 0;
    for (std::sregex_iterator at(kinds.begin(), kinds.end(), kind), end; at != end; ++at) {
        ++count;
        const std::string row =
            fmt::format("\n| {} | `{}` | {} | ", (*at)[2].str(), (*at)[1].str(), (*at)[3].str());
        EXPECT_TRUE(has(row)) << row;
    }
    EXPECT_EQ(count, 31);
}

}  // namespace
}  // namespace steelyard::market
