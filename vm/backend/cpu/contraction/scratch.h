// Scratch memory of a thread, kept between pieces of work.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// Adds up what a piece of work needs; each part begins at a multiple of 64 bytes.
class ScratchLayout {
public:
    /// The part's offset, in words of 32 bits.
    std::size_t add(std::size_t words) {
        const std::size_t at = words_;
        words_ += (words + words_per_line - 1) / words_per_line * words_per_line;
        return at;
    }

    /// Memory of this thread for all parts, of any contents; valid until the thread's next call.
    std::uint32_t* allocate() const;

private:
    static constexpr std::size_t words_per_line = 16;

    std::size_t words_ = 0;
};

}  // namespace steelyard::vm::cpu
