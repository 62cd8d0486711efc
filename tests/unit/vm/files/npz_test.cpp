#include "vm/files/npz.h"

#include "base/endian.h"
#include "base/random.h"
#include "tests/unit/vm/files/vector_bytes.h"
#include "vm/files/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using test::bytes_of;
using test::numpy_file;
using testing::HasSubstr;

constexpr std::uint64_t plenty = 1 << 20;

std::string refusal(ByteView file, std::uint64_t bytes_max = plenty) {
    const auto tensors = read_npz(file, bytes_max);
    return tensors ? "" : tensors.error().message();
}

FileTensor small_tensor() {
    return {.name = "a", .type = {.dtype = DType::u8, .shape = {3}}, .data = {7, 8, 9}};
}

TEST(Npz, ReadsWhatNumpyWrites) {
    for (const char* const name : {"stored.npz", "packed.npz"}) {
        const auto tensors = read_npz(numpy_file(name), plenty);
        ASSERT_TRUE(tensors.has_value()) << tensors.error().message();
        ASSERT_EQ(tensors->size(), 2U);
        const FileTensor& x = tensors->front();
        EXPECT_EQ(x.name, "x");
        EXPECT_EQ(x.type.text(), "f32[1000]");
        float last = 0;
        std::memcpy(&last, x.data.data() + 4 * 999, 4);
        EXPECT_EQ(last, 999.0F);
        const FileTensor& y = tensors->back();
        EXPECT_EQ(y.name, "deep/y");
        EXPECT_EQ(y.type.text(), "i64[2,2]");
        EXPECT_EQ(y.data, bytes_of<std::int64_t>({0, 1, 2, 3}));
    }
}

TEST(Npz, ReadsSizesAndDirectoriesOf64Bits) {
    for (const char* const name : {"zip64_local.npz", "zip64.npz", "zip64_end.npz"}) {
        const auto tensors = read_npz(numpy_file(name), plenty);
        ASSERT_TRUE(tensors.has_value()) << name << ": " << tensors.error().message();
        ASSERT_EQ(tensors->size(), 2U);
        EXPECT_EQ(tensors->front().name, "x");
        EXPECT_EQ(tensors->front().data, bytes_of<float>({0, 1, 2, 3, 4, 5}));
        EXPECT_EQ(tensors->back().name, "deep/y");
        EXPECT_EQ(tensors->back().data, bytes_of<std::int64_t>({0, 1, 2, 3, 4}));
    }
}

/// Where the record of 64 bits at the end of a directory begins.
std::size_t end64_of(const Bytes& archive) {
    return load_le<std::uint64_t>(archive.data() + archive.size() - 22 - 20 + 8);
}

TEST(Zip, RefusesNumbersOf64BitsThatCannotBe) {
    const Bytes good = numpy_file("zip64_end.npz");
    const std::size_t end64 = end64_of(good);
    const auto changed = [&](std::size_t at, std::uint64_t value) {
        Bytes file = good;
        store_le(file.data() + at, value);
        return refusal(file);
    };
    constexpr std::uint64_t huge = ~std::uint64_t{0};
    for (const std::uint64_t value : {huge, huge - 50, std::uint64_t{1} << 63}) {
        EXPECT_THAT(changed(good.size() - 22 - 20 + 8, value), HasSubstr("outside of the archive"));
        EXPECT_THAT(changed(end64 + 32, value), HasSubstr("are allowed and the directory has"));
        EXPECT_THAT(changed(end64 + 40, value), HasSubstr("the directory is outside"));
        EXPECT_THAT(changed(end64 + 48, value), HasSubstr("the directory is outside"));
    }
    // The first member's extra field: its size, packed size and place.
    const auto directory = load_le<std::uint64_t>(good.data() + end64 + 48);
    const std::size_t values = static_cast<std::size_t>(directory) + 46 + 5 + 4;
    EXPECT_THAT(changed(values, huge), HasSubstr("'x.npy' of 18446744073709551615 bytes"));
    EXPECT_THAT(changed(values + 8, huge), HasSubstr("reaches beyond the members"));
    EXPECT_THAT(changed(directory + 46 + 5 + 2, huge), HasSubstr("longer than its place"));
}

TEST(Npz, GivesBackWhatItWrites) {
    const std::vector<FileTensor> tensors = {
        small_tensor(), {.name = "empty", .type = {.dtype = DType::f32, .shape = {0, 4}}}
    };
    EXPECT_EQ(*read_npz(*write_npz(tensors), plenty), tensors);
    EXPECT_EQ(read_npz(*write_npz({}), plenty)->size(), 0U);
}

