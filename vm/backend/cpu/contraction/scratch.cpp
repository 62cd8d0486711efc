#include "vm/backend/cpu/contraction/scratch.h"

#include <memory>
#include <new>

namespace steelyard::vm::cpu {

namespace {

constexpr std::size_t line = 64;

struct Line {
    alignas(line) std::uint32_t words[line / sizeof(std::uint32_t)];
};

}  // namespace

std::uint32_t* ScratchLayout::allocate() const {
    thread_local std::unique_ptr<Line[]> memory;
    thread_local std::size_t lines = 0;
    const std::size_t wanted = words_ / words_per_line + 1;
    if (wanted > lines) {
        memory.reset();
        memory.reset(new Line[wanted]);
        lines = wanted;
    }
    return memory[0].words;
}

}  // namespace steelyard::vm::cpu
