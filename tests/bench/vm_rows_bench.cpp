// Movement and operators along rows, beside a plain copy of the same bytes, on one thread.
#include "tests/support/vm/random_tensors.h"
#include "vm/backend/cpu/cpu_backend.h"

#include <benchmark/benchmark.h>

namespace steelyard::vm {

namespace {

using test::Values;

struct Case {
    OpCode op = OpCode::reshape;
    std::vector<TensorType> operands{};
    std::vector<std::int64_t> attributes{};
};

TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = DType::f32, .shape = Shape(dimensions)};
}

/// 16 MiB: beyond the caches of one core.
constexpr std::uint64_t rows = 4096;
constexpr std::uint64_t columns = 1024;
constexpr std::int64_t epsilon_bits = 0x3727c5ac;

void run(benchmark::State& state, const Case& one) {
    SeededRandom random(1);
    std::vector<test::TestTensor> tensors;
    std::vector<const std::byte*> pointers;
    std::uint64_t bytes = 0;
    for (const TensorType& type : one.operands) {
        tensors.push_back(random_tensor(random, type, Values::ordinary));
        bytes += type.bytes();
    }
    for (const test::TestTensor& tensor : tensors) {
        pointers.push_back(reinterpret_cast<const std::byte*>(tensor.data.data()));
    }
    const TensorType output = *find_operator(one.op, 1)->infer(one.operands, one.attributes);
    Bytes memory(output.bytes());
    const NodeWork work{
        .call =
            {.op = one.op, .operands = one.operands, .output = output, .attributes = one.attributes
            },
        .operands = pointers,
        .output = reinterpret_cast<std::byte*>(memory.data()),
    };
    const auto backend = cpu::make_cpu_backend(cpu::best_isa());
    for (auto _ : state) {
        backend->run(work, {});
        benchmark::DoNotOptimize(memory.data());
    }
    const auto moved = static_cast<std::int64_t>(bytes + output.bytes());
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * moved);
}

void plain_copy(benchmark::State& state) {
    const Bytes from(rows * columns * sizeof(float), 1);
    Bytes to(from.size());
    for (auto _ : state) {
        std::memcpy(to.data(), from.data(), from.size());
        benchmark::DoNotOptimize(to.data());
    }
    const auto moved = static_cast<std::int64_t>(2 * from.size());
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * moved);
}

void bound_search(benchmark::State& state) {
    const TensorType type = f32({rows, columns});
    const Bytes data(type.bytes(), 0);
    const auto backend = cpu::make_cpu_backend(cpu::best_isa());
    for (auto _ : state) {
        benchmark::DoNotOptimize(backend->first_out_of_bound(
            type, reinterpret_cast<const std::byte*>(data.data()), default_bound_bits, {}
        ));
    }
    state.SetBytesProcessed(
        static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(data.size())
    );
}

const TensorType x = f32({rows, columns});
const TensorType vector = f32({columns});

BENCHMARK(plain_copy);
BENCHMARK(bound_search);
BENCHMARK_CAPTURE(run, reshape, Case{OpCode::reshape, {x}, {columns, rows}});
BENCHMARK_CAPTURE(run, transpose, Case{OpCode::transpose, {x}, {1, 0}});
BENCHMARK_CAPTURE(run, heads_to_front, Case{OpCode::transpose, {f32({rows, 16, 64})}, {1, 0, 2}});
BENCHMARK_CAPTURE(run, slice, Case{OpCode::slice, {x}, {0, 1, rows, 0, 1, columns / 2}});
BENCHMARK_CAPTURE(run, concat, Case{OpCode::concat, {x, x}, {1}});
BENCHMARK_CAPTURE(run, pad, Case{OpCode::pad, {x, f32({})}, {0, 1, 1, 0, 1, 1, 0}});
BENCHMARK_CAPTURE(run, broadcast, Case{OpCode::broadcast, {vector}, {rows, columns}});
BENCHMARK_CAPTURE(
    run, im2col, Case{OpCode::im2col, {f32({1, 128, 128, 32})}, {3, 1, 1, 1, 1, 3, 1, 1, 1, 1}}
);
BENCHMARK_CAPTURE(run, reduce_sum, Case{OpCode::reduce_sum, {x}, {}});
BENCHMARK_CAPTURE(run, reduce_max, Case{OpCode::reduce_max, {x}, {}});
BENCHMARK_CAPTURE(run, softmax, Case{OpCode::softmax, {x}, {}});
BENCHMARK_CAPTURE(run, log_softmax, Case{OpCode::log_softmax, {x}, {}});
BENCHMARK_CAPTURE(run, layer_norm, Case{OpCode::layer_norm, {x, vector, vector}, {epsilon_bits}});
BENCHMARK_CAPTURE(run, rms_norm, Case{OpCode::rms_norm, {x, vector}, {epsilon_bits}});
BENCHMARK_CAPTURE(
    run, batch_norm, Case{OpCode::batch_norm, {x, vector, vector, vector, vector}, {epsilon_bits}}
);

}  // namespace

}  // namespace steelyard::vm
