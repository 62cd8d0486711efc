// BLAKE3's compression function as its paper writes it, one input at a time.
#include "crypto/blake3_kernels.h"

#include <bit>
#include <cstring>

namespace steelyard::crypto {
namespace {

[[gnu::always_inline]] inline void mix(
    std::uint32_t& a,
    std::uint32_t& b,
    std::uint32_t& c,
    std::uint32_t& d,
    std::uint32_t x,
    std::uint32_t y
) {
    a += b + x;
    d = std::rotr(d ^ a, 16);
    c += d;
    b = std::rotr(b ^ c, 12);
    a += b + y;
    d = std::rotr(d ^ a, 8);
    c += d;
    b = std::rotr(b ^ c, 7);
}

template <int round>
[[gnu::always_inline]] inline void mix_all(std::uint32_t (&v)[16], const std::uint32_t (&m)[16]) {
    constexpr auto& s = blake3_schedule.word[round];
    mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

void hash_one(
    const Blake3Job& job, const std::uint8_t* input, std::uint64_t counter, std::uint8_t* out
) {
    Blake3Compression step;
    std::memcpy(step.value, job.key, sizeof step.value);
    step.counter = counter;
    step.block_size = blake3_block_size;
    for (std::size_t i = 0; i < job.blocks; ++i) {
        std::memcpy(step.block, input + i * blake3_block_size, blake3_block_size);
        step.flags =
            job.flags | (i == 0 ? job.first_flags : 0) | (i + 1 == job.blocks ? job.last_flags : 0);
        std::uint32_t result[16];
        blake3_compress(step, result);
        std::memcpy(step.value, result, sizeof step.value);
    }
    std::memcpy(out, step.value, blake3_value_size);
}

}  // namespace

void blake3_compress(const Blake3Compression& input, std::uint32_t (&out)[16]) {
    std::uint32_t v[16];
    std::memcpy(v, input.value, sizeof input.value);
    std::memcpy(v + 8, blake3_iv, 4 * sizeof v[0]);
    v[12] = static_cast<std::uint32_t>(input.counter);
    v[13] = static_cast<std::uint32_t>(input.counter >> 32);
    v[14] = input.block_size;
    v[15] = input.flags;
    mix_all<0>(v, input.block);
    mix_all<1>(v, input.block);
    mix_all<2>(v, input.block);
    mix_all<3>(v, input.block);
    mix_all<4>(v, input.block);
    mix_all<5>(v, input.block);
    mix_all<6>(v, input.block);
    for (int i = 0; i < 8; ++i) {
        out[i] = v[i] ^ v[i + 8];
        out[i + 8] = v[i + 8] ^ input.value[i];
    }
}

void blake3_many_portable(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
) {
    for (std::size_t i = 0; i < count; ++i) {
        hash_one(
            job,
            inputs + i * job.blocks * blake3_block_size,
            job.counter + i * job.counter_step,
            out + i * blake3_value_size
        );
    }
}

}  // namespace steelyard::crypto
