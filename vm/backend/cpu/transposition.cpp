#include "vm/backend/cpu/transposition.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t narrow_most = 4;

/// Of the blocks that go through a buffer: lines of both sides may all fall into one set of the
/// cache, so each is read and written as a run of several, once.
template <typename Word>
constexpr std::uint64_t side = sizeof(Word) == 8 ? 32 : (sizeof(Word) == 1 ? 128 : 64);

#if defined(__SSE2__)

constexpr std::uint64_t unit_bytes = 16;

/// Words of two vectors taken in turns: of their lower halves, of their upper ones.
template <typename Word>
[[gnu::always_inline]] inline __m128i low_words(__m128i a, __m128i b) {
    if constexpr (sizeof(Word) == 1) {
        return _mm_unpacklo_epi8(a, b);
    } else if constexpr (sizeof(Word) == 2) {
        return _mm_unpacklo_epi16(a, b);
    } else if constexpr (sizeof(Word) == 4) {
        return _mm_unpacklo_epi32(a, b);
    } else {
        return _mm_unpacklo_epi64(a, b);
    }
}

template <typename Word>
[[gnu::always_inline]] inline __m128i high_words(__m128i a, __m128i b) {
    if constexpr (sizeof(Word) == 1) {
        return _mm_unpackhi_epi8(a, b);
    } else if constexpr (sizeof(Word) == 2) {
        return _mm_unpackhi_epi16(a, b);
    } else if constexpr (sizeof(Word) == 4) {
        return _mm_unpackhi_epi32(a, b);
    } else {
        return _mm_unpackhi_epi64(a, b);
    }
}

/// A square of one vector's words out of the buffer. Taking turns with the vector half of
/// all further on, as often as a vector's size doubles from a word's, transposes.
template <typename Word>
[[gnu::always_inline]] inline void transpose_unit(
    Word* out, std::int64_t out_step, const Word* in
) {
    constexpr std::size_t size = unit_bytes / sizeof(Word);
    __m128i rows[size];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < size; ++i) {
        rows[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i * side<Word>));
    }
#pragma GCC unroll 4
    for (std::size_t stage = 1; stage < size; stage *= 2) {
        __m128i next[size];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < size / 2; ++i) {
            next[2 * i] = low_words<Word>(rows[i], rows[i + size / 2]);
            next[2 * i + 1] = high_words<Word>(rows[i], rows[i + size / 2]);
        }
#pragma GCC unroll 16
        for (std::size_t i = 0; i < size; ++i) {
            rows[i] = next[i];
        }
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < size; ++i) {
        Word* to = out + static_cast<std::int64_t>(i) * out_step;
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), rows[i]);
    }
}

#endif

/// A block of at most `side` rows and columns.
template <typename Word>
void transpose_block(const Transposition<Word>& block) {
    Word buffer[side<Word> * side<Word>];
    const Word* in = block.in;
    for (std::uint64_t column = 0; column < block.width; ++column, in += block.in_step) {
        std::memcpy(buffer + column * side<Word>, in, block.height * sizeof(Word));
    }
    std::uint64_t unit_columns = 0;  // that units did
    std::uint64_t unit_rows = 0;
#if defined(__SSE2__)
    constexpr std::uint64_t unit = unit_bytes / sizeof(Word);
    unit_rows = block.height / unit * unit;
    unit_columns = block.width / unit * unit;
    for (std::uint64_t row = 0; row < unit_rows; row += unit) {
        Word* out = block.out + static_cast<std::int64_t>(row) * block.out_step;
        for (std::uint64_t column = 0; column < unit_columns; column += unit) {
            transpose_unit(out + column, block.out_step, buffer + column * side<Word> + row);
        }
    }
#endif
    Word* out = block.out;
    for (std::uint64_t row = 0; row < block.height; ++row, out += block.out_step) {
        const std::uint64_t first = row < unit_rows ? unit_columns : 0;
        for (std::uint64_t column = first; column < block.width; ++column) {
            out[column] = buffer[column * side<Word> + row];
        }
    }
}

/// Of few columns or few rows.
template <std::uint64_t columns, typename Word>
void interleave(const Transposition<Word>& matrix) {
    Word* out = matrix.out;
    const Word* in = matrix.in;
    const std::int64_t in_step = matrix.in_step;
    const std::int64_t out_step = matrix.out_step;
    for (std::uint64_t row = 0; row < matrix.height; ++row, out += out_step, ++in) {
        for (std::uint64_t column = 0; column < columns; ++column) {
            out[column] = in[static_cast<std::int64_t>(column) * in_step];
        }
    }
}

template <std::uint64_t rows, typename Word>
void separate(const Transposition<Word>& matrix) {
    Word* out = matrix.out;
    const Word* in = matrix.in;
    const std::int64_t in_step = matrix.in_step;
    const std::int64_t out_step = matrix.out_step;
    for (std::uint64_t column = 0; column < matrix.width; ++column, in += in_step, ++out) {
        for (std::uint64_t row = 0; row < rows; ++row) {
            out[static_cast<std::int64_t>(row) * out_step] = in[row];
        }
    }
}

template <typename Word>
void transpose_narrow(const Transposition<Word>& matrix) {
    if (matrix.width <= matrix.height) {
        switch (matrix.width) {
            case 1:
                return interleave<1>(matrix);
            case 2:
                return interleave<2>(matrix);
            case 3:
                return interleave<3>(matrix);
            default:
                return interleave<4>(matrix);
        }
    }
    switch (matrix.height) {
        case 1:
            return separate<1>(matrix);
        case 2:
            return separate<2>(matrix);
        case 3:
            return separate<3>(matrix);
        default:
            return separate<4>(matrix);
    }
}

template <typename Word>
void transpose_words(const Transposition<Word>& matrix) {
    if (matrix.height == 0 || matrix.width == 0) {
        return;
    }
    if (std::min(matrix.height, matrix.width) <= narrow_most) {
        return transpose_narrow(matrix);
    }
    for (std::uint64_t column = 0; column < matrix.width; column += side<Word>) {
        for (std::uint64_t row = 0; row < matrix.height; row += side<Word>) {
            const auto down = static_cast<std::int64_t>(row);
            const auto right = static_cast<std::int64_t>(column);
            transpose_block<Word>({
                .out = matrix.out + down * matrix.out_step + right,
                .out_step = matrix.out_step,
                .in = matrix.in + right * matrix.in_step + down,
                .in_step = matrix.in_step,
                .height = std::min(side<Word>, matrix.height - row),
                .width = std::min(side<Word>, matrix.width - column),
            });
        }
    }
}

}  // namespace

void transpose(const Transposition<std::uint8_t>& matrix) {
    transpose_words(matrix);
}

void transpose(const Transposition<std::uint16_t>& matrix) {
    transpose_words(matrix);
}

void transpose(const Transposition<std::uint32_t>& matrix) {
    transpose_words(matrix);
}

void transpose(const Transposition<std::uint64_t>& matrix) {
    transpose_words(matrix);
}

}  // namespace steelyard::vm::cpu
