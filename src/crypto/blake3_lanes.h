// BLAKE3 over several inputs in the lanes of vectors: word i of every input in one register.
//
// `Lanes` names an instruction set: `Vector`, `width` (its 32-bit lanes), add, exclusive_or,
// rotate<bits>, broadcast, load, load_blocks (word i of every input's block to vector i),
// store_values (the reverse), and `narrower`, the kernel that is faster for up to `narrower_max`
// inputs. It belongs in an unnamed namespace, so that what is instantiated
// here stays in its file.
#pragma once

#include "crypto/blake3_kernels.h"

namespace steelyard::crypto {

template <typename Lanes>
class Blake3Lanes {
public:
    using Vector = typename Lanes::Vector;

    /// Hashes Lanes::width inputs.
    static void hash(
        const Blake3Job& job, const std::uint8_t* const (&inputs)[Lanes::width], std::uint8_t* out
    ) {
        std::uint32_t counter_low[Lanes::width];
        std::uint32_t counter_high[Lanes::width];
        for (std::size_t i = 0; i < Lanes::width; ++i) {
            const std::uint64_t counter = job.counter + i * job.counter_step;
            counter_low[i] = static_cast<std::uint32_t>(counter);
            counter_high[i] = static_cast<std::uint32_t>(counter >> 32);
        }
        Vector value[8];
        for (int i = 0; i < 8; ++i) {
            value[i] = Lanes::broadcast(job.key[i]);
        }
        for (std::size_t i = 0; i < job.blocks; ++i) {
            const std::uint32_t flags = job.flags | (i == 0 ? job.first_flags : 0) |
                                        (i + 1 == job.blocks ? job.last_flags : 0);
            Vector block[16];
            Lanes::load_blocks(block, inputs, i * blake3_block_size);
            prefetch_next(job, inputs, i * blake3_block_size);
            compress(value, block, Lanes::load(counter_low), Lanes::load(counter_high), flags);
        }
        Lanes::store_values(out, value);
    }

private:
    /// Asks for the same blocks of the next Lanes::width inputs: their addresses lie too far apart
    /// for the processor to foresee. Where no input follows, the request is harmless.
    [[gnu::always_inline]] static void prefetch_next(
        const Blake3Job& job, const std::uint8_t* const (&inputs)[Lanes::width], std::size_t offset
    ) {
        const std::size_t distance = Lanes::width * job.blocks * blake3_block_size + offset;
        for (const std::uint8_t* input : inputs) {
            const auto address = reinterpret_cast<std::uintptr_t>(input) + distance;
            __builtin_prefetch(reinterpret_cast<const void*>(address));
        }
    }

    [[gnu::always_inline]] static void compress(
        Vector (&value)[8],
        const Vector (&block)[16],
        Vector counter_low,
        Vector counter_high,
        std::uint32_t flags
    ) {
        Vector v[16];
        for (int i = 0; i < 8; ++i) {
            v[i] = value[i];
        }
        for (int i = 0; i < 4; ++i) {
            v[8 + i] = Lanes::broadcast(blake3_iv[i]);
        }
        v[12] = counter_low;
        v[13] = counter_high;
        v[14] = Lanes::broadcast(blake3_block_size);
        v[15] = Lanes::broadcast(flags);
        mix_all<0>(v, block);
        mix_all<1>(v, block);
        mix_all<2>(v, block);
        mix_all<3>(v, block);
        mix_all<4>(v, block);
        mix_all<5>(v, block);
        mix_all<6>(v, block);
        for (int i = 0; i < 8; ++i) {
            value[i] = Lanes::exclusive_or(v[i], v[i + 8]);
        }
    }

    template <int round>
    [[gnu::always_inline]] static void mix_all(Vector (&v)[16], const Vector (&m)[16]) {
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

    [[gnu::always_inline]] static void mix(
        Vector& a, Vector& b, Vector& c, Vector& d, Vector x, Vector y
    ) {
        a = Lanes::add(Lanes::add(a, x), b);
        d = Lanes::template rotate<16>(Lanes::exclusive_or(d, a));
        c = Lanes::add(c, d);
        b = Lanes::template rotate<12>(Lanes::exclusive_or(b, c));
        a = Lanes::add(Lanes::add(a, y), b);
        d = Lanes::template rotate<8>(Lanes::exclusive_or(d, a));
        c = Lanes::add(c, d);
        b = Lanes::template rotate<7>(Lanes::exclusive_or(b, c));
    }
};

/// A Blake3Many. Lanes that no input is left for repeat the last one.
template <typename Lanes>
void blake3_many_lanes(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
) {
    const std::size_t stride = job.blocks * blake3_block_size;
    Blake3Job rest = job;
    while (count > Lanes::narrower_max) {
        const std::size_t taken = count < Lanes::width ? count : Lanes::width;
        const std::uint8_t* lanes[Lanes::width];
        for (std::size_t i = 0; i < Lanes::width; ++i) {
            lanes[i] = inputs + (i < taken ? i : taken - 1) * stride;
        }
        std::uint8_t values[Lanes::width * blake3_value_size];
        Blake3Lanes<Lanes>::hash(rest, lanes, values);
        __builtin_memcpy(out, values, taken * blake3_value_size);
        inputs += taken * stride;
        out += taken * blake3_value_size;
        rest.counter += taken * job.counter_step;
        count -= taken;
    }
    if (count != 0) {
        Lanes::narrower(rest, inputs, count, out);
    }
}

}  // namespace steelyard::crypto