TEST(Npz, UnpacksNoMoreThanItMay) {
    const Bytes packed = numpy_file("packed.npz");
    const std::uint64_t all = 4128 + 160;
    EXPECT_EQ(refusal(packed, all), "");
    EXPECT_THAT(refusal(packed, all - 1), HasSubstr("'deep/y.npy' of 160 bytes, 159 are allowed"));
    EXPECT_THAT(refusal(packed, 4127), HasSubstr("'x.npy' of 4128 bytes"));
}

TEST(Npz, RefusesNamesTwiceAndOtherFiles) {
    const std::vector<FileTensor> twice = {small_tensor(), small_tensor()};
    EXPECT_EQ(refusal(*write_npz(twice)), "npz: two tensors are called 'a'");
    const std::vector<ZipMember> other = {{.name = "a.txt", .data = {1}}};
    EXPECT_EQ(refusal(*write_zip(other)), "npz: 'a.txt' is no .npy file");
    const std::vector<ZipMember> broken = {{.name = "a.npy", .data = {1}}};
    EXPECT_THAT(refusal(*write_zip(broken)), HasSubstr("npz, 'a.npy': npy, offset 0: "));
}

TEST(Zip, NoticesEveryFlippedBitOfAMember) {
    const Bytes good = *write_npz(std::vector<FileTensor>{small_tensor()});
    const std::size_t begin = 30 + 5;
    for (std::size_t at = begin; at < begin + 128 + 3; ++at) {
        Bytes changed = good;
        changed[at] ^= 1;
        EXPECT_EQ(refusal(changed), "zip: 'a.npy' is not what its CRC-32 says");
    }
}

/// Where the directory's record of the first member begins.
std::size_t directory_of(const Bytes& archive) {
    return load_le<std::uint32_t>(archive.data() + archive.size() - 6);
}

TEST(Zip, RefusesWhatItDoesNotKnow) {
    const Bytes good = *write_npz(std::vector<FileTensor>{small_tensor()});
    const std::size_t directory = directory_of(good);
    const auto changed = [&](std::size_t at, std::uint8_t value) {
        Bytes file = good;
        file[at] = value;
        return refusal(file);
    };
    EXPECT_THAT(changed(directory + 8, 1), HasSubstr("an encrypted member"));
    EXPECT_THAT(changed(directory + 10, 9), HasSubstr("method 9"));
    EXPECT_THAT(changed(directory + 46, 'b'), HasSubstr("has another name here"));
    EXPECT_THAT(changed(directory + 42, 1), HasSubstr("no record of kind"));
    EXPECT_THAT(changed(directory + 23, 1), HasSubstr("reaches beyond the members"));
    EXPECT_THAT(changed(directory + 28, 200), HasSubstr("is longer than that"));
    EXPECT_THAT(changed(good.size() - 18, 1), HasSubstr("an archive of several parts"));
    EXPECT_THAT(changed(good.size() - 22, 'X'), HasSubstr("no end of a directory"));
    EXPECT_THAT(changed(good.size() - 3, 0xff), HasSubstr("the directory is outside"));
    EXPECT_THAT(refusal({}), HasSubstr("no end of a directory in 0 bytes"));
    Bytes many = good;
    many[many.size() - 14] = 2;
    many[many.size() - 12] = 2;
    EXPECT_THAT(refusal(many), HasSubstr("2 members"));
}

TEST(Zip, RefusesMembersThatShareBytes) {
    const std::vector<ZipMember> members = {
        {.name = "a", .data = Bytes(100)}, {.name = "a", .data = Bytes(100)}
    };
    Bytes archive = *write_zip(members);
    ASSERT_TRUE(read_zip(archive).has_value());
    const std::size_t second = directory_of(archive) + 47;
    store_le(archive.data() + second + 42, std::uint32_t{0});
    const auto entries = read_zip(archive);
    ASSERT_FALSE(entries.has_value());
    EXPECT_EQ(entries.error().message(), "zip: two members share bytes");
}

TEST(Zip, TakesNoMemoryForASizeThatPackedBytesCannotGive) {
    const Bytes packed(10);
    const ZipEntry entry{
        .name = "a", .is_deflated = true, .size = std::uint64_t{1} << 40, .packed = packed
    };
    const auto bytes = unpack(entry, ~std::uint64_t{0});
    ASSERT_FALSE(bytes.has_value());
    EXPECT_THAT(bytes.error().message(), HasSubstr("10384 possible"));
}

TEST(Zip, IsTotal) {
    SeededRandom random(1);
    for (const char* const name : {"stored.npz", "packed.npz"}) {
        const Bytes good = numpy_file(name);
        for (int round = 0; round < 5000; ++round) {
            Bytes file = good;
            for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
                // Mostly in the directory.
                const std::size_t from = random.below(4) == 0 ? 0 : file.size() - 200;
                file[from + random.below(file.size() - from)] =
                    static_cast<std::uint8_t>(random.next_u64());
            }
            (void)read_npz(file, plenty);
        }
    }
}

}  // namespace
}  // namespace steelyard::vm
