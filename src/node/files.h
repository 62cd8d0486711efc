// Files of a node's home: read whole, bounded, with errors that name the file.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>

namespace steelyard::node {

/// The whole file. Errors: not_found, denied, too_large over `size_max` bytes, io.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t size_max);

/// The same of a file that holds a secret: denied if others than its owner may read or write it.
Result<std::string> read_secret_file(const std::filesystem::path& path, std::size_t size_max);

}  // namespace steelyard::node
