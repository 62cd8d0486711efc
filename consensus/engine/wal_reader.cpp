#include "consensus/engine/wal_reader.h"

#include "base/check.h"
#include "base/endian.h"
#include "consensus/engine/crc32c.h"

#include <algorithm>

namespace steelyard::engine {
namespace {

/// A file through a window that moves over it.
class Window {
public:
    explicit Window(const LogFile& file) : file_(file) {}

    std::uint64_t file_size() const { return file_.size(); }

    /// The bytes from `offset` on: `size` of them, at most wal_window_size, or fewer where the file
    /// ends. Valid until the next call.
    Result<ByteView> at(std::uint64_t offset, std::size_t size) {
        CHECK(size <= wal_window_size);
        if (offset < begin_ || offset + size > begin_ + bytes_.size()) {
            bytes_.resize(wal_window_size);
            TRY_ASSIGN(const std::size_t read, file_.read(offset, bytes_));
            bytes_.resize(read);
            begin_ = offset;
        }
        const auto skipped = static_cast<std::size_t>(offset - begin_);
        const ByteView rest = ByteView(bytes_).subspan(std::min(skipped, bytes_.size()));
        return rest.first(std::min(size, rest.size()));
    }

private:
    const LogFile& file_;
    Bytes bytes_;
    std::uint64_t begin_ = 0;
};

/// The header at `offset`, whatever its payload is; nothing if there is none.
Result<std::optional<WalRecordHeader>> read_header(
    Window& window, std::uint64_t offset, std::uint32_t seed
) {
    TRY_ASSIGN(const ByteView bytes, window.at(offset, wal_record_header_size));
    if (bytes.size() < wal_record_header_size) {
        return std::nullopt;
    }
    return decode_record_header(bytes.first<wal_record_header_size>(), offset, seed);
}

/// Whether all of the payload is there and matches its checksum.
Result<bool> payload_is_sound(Window& window, const WalRecordHeader& header, std::uint32_t seed) {
    std::uint32_t crc = seed;
    std::uint64_t at = header.offset + wal_record_header_size;
    while (at < header.end()) {
        const auto size = std::min<std::uint64_t>(header.end() - at, wal_window_size);
        TRY_ASSIGN(const ByteView bytes, window.at(at, static_cast<std::size_t>(size)));
        if (bytes.size() < size) {
            return false;
        }
        crc = crc32c(bytes, crc);
        at += size;
    }
    return crc == header.payload_crc;
}

/// The record at `offset`; nothing if there is no sound one.
Result<std::optional<WalRecordHeader>> read_record(
    Window& window, std::uint64_t offset, std::uint32_t seed
) {
    TRY_ASSIGN(const auto header, read_header(window, offset, seed));
    if (!header) {
        return std::nullopt;
    }
    TRY_ASSIGN(const bool sound, payload_is_sound(window, *header, seed));
    return sound ? header : std::nullopt;
}

/// An error if a record after `broken` tells that the bytes there had been durable. A crash leaves
/// such bytes as they are: they have been damaged since.
Result<void> check_torn(Window& window, std::uint64_t broken, std::uint32_t seed) {
    for (std::uint64_t at = broken + 1; at + wal_record_header_size <= window.file_size(); ++at) {
        TRY_ASSIGN(const auto later, read_header(window, at, seed));
        if (later && later->synced > broken) {
            return fail(
                ErrorCode::corrupt,
                "offset {}: the record is damaged; the one at offset {} tells that all before {} "
                "had been durable",
                broken,
                at,
                later->synced
            );
        }
    }
    return {};
}

Result<chain::Height> read_height(Window& window, const WalRecordHeader& header) {
    if (header.size != wal_height_size) {
        return fail(
            ErrorCode::corrupt,
            "offset {}: an end of height of {} bytes",
            header.offset,
            header.size
        );
    }
    TRY_ASSIGN(
        const ByteView payload, window.at(header.offset + wal_record_header_size, wal_height_size)
    );
    const auto number = static_cast<std::int64_t>(load_le<std::uint64_t>(payload.data()));
    auto height = chain::Height::parse(number);
    if (!height) {
        return fail(
            ErrorCode::corrupt, "offset {}: height {}", header.offset, height.error().message()
        );
    }
    return height;
}

/// Adds a sound record to what is known of the segment.
Result<void> take_record(Window& window, const WalRecordHeader& header, WalScan& scan) {
    const bool first = scan.replay_from == 0;
    switch (static_cast<WalRecordKind>(header.kind)) {
        case WalRecordKind::input:
            ++scan.records;
            break;
        case WalRecordKind::mark:
            break;
        case WalRecordKind::end_height: {
            TRY_ASSIGN(const chain::Height height, read_height(window, header));
            if (!first && height <= scan.last_finished) {
                return fail(
                    ErrorCode::corrupt,
                    "offset {}: height {} ends after height {}",
                    header.offset,
                    height,
                    scan.last_finished
                );
            }
            scan.last_finished = height;
            scan.replay_from = header.end();
            scan.records = 0;
            return {};
        }
        default:
            return fail(
                ErrorCode::unsupported,
                "offset {}: a record of kind {}, of a later version",
                header.offset,
                header.kind
            );
    }
    if (first) {
        return fail(
            ErrorCode::corrupt, "offset {}: the first record is no end of height", header.offset
        );
    }
    return {};
}

}  // namespace

Result<WalScan> scan_segment(const LogFile& file) {
    Window window(file);
    TRY_ASSIGN(const ByteView header_bytes, window.at(0, wal_segment_header_size));
    WalScan scan;
    TRY_ASSIGN(scan.header, decode_segment_header(header_bytes));
    const std::uint32_t seed = record_seed(scan.header);
    scan.end = wal_segment_header_size;
    while (scan.end < file.size()) {
        TRY_ASSIGN(const auto record, read_record(window, scan.end, seed));
        if (!record) {
            TRY(check_torn(window, scan.end, seed));
            break;
        }
        TRY(take_record(window, *record, scan));
        scan.end = record->end();
    }
    if (scan.replay_from == 0) {
        return fail(ErrorCode::corrupt, "offset {}: there is no end of height", scan.end);
    }
    return scan;
}

Result<void> for_each_input(const LogFile& file, const WalScan& scan, const WalRecordTaker& take) {
    Window window(file);
    const std::uint32_t seed = record_seed(scan.header);
    std::uint64_t offset = scan.replay_from;
    while (offset < scan.end) {
        TRY_ASSIGN(const auto record, read_header(window, offset, seed));
        Bytes payload(record ? record->size : 0);
        TRY_ASSIGN(const std::size_t read, file.read(offset + wal_record_header_size, payload));
        if (!record || read < payload.size() || crc32c(payload, seed) != record->payload_crc) {
            return fail(ErrorCode::corrupt, "offset {}: the record reads differently", offset);
        }
        if (record->kind == static_cast<std::uint8_t>(WalRecordKind::input)) {
            TRY(take(payload));
        }
        offset = record->end();
    }
    return {};
}

}  // namespace steelyard::engine
