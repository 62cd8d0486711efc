// Logs that are not as they were written: damage is refused, and never passes for a torn end.
#include "base/endian.h"
#include "consensus/engine/crc32c.h"
#include "consensus/engine/wal_format.h"
#include "tests/unit/consensus/engine/wal_history.h"

namespace steelyard::engine {
namespace {

using chain::Height;
using test::SimDirectory;

/// The one segment of a log with some synced records, and perhaps more after them.
std::pair<std::string, Bytes> sample_segment(int synced, int unsynced = 0) {
    SimDirectory disk(1);
    const auto wal = open_wal(disk, 1, wal_options(1 << 20)).value();
    CHECK(wal->end_height(Height(1)));
    for (int i = 0; i < synced + unsynced; ++i) {
        CHECK(wal->append(Bytes(40, static_cast<std::uint8_t>(i))));
        if (i + 1 == synced) {
            CHECK(wal->sync());
        }
    }
    return *disk.image().begin();
}

Result<std::unique_ptr<Wal>> open_with(SimDirectory& disk, std::string_view name, ByteView bytes) {
    disk.put(name, bytes);
    return open_wal(disk);
}

void expect_refused(std::string_view name, ByteView bytes, ErrorCode code, std::string_view why) {
    SimDirectory disk(1);
    const auto wal = open_with(disk, name, bytes);
    ASSERT_FALSE(wal);
    EXPECT_EQ(wal.error().code(), code);
    const std::string& message = wal.error().message();
    EXPECT_NE(message.find(why), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with(name)) << message;
    EXPECT_TRUE(message.ends_with("see doc/howto/recover-wal.md")) << message;
}

/// A record as the log would write it at the end of the segment.
void append_record(Bytes& segment, WalRecordKind kind, ByteView payload, std::uint64_t synced = 0) {
    const std::uint32_t seed = record_seed(decode_segment_header(segment).value());
    const WalRecordHeader header{
        .offset = segment.size(),
        .synced = synced,
        .size = static_cast<std::uint32_t>(payload.size()),
        .kind = static_cast<std::uint8_t>(kind),
        .payload_crc = crc32c(payload, seed),
    };
    append(segment, encode_record_header(header, seed));
    append(segment, payload);
}

TEST(WalDamage, is_refused_wherever_it_is_in_what_was_synced) {
    const auto [name, segment] = sample_segment(4);
    SimDirectory whole(1);
    const std::vector<Bytes> expected = replayed(*open_with(whole, name, segment).value());
    ASSERT_EQ(expected.size(), 4U);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < segment.size(); ++at) {
        Bytes damaged = segment;
        damaged[at] ^= static_cast<std::uint8_t>(1U << at % 8);
        SimDirectory disk(1);
        const auto wal = open_with(disk, name, damaged);
        if (wal) {
            EXPECT_EQ(replayed(**wal), expected) << at;
            EXPECT_GE(at, segment.size() - wal_record_header_size);  // The mark, which is not.
        }
        refused += !wal;
    }
    EXPECT_EQ(refused, segment.size() - wal_record_header_size);
}

TEST(WalDamage, is_refused_in_what_opening_has_copied) {
    const auto [name, segment] = sample_segment(3);
    SimDirectory first(1);
    ASSERT_TRUE(open_with(first, name, segment));
    auto [copy_name, copy] = *first.image().begin();
    copy[copy.size() - wal_record_header_size - 1] ^= 1;

    expect_refused(copy_name, copy, ErrorCode::corrupt, "had been durable");
}

TEST(WalDamage, is_refused_if_sectors_of_synced_bytes_read_as_zeros) {
    const auto [name, segment] = sample_segment(40);
    for (std::size_t at = 512; at + 512 < segment.size(); at += 512) {
        Bytes damaged = segment;
        std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), 512, std::uint8_t{0});
        expect_refused(name, damaged, ErrorCode::corrupt, "had been durable");
    }
}

TEST(WalDamage, at_the_end_that_was_never_synced_is_cut_with_what_follows_it) {
    const auto [name, segment] = sample_segment(2, 5);
    const std::size_t record_size = wal_record_header_size + 40;
    Bytes torn = segment;
    torn[segment.size() - 3 * record_size] ^= 1;
    SimDirectory disk(1);

    const auto wal = open_with(disk, name, torn);

    ASSERT_TRUE(wal) << wal.error().message();
    EXPECT_EQ((*wal)->recovery().records, 4U);
    EXPECT_EQ((*wal)->recovery().bytes_cut, 3 * record_size);
}

TEST(WalDamage, names_file_and_offset) {
    auto [name, segment] = sample_segment(3);
    const std::size_t first = wal_segment_header_size + wal_record_header_size + wal_height_size;
    segment[first] ^= 1;  // The mark after the height with which the log began.

    expect_refused(name, segment, ErrorCode::corrupt, fmt::format("offset {}: ", first));
}

TEST(WalDamage, leaves_a_prefix_wherever_the_file_is_cut) {
    const auto [name, segment] = sample_segment(4, 2);
    SimDirectory whole(1);
    const std::vector<Bytes> all = replayed(*open_with(whole, name, segment).value());
    std::size_t opened = 0;
    for (std::size_t size = 0; size <= segment.size(); ++size) {
        SimDirectory disk(1);
        const auto wal = open_with(disk, name, ByteView(segment).first(size));
        if (!wal) {
            EXPECT_EQ(wal.error().code(), ErrorCode::corrupt);
            EXPECT_LT(size, wal_segment_header_size + wal_record_header_size + wal_height_size);
            continue;
        }
        ++opened;
        const std::vector<Bytes> records = replayed(**wal);
        ASSERT_LE(records.size(), all.size());
        EXPECT_TRUE(std::equal(records.begin(), records.end(), all.begin())) << size;
    }
    EXPECT_GT(opened, 300U);
}

