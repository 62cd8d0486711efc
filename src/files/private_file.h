// Files that hold secrets: their owner alone may read and write them.
#pragma once

#include "crypto/secret.h"

#include <filesystem>

namespace steelyard::files {

/// The content of a file that holds a secret; denied if its mode lets others than its owner at it.
Result<crypto::SecretBytes> read_private_file(
    const std::filesystem::path& path, std::size_t size_max
);

/// Writes a file that is not there yet, with mode 0600, durably.
Result<void> write_private_file(const std::filesystem::path& path, ByteView content);

/// Writes a file with mode 0600, durably, in place of one that may be there: after a crash it is
/// the old one or the new one.
Result<void> replace_private_file(const std::filesystem::path& path, ByteView content);

}  // namespace steelyard::files
