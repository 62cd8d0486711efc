// Zip archives as .npz files are: stored and deflated members, sizes of 64 bits where needed.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace steelyard::vm {

constexpr std::size_t zip_entry_count_max = 1 << 16;
constexpr std::size_t zip_name_bytes_max = 1024;

/// A member, where it lies.
struct ZipEntry {
    std::string name{};
    bool is_deflated = false;
    std::uint32_t crc32 = 0;
    std::uint64_t size = 0;  ///< unpacked, as the archive says
    ByteView packed{};       ///< of the archive's bytes
};

/// The members in the order of the directory. Errors: anything that is not one whole archive, split
/// or encrypted ones, other methods, members that share bytes, too many.
Result<std::vector<ZipEntry>> read_zip(ByteView archive);

/// A member's bytes. Errors: more than `size_max`, more than its packed bytes could give (before
/// any memory is taken), not what size and CRC-32 say.
Result<Bytes> unpack(const ZipEntry& entry, std::uint64_t size_max);

/// A member to be written.
struct ZipMember {
    std::string name{};
    Bytes data{};
};

/// An archive of stored members, all of the day that the format begins with. Errors: 4 GiB and
/// more.
Result<Bytes> write_zip(std::span<const ZipMember> members);

}  // namespace steelyard::vm
