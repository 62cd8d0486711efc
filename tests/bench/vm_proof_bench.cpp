// What a proof costs: verifying one of about 240 KiB and one worst probe, making one, and a trace
// against no trace on a product of matrices.
#include "base/check.h"
#include "tests/bench/proven_program.h"

#include <benchmark/benchmark.h>

namespace steelyard::vm {
namespace {

constexpr std::uint64_t gas_max = 10'000'000;

void verify(benchmark::State& state, const ProvenProgram& product, std::uint32_t count) {
    const RunResult result = product.run_once();
    const std::vector<Probe> asked = derive_probes(product.program(), result.outcome, {}, count);
    const Bytes encoded = encode_proof(product.prove_once(result, asked));
    const Claim claim{&product.program(), product.input_ids(), result.outcome};
    Verification verification;
    for (auto _ : state) {
        const Result<Proof> decoded = decode_proof(encoded);
        verification = verify_proof(claim, asked, *decoded, gas_max);
    }
    CHECK(verification.verdict == Verdict::right);
    state.counters["bytes"] = static_cast<double>(encoded.size());
    state.counters["gas"] = static_cast<double>(verification.gas);
}

void verify_240_kib(benchmark::State& state) {
    verify(state, ProvenProgram(product_program(256, 64, 4096)), 4);
}
BENCHMARK(verify_240_kib)->Unit(benchmark::kMicrosecond);

/// The longest rows that a probe of 2 x 2 may open.
void verify_worst_product(benchmark::State& state) {
    verify(state, ProvenProgram(product_program(64, 64, 5632)), 1);
}
BENCHMARK(verify_worst_product)->Unit(benchmark::kMicrosecond);

void prove_four_probes(benchmark::State& state) {
    const ProvenProgram product(product_program(256, 64, 4096));
    const RunResult result = product.run_once();
    const auto asked = derive_probes(product.program(), result.outcome, {}, 4);
    for (auto _ : state) {
        benchmark::DoNotOptimize(product.prove_once(result, asked));
    }
}
BENCHMARK(prove_four_probes)->Unit(benchmark::kMillisecond);

/// With (1) and without (0) trace: their difference is what commitments cost.
void run_product(benchmark::State& state) {
    ProvenProgram product(product_program(512, 512, 2048));
    product.options().trace = state.range(0) != 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(product.run_once());
    }
}
BENCHMARK(run_product)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::vm
