#include "chain/block_id.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

TEST(BlockId, goes_both_ways) {
    SeededRandom random(1);
    expect_round_trip(random_block_id(random), encode_block_id, decode_block_id);
}

TEST(BlockId, writes_no_block_as_an_empty_part_set_header) {
    EXPECT_EQ(to_hex(encode_optional_block_id(std::nullopt)), "1200");
    expect_round_trip(std::optional<BlockId>(), encode_optional_block_id, decode_optional_block_id);
}

TEST(BlockId, is_complete_or_absent) {
    const auto refusal = [](std::string_view hex) {
        return error_of(decode_optional_block_id(*from_hex(hex)));
    };
    const std::string hash = "0a20" + std::string(64, 'a');
    const std::string parts_hash = "1220" + std::string(64, 'b');

    EXPECT_EQ(refusal(""), "BlockID.hash: is missing");
    EXPECT_EQ(refusal(hash), "BlockID.part_set_header: is missing");
    EXPECT_EQ(
        refusal(
            "1224"
            "0801" +
            parts_hash
        ),
        "BlockID.hash: is missing"
    );
    EXPECT_EQ(refusal(hash + "1200"), "BlockID.part_set_header: PartSetHeader.total: is missing");
    EXPECT_EQ(
        refusal(hash + "12020801"), "BlockID.part_set_header: PartSetHeader.hash: is missing"
    );
    EXPECT_EQ(
        refusal(
            hash +
            "1224"
            "0801" +
            parts_hash
        ),
        ""
    );
}

// CometBFT relays votes for blocks that cannot be, and puts them into blocks as evidence.
TEST(PartSetHeader, takes_a_total_that_no_block_has) {
    for (const std::uint32_t total : {1U, parts_max + 1, std::uint32_t{0xFFFF'FFFF}}) {
        expect_round_trip(
            PartSetHeader{.total = total, .hash = {1}},
            encode_part_set_header,
            decode_part_set_header
        );
    }
}

}  // namespace
}  // namespace steelyard::chain
