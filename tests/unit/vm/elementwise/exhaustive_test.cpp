// All 2^32 inputs of the elementary functions that models are made of, against recorded digests.

#include "base/hex.h"
#include "crypto/blake3.h"
#include "vm/backend/cpu/cpu_backend.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <cstdlib>
#include <fstream>
#include <map>

namespace steelyard::vm::cpu {
namespace {

constexpr std::uint64_t block = 1 << 20;

/// BLAKE3 of the outputs' bytes for the inputs of bits 0, 1, 2, ... 2^32 - 1.
std::string digest_of(OpCode op, Isa isa) {
    const auto backend = make_cpu_backend(isa);
    const TensorType type{.dtype = DType::f32, .shape = Shape({block})};
    std::vector<std::uint32_t> input(block);
    Bytes output(block * sizeof(float));
    const std::byte* const operands[] = {reinterpret_cast<const std::byte*>(input.data())};
    const NodeWork work{
        .call = {.op = op, .version = 1, .operands = {&type, 1}, .output = type},
        .operands = operands,
        .output = reinterpret_cast<std::byte*>(output.data()),
    };
    crypto::Blake3 hash;
    for (std::uint64_t first = 0; first < std::uint64_t{1} << 32; first += block) {
        for (std::uint64_t i = 0; i < block; ++i) {
            input[i] = static_cast<std::uint32_t>(first + i);
        }
        EXPECT_FALSE(backend->run(work, {}).has_value());
        hash.update(output);
    }
    return to_hex(hash.digest());
}

std::map<std::string, std::string> recorded() {
    std::ifstream stream(STEELYARD_SOURCE_DIR "/tests/vectors/vm/exhaustive.csv");
    std::map<std::string, std::string> digests;
    std::string line;
    while (std::getline(stream, line)) {
        const std::size_t comma = line.find(',');
        digests[line.substr(0, comma)] = line.substr(comma + 1);
    }
    return digests;
}

/// STEELYARD_ISA names one set; else those with vectors that this machine has.
std::vector<Isa> sets() {
    if (const char* name = std::getenv("STEELYARD_ISA")) {
        const auto isa = isa_from_name(name);
        EXPECT_TRUE(isa.has_value());
        return {isa.value_or(Isa::scalar)};
    }
    std::vector<Isa> all;
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (is_available(isa)) {
            all.push_back(isa);
        }
    }
    return all;
}

class AllInputs : public testing::TestWithParam<OpCode> {};

TEST_P(AllInputs, GiveTheRecordedDigest) {
    const std::string name(to_string(GetParam()));
    const auto digests = recorded();
    for (const Isa isa : sets()) {
        const std::string digest = digest_of(GetParam(), isa);
        fmt::print("{},{}\n", name, digest);
        EXPECT_TRUE(digests.contains(name) && digests.at(name) == digest) << to_string(isa);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Elementary,
    AllInputs,
    testing::Values(OpCode::exp, OpCode::log, OpCode::tanh, OpCode::erf, OpCode::sin),
    [](const auto& of) { return std::string(to_string(of.param)); }
);

}  // namespace
}  // namespace steelyard::vm::cpu
