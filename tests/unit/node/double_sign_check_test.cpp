#include "node/double_sign_check.h"

#include "tests/unit/node/stored_blocks.h"

namespace steelyard::node {
namespace {

/// Four validators, of whom the last one, ours, may have voted.
class DoubleSignCheck : public testing::Test {
protected:
    bool passes(std::int64_t count) {
        const auto checked = check_double_sign(stored_.blocks(), stored_.validator(3), count);
        EXPECT_TRUE(checked || checked.error().code() == ErrorCode::denied);
        refusal_ = checked ? "" : checked.error().message();
        return checked.has_value();
    }

    StoredBlocks stored_{4};
    std::string refusal_;
};

TEST_F(DoubleSignCheck, passes_where_there_is_no_block_or_nothing_to_look_at) {
    EXPECT_TRUE(passes(10));
    stored_.append("cccc");

    EXPECT_TRUE(passes(0));
    EXPECT_TRUE(passes(-1));
}

TEST_F(DoubleSignCheck, looks_at_the_last_blocks_and_no_further) {
    stored_.append("cccc");
    EXPECT_FALSE(passes(1));
    stored_.append("ccca");
    stored_.append("ccca");

    EXPECT_TRUE(passes(1));
    EXPECT_TRUE(passes(2));
    EXPECT_FALSE(passes(3));
    EXPECT_FALSE(passes(1'000'000));
    EXPECT_NE(refusal_.find("has signed block 1 of the last 3"), std::string::npos) << refusal_;
}

/// As the refusal says.
TEST_F(DoubleSignCheck, passes_once_the_chain_has_gone_on_so_far) {
    stored_.append("cccc");
    for (int i = 0; i < 2; ++i) {
        stored_.append("ccca");
        EXPECT_FALSE(passes(3));
    }
    stored_.append("ccca");

    EXPECT_TRUE(passes(3));
}

/// As in CometBFT: a vote for nil signs no block.
TEST_F(DoubleSignCheck, does_not_mind_votes_for_nil_or_of_others) {
    stored_.append("cccn");
    stored_.append("ccca");

    EXPECT_TRUE(passes(10));
    EXPECT_FALSE(check_double_sign(stored_.blocks(), stored_.validator(0), 10));
    EXPECT_TRUE(check_double_sign(stored_.blocks(), {}, 10));
}

TEST_F(DoubleSignCheck, ends_where_the_store_begins) {
    stored_.append("cccc");
    stored_.append("ccca");
    stored_.append("ccca");
    ASSERT_TRUE(stored_.blocks().prune_below(chain::Height(2)));

    EXPECT_TRUE(passes(1'000));
}

}  // namespace
}  // namespace steelyard::node
