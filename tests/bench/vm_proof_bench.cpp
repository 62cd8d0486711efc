// What a proof costs: verifying one of about 240 KiB and one worst probe, making one, and a trace
// against no trace on a product of matrices.
#include "base/check.h"
#include "base/random.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/build/builder.h"
#include "vm/run/prover.h"
#include "vm/trace/commitment.h"

#include <benchmark/benchmark.h>

namespace steelyard::vm {
namespace {

constexpr std::uint64_t gas_max = 10'000'000;

/// a [m, k] times b [n, k], with all that its run and its proofs need.
class Product {
public:
    Product(std::uint64_t m, std::uint64_t n, std::uint64_t k)
        : program_(make(m, n, k)),
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

    static CheckedProgram make(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
        Builder builder;
        const ValueRef a = *builder.input("a", {DType::f32, {m, k}});
        const ValueRef b = *builder.input("b", {DType::f32, {n, k}});
        const ValueRef y = *builder.add(OpCode::gemm_f32, {a, b}, {0, 1});
        CHECK(builder.output("y", y).has_value());
        return *CheckedProgram::check(std::move(builder).finish());
    }

    const CheckedProgram& program() const { return program_; }
    std::span<const TensorView> inputs() const { return inputs_; }
    RunOptions& options() { return options_; }

    RunResult run_once() { return *run(program_, inputs_, options_); }

    std::vector<Probe> probes(std::uint32_t count, const RunOutcome& outcome) const {
        return derive_probes(program_, outcome, {}, count);
    }

    void verify(benchmark::State& state, std::uint32_t count) {
        const RunResult result = run_once();
        const std::vector<Probe> asked = probes(count, result.outcome);
        const Proof proof = *prove(program_, inputs_, result, asked, options_);
        const Bytes encoded = encode_proof(proof);
        const Claim claim{&program_, ids_, result.outcome};
        Verification verification;
        for (auto _ : state) {
            const Result<Proof> decoded = decode_proof(encoded);
            verification = verify_proof(claim, asked, *decoded, gas_max);
        }
        CHECK(verification.verdict == Verdict::right);
        state.counters["bytes"] = static_cast<double>(encoded.size());
        state.counters["gas"] = static_cast<double>(verification.gas);
    }

private:
    static void append_le_float(Bytes& out, float value) {
        ByteArray<4> bytes;
        std::memcpy(bytes.data(), &value, sizeof value);
        append(out, bytes);
    }

    CheckedProgram program_;
    std::unique_ptr<Backend> backend_;
    RunOptions options_;
    std::vector<Bytes> data_{};
    std::vector<TensorView> inputs_{};
    std::vector<Hash256> ids_{};
};

void verify_240_kib(benchmark::State& state) {
    Product(256, 64, 4096).verify(state, 4);
}
BENCHMARK(verify_240_kib)->Unit(benchmark::kMicrosecond);

/// The longest rows that a probe of 2 x 2 may open.
void verify_worst_product(benchmark::State& state) {
    Product(64, 64, 5632).verify(state, 1);
}
BENCHMARK(verify_worst_product)->Unit(benchmark::kMicrosecond);

void prove_four_probes(benchmark::State& state) {
    Product product(256, 64, 4096);
    const RunResult result = product.run_once();
    const std::vector<Probe> asked = product.probes(4, result.outcome);
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            prove(product.program(), product.inputs(), result, asked, product.options())
        );
    }
}
BENCHMARK(prove_four_probes)->Unit(benchmark::kMillisecond);

/// With (1) and without (0) trace: their difference is what commitments cost.
void run_product(benchmark::State& state) {
    Product product(512, 512, 2048);
    product.options().trace = state.range(0) != 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(product.run_once());
    }
}
BENCHMARK(run_product)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::vm
