// The section Random numbers.
#include "tests/oracle/elementary.h"
#include "tests/oracle/operators.h"

#include <array>

namespace steelyard::oracle {

namespace {

/// R1: the word of an element.
std::uint32_t word(const Tensor& key, std::uint64_t element) {
    const std::uint64_t counter = element / 4;
    std::array<std::uint32_t, 4> state{
        static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0, 0
    };
    auto k0 = static_cast<std::uint32_t>(key.bits(0));
    auto k1 = static_cast<std::uint32_t>(key.bits(1));
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p = std::uint64_t{0xd2511f53} * state[0];
        const std::uint64_t q = std::uint64_t{0xcd9e8d57} * state[2];
        state = {
            static_cast<std::uint32_t>(q >> 32) ^ state[1] ^ k0,
            static_cast<std::uint32_t>(q),
            static_cast<std::uint32_t>(p >> 32) ^ state[3] ^ k1,
            static_cast<std::uint32_t>(p)
        };
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    return state[element % 4];
}

float unit(std::uint32_t w) {
    return static_cast<float>(w / 256) * 0x1p-24F;
}

/// R2.
float normal(const Tensor& key, std::uint64_t element) {
    const std::uint64_t first = element - element % 2;
    const float r = std::sqrt(-2.0F * log_of(unit(word(key, first)) + 0x1p-24F));
    const float t = unit(word(key, first + 1)) * f32_of(0x40c90fdb);
    return r * function_of(element % 2 == 0 ? "cos" : "sin", t);
}

}  // namespace

std::optional<Applied> apply_random(const Call& call) {
    const bool is_words = call.op == "philox";
    if (!is_words && call.op != "uniform" && call.op != "normal") {
        return std::nullopt;
    }
    Dims dims;
    for (const std::int64_t size : call.attributes) {
        dims.push_back(static_cast<std::uint64_t>(size));
    }
    const Tensor& key = call.operands[0];
    Applied out{.output = Tensor::zeros(is_words ? Kind::u32 : Kind::f32, dims)};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        if (is_words) {
            out.output.set_bits(at, word(key, at));
        } else {
            out.output.set_real(at, call.op == "uniform" ? unit(word(key, at)) : normal(key, at));
        }
    }
    return out;
}

}  // namespace steelyard::oracle
