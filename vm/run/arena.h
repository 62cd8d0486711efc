// Arena: the one piece of memory that a run computes in.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>

namespace steelyard::vm {

/// Zeroed memory, aligned to a page, that the machine gives as it is touched; below 2 MiB at once.
class Arena {
public:
    /// Errors: memory that the machine has not got (no_space).
    static Result<Arena> map(std::uint64_t bytes);

    Arena() = default;
    ~Arena();
    Arena(Arena&& other) noexcept;
    Arena& operator=(Arena&& other) noexcept;

    std::byte* at(std::uint64_t offset) { return data_ + offset; }
    std::uint64_t size() const { return size_; }

    /// Copies a range out, and gives what was copied back to the machine on the way, so that both
    /// together take no more memory than the range. The range then is zero, or as it was.
    Result<Bytes> take(std::uint64_t offset, std::uint64_t bytes);

private:
    std::byte* data_ = nullptr;
    std::uint64_t size_ = 0;
};

}  // namespace steelyard::vm
