#include "base/random.h"

#include "base/check.h"
#include "base/endian.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>

namespace steelyard {

std::uint64_t RandomSource::next_u64() {
    ByteArray<8> bytes;
    fill(bytes);
    return load_le<std::uint64_t>(bytes.data());
}

std::uint64_t RandomSource::below(std::uint64_t bound) {
    CHECK(bound != 0);
    // The 2^64 mod bound lowest draws would make the first values too likely.
    const std::uint64_t rejected = (0 - bound) % bound;
    while (true) {
        const std::uint64_t draw = next_u64();
        if (draw >= rejected) {
            return draw % bound;
        }
    }
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t count = ::getrandom(out.data(), out.size(), 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        CHECK(count > 0);
        out = out.subspan(static_cast<std::size_t>(count));
    }
}

SeededRandom::SeededRandom(std::uint64_t seed) {
    // splitmix64 spreads the seed, as xoshiro's authors advise.
    for (std::uint64_t& word : state_) {
        seed += 0x9E3779B97F4A7C15;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        word = z ^ (z >> 31);
    }
}

std::uint64_t SeededRandom::step() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
    ByteArray<8> word;
    while (!out.empty()) {
        store_le(word.data(), step());
        const std::size_t count = std::min(out.size(), word.size());
        std::copy_n(word.begin(), count, out.begin());
        out = out.subspan(count);
    }
}

}  // namespace steelyard
