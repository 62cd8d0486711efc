// The bytes of a segment of the write-ahead log: its header, and the headers of its records.
//
// doc/spec/wal.md has the layouts, and says why each field is there.
#pragma once

#include "base/bytes.h"
#include "chain/ids.h"

#include <optional>
#include <string>

namespace steelyard::engine {

inline constexpr std::size_t wal_segment_header_size = 80;
inline constexpr std::size_t wal_record_header_size = 32;
inline constexpr std::size_t wal_height_size = 8;  ///< the payload of an end_height

/// What begins a segment (W2).
struct WalSegmentHeader {
    chain::ChainId chain_id;
    std::uint64_t sequence = 0;  ///< the number in its name, from 1
    std::uint32_t salt = 0;      ///< random: nobody can write records into our payloads

    bool operator==(const WalSegmentHeader&) const = default;
};

ByteArray<wal_segment_header_size> encode_segment_header(const WalSegmentHeader& header);

/// Corrupt if it is not one; unsupported if it is of another version.
Result<WalSegmentHeader> decode_segment_header(ByteView bytes);

/// What every checksum of the segment's records starts from: a record of another segment never
/// matches.
std::uint32_t record_seed(const WalSegmentHeader& header);

enum class WalRecordKind : std::uint8_t {
    input = 1,       ///< the payload is the engine's
    end_height = 2,  ///< the payload is a height
    mark = 3,        ///< no payload: it only carries `synced`
};

/// What begins a record (W3).
struct WalRecordHeader {
    std::uint64_t offset = 0;  ///< of this header in its segment
    std::uint64_t synced = 0;  ///< all bytes before this offset were durable when it was written
    std::uint32_t size = 0;    ///< of the payload
    std::uint8_t kind = 0;     ///< a WalRecordKind, or one that this version does not know
    std::uint32_t payload_crc = 0;

    std::uint64_t end() const { return offset + wal_record_header_size + size; }

    bool operator==(const WalRecordHeader&) const = default;
};

ByteArray<wal_record_header_size> encode_record_header(
    const WalRecordHeader& header, std::uint32_t seed
);

/// The header that stands in these bytes at `offset` of a segment; nothing if there is none.
std::optional<WalRecordHeader> decode_record_header(
    std::span<const std::uint8_t, wal_record_header_size> bytes,
    std::uint64_t offset,
    std::uint32_t seed
);

/// "000000000007.wal", and back; nothing for other names.
std::string segment_name(std::uint64_t sequence);
std::optional<std::uint64_t> segment_sequence(std::string_view name);

}  // namespace steelyard::engine
