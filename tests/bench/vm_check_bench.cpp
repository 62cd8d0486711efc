// What reading and checking a program takes a byte: nodes that are written in the fewest bytes,
// memory in pieces, long lists of operands, loops. A gas of verification is worth 0.1 us
// (doc/spec/market.md, K3).
#include "base/check.h"
#include "vm/build/builder.h"
#include "vm/check/checked_program.h"
#include "vm/program/encoding.h"

#include <benchmark/benchmark.h>

namespace steelyard::vm {
namespace {

constexpr std::size_t nodes_max = node_count_max_on_chain;
const TensorType scalar{DType::f32, {}};

Builder with_input(const TensorType& type, ValueRef& x) {
    Builder builder;
    builder.set_bound(unbounded_bits);
    x = *builder.input("x", type);
    return builder;
}

Program finish(Builder builder, ValueRef last) {
    CHECK(builder.output("y", last).has_value());
    return std::move(builder).finish();
}

/// Each node reads the one before it.
Program chain() {
    ValueRef x;
    Builder builder = with_input(scalar, x);
    for (std::size_t i = 0; i < nodes_max; ++i) {
        x = *builder.add(OpCode::neg, {x});
    }
    return finish(std::move(builder), x);
}

/// All nodes live until they are read again, in another order than they came in and of many sizes.
Program pieces() {
    ValueRef x;
    Builder builder = with_input({DType::f32, {1'024}}, x);
    std::vector<ValueRef> live;
    for (std::size_t i = 0; i < nodes_max / 2; ++i) {
        const auto size = static_cast<std::int64_t>(1 + (i * 7'919) % 1'000);
        live.push_back(*builder.add(OpCode::slice, {x}, {0, 1, size}));
    }
    ValueRef last = x;
    for (std::size_t i = 0; i < live.size() && i < nodes_max / 2; ++i) {
        last = *builder.add(OpCode::slice, {live[(i * 4'099) % live.size()]}, {0, 1, 1});
    }
    return finish(std::move(builder), last);
}

/// As many operands as a node may have, of as many dimensions as a tensor may have.
Program lists() {
    ValueRef x;
    const std::vector<std::uint64_t> ones(rank_max, 1);
    Builder builder = with_input({DType::f32, Shape::of(ones)}, x);
    const std::vector<ValueRef> operands(operand_count_max, x);
    ValueRef last = x;
    for (std::size_t i = 0; i < 1'850; ++i) {
        last = *builder.add(OpCode::concat, operands, std::vector<std::int64_t>{0});
    }
    return finish(std::move(builder), last);
}

/// Loops four deep, each with a carry.
Program loops() {
    ValueRef x;
    Builder builder = with_input(scalar, x);
    for (std::size_t i = 0; i < loop_count_max / loop_depth_max; ++i) {
        std::vector<LoopStart> open;
        for (std::size_t depth = 0; depth < loop_depth_max; ++depth) {
            open.push_back(*builder.begin_loop(2, std::vector{x}));
            x = open.back().carries.front();
            x = *builder.add(OpCode::neg, {x});
        }
        for (std::size_t depth = 0; depth < loop_depth_max; ++depth) {
            x = *builder.add(OpCode::neg, {x});
            x = builder.end_loop(std::vector{x})->front();
        }
    }
    x = *builder.add(OpCode::neg, {x});
    return finish(std::move(builder), x);
}

void read_and_check(benchmark::State& state, Program (*program)()) {
    const Bytes bytes = encode_program(program());
    CHECK(bytes.size() <= program_bytes_max_on_chain);
    for (auto _ : state) {
        auto checked = CheckedProgram::check(*decode_program(bytes));
        CHECK(checked.has_value());
        benchmark::DoNotOptimize(checked);
    }
    state.counters["bytes"] = static_cast<double>(bytes.size());
    state.counters["us_a_byte"] = benchmark::Counter(
        static_cast<double>(bytes.size()) / 1e6,
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert
    );
}
BENCHMARK_CAPTURE(read_and_check, chain, chain)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_and_check, pieces, pieces)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_and_check, lists, lists)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_and_check, loops, loops)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::vm
