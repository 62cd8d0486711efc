#include "consensus/engine/wal_format.h"

#include "base/decimal.h"
#include "base/endian.h"
#include "chain/block_id.h"
#include "consensus/engine/crc32c.h"
#include "consensus/engine/wal.h"

namespace steelyard::engine {
namespace {

constexpr std::string_view magic = "SteelWal";
constexpr std::uint32_t version = 1;

// Offsets in a segment's header.
constexpr std::size_t version_at = 8;
constexpr std::size_t salt_at = 12;
constexpr std::size_t sequence_at = 16;
constexpr std::size_t chain_id_size_at = 24;
constexpr std::size_t chain_id_at = 25;
constexpr std::size_t padding_at = chain_id_at + chain::ChainId::size_max;
constexpr std::size_t header_crc_at = 76;
static_assert(padding_at < header_crc_at && header_crc_at + 4 == wal_segment_header_size);

// Offsets in a record's header.
constexpr std::size_t record_crc_at = 0;
constexpr std::size_t payload_crc_at = 4;
constexpr std::size_t offset_at = 8;
constexpr std::size_t synced_at = 16;
constexpr std::size_t size_at = 24;
constexpr std::size_t kind_at = 28;

constexpr std::size_t name_digits = 12;
constexpr std::string_view name_suffix = ".wal";

bool all_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

ByteArray<wal_segment_header_size> encode_segment_header(const WalSegmentHeader& header) {
    ByteArray<wal_segment_header_size> bytes{};
    const std::string& chain_id = header.chain_id.text();
    std::ranges::copy(as_bytes(magic), bytes.begin());
    store_le(&bytes[version_at], version);
    store_le(&bytes[salt_at], header.salt);
    store_le(&bytes[sequence_at], header.sequence);
    bytes[chain_id_size_at] = static_cast<std::uint8_t>(chain_id.size());
    std::ranges::copy(as_bytes(chain_id), &bytes[chain_id_at]);
    store_le(&bytes[header_crc_at], crc32c(ByteView(bytes).first(header_crc_at)));
    return bytes;
}

Result<WalSegmentHeader> decode_segment_header(ByteView bytes) {
    if (bytes.size() < wal_segment_header_size) {
        return fail(ErrorCode::corrupt, "the header is cut off after {} bytes", bytes.size());
    }
    bytes = bytes.first(wal_segment_header_size);
    if (as_text(bytes.first(magic.size())) != magic) {
        return fail(ErrorCode::corrupt, "this is no segment of a write-ahead log");
    }
    if (load_le<std::uint32_t>(&bytes[header_crc_at]) != crc32c(bytes.first(header_crc_at))) {
        return fail(ErrorCode::corrupt, "the header's checksum does not match");
    }
    if (const auto found = load_le<std::uint32_t>(&bytes[version_at]); found != version) {
        return fail(ErrorCode::unsupported, "version {}, not {}", found, version);
    }
    const std::size_t chain_id_size = bytes[chain_id_size_at];
    if (chain_id_size > chain::ChainId::size_max ||
        !all_zero(bytes.subspan(chain_id_at, header_crc_at - chain_id_at).subspan(chain_id_size))) {
        return fail(ErrorCode::corrupt, "the header's chain id is no chain id");
    }
    auto chain_id = chain::ChainId::parse(as_text(bytes.subspan(chain_id_at, chain_id_size)));
    if (!chain_id) {
        return fail(ErrorCode::corrupt, "the header's {}", chain_id.error().message());
    }
    return WalSegmentHeader{
        *std::move(chain_id),
        load_le<std::uint64_t>(&bytes[sequence_at]),
        load_le<std::uint32_t>(&bytes[salt_at])
    };
}

std::uint32_t record_seed(const WalSegmentHeader& header) {
    // The header's own checksum. That of the header with its checksum would be the same for all.
    return load_le<std::uint32_t>(&encode_segment_header(header)[header_crc_at]);
}

ByteArray<wal_record_header_size> encode_record_header(
    const WalRecordHeader& header, std::uint32_t seed
) {
    ByteArray<wal_record_header_size> bytes{};
    store_le(&bytes[payload_crc_at], header.payload_crc);
    store_le(&bytes[offset_at], header.offset);
    store_le(&bytes[synced_at], header.synced);
    store_le(&bytes[size_at], header.size);
    bytes[kind_at] = header.kind;
    store_le(&bytes[record_crc_at], crc32c(ByteView(bytes).subspan(payload_crc_at), seed));
    return bytes;
}

std::optional<WalRecordHeader> decode_record_header(
    std::span<const std::uint8_t, wal_record_header_size> bytes,
    std::uint64_t offset,
    std::uint32_t seed
) {
    // The offset first: a search for headers looks at every place of a file.
    if (load_le<std::uint64_t>(&bytes[offset_at]) != offset ||
        load_le<std::uint32_t>(&bytes[record_crc_at]) !=
            crc32c(ByteView(bytes).subspan(payload_crc_at), seed)) {
        return std::nullopt;
    }
    const WalRecordHeader header{
        .offset = offset,
        .synced = load_le<std::uint64_t>(&bytes[synced_at]),
        .size = load_le<std::uint32_t>(&bytes[size_at]),
        .kind = bytes[kind_at],
        .payload_crc = load_le<std::uint32_t>(&bytes[payload_crc_at]),
    };
    const bool sound = header.synced <= offset && header.size <= wal_record_size_max &&
                       all_zero(ByteView(bytes).subspan(kind_at + 1));
    return sound ? std::optional(header) : std::nullopt;
}

std::string segment_name(std::uint64_t sequence) {
    return fmt::format("{:012}{}", sequence, name_suffix);
}

std::optional<std::uint64_t> segment_sequence(std::string_view name) {
    if (name.size() != name_digits + name_suffix.size() || !name.ends_with(name_suffix)) {
        return std::nullopt;
    }
    std::string_view digits = name.substr(0, name_digits);
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    const auto sequence = parse_decimal(digits);
    return sequence ? std::optional(static_cast<std::uint64_t>(*sequence)) : std::nullopt;
}

}  // namespace steelyard::engine
