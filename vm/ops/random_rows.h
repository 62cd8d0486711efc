// Random elements by their number: Philox words, uniform and normal numbers.
#pragma once

#include "vm/ops/elementary/logarithm.h"
#include "vm/ops/elementary/trigonometric.h"
#include "vm/program/op_code.h"

#include <cstddef>

namespace steelyard::vm {

/// Elements [first, first + count) of philox, uniform or normal, into `output`.
struct RandomArguments {
    OpCode op = OpCode::philox;
    std::uint32_t key[2] = {};
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::byte* output = nullptr;
};

using RandomFunction = void (*)(const RandomArguments& arguments);

/// The four words of a counter.
struct PhiloxWords {
    std::uint32_t words[4];
};

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011).
VM_RULE PhiloxWords philox(PhiloxWords counter, std::uint32_t key0, std::uint32_t key1) {
    std::uint32_t a = counter.words[0];
    std::uint32_t b = counter.words[1];
    std::uint32_t c = counter.words[2];
    std::uint32_t d = counter.words[3];
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p = std::uint64_t{0xd2511f53} * a;
        const std::uint64_t q = std::uint64_t{0xcd9e8d57} * c;
        a = static_cast<std::uint32_t>(q >> 32) ^ b ^ key0;
        b = static_cast<std::uint32_t>(q);
        c = static_cast<std::uint32_t>(p >> 32) ^ d ^ key1;
        d = static_cast<std::uint32_t>(p);
        key0 += 0x9e3779b9;
        key1 += 0xbb67ae85;
    }
    return {{a, b, c, d}};
}

/// The first 24 bits of a word as a part of 1: 0 to 1 - 2^-24.
VM_RULE float unit(std::uint32_t word) {
    return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 0x1p-24F;
}

/// Box and Muller's radius of a word: sqrt(-2 log(u)), u from 2^-24 to 1.
template <typename P>
VM_RULE float normal_radius(std::uint32_t word) {
    return square_root(-2.0F * Log<P>::of(unit(word) + 0x1p-24F));
}

constexpr std::uint32_t counters_at_once = 64;

/// The elements of `count` counters from `first` on, all of one multiple of 64: words, then floats
/// in their place.
template <typename P>
void random_words(
    const RandomArguments& arguments, std::uint64_t first, std::uint32_t count, std::uint32_t* words
) {
    const std::uint32_t key0 = arguments.key[0];
    const std::uint32_t key1 = arguments.key[1];
    const OpCode op = arguments.op;
    const auto low = static_cast<std::uint32_t>(first);
    const auto high = static_cast<std::uint32_t>(first >> 32);
    for (std::uint32_t i = 0; i < count; ++i) {
        const PhiloxWords four = philox({{low + i, high, 0, 0}}, key0, key1);
        words[4 * i] = four.words[0];
        words[4 * i + 1] = four.words[1];
        words[4 * i + 2] = four.words[2];
        words[4 * i + 3] = four.words[3];
    }
    if (op == OpCode::uniform) {
        for (std::uint32_t i = 0; i < 4 * count; ++i) {
            words[i] = bits_of(unit(words[i]));
        }
    }
    if (op == OpCode::normal) {
        const float two_pi = f32_of(0x40c90fdb);
        for (std::uint32_t i = 0; i < 2 * count; ++i) {
            const float radius = normal_radius<P>(words[2 * i]);
            const float angle = unit(words[2 * i + 1]) * two_pi;
            words[2 * i] = bits_of(radius * SmallCos<P>::of(angle));
            words[2 * i + 1] = bits_of(radius * SmallSin<P>::of(angle));
        }
    }
}

template <typename P>
void fill_random(const RandomArguments& arguments) {
    std::uint64_t next = arguments.first;
    const std::uint64_t end = arguments.first + arguments.count;
    std::byte* to = arguments.output;
    while (next < end) {
        const std::uint64_t counter = next / 4;
        const std::uint64_t wanted = (end + 3) / 4 - counter;
        const auto block =
            counters_at_once - static_cast<std::uint32_t>(counter % counters_at_once);
        const auto counters = wanted < block ? static_cast<std::uint32_t>(wanted) : block;
        std::uint32_t words[4 * counters_at_once];
        random_words<P>(arguments, counter, counters, words);
        const std::uint64_t offset = next % 4;
        const std::uint64_t rest = 4 * std::uint64_t{counters} - offset;
        const std::uint64_t count = rest < end - next ? rest : end - next;
        __builtin_memcpy(to, words + offset, count * sizeof(std::uint32_t));
        to += count * sizeof(std::uint32_t);
        next += count;
    }
}

}  // namespace steelyard::vm
