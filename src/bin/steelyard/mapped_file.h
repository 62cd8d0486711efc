// MappedFile: the bytes of a file where they lie, so that a large one takes no memory.
#pragma once

#include "base/bytes.h"
#include "bin/steelyard/complaint.h"

namespace steelyard::wallet {

/// A regular file that nobody changes meanwhile.
class MappedFile {
public:
    /// Errors: file_not_found, invalid_argument, io_error.
    static Outcome<MappedFile> open(const std::string& path);

    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile();

    ByteView bytes() const { return bytes_; }

private:
    explicit MappedFile(ByteView bytes) : bytes_(bytes) {}

    ByteView bytes_;
};

}  // namespace steelyard::wallet
