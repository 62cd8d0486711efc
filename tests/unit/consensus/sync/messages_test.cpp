#include "consensus/sync/messages.h"

#include "base/hex.h"
#include "tests/support/vector_file.h"

#include <gmock/gmock.h>

#include <limits>

namespace steelyard::sync {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

std::string refusal(std::string_view hex) {
    const auto decoded = decode_message(*from_hex(hex));
    return decoded ? "" : decoded.error().message();
}

// CometBFT v0.38, blocksync/msgs_test.go.
TEST(SyncMessages, are_those_of_the_vectors) {
    const Bytes block = *from_hex(
        "0a5b0a02080b1803220b088092b8c398feffffff012a0212003a20c4da88e876062aa1543400d50d0eaa0dac88"
        "09"
        "6057949cfb7bca7f3a48c04bf96a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
        "b8"
        "55120d0a0b48656c6c6f20576f726c641a00"
    );
    const std::vector<std::pair<Message, std::string>> vectors = {
        {BlockRequest{1}, "0a020801"},
        {BlockRequest{most}, "0a0a08ffffffffffffffff7f"},
        {BlockResponse{block}, "1a700a6e" + to_hex(block)},
        {NoBlockResponse{1}, "12020801"},
        {NoBlockResponse{most}, "120a08ffffffffffffffff7f"},
        {StatusRequest{}, "2200"},
        {StatusResponse{.height = most, .base = most},
         "2a1408ffffffffffffffff7f10ffffffffffffffff7f"},
    };
    for (const auto& [message, hex] : vectors) {
        EXPECT_EQ(to_hex(encode_message(message)), hex);
        const auto decoded = decode_message(*from_hex(hex));
        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(*decoded, message);
    }
}

TEST(SyncMessages, heights_may_be_zero) {
    EXPECT_EQ(refusal("0a00"), "");
    EXPECT_EQ(refusal("1200"), "");
    EXPECT_EQ(refusal("2a00"), "");
}

// CometBFT v0.38, blocksync/msgs.go, ValidateMsg.
TEST(SyncMessages, a_status_may_not_begin_after_its_end) {
    EXPECT_EQ(refusal("2a0408021002"), "") << "one block";
    EXPECT_EQ(refusal("2a020802"), "") << "base 0";
    EXPECT_EQ(refusal("2a0408011002"), "StatusResponse: base 2 is above height 1");
    EXPECT_EQ(refusal("2a021001"), "StatusResponse: base 1 is above height 0");
}

TEST(SyncMessages, refuses_what_is_malformed) {
    EXPECT_THAT(refusal(""), testing::HasSubstr("empty"));
    EXPECT_THAT(refusal("0a0b08ffffffffffffffffff01"), testing::HasSubstr("negative"));
    EXPECT_THAT(refusal("120b08ffffffffffffffffff01"), testing::HasSubstr("negative"));
    EXPECT_THAT(refusal("2a0b08ffffffffffffffffff01"), testing::HasSubstr("negative"));
    EXPECT_THAT(refusal("2a0b10ffffffffffffffffff01"), testing::HasSubstr("negative"));
    EXPECT_THAT(refusal("1a00"), testing::HasSubstr("block"));
    EXPECT_THAT(refusal("1a040a001200"), testing::HasSubstr("unknown"));
    EXPECT_THAT(refusal("22020801"), testing::HasSubstr("2 bytes"));
    EXPECT_THAT(refusal("3200"), testing::HasSubstr("unknown"));
    EXPECT_THAT(refusal("0a0208012200"), testing::HasSubstr("twice"));
    EXPECT_THAT(refusal("0a"), testing::Not(testing::IsEmpty()));
    EXPECT_THAT(refusal("0801"), testing::Not(testing::IsEmpty()));
}

TEST(SyncMessages, refuses_what_is_too_long) {
    const Bytes long_message(message_size_max + 1);
    const auto decoded = decode_message(long_message);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace steelyard::sync
