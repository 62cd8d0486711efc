#include "vm/samples/typical.h"

#include "base/random.h"
#include "vm/build/ops.h"

#include <array>
#include <cstring>

namespace steelyard::vm {
namespace {

std::vector<Tensor> filled_inputs(const Program& program) {
    std::vector<Tensor> out;
    for (const Input& input : program.inputs) {
        out.push_back(filled(input.type));
    }
    return out;
}

TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = DType::f32, .shape = Shape(dimensions)};
}

Result<Subject> subject(std::string name, Builder&& builder, Ops& ops, ValueRef value) {
    TRY(ops.done());
    TRY(builder.output("out", value));
    TRY_ASSIGN(auto checked, CheckedProgram::check(std::move(builder).finish()));
    TRY_ASSIGN(HeldInputs inputs, HeldInputs::hold(filled_inputs(checked.program())));
    return Subject{std::move(name), std::move(checked), std::move(inputs)};
}

Result<Subject> product_of_matrices() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto a, builder.input("a", f32({1024, 2048})));
    TRY_ASSIGN(const auto b, builder.input("b", f32({1024, 2048})));
    return subject("gemm_f32 1024x1024x2048", std::move(builder), ops, ops.gemm(a, b));
}

Result<Subject> product_of_bytes() {
    Builder builder;
    Ops ops(builder);
    const TensorType type{.dtype = DType::i8, .shape = Shape{1024, 2048}};
    TRY_ASSIGN(const auto a, builder.input("a", type));
    TRY_ASSIGN(const auto b, builder.input("b", type));
    const auto product = ops.node(OpCode::gemm_i8, {a, b}, {0, 0});
    return subject("gemm_i8 1024x1024x2048", std::move(builder), ops, product);
}

Result<Subject> convolution() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x", f32({8, 56, 56, 64})));
    TRY_ASSIGN(const auto w, builder.input("w", f32({64, 3, 3, 64})));
    const Window window = {{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}};
    const auto y = ops.conv(x, w, std::nullopt, window);
    return subject("conv_f32 3x3, 64 channels", std::move(builder), ops, y);
}

Result<Subject> rows() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x", f32({4096, 1024})));
    const auto y = ops.unary(OpCode::softmax, ops.unary(OpCode::gelu, x));
    return subject("gelu and softmax, 4096x1024", std::move(builder), ops, y);
}

/// One row by a matrix: what reads memory and computes little.
Result<Subject> product_of_one_row() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto a, builder.input("a", f32({1, 2048})));
    TRY_ASSIGN(const auto b, builder.input("b", f32({8192, 2048})));
    return subject("gemm_f32 1x8192x2048", std::move(builder), ops, ops.gemm(a, b));
}

Result<Subject> many_small_products() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto a, builder.input("a", f32({65536, 2, 2})));
    TRY_ASSIGN(const auto b, builder.input("b", f32({65536, 2, 2})));
    return subject("gemm_f32 65,536 of 2x2x2", std::move(builder), ops, ops.gemm(a, b));
}

Result<Subject> sums_of_rows() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x", f32({16384, 1024})));
    return subject("sums of 16,384 rows", std::move(builder), ops, ops.sum_last(x));
}

Result<Subject> small_steps() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x", f32({4})));
    TRY_ASSIGN(const auto loop, builder.begin_loop(100'000, std::array{x}));
    const auto next = ops.unary(OpCode::neg, loop.carries[0]);
    TRY_ASSIGN(const auto results, builder.end_loop(std::array{next}));
    return subject("100,000 small steps", std::move(builder), ops, results[0]);
}

}  // namespace

Tensor filled(const TensorType& type) {
    Tensor tensor{.type = type, .data = Bytes(type.bytes(), 0)};
    if (type.dtype != DType::f32) {
        return tensor;
    }
    SeededRandom random(1);
    random.fill(tensor.data);
    for (std::size_t at = 0; at + sizeof(float) <= tensor.data.size(); at += sizeof(float)) {
        std::int32_t word = 0;
        std::memcpy(&word, tensor.data.data() + at, sizeof word);
        const float value = static_cast<float>(word / 256) * 0x1p-23F;
        std::memcpy(tensor.data.data() + at, &value, sizeof value);
    }
    return tensor;
}

Result<std::vector<Subject>> typical_programs() {
    std::vector<Subject> out;
    for (const auto make :
         {product_of_matrices,
          product_of_bytes,
          convolution,
          rows,
          product_of_one_row,
          many_small_products,
          sums_of_rows,
          small_steps}) {
        TRY_ASSIGN(Subject made, make());
        out.push_back(std::move(made));
    }
    return out;
}

}  // namespace steelyard::vm
