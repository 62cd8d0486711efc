// WalSegment: a segment of the write-ahead log while it is written.
#pragma once

#include "consensus/engine/log_file.h"
#include "consensus/engine/wal_format.h"

namespace steelyard::engine {

/// Appends records to one file. The first error is for the caller to respect: the file refuses
/// everything after it.
class WalSegment {
public:
    /// Begins a segment in a new file, under the temporary name until `publish`.
    static Result<WalSegment> create(Directory& directory, const WalSegmentHeader& header);

    Result<void> append(WalRecordKind kind, ByteView payload);

    /// Makes durable what was appended, and says so in the file, by a mark that the next sync makes
    /// durable (W5).
    Result<void> sync();

    /// Makes the segment durable, with a mark, and gives it its name (W6).
    Result<void> publish(Directory& directory);

    const LogFile& file() const { return *file_; }
    const WalSegmentHeader& header() const { return header_; }

private:
    WalSegment(std::unique_ptr<LogFile> file, const WalSegmentHeader& header)
        : file_(std::move(file)), header_(header), seed_(record_seed(header)) {}

    Result<void> append_mark(std::uint64_t synced);

    std::unique_ptr<LogFile> file_;
    WalSegmentHeader header_;
    std::uint32_t seed_;
    std::uint64_t synced_ = 0;  ///< all bytes before this offset are durable
    bool dirty_ = false;        ///< there is more than marks after it
};

}  // namespace steelyard::engine
