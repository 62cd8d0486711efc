#include "chain/ids.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

TEST(Height, takes_no_negative_and_no_huge_foreign_number) {
    EXPECT_EQ(Height::parse(0), Height());
    EXPECT_EQ(Height::parse(Height::foreign_max), Height(Height::foreign_max));
    EXPECT_EQ(error_of(Height::parse(-1)), "-1 is negative");
    EXPECT_EQ(Height::parse(Height::foreign_max + 1).error().code(), ErrorCode::too_large);
    EXPECT_EQ(Round::parse(Round::foreign_max + 1).error().code(), ErrorCode::too_large);
}

TEST(Height, counts) {
    EXPECT_EQ(Height(4).next(), Height(5));
    EXPECT_EQ(Height(4).previous(), Height(3));
    EXPECT_LT(Height(4), Height(5));
    EXPECT_EQ(fmt::format("{}", Height(4)), "4");
}

TEST(HeightDeathTest, is_never_negative) {
    EXPECT_DEATH(Height(0).previous(), "value >= 0");
}

TEST(ChainId, is_1_to_50_printable_characters) {
    EXPECT_EQ(ChainId::parse("steelyard-1")->text(), "steelyard-1");
    EXPECT_TRUE(ChainId::parse(std::string(50, 'x')));
    EXPECT_EQ(ChainId::parse(std::string(51, 'x')).error().code(), ErrorCode::too_large);
    for (const std::string_view bad :
         {std::string_view(""),
          std::string_view("a b"),
          std::string_view("a\n"),
          std::string_view("\xC3\xA4"),
          std::string_view("a\0", 2)}) {
        EXPECT_FALSE(ChainId::parse(bad)) << bad;
    }
}

}  // namespace
}  // namespace steelyard::chain
