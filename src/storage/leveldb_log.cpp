#include "storage/leveldb_log.h"

#include "base/endian.h"
#include "base/protowire.h"

namespace steelyard::storage {

namespace {

// A log is blocks of 32 KiB. A record is cut into fragments that do not cross blocks: checksum (4),
// length (2), type (1), payload. Less room than a header at a block's end is left unused.
constexpr std::size_t block_size = 32768;
constexpr std::size_t header_size = 7;
constexpr std::size_t length_offset = 4;
constexpr std::size_t type_offset = 6;
enum FragmentType : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

constexpr std::size_t record_start_size = 64;

// The first fields of a version edit, in the order in which they are written.
constexpr std::uint64_t comparator_tag = 1;
constexpr std::uint64_t log_number_tag = 2;

std::optional<std::uint64_t> log_number(ByteView edit) {
    auto tag = take_uvarint(edit);
    if (tag == comparator_tag) {
        const auto size = take_uvarint(edit);
        if (!size || *size > edit.size()) {
            return std::nullopt;
        }
        edit = edit.subspan(*size);
        tag = take_uvarint(edit);
    }
    const auto number = take_uvarint(edit);
    return tag == log_number_tag && number ? std::optional(*number) : std::nullopt;
}

}  // namespace

LogOutline outline_log(ByteView file) {
    LogOutline outline;
    Bytes start;
    bool in_record = false;
    std::size_t at = 0;
    while (at < file.size()) {
        const std::size_t block_left = block_size - at % block_size;
        if (block_left < header_size) {
            at += block_left;
            continue;
        }
        const ByteView rest = file.subspan(at, std::min(block_left, file.size() - at));
        if (rest.size() < header_size) {
            outline.torn = true;
            break;
        }
        const std::size_t length = load_le<std::uint16_t>(rest.data() + length_offset);
        const std::uint8_t type = rest[type_offset];
        if (length > rest.size() - header_size || type < full || type > last) {
            outline.torn = true;
            break;
        }
        if (type == full || type == first) {
            start.clear();
        }
        append(
            start, rest.subspan(header_size, std::min(length, record_start_size - start.size()))
        );
        in_record = type == first || type == middle;
        if (!in_record) {
            outline.record_starts.push_back(start);
        }
        at += header_size + length;
    }
    outline.torn = outline.torn || in_record;
    return outline;
}

std::optional<std::uint64_t> needed_log(ByteView manifest) {
    std::optional<std::uint64_t> needed;
    for (const Bytes& edit : outline_log(manifest).record_starts) {
        if (const auto number = log_number(edit)) {
            needed = number;
        }
    }
    return needed;
}

}  // namespace steelyard::storage
