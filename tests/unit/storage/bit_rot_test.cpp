// Flipped bits in every kind of stored file: an error or the right data, never wrong data.
#include "base/endian.h"
#include "base/protowire.h"
#include "tests/support/fault_env.h"
#include "tests/unit/storage/history.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using test::DiskImage;
using test::FaultEnv;

const History history(6000);

DiskImage write_history(int batches, bool settled) {
    FaultEnv env(1);
    env.set_stepped(true);
    {
        const auto store = test::open_store(env);
        for (int i = 1; i <= batches; ++i) {
            EXPECT_TRUE((*store)->write(history.batch(i), Durability::synced));
            if (settled) {
                env.settle();
            }
        }
        env.cut_power();
        env.set_stepped(false);
    }
    env.restart(test::Loss::none);
    return env.image();
}

/// A store with several tables, a merged one among them, and records in its last log.
constexpr int batch_count = 24;
const DiskImage& stored() {
    static const DiskImage image = write_history(batch_count, true);
    return image;
}

/// The bits of the headers in a log, of which `length` tells the unchecked ones.
struct HeaderBit {
    std::uint64_t bit;
    bool length;
};

std::vector<HeaderBit> header_bits(const Bytes& log) {
    constexpr std::size_t block_size = 32768;
    constexpr std::size_t header_size = 7;
    std::vector<HeaderBit> bits;
    std::size_t at = 0;
    while (at + header_size <= log.size()) {
        if (block_size - at % block_size < header_size) {
            at += block_size - at % block_size;
            continue;
        }
        for (std::size_t bit = 0; bit < header_size * 8; ++bit) {
            bits.push_back({at * 8 + bit, bit / 8 == 4 || bit / 8 == 5});
        }
        at += header_size + load_le<std::uint16_t>(log.data() + at + 4);
    }
    return bits;
}

std::vector<std::string> files_with(std::string_view mark) {
    std::vector<std::string> names;
    for (const auto& [name, data] : stored()) {
        if (name.find(mark) != std::string::npos && !data.empty()) {
            names.push_back(name);
        }
    }
    EXPECT_FALSE(names.empty()) << mark;
    return names;
}

Result<int> height_with_flip(
    const std::string& name, std::uint64_t bit, const DiskImage& image = stored()
) {
    FaultEnv env(bit, image);
    env.flip_bit(name, bit);
    TRY_ASSIGN(const auto store, test::open_store(env));
    return read_height(*store, history);
}

/// How many flips of every `stride`-th bit were reported; the others must have changed nothing.
int expect_reports(const std::string& name, std::uint64_t stride) {
    int reports = 0;
    const std::uint64_t bits = stored().at(name).size() * 8;
    for (std::uint64_t bit = 0; bit < bits; bit += stride) {
        const auto height = height_with_flip(name, bit);
        if (height) {
            EXPECT_EQ(*height, batch_count) << name << " bit " << bit;
        } else {
            EXPECT_NE(height.error().code(), ErrorCode::invalid)
                << name << " bit " << bit << ": " << height.error().message();
            ++reports;
        }
    }
    return reports;
}

TEST(BitRot, in_a_table_is_an_error_or_harmless) {
    for (const std::string& name : files_with(".ldb")) {
        EXPECT_GT(expect_reports(name, 1499), 0) << name;
    }
}

TEST(BitRot, in_a_tables_footer_is_an_error_or_harmless) {
    constexpr std::uint64_t footer_bits = 48 * 8;
    const std::string name = files_with(".ldb").back();
    const std::uint64_t bits = stored().at(name).size() * 8;
    int reports = 0;
    for (std::uint64_t bit = bits - footer_bits; bit < bits; ++bit) {
        const auto height = height_with_flip(name, bit);
        reports += !height;
        EXPECT_EQ(height.value_or(batch_count), batch_count) << bit;
    }
    EXPECT_GT(reports, 64);  // at least the magic number's bits
}

/// LevelDB would allocate what a damaged footer says.
TEST(BitRot, in_a_tables_footer_allocates_nothing) {
    constexpr std::size_t footer_size = 48;
    Bytes handles = {0, 0, 0};
    append_uvarint(handles, std::uint64_t{1} << 62U);
    DiskImage image = stored();
    for (const std::string& name : files_with(".ldb")) {
        Bytes& table = image.at(name);
        std::ranges::copy(handles, table.end() - footer_size);
    }
    FaultEnv env(1, image);
    const auto store = test::open_store(env);
    const auto height = store ? read_height(**store, history) : Result<int>(0);

    ASSERT_FALSE(height);
    EXPECT_EQ(height.error().code(), ErrorCode::corrupt);
    EXPECT_NE(height.error().message().find("footer"), std::string::npos);
}

TEST(BitRot, in_the_manifest_is_an_error_or_harmless) {
    EXPECT_GT(expect_reports(files_with("MANIFEST").front(), 1), 1000);
}

TEST(BitRot, in_current_is_an_error) {
    const std::string name = files_with("CURRENT").front();
    EXPECT_EQ(expect_reports(name, 1), static_cast<int>(stored().at(name).size() * 8));
}

TEST(BitRot, in_the_last_log_is_an_error_or_cuts_its_end) {
    const std::string name = files_with(".log").back();
    EXPECT_GT(expect_reports(name, 1499), 100);
    int cuts = 0;
    for (const auto [bit, length] : header_bits(stored().at(name))) {
        const auto height = height_with_flip(name, bit);
        if (length && height.value_or(batch_count) < batch_count) {
            ++cuts;  // A damaged length at the end is the same as a torn write.
        } else {
            EXPECT_EQ(height.value_or(batch_count), batch_count) << bit;
        }
        EXPECT_TRUE(height || height.error().code() == ErrorCode::corrupt) << bit;
    }
    EXPECT_GT(cuts, 0);
}

TEST(BitRot, in_a_log_before_the_last_is_an_error) {
    constexpr int batches = 7;
    const DiskImage image = write_history(batches, false);
    std::vector<std::string> logs;
    for (const auto& [name, data] : image) {
        if (name.ends_with(".log") && !data.empty()) {
            logs.push_back(name);
        }
    }
    ASSERT_EQ(logs.size(), 2U);

    for (const auto [bit, length] : header_bits(image.at(logs.front()))) {
        const auto height = height_with_flip(logs.front(), bit, image);
        ASSERT_FALSE(height) << bit;
        EXPECT_EQ(height.error().code(), ErrorCode::corrupt) << height.error().message();
    }
}

}  // namespace
}  // namespace steelyard::storage
