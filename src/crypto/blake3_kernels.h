// BLAKE3's compression function over many inputs, one kernel for each instruction set.
//
// The files that implement the kernels are compiled with flags of their own. They include nothing
// that emits shared inline functions, since the linker could pick such a copy for the whole
// program.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::crypto {

constexpr std::size_t blake3_block_size = 64;
constexpr std::size_t blake3_value_size = 32;

/// The BLAKE3 paper, section 2.2, table 3.
enum Blake3Flag : std::uint32_t {
    blake3_chunk_start = 1 << 0,
    blake3_chunk_end = 1 << 1,
    blake3_parent = 1 << 2,
    blake3_root_node = 1 << 3,
    blake3_keyed_hash = 1 << 4,
    blake3_derive_key_context = 1 << 5,
    blake3_derive_key_material = 1 << 6,
};

constexpr std::uint32_t blake3_iv[8] = {
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
};

/// Which message word each of a round's sixteen additions takes.
struct Blake3Schedule {
    int word[7][16];
};

consteval Blake3Schedule make_blake3_schedule() {
    constexpr int permutation[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
    Blake3Schedule schedule{};
    for (int i = 0; i < 16; ++i) {
        schedule.word[0][i] = i;
    }
    for (int round = 1; round < 7; ++round) {
        for (int i = 0; i < 16; ++i) {
            schedule.word[round][i] = schedule.word[round - 1][permutation[i]];
        }
    }
    return schedule;
}

constexpr Blake3Schedule blake3_schedule = make_blake3_schedule();

/// One call of the compression function.
struct Blake3Compression {
    std::uint32_t value[8];  ///< the chaining value, or the key
    std::uint32_t block[16];
    std::uint64_t counter;
    std::uint32_t block_size;
    std::uint32_t flags;
};

/// All sixteen words of output; the first eight are the new chaining value.
void blake3_compress(const Blake3Compression& input, std::uint32_t (&out)[16]);

/// What many inputs of equal size, all of whole blocks, have in common.
struct Blake3Job {
    const std::uint32_t* key;    ///< eight words
    std::size_t blocks;          ///< of each input
    std::uint32_t flags;         ///< of every block
    std::uint32_t first_flags;   ///< further flags of an input's first block
    std::uint32_t last_flags;    ///< and of its last
    std::uint64_t counter;       ///< of the first input
    std::uint64_t counter_step;  ///< from one input to the next
};

/// Writes the chaining values of `count` inputs that stand one after another. `out` may be where
/// the inputs begin.
using Blake3Many = void (*)(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
);

void blake3_many_portable(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
);

#ifdef __x86_64__
/// Eight inputs at a time. Only where cpu_features().avx2.
void blake3_many_avx2(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
);

/// Sixteen inputs at a time. Only where cpu_features().avx512.
void blake3_many_avx512(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
);
#endif

}  // namespace steelyard::crypto
