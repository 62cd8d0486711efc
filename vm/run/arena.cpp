#include "vm/run/arena.h"

#include "base/check.h"

#include <sys/mman.h>
#include <algorithm>
#include <new>
#include <utility>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t large_page_bytes = std::uint64_t{2} << 20;
constexpr std::uint64_t copied_at_once = std::uint64_t{4} << 20;

}  // namespace

Result<Arena> Arena::map(std::uint64_t bytes) {
    Arena out;
    if (bytes == 0) {
        return out;
    }
    // What is too small for large pages is had at once: a fault for each page takes longer, which
    // small programs feel.
    const int at_once = bytes < large_page_bytes ? MAP_POPULATE : 0;
    void* data =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | at_once, -1, 0);
    if (data == MAP_FAILED) {
        return fail(ErrorCode::no_space, "this machine has no {} bytes of memory", bytes);
    }
    // Large pages are faster where there are some; whether there are does not matter.
    static_cast<void>(madvise(data, bytes, MADV_HUGEPAGE));
    out.data_ = static_cast<std::byte*>(data);
    out.size_ = bytes;
    return out;
}

Arena::~Arena() {
    if (data_ != nullptr) {
        munmap(data_, size_);
    }
}

Arena::Arena(Arena&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {
}

Arena& Arena::operator=(Arena&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

Result<Bytes> Arena::take(std::uint64_t offset, std::uint64_t bytes) {
    CHECK(offset <= size_ && bytes <= size_ - offset);
    Bytes out;
    try {
        out.reserve(bytes);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::no_space, "this machine has no {} bytes for an output", bytes);
    }
    std::uint64_t returned = (offset + page_bytes - 1) / page_bytes * page_bytes;
    for (std::uint64_t done = 0; done < bytes;) {
        const std::uint64_t count = std::min(copied_at_once, bytes - done);
        const auto* from = reinterpret_cast<const std::uint8_t*>(data_ + offset + done);
        out.insert(out.end(), from, from + count);
        done += count;
        const std::uint64_t whole = (offset + done) / page_bytes * page_bytes;
        if (whole > returned) {
            static_cast<void>(madvise(data_ + returned, whole - returned, MADV_DONTNEED));
            returned = whole;
        }
    }
    return out;
}

}  // namespace steelyard::vm