TEST(WalDamage, is_not_forgiven_because_an_older_segment_is_sound) {
    const auto [name, segment] = sample_segment(3);
    SimDirectory disk(1);
    disk.put(name, segment);

    const auto wal = open_with(disk, "000000000002.wal", ByteView(segment).first(100));

    ASSERT_FALSE(wal);
    EXPECT_EQ(wal.error().code(), ErrorCode::corrupt);
}

TEST(WalDamage, is_a_segment_under_another_name) {
    const auto [name, segment] = sample_segment(1);

    expect_refused("000000000008.wal", segment, ErrorCode::corrupt, "the segment is number 1");
}

TEST(WalDamage, is_the_log_of_another_chain) {
    const ByteArray<80> header = encode_segment_header({test::chain_id("other-2"), 1, 5});
    Bytes segment = to_bytes(header);
    append_record(segment, WalRecordKind::end_height, Bytes(8));

    expect_refused("000000000001.wal", segment, ErrorCode::invalid, "of chain other-2, not of");
}

TEST(WalDamage, is_a_later_version) {
    Bytes header = to_bytes(encode_segment_header({test::chain_id("steelyard-1"), 1, 5}));
    header[8] = 2;
    store_le(&header[76], crc32c(ByteView(header).first(76)));

    expect_refused("000000000001.wal", header, ErrorCode::unsupported, "version 2, not 1");
}

TEST(WalDamage, is_an_unknown_kind_of_record) {
    auto [name, segment] = sample_segment(1);
    append_record(segment, static_cast<WalRecordKind>(4), {});

    expect_refused(name, segment, ErrorCode::unsupported, "of kind 4");
}

TEST(WalDamage, is_a_log_that_begins_with_something_else_than_a_height) {
    const auto header = encode_segment_header({test::chain_id("steelyard-1"), 1, 5});
    Bytes with_input = to_bytes(header);
    append_record(with_input, WalRecordKind::input, {});

    expect_refused("000000000001.wal", with_input, ErrorCode::corrupt, "no end of height");
    expect_refused("000000000001.wal", header, ErrorCode::corrupt, "no end of height");
}

TEST(WalDamage, is_a_height_that_does_not_rise_or_is_none) {
    const auto [name, segment] = sample_segment(1);
    ByteArray<8> one{1};
    ByteArray<8> negative{};
    negative.back() = 0x80;
    for (const ByteView payload : {ByteView(one), ByteView(negative), ByteView(one).first(7)}) {
        Bytes damaged = segment;
        append_record(damaged, WalRecordKind::end_height, payload);
        expect_refused(name, damaged, ErrorCode::corrupt, "height");
    }
}

/// Peers choose what stands in payloads. They must not be able to make a torn end look like damage.
TEST(WalDamage, cannot_be_feigned_from_within_a_payload) {
    const auto [name, segment] = sample_segment(1);
    const auto torn_with = [&](std::uint32_t seed) {
        Bytes out = segment;
        const std::uint64_t offset = out.size() + wal_record_header_size;
        const WalRecordHeader forged{
            .offset = offset, .synced = offset, .kind = 3, .payload_crc = seed
        };
        append_record(out, WalRecordKind::input, encode_record_header(forged, seed));
        out[segment.size()] ^= 1;
        SimDirectory disk(1);
        return open_with(disk, name, out).has_value();
    };
    const std::uint32_t seed = record_seed(decode_segment_header(segment).value());

    EXPECT_TRUE(torn_with(seed + 1));
    EXPECT_FALSE(torn_with(seed));  // Who knew the salt could.
}

TEST(WalFormat, gives_each_segment_another_seed) {
    const WalSegmentHeader header{test::chain_id("steelyard-1"), 1, 5};
    WalSegmentHeader salted = header;
    salted.salt = 6;
    WalSegmentHeader next = header;
    next.sequence = 2;

    EXPECT_NE(record_seed(header), record_seed(salted));
    EXPECT_NE(record_seed(header), record_seed(next));
}

TEST(WalFormat, writes_a_segment_header_as_the_specification_says) {
    const WalSegmentHeader header{test::chain_id("steelyard-1"), 7, 0x01020304};

    const auto bytes = encode_segment_header(header);

    EXPECT_EQ(as_text(ByteView(bytes).first(8)), "SteelWal");
    EXPECT_EQ(load_le<std::uint32_t>(&bytes[8]), 1U);
    EXPECT_EQ(bytes[12], 4);
    EXPECT_EQ(load_le<std::uint64_t>(&bytes[16]), 7U);
    EXPECT_EQ(bytes[24], 11);
    EXPECT_EQ(as_text(ByteView(bytes).subspan(25, 11)), "steelyard-1");
    EXPECT_EQ(load_le<std::uint32_t>(&bytes[76]), crc32c(ByteView(bytes).first(76)));
    EXPECT_EQ(decode_segment_header(bytes), header);
}

TEST(WalFormat, names_segments_by_number) {
    EXPECT_EQ(segment_name(7), "000000000007.wal");
    EXPECT_EQ(segment_sequence("000000000007.wal"), 7U);
    EXPECT_FALSE(segment_sequence("000000000000.wal"));
    EXPECT_FALSE(segment_sequence("7.wal"));
}

}  // namespace
}  // namespace steelyard::engine
