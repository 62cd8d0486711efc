// SHA-256's compression function as FIPS 180-4 writes it, for machines without the SHA extensions.
#include "base/endian.h"
#include "crypto/sha256_kernels.h"

#include <bit>

namespace steelyard::crypto {
namespace {

std::uint32_t small_sigma0(std::uint32_t x) {
    return std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3);
}

std::uint32_t small_sigma1(std::uint32_t x) {
    return std::rotr(x, 17) ^ std::rotr(x, 19) ^ (x >> 10);
}

std::uint32_t big_sigma0(std::uint32_t x) {
    return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22);
}

std::uint32_t big_sigma1(std::uint32_t x) {
    return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25);
}

/// FIPS 180-4 section 6.2.2.
void compress(std::uint32_t (&state)[8], const std::uint8_t* block) {
    std::uint32_t w[64];
    for (int t = 0; t < 16; ++t) {
        w[t] = load_be<std::uint32_t>(block + 4 * t);
    }
    for (int t = 16; t < 64; ++t) {
        w[t] = small_sigma1(w[t - 2]) + w[t - 7] + small_sigma0(w[t - 15]) + w[t - 16];
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (int t = 0; t < 64; ++t) {
        const std::uint32_t choice = (e & f) ^ (~e & g);
        const std::uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        const std::uint32_t t1 = h + big_sigma1(e) + choice + sha256_round_constants[t] + w[t];
        const std::uint32_t t2 = big_sigma0(a) + majority;
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const std::uint32_t result[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) {
        state[i] += result[i];
    }
}

}  // namespace

void sha256_compress_portable(Sha256Lane* lanes, std::size_t lane_count, std::size_t blocks) {
    for (Sha256Lane* lane = lanes; lane != lanes + lane_count; ++lane) {
        for (std::size_t i = 0; i < blocks; ++i) {
            compress(lane->state, lane->input);
            lane->input += 64;
        }
    }
}

}  // namespace steelyard::crypto
