// Elementwise operators in elements a second, and glibc's libmvec on the same values in the same
// run.

#include "base/check.h"
#include "base/random.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/ops/rule.h"

#include <benchmark/benchmark.h>
#include <immintrin.h>
#include <vector>

// The names of the x86-64 vector ABI: e is AVX-512, N unmasked, 16 lanes, v one vector.
extern "C" {
__m512 _ZGVeN16v_expf(__m512);
__m512 _ZGVeN16v_logf(__m512);
__m512 _ZGVeN16v_sinf(__m512);
__m512 _ZGVeN16v_cosf(__m512);
__m512 _ZGVeN16v_tanhf(__m512);
__m512 _ZGVeN16v_erff(__m512);
__m512 _ZGVeN16vv_powf(__m512, __m512);
}

namespace steelyard::vm {
namespace {

constexpr std::uint64_t elements = 16'384;  // 64 KiB an operand

struct alignas(64) Block {
    float values[elements];
};

void fill(Block& block, float low, float high) {
    SeededRandom random(1);
    for (float& value : block.values) {
        const auto unit = static_cast<float>(random.next_u64() >> 40) * 0x1p-24F;
        value = low + (high - low) * unit;
    }
}

void count(benchmark::State& state) {
    state.counters["Gelem/s"] = benchmark::Counter(
        static_cast<double>(state.iterations() * elements) * 1e-9, benchmark::Counter::kIsRate
    );
}

/// An operator on one or two operands of 16,384 elements, by one instruction set.
void vm(benchmark::State& state, OpCode op, cpu::Isa isa, float low, float high) {
    if (!cpu::is_available(isa)) {
        state.SkipWithError("this processor has not got it");
        return;
    }
    static Block a;
    static Block b;
    static Block out;
    fill(a, low, high);
    fill(b, 0.5F, 2.0F);
    const TensorType type{.dtype = DType::f32, .shape = Shape({elements})};
    const std::vector<TensorType> types(op == OpCode::add || op == OpCode::pow ? 2 : 1, type);
    const std::byte* const operands[] = {
        reinterpret_cast<const std::byte*>(&a), reinterpret_cast<const std::byte*>(&b)
    };
    const NodeWork work{
        .call = {.op = op, .version = 1, .operands = types, .output = type},
        .operands = operands,
        .output = reinterpret_cast<std::byte*>(&out),
    };
    const auto backend = cpu::make_cpu_backend(isa);
    for (auto _ : state) {
        CHECK(!backend->run(work, {}).has_value());
        benchmark::ClobberMemory();
    }
    count(state);
}

template <__m512 (*function)(__m512)>
[[gnu::target("avx512f")]] void libmvec(benchmark::State& state, float low, float high) {
    static Block a;
    static Block out;
    fill(a, low, high);
    for (auto _ : state) {
        for (std::uint64_t i = 0; i < elements; i += 16) {
            _mm512_store_ps(out.values + i, function(_mm512_load_ps(a.values + i)));
        }
        benchmark::ClobberMemory();
    }
    count(state);
}

[[gnu::target("avx512f")]] void libmvec_pow(benchmark::State& state, float low, float high) {
    static Block a;
    static Block b;
    static Block out;
    fill(a, low, high);
    fill(b, 0.5F, 2.0F);
    for (auto _ : state) {
        for (std::uint64_t i = 0; i < elements; i += 16) {
            const __m512 x = _mm512_load_ps(a.values + i);
            _mm512_store_ps(out.values + i, _ZGVeN16vv_powf(x, _mm512_load_ps(b.values + i)));
        }
        benchmark::ClobberMemory();
    }
    count(state);
}

struct Case {
    OpCode op;
    void (*peer)(benchmark::State& state, float low, float high);
    float low;
    float high;
};

constexpr Case cases[] = {
    {OpCode::exp, libmvec<_ZGVeN16v_expf>, -80, 80},
    {OpCode::log, libmvec<_ZGVeN16v_logf>, 0.001F, 1000},
    {OpCode::sin, libmvec<_ZGVeN16v_sinf>, -1000, 1000},
    {OpCode::cos, libmvec<_ZGVeN16v_cosf>, -1000, 1000},
    {OpCode::tanh, libmvec<_ZGVeN16v_tanhf>, -5, 5},
    {OpCode::erf, libmvec<_ZGVeN16v_erff>, -3, 3},
    {OpCode::pow, libmvec_pow, 0.1F, 10},
    {OpCode::gelu, nullptr, -5, 5},
    {OpCode::sigmoid, nullptr, -5, 5},
    {OpCode::silu, nullptr, -5, 5},
    {OpCode::log1p, nullptr, -0.5F, 5},
    {OpCode::softplus, nullptr, -5, 5},
    {OpCode::tan, nullptr, -5, 5},
    {OpCode::atan, nullptr, -5, 5},
    {OpCode::rsqrt, nullptr, 0.1F, 5},
    {OpCode::relu, nullptr, -5, 5},
    {OpCode::floor, nullptr, -5, 5},
    {OpCode::add, nullptr, -5, 5},
};

const bool registered = [] {
    for (const Case& one : cases) {
        const std::string name(to_string(one.op));
        for (const cpu::Isa isa : {cpu::Isa::avx512, cpu::Isa::avx2, cpu::Isa::scalar}) {
            benchmark::RegisterBenchmark(
                (name + "/" + std::string(cpu::to_string(isa))).c_str(),
                vm,
                one.op,
                isa,
                one.low,
                one.high
            );
        }
        if (one.peer != nullptr && cpu::is_available(cpu::Isa::avx512)) {
            benchmark::RegisterBenchmark(
                (name + "/libmvec-avx512").c_str(), one.peer, one.low, one.high
            );
        }
    }
    return true;
}();

}  // namespace
}  // namespace steelyard::vm
