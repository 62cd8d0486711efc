// The digests of tests/vectors/vm: an operator's version never changes its meaning.

#include "base/hex.h"
#include "crypto/blake3.h"
#include "tests/support/vm/op_harness.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <fstream>
#include <sstream>

namespace steelyard::vm::test {
namespace {

using enum OpCode;

constexpr std::uint64_t elements = 16'384;

/// Operand `index` of an operator: philox's words, key (number of the operator, index), as they
/// are.
TestTensor operand_of_bits(OpCode op, std::uint32_t index, DType type) {
    const auto key =
        tensor<std::uint32_t>(DType::u32, {2}, {static_cast<std::uint32_t>(op), index});
    const auto words = static_cast<std::int64_t>(elements * size_of(type) / 4);
    TestTensor out = run(philox, {key}, {words});
    out.type = {.dtype = type, .shape = Shape({elements})};
    return out;
}

/// Floats of -8 to 8 by `uniform` with the same key, cast.
TestTensor ordinary_operand(OpCode op, std::uint32_t index, DType type) {
    const auto key =
        tensor<std::uint32_t>(DType::u32, {2}, {static_cast<std::uint32_t>(op), index});
    const TestTensor unit = run(uniform, {key}, {elements});
    const TestTensor wide = run(mul, {unit, f32({}, {16})});
    return run(cast, {run(sub, {wide, f32({}, {8})})}, {static_cast<std::int64_t>(type)});
}

/// The element types of the operands where the one that varies is `type`.
std::vector<DType> types_of(OpCode op, DType type) {
    switch (op) {
        case fma:
        case clip:
            return {type, type, type};
        case select:
            return {DType::boolean, type, type};
        case axpby:
            return {DType::f32, DType::f32};
        case quantise:
            return {DType::f32, DType::f32, type};
        case dequantise:
            return {type, DType::f32, type};
        case requantise:
            return {DType::i32, DType::i32, DType::i32, type};
        case adam_update:
            return {DType::f32, DType::f32, DType::f32, DType::f32};
        default:
            return std::vector<DType>(op >= add && op <= shift_right ? 2 : 1, type);
    }
}

std::vector<Attributes> attributes_of(OpCode op) {
    if (op == cast || op == bitcast) {
        std::vector<Attributes> all;
        for (std::int64_t number = 1; number <= dtype_max; ++number) {
            all.push_back({number});
        }
        return all;
    }
    switch (op) {
        case is_infinite:
            return {{1}, {2}, {3}};
        case axpby:
            return {{0x3f9d70a4, 0xbe99999a}};
        case adam_update:
            return {{0x322bcc77}};
        default:
            return {{}};
    }
}

/// Outputs on every type, by bits and for floats by ordinary values, for every attribute, hashed.
std::string digest_of(OpCode op) {
    crypto::Blake3 hash;
    for (std::uint8_t number = 1; number <= dtype_max; ++number) {
        const auto type = static_cast<DType>(number);
        const bool varies = op != axpby && op != adam_update;
        if (!varies && type != DType::f32) {
            continue;
        }
        for (const Attributes& attributes : attributes_of(op)) {
            for (const bool ordinary : {false, true}) {
                std::vector<TestTensor> operands;
                std::vector<TensorType> types;
                for (const DType dtype : types_of(op, type)) {
                    const auto index = static_cast<std::uint32_t>(operands.size());
                    operands.push_back(
                        ordinary && is_float(dtype) ? ordinary_operand(op, index, dtype)
                                                    : operand_of_bits(op, index, dtype)
                    );
                    if (op == adam_update && index == 3) {
                        operands.back() = f32({}, {0.001F});
                    }
                    types.push_back(operands.back().type);
                }
                if (refusal(op, types, attributes).empty()) {
                    hash.update(run(op, operands, attributes).data);
                }
            }
        }
    }
    return fmt::format("{},1,{}\n", to_string(op), to_hex(hash.digest()));
}

std::string file(const std::string& name) {
    std::ifstream stream(STEELYARD_SOURCE_DIR "/tests/vectors/vm/" + name);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

TEST(Golden, ElementwiseOperatorsKeepTheirDigests) {
    std::string lines = "operator,version,digest\n";
    for (const OpCode op : all_op_codes()) {
        if (op < reshape) {
            lines += digest_of(op);
        }
    }
    for (const OpCode op : {philox, uniform, normal}) {
        const auto key = tensor<std::uint32_t>(DType::u32, {2}, {1, 2});
        const auto hash = crypto::blake3(run(op, {key}, {3, 12'345}).data);
        lines += fmt::format("{},1,{}\n", to_string(op), to_hex(hash));
    }

    const bool same = lines == file("elementwise.csv");

    EXPECT_TRUE(same) << "a digest changed: an operator's version must never mean anything else";
    if (!same) {
        fmt::print("{}", lines);
    }
}

}  // namespace
}  // namespace steelyard::vm::test
