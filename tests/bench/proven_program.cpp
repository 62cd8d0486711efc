#include "tests/bench/proven_program.h"

#include "base/check.h"
#include "base/random.h"
#include "vm/build/builder.h"
#include "vm/trace/commitment.h"

#include <cstring>

namespace steelyard::vm {
namespace {

void append_le_float(Bytes& out, float value) {
    ByteArray<4> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    append(out, bytes);
}

}  // namespace

CheckedProgram product_program(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
    Builder builder;
    const ValueRef a = *builder.input("a", {DType::f32, {m, k}});
    const ValueRef b = *builder.input("b", {DType::f32, {n, k}});
    const ValueRef y = *builder.add(OpCode::gemm_f32, {a, b}, {0, 1});
    CHECK(builder.output("y", y).has_value());
    return *CheckedProgram::check(std::move(builder).finish());
}

CheckedProgram softmax_program(std::uint64_t rows, std::uint64_t columns) {
    Builder builder;
    const ValueRef x = *builder.input("x", {DType::f32, {rows, columns}});
    const ValueRef y = *builder.add(OpCode::softmax, {x});
    CHECK(builder.output("y", y).has_value());
    return *CheckedProgram::check(std::move(builder).finish());
}

ProvenProgram::ProvenProgram(CheckedProgram program)
    : program_(std::move(program)),
      backend_(cpu::make_cpu_backend(cpu::best_isa())),
      options_{.backend = backend_.get()} {
    SeededRandom random(1);
    for (const Input& input : program_.program().inputs) {
        const std::uint64_t elements = input.type.elements();
        Bytes data;
        data.reserve(elements * 4);
        for (std::uint64_t element = 0; element < elements; ++element) {
            const auto number = static_cast<float>(random.below(1U << 16));
            append_le_float(data, number * 0x1p-15F - 1.0F);
        }
        data_.push_back(std::move(data));
        inputs_.push_back({input.type, data_.back()});
        ids_.push_back(tensor_id(input.type, tensor_root(input.type, data_.back())));
    }
}

RunResult ProvenProgram::run_once() const {
    return *run(program_, inputs_, options_);
}

Proof ProvenProgram::prove_once(const RunResult& result, std::span<const Probe> probes) const {
    return *prove(program_, inputs_, result, probes, options_);
}

}  // namespace steelyard::vm
