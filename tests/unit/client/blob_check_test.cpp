#include "client/blob_check.h"

#include "vm/files/npy.h"
#include "vm/trace/commitment.h"

#include <gtest/gtest.h>

#include <numeric>

namespace steelyard::client {
namespace {

struct Case {
    blob::Hash256 id{};
    Bytes file{};
};

Case blob_of(std::initializer_list<std::uint64_t> dimensions) {
    const vm::TensorType type{.dtype = vm::DType::u8, .shape = vm::Shape(dimensions)};
    Bytes data(static_cast<std::size_t>(type.bytes()));
    std::iota(data.begin(), data.end(), std::uint8_t{1});
    return {vm::tensor_id(type, vm::tensor_root(type, data)), vm::write_npy(type, data)};
}

Result<void> take_in_pieces(BlobCheck& check, ByteView file, std::size_t size) {
    while (!file.empty()) {
        const ByteView piece = file.first(std::min(size, file.size()));
        TRY(check.take(piece));
        file = file.subspan(piece.size());
    }
    return {};
}

TEST(BlobCheck, takes_a_file_in_pieces_of_any_size) {
    for (const Case& one :
         {blob_of({}),
          blob_of({0}),
          blob_of({3, 0}),
          blob_of({1000}),
          blob_of({300, 1500}),
          blob_of({262'144}),
          blob_of({262'145}),
          blob_of({1'000'003})}) {
        for (const std::size_t size :
             {std::size_t{1}, std::size_t{130}, std::size_t{100'000}, std::size_t{1} << 20}) {
            BlobCheck check(one.id);
            const auto taken = take_in_pieces(check, one.file, size);
            EXPECT_TRUE(taken) << taken.error().message();
            EXPECT_TRUE(check.is_whole());
            EXPECT_EQ(check.size(), one.file.size());
            EXPECT_EQ(check.file_bytes(), one.file.size());
        }
    }
}

TEST(BlobCheck, is_not_whole_before_the_last_byte) {
    const Case one = blob_of({1000});
    BlobCheck check(one.id);

    EXPECT_FALSE(check.file_bytes());
    ASSERT_TRUE(check.take(ByteView(one.file).first(one.file.size() - 1)));
    EXPECT_FALSE(check.is_whole());
    EXPECT_EQ(check.file_bytes(), one.file.size());
    ASSERT_TRUE(check.take(ByteView(one.file).last(1)));
    EXPECT_TRUE(check.is_whole());
}

TEST(BlobCheck, finds_every_changed_byte) {
    const Case one = blob_of({40});
    for (std::size_t i = 0; i < one.file.size(); ++i) {
        Bytes changed = one.file;
        changed[i] ^= 1;
        BlobCheck check(one.id);
        const auto taken = check.take(changed);
        EXPECT_TRUE(!taken || !check.is_whole()) << i;
    }
}

TEST(BlobCheck, refuses_what_cannot_be_that_blob) {
    const Case one = blob_of({1000});
    const auto error_of = [&](ByteView bytes) {
        BlobCheck check(one.id);
        const auto taken = check.take(bytes);
        return taken ? "none" : std::string(to_string(taken.error().code()));
    };

    Bytes longer = one.file;
    longer.push_back(0);
    EXPECT_EQ(error_of(longer), "corrupt");
    EXPECT_EQ(error_of(blob_of({1001}).file), "corrupt");
    EXPECT_EQ(error_of(as_bytes("<html><body>no such thing</body></html>")), "corrupt");
    const std::string_view without_header("\x93NUMPY\x01\x00\x00\x00 and more", 19);
    EXPECT_EQ(error_of(as_bytes(without_header)), "corrupt");
    // Larger than a blob is, told by its head alone.
    EXPECT_EQ(
        error_of(vm::write_npy_head(
            {.dtype = vm::DType::f32, .shape = vm::Shape({std::uint64_t{1} << 31 >> 1, 4})}
        )),
        "too_large"
    );
}

TEST(BlobCheck, refuses_a_head_that_numpy_reads_as_the_same) {
    const Case one = blob_of({1000});
    std::string text(as_text(one.file));
    const std::size_t at = text.find("'fortran_order': False");
    ASSERT_NE(at, text.npos);
    text.replace(at, 22, "'fortran_order':False ");

    BlobCheck check(one.id);
    const auto taken = check.take(as_bytes(text));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().message(), "the head of u8[1000] is not canonical");
}

}  // namespace
}  // namespace steelyard::client
