#include "base/bytes.h"

#include "base/endian.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(Bytes, compare_as_unsigned_with_prefixes_first) {
    EXPECT_TRUE(compare(as_bytes("a"), as_bytes("ab")) < 0);
    EXPECT_TRUE(compare(as_bytes("a\x7f"), as_bytes("a\x80")) < 0);
    EXPECT_TRUE(compare({}, {}) == 0);
    EXPECT_TRUE(compare({}, as_bytes("a")) < 0);
    EXPECT_TRUE(equal(as_bytes("abc"), as_bytes("abc")));
}

TEST(Endian, stores_what_it_loads) {
    ByteArray<8> bytes;
    store_be<std::uint64_t>(bytes.data(), 0x0102030405060708);

    EXPECT_EQ(bytes, (ByteArray<8>{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(load_be<std::uint64_t>(bytes.data()), 0x0102030405060708U);
    EXPECT_EQ(load_le<std::uint32_t>(bytes.data()), 0x04030201U);
}

}  // namespace
}  // namespace steelyard
