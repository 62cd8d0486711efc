// Transposition of matrices of elements of 1, 2, 4 and 8 bytes.
#pragma once

#include <cstdint>

namespace steelyard::vm::cpu {

/// A matrix and where its columns go as rows: out[row * out_step + column] becomes
/// in[column * in_step + row], for rows below `height` and columns below `width`.
template <typename Word>
struct Transposition {
    Word* out = nullptr;
    std::int64_t out_step = 0;
    const Word* in = nullptr;
    std::int64_t in_step = 0;
    std::uint64_t height = 0;
    std::uint64_t width = 0;
};

// Lines of both sides are read and written whole, once.
void transpose(const Transposition<std::uint8_t>& matrix);
void transpose(const Transposition<std::uint16_t>& matrix);
void transpose(const Transposition<std::uint32_t>& matrix);
void transpose(const Transposition<std::uint64_t>& matrix);

}  // namespace steelyard::vm::cpu
