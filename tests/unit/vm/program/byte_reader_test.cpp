#include "vm/program/byte_reader.h"

#include "base/protowire.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard::vm {
namespace {

TEST(ByteReader, ReadsWhatIsThere) {
    Bytes bytes = {'A', 'B', 7, 1, 2, 3, 4, 9, 9};
    append_uvarint(bytes, 300);
    append_zigzag(bytes, -5);
    append_zigzag(bytes, std::numeric_limits<std::int64_t>::min());
    ByteReader reader("F", bytes);

    reader.expect("AB");
    EXPECT_EQ(reader.byte("b"), 7);
    EXPECT_EQ(reader.u32("w"), 0x04030201U);
    EXPECT_EQ(reader.bytes("two", 2).size(), 2U);
    EXPECT_EQ(reader.varint("v"), 300U);
    EXPECT_EQ(reader.signed_varint("s"), -5);
    EXPECT_EQ(reader.signed_varint("s"), std::numeric_limits<std::int64_t>::min());
    EXPECT_TRUE(reader.finish().has_value());
}

TEST(ByteReader, KeepsTheFirstErrorAndItsPlace) {
    const Bytes bytes = {1, 5, 3};
    ByteReader reader("F", bytes);
    reader.byte("first");
    reader.enter("node", 7);

    EXPECT_EQ(reader.varint("size", 4), 0U);
    EXPECT_EQ(reader.bytes("more", 100).size(), 0U);

    EXPECT_EQ(reader.finish().error().message(), "F, offset 1, node 7: size is 5, at most 4");
}

TEST(ByteReader, MakesRoomOnlyForWhatTheBytesPayFor) {
    const Bytes bytes = {3, 0, 0, 0, 0, 0};
    ByteReader enough("F", bytes);
    EXPECT_EQ(enough.count("count", 10, 1), 3U);
    ByteReader short_of("F", bytes);
    EXPECT_EQ(short_of.count("count", 10, 2), 0U);
    EXPECT_EQ(short_of.finish().error().message(), "F, offset 0: count is 3, 5 bytes are left");
    ByteReader over("F", bytes);
    EXPECT_EQ(over.count("count", 2, 1), 0U);
    EXPECT_EQ(over.finish().error().code(), ErrorCode::too_large);
}

TEST(ByteReader, RefusesAnotherBeginningLongVarintsAndBytesLeftOver) {
    const Bytes bytes = {'A', 'C', 0x80, 0};
    ByteReader magic("F", bytes);
    magic.expect("AB");
    EXPECT_EQ(magic.finish().error().message(), "F, offset 0: does not begin with \"AB\"");
    ByteReader varint("F", ByteView(bytes).subspan(2));
    varint.varint("v");
    EXPECT_EQ(
        varint.finish().error().message(), "F, offset 0: v: varint is not in its shortest form"
    );
    ByteReader rest("F", bytes);
    rest.byte("b");
    EXPECT_EQ(rest.finish().error().message(), "F, offset 1: 3 bytes are left over");
}

}  // namespace
}  // namespace steelyard::vm
