// Reads a segment of the write-ahead log: checks all of it, finds its end, hands out its records.
#pragma once

#include "consensus/engine/log_file.h"
#include "consensus/engine/wal.h"
#include "consensus/engine/wal_format.h"

namespace steelyard::engine {

/// How much of a file is in memory while it is read, besides one payload that is handed out.
inline constexpr std::size_t wal_window_size = 256 << 10;

/// What stands in a segment.
struct WalScan {
    WalSegmentHeader header;
    chain::Height last_finished{};  ///< of the last end_height
    std::uint64_t replay_from = 0;  ///< the offset after it
    std::uint64_t end = 0;          ///< where the sound records end; what follows was never durable
    std::uint64_t records = 0;      ///< inputs between the two
};

/// Reads a whole segment and checks every checksum. Bytes at the end that are no records were torn
/// by a crash (W7), unless something proves that they had been durable: then, and for all else that
/// no crash can do, the segment is corrupt. Unsupported: a version or a kind of record that this
/// program does not know. Errors name the offset.
Result<WalScan> scan_segment(const LogFile& file);

/// Hands out the inputs from `begin` to `end`, which a scan of the same file has given. Checks them
/// again, as the disk is read again.
Result<void> for_each_input(const LogFile& file, const WalScan& scan, const WalRecordTaker& take);

}  // namespace steelyard::engine
