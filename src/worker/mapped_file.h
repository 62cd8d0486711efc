// MappedFile: a file's bytes in memory, as the machine gives them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <filesystem>

namespace steelyard::worker {

/// For reading. The file must not shrink while it is mapped.
class MappedFile {
public:
    /// Errors: io, not_found, invalid (no regular file).
    static Result<MappedFile> open(const std::filesystem::path& path);

    MappedFile() = default;
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;

    ByteView bytes() const { return {data_, size_}; }

private:
    MappedFile(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace steelyard::worker
