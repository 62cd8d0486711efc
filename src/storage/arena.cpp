#include "storage/arena.h"

#include <sys/mman.h>

namespace steelyard::storage {

Chunk allocate_chunk(std::size_t size, bool is_first) {
    auto* memory = static_cast<std::uint8_t*>(std::aligned_alloc(arena_chunk_size, size));
    CHECK(memory != nullptr);
    if (!is_first) {
        // Advice only: where huge pages are off, small ones serve.
        (void)madvise(memory, size, MADV_HUGEPAGE);
    }
    return Chunk(memory);
}

std::uint32_t ByteArena::allocate(std::size_t size) {
    CHECK(size >= 1 && size <= byte_arena_size_max);
    const std::uint32_t units = rounded_units(size);
    std::vector<std::uint32_t>& free = free_[class_of(units)];
    if (!free.empty()) {
        const std::uint32_t handle = free.back();
        free.pop_back();
        return handle;
    }
    Frontier& frontier = units <= small_units_max ? small_ : large_;
    if (frontier.end - frontier.next < units) {
        CHECK(chunks_.size() < chunk_count_max);
        const auto start = static_cast<std::uint32_t>(chunks_.size() << chunk_shift);
        chunks_.push_back(allocate_chunk(arena_chunk_size, chunks_.empty()));
        // The first unit of all stays unused: its handle would be 0.
        frontier = {.next = start == 0 ? 1 : start, .end = start + chunk_mask + 1};
    }
    const std::uint32_t handle = frontier.next;
    frontier.next += units;
    return handle;
}

void ByteArena::release(std::uint32_t handle, std::size_t size) {
    free_[class_of(rounded_units(size))].push_back(handle);
}

std::uint32_t ByteArena::rounded_units(std::size_t size) {
    const auto units = static_cast<std::uint32_t>((size + (1U << unit_shift) - 1) >> unit_shift);
    return units <= small_units_max ? units : std::bit_ceil(units);
}

std::size_t ByteArena::class_of(std::uint32_t units) {
    if (units <= small_units_max) {
        return units - 1;
    }
    return small_units_max - 1 +
           static_cast<std::size_t>(
               std::countr_zero(units) - std::countr_zero(std::uint32_t{small_units_max})
           );
}

}  // namespace steelyard::storage
