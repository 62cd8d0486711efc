// Memory for millions of small records, addressed by 32-bit handles, in large chunks.
#pragma once

#include "base/bytes.h"
#include "base/check.h"

#include <bit>
#include <cstdlib>
#include <limits>
#include <memory>
#include <type_traits>

namespace steelyard::storage {

constexpr std::size_t arena_chunk_size = std::size_t{2} << 20;

struct ChunkFree {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
};
using Chunk = std::unique_ptr<std::uint8_t, ChunkFree>;

/// A multiple of arena_chunk_size bytes, aligned to it. All but an arena's first chunk ask the
/// kernel for huge pages, so that a large arena is spared TLB misses and a small one stays small.
Chunk allocate_chunk(std::size_t size, bool is_first);

/// Records of one type. They never move; a released handle is given out again, last first.
template <typename T>
class RecordArena {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    static_assert(std::has_single_bit(sizeof(T)));

public:
    T& operator[](std::uint32_t handle) {
        return reinterpret_cast<T*>(chunks_[handle >> shift].get())[handle & mask];
    }
    const T& operator[](std::uint32_t handle) const {
        return reinterpret_cast<const T*>(chunks_[handle >> shift].get())[handle & mask];
    }

    /// The handle of a record with whatever contents; at most 2^31 of them (CHECKed).
    std::uint32_t allocate() {
        if (!free_.empty()) {
            const std::uint32_t handle = free_.back();
            free_.pop_back();
            return handle;
        }
        if (end_ >> shift == chunks_.size()) {
            CHECK(end_ < std::uint32_t{1} << 31);
            chunks_.push_back(allocate_chunk(arena_chunk_size, chunks_.empty()));
        }
        return end_++;
    }

    void release(std::uint32_t handle) { free_.push_back(handle); }

    std::size_t memory_size() const { return chunks_.size() * arena_chunk_size; }

private:
    static constexpr unsigned shift = std::countr_zero(arena_chunk_size / sizeof(T));
    static constexpr std::uint32_t mask = (std::uint32_t{1} << shift) - 1;

    std::vector<Chunk> chunks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t end_ = 0;
};

constexpr std::size_t byte_arena_size_max = arena_chunk_size / 2;

/// Byte strings of 1 B to byte_arena_size_max, which never move. Handle 0 is never given out. Sizes
/// are rounded up to 16 bytes, and above 1 KiB to a power of two; what is freed serves later
/// strings of the same rounded size.
class ByteArena {
public:
    std::uint32_t allocate(std::size_t size);

    /// `size` is what the handle was allocated with.
    void release(std::uint32_t handle, std::size_t size);

    std::uint8_t* operator[](std::uint32_t handle) {
        return chunks_[handle >> chunk_shift].get() + ((handle & chunk_mask) << unit_shift);
    }
    const std::uint8_t* operator[](std::uint32_t handle) const {
        return chunks_[handle >> chunk_shift].get() + ((handle & chunk_mask) << unit_shift);
    }

    std::size_t memory_size() const { return chunks_.size() * arena_chunk_size; }

private:
    static constexpr unsigned unit_shift = 4;
    static constexpr unsigned chunk_shift = std::countr_zero(arena_chunk_size) - unit_shift;
    static constexpr std::uint32_t chunk_mask = (std::uint32_t{1} << chunk_shift) - 1;
    static constexpr std::size_t chunk_count_max = (std::size_t{1} << (32 - chunk_shift)) - 1;
    static constexpr std::uint32_t small_units_max = 64;
    static constexpr std::size_t class_count =
        small_units_max + chunk_shift - std::countr_zero(small_units_max);

    /// Where the next new string of small or of large size goes.
    struct Frontier {
        std::uint32_t next = 0;
        std::uint32_t end = 0;
    };

    static std::uint32_t rounded_units(std::size_t size);
    static std::size_t class_of(std::uint32_t units);

    std::vector<Chunk> chunks_;
    std::array<std::vector<std::uint32_t>, class_count> free_;
    Frontier small_;
    Frontier large_;
};

}  // namespace steelyard::storage
