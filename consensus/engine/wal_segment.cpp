#include "consensus/engine/wal_segment.h"

#include "consensus/engine/crc32c.h"
#include "consensus/engine/wal.h"

namespace steelyard::engine {
namespace {

/// Up to this size a payload is copied behind its header, to make one append of two.
constexpr std::size_t joined_size_max = 128 << 10;

constexpr std::string_view temporary = "next.tmp";

}  // namespace

Result<WalSegment> WalSegment::create(Directory& directory, const WalSegmentHeader& header) {
    TRY_ASSIGN(auto file, directory.create(temporary));
    TRY(file->append(encode_segment_header(header)));
    return WalSegment(std::move(file), header);
}

Result<void> WalSegment::append(WalRecordKind kind, ByteView payload) {
    CHECK(payload.size() <= wal_record_size_max);
    const WalRecordHeader header{
        .offset = file_->size(),
        .synced = synced_,
        .size = static_cast<std::uint32_t>(payload.size()),
        .kind = static_cast<std::uint8_t>(kind),
        .payload_crc = crc32c(payload, seed_),
    };
    dirty_ = true;
    const auto encoded = encode_record_header(header, seed_);
    if (payload.size() > joined_size_max) {
        TRY(file_->append(encoded));
        return file_->append(payload);
    }
    Bytes record;
    record.reserve(encoded.size() + payload.size());
    steelyard::append(record, encoded);
    steelyard::append(record, payload);
    return file_->append(record);
}

Result<void> WalSegment::append_mark(std::uint64_t synced) {
    synced_ = synced;
    TRY(append(WalRecordKind::mark, {}));
    dirty_ = false;
    return {};
}

Result<void> WalSegment::sync() {
    if (!dirty_) {
        return {};
    }
    const std::uint64_t size = file_->size();
    TRY(file_->sync());
    return append_mark(size);
}

Result<void> WalSegment::publish(Directory& directory) {
    // Nobody reads the file before it has its name, and it gets that after the sync: the mark may
    // call durable what only then will be.
    TRY(append_mark(file_->size()));
    TRY(file_->sync());
    synced_ = file_->size();
    TRY(directory.rename(temporary, segment_name(header_.sequence)));
    return directory.sync();
}

}  // namespace steelyard::engine
