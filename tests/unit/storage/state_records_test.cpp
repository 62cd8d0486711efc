#include "storage/state_records.h"

#include "crypto/sha256.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using chain::Height;

ByteView text(std::string_view bytes) {
    return as_bytes(bytes);
}

TEST(StateRecords, decode_to_what_was_encoded) {
    const StateHead head{
        .height = Height(7),
        .app_hash = crypto::sha256(text("app")),
        .extra = to_bytes(text("extra")),
        .stores = {{"bank", crypto::sha256(text("bank"))}},
    };
    const StateUndo undo{
        .head = head,
        .stores = {{"bank", {{Bytes{1}, Bytes{2}}, {Bytes{3}, Bytes{}}}}},
    };

    EXPECT_EQ(*decode_state_head(encode_state_head(head)), head);
    EXPECT_EQ(*decode_state_undo(encode_state_undo(undo)), undo);
    EXPECT_EQ(*decode_state_undo(encode_state_undo(StateUndo())), StateUndo());
    EXPECT_FALSE(decode_state_undo(Bytes{0x12, 3, 0x0a, 1, 'a'}));  // a store without entries
    Bytes newer = encode_state_head(head);
    newer[1] = 2;
    EXPECT_EQ(decode_state_head(newer).error().code(), ErrorCode::unsupported);
    EXPECT_FALSE(parse_state_record_key(Bytes{'s', 'a'}));
    EXPECT_FALSE(parse_state_record_key(Bytes{}));
}

}  // namespace
}  // namespace steelyard::storage
