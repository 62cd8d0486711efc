#include "vm/onnx/wire_reader.h"

#include <gtest/gtest.h>

namespace steelyard::vm::onnx {
namespace {

std::vector<std::int64_t> read_varints(const Bytes& bytes) {
    std::vector<std::int64_t> out;
    WireReader reader("Test", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            reader.append_varints(out);
        }
    }
    EXPECT_TRUE(reader.finish().has_value());
    return out;
}

std::string refusal(const Bytes& bytes) {
    WireReader reader("Test", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            reader.varint();
        }
    }
    const Result<void> result = reader.finish();
    return result ? "" : result.error().message();
}

TEST(WireReader, takes_repeated_numbers_packed_or_not_and_in_any_order) {
    // 1: 5; an unknown field 9 of bytes; 1: packed 6, 300; an unknown fixed32; 1: 7
    const Bytes bytes = {0x08, 5, 0x4a, 2, 1, 2, 0x0a, 3, 6, 0xac, 0x02, 0x55, 1, 2, 3, 4, 0x08, 7};

    EXPECT_EQ(read_varints(bytes), (std::vector<std::int64_t>{5, 6, 300, 7}));
}

TEST(WireReader, takes_varints_that_are_longer_than_needed) {
    EXPECT_EQ(read_varints({0x08, 0x81, 0x80, 0x00}), (std::vector<std::int64_t>{1}));
}

TEST(WireReader, reads_fixed_elements_packed_or_not) {
    const Bytes bytes = {0x0d, 1, 2, 3, 4, 0x0a, 4, 5, 6, 7, 8};
    Bytes out;
    WireReader reader("Test", bytes);
    while (reader.next()) {
        reader.append_fixed(out, 4);
    }

    EXPECT_TRUE(reader.finish().has_value());
    EXPECT_EQ(out, (Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(WireReader, says_where_a_message_breaks) {
    EXPECT_EQ(refusal({0x08}), "Test: it ends inside a varint (byte 1 of 1)");
    EXPECT_EQ(refusal({0x0a, 5, 1}), "Test: field 1 of 5 bytes, 1 are left (byte 2 of 3)");
    EXPECT_EQ(refusal({0x0d, 1, 2}), "Test: it ends inside field 1 (byte 1 of 3)");
    EXPECT_EQ(refusal({0x0b}), "Test: field 1 has wire type 3 (byte 1 of 1)");
    EXPECT_EQ(refusal({0x00, 0}), "Test: field number 0 (byte 1 of 2)");
    EXPECT_EQ(refusal({0x0a, 1, 1}), "Test: field 1 may not have wire type 2 (byte 3 of 3)");
    EXPECT_EQ(refusal(Bytes(12, 0xff)), "Test: a varint of more than 10 bytes (byte 0 of 12)");
}

}  // namespace
}  // namespace steelyard::vm::onnx
