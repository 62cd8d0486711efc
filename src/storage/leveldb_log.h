// Reads the outer form of LevelDB's logs, the write-ahead log and the MANIFEST.
#pragma once

#include "base/bytes.h"

#include <optional>
#include <vector>

namespace steelyard::storage {

/// What stands in a log, by the lengths of its records alone: checksums are LevelDB's to verify.
/// The length of a record has no checksum. One that points behind the file's end looks like a
/// record that a crash has torn, and LevelDB takes the log to end before it.
struct LogOutline {
    std::vector<Bytes> record_starts;  ///< at most the first 64 bytes of each whole record
    bool torn = false;                 ///< bytes follow the last whole record
};

LogOutline outline_log(ByteView file);

/// The number of the oldest write-ahead log that is needed for the version that this MANIFEST ends
/// with; nothing if it names none.
std::optional<std::uint64_t> needed_log(ByteView manifest);

}  // namespace steelyard::storage
