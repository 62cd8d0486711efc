#include "base/protowire.h"

#include "base/hex.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard {
namespace {

/// One field of each kind, and a repeated one.
Result<void> read_sample(ByteView bytes) {
    ProtoReader reader("Sample", bytes);
    std::size_t items = 0;
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                reader.int64("count");
                break;
            case 2:
                reader.string("name", 4);
                break;
            case 3:
                reader.repeated_bytes("items", 2);
                reader.at_most("items", items++, 3);
                break;
            case 4:
                reader.sfixed64("height");
                break;
            case 5:
                reader.int32("kind");
                break;
            case 6:
                reader.boolean("flag");
                break;
            case 8:
                reader.array<2>("tag2");
                break;
            default:
                reader.unknown();
        }
    }
    return reader.finish();
}

std::string error_of(std::string_view hex) {
    const Result<void> result = read_sample(*from_hex(hex));
    return result ? "" : result.error().message();
}

TEST(ProtoWriter, leaves_out_zeros_but_not_messages) {
    ProtoWriter writer;
    writer.uint64(1, 0);
    writer.int64(1, -1);
    writer.string(2, "");
    writer.sfixed64(3, 1);
    writer.message(4, {});

    EXPECT_EQ(
        to_hex(std::move(writer).take()),
        "08ffffffffffffffffff01"
        "190100000000000000"
        "2200"
    );
}

TEST(ProtoReader, accepts_the_canonical_form) {
    EXPECT_EQ(error_of(""), "");
    EXPECT_EQ(
        error_of("0801"
                 "120161"
                 "1a0101"
                 "1a00"
                 "210100000000000000"
                 "2801"
                 "3001"),
        ""
    );
    EXPECT_EQ(error_of("08ffffffffffffffffff01"), "");
}

TEST(ProtoReader, names_what_is_not_canonical) {
    EXPECT_EQ(error_of("0800"), "Sample.count: zero is written out");
    EXPECT_EQ(error_of("08"), "Sample.count: truncated varint");
    EXPECT_EQ(error_of("088100"), "Sample.count: varint is not in its shortest form");
    EXPECT_EQ(error_of("08ffffffffffffffffff02"), "Sample.count: varint overflows 64 bits");
    EXPECT_EQ(error_of("08010801"), "Sample.count: stands twice");
    EXPECT_EQ(error_of("1200"), "Sample.name: is empty but written out");
    EXPECT_EQ(error_of("1202c080"), "Sample.name: is not valid UTF-8");
    EXPECT_EQ(error_of("12056161616161"), "Sample.name: has 5 bytes, limit 4");
    EXPECT_EQ(error_of("12ff01"), "Sample.name: claims 255 bytes of 0 left");
    EXPECT_EQ(error_of("1001"), "Sample.name: has wire type 0, not 2");
    EXPECT_EQ(error_of("1a001a001a001a00"), "Sample.items: has more than 3 elements");
    EXPECT_EQ(error_of("1201610801"), "Sample.tag: field 1 comes after field 2");
    EXPECT_EQ(error_of("2101"), "Sample.height: truncated");
    EXPECT_EQ(error_of("210000000000000000"), "Sample.height: zero is written out");
    EXPECT_EQ(error_of("288080808008"), "Sample.kind: 2147483648 overflows 32 bits");
    EXPECT_EQ(error_of("3002"), "Sample.flag: 2 is not a boolean");
    EXPECT_EQ(error_of("3801"), "Sample.tag: unknown field 7");
    EXPECT_EQ(error_of("0001"), "Sample.tag: field number 0 is out of range");
}

TEST(ProtoReader, takes_arrays_of_their_exact_size) {
    EXPECT_EQ(error_of("42020000"), "");
    EXPECT_EQ(error_of("420100"), "Sample.tag2: has 1 bytes, not 2");
    EXPECT_EQ(error_of("4203000000"), "Sample.tag2: has 3 bytes, not 2");
    EXPECT_EQ(error_of("4200"), "Sample.tag2: is empty but written out");
}

TEST(ProtoReader, reports_a_missing_field) {
    const Bytes bytes = *from_hex("0801");
    ProtoReader reader("Sample", bytes);
    while (reader.next()) {
        reader.int64("count");
    }

    reader.require(1, "count");
    EXPECT_TRUE(reader.ok());
    EXPECT_FALSE(reader.seen(2));
    reader.require(2, "name");
    EXPECT_EQ(reader.finish().error().message(), "Sample.name: is missing");
}

TEST(Varint, goes_both_ways) {
    for (const std::uint64_t value :
         {std::uint64_t{0},
          std::uint64_t{127},
          std::uint64_t{128},
          std::numeric_limits<std::uint64_t>::max()}) {
        Bytes bytes;
        append_uvarint(bytes, value);
        ByteView rest = bytes;
        EXPECT_EQ(take_uvarint(rest), value);
        EXPECT_TRUE(rest.empty());
    }
}

TEST(Zigzag, alternates_signs) {
    Bytes bytes;
    for (const std::int64_t value : {0, -1, 1, -2, 64}) {
        append_zigzag(bytes, value);
    }
    EXPECT_EQ(to_hex(bytes), "000102038001");
}

TEST(Utf8, follows_rfc_3629) {
    for (const char* good : {"", "61", "c3a4", "e282ac", "f09f9880", "ed9fbf", "f48fbfbf"}) {
        EXPECT_TRUE(is_utf8(*from_hex(good))) << good;
    }
    for (const char* bad :
         {"80", "c0af", "c3", "e08080", "eda080", "f0808080", "f4908080", "f5808080", "e282"}) {
        EXPECT_FALSE(is_utf8(*from_hex(bad))) << bad;
    }
}

}  // namespace
}  // namespace steelyard
