// Operators that move elements, look along rows or slide windows, on one thread: against a copy of
// the same bytes, against the operator's rule element by element, and the price of their gas
// beside that of gemm_f32. All variants of a case take turns; a figure is the least CPU time.
//
//     vm_rows_bench [PART OF A NAME]
#include "tests/bench/vm_rows_cases.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/backend/cpu/kernels.h"
#include "vm/ops/step_gas.h"
#include "vm/trace/commitment.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <limits>

namespace steelyard::vm::bench {
namespace {

using test::TestTensor;
using test::Values;

constexpr double turn_seconds = 0.02;
constexpr int turns = 5;

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double seconds_of(const std::function<void()>& run) {
    const double start = cpu_seconds();
    run();
    return cpu_seconds() - start;
}

struct Variant {
    std::function<void()> run{};
    double best = std::numeric_limits<double>::max();
};

void take_turns(std::span<Variant> variants) {
    for (int turn = 0; turn < turns; ++turn) {
        for (Variant& variant : variants) {
            const double begin = cpu_seconds();
            do {
                variant.best = std::min(variant.best, seconds_of(variant.run));
            } while (cpu_seconds() - begin < turn_seconds);
        }
    }
}

/// A tensor of a case: ordinary floats; integers that are indices below the case's limit.
TestTensor filled(SeededRandom& random, const TensorType& type, std::uint64_t limit) {
    TestTensor tensor = random_tensor(random, type, Values::ordinary);
    const auto bound = static_cast<std::int64_t>(limit);
    for (std::size_t at = 0; limit != 0 && at < tensor.data.size(); at += size_of(type.dtype)) {
        std::int64_t index = 0;
        std::memcpy(&index, tensor.data.data() + at, size_of(type.dtype));
        index = (index & 0x7fffffff) % bound;
        std::memcpy(tensor.data.data() + at, &index, size_of(type.dtype));
    }
    return tensor;
}

/// A case with its tensors.
class Subject {
public:
    explicit Subject(const RowsCase& one) : case_(one) {
        SeededRandom random(1);
        for (std::size_t index = 0; index < one.operands.size(); ++index) {
            const bool is_index = index == one.index_operand;
            tensors_.push_back(filled(random, one.operands[index], is_index ? one.limit : 0));
            bytes_ += one.operands[index].bytes();
        }
        for (const TestTensor& tensor : tensors_) {
            pointers_.push_back(reinterpret_cast<const std::byte*>(tensor.data.data()));
        }
        output_ = *find_operator(one.op, 1)->infer(one.operands, one.attributes);
        memory_.resize(output_.bytes() + 64);
        bytes_ += output_.bytes();
    }

    NodeCall call() const {
        return {
            .op = case_.op,
            .operands = case_.operands,
            .output = output_,
            .attributes = case_.attributes,
        };
    }

    void run(Backend& backend) {
        const NodeWork work{.call = call(), .operands = pointers_, .output = out()};
        backend.run(work, {});
    }

    void commit() {
        commitment_ = tensor_root(output_, {memory_.data() + offset(), output_.bytes()});
    }

    /// Of computing and memory, without the commitment; of the whole step.
    double gas() const {
        const Operator& op = *find_operator(case_.op, 1);
        return static_cast<double>(op.gas(call()) + memory_gas(op, call()));
    }
    double whole_gas() const {
        return static_cast<double>(step_gas(*find_operator(case_.op, 1), call()));
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    std::size_t offset() const {
        return 64 - reinterpret_cast<std::uintptr_t>(memory_.data()) % 64;
    }
    std::byte* out() { return reinterpret_cast<std::byte*>(memory_.data() + offset()); }

    const RowsCase& case_;
    std::vector<TestTensor> tensors_{};
    std::vector<const std::byte*> pointers_{};
    TensorType output_{};
    Bytes memory_{};
    std::uint64_t bytes_ = 0;
    Hash256 commitment_{};
};

/// Seconds of AVX2 for one gas of a product of matrices.
double product_seconds() {
    const std::array<cpu::Isa, 1> sets{cpu::Isa::avx2};
    const RowsCase product = product_case();
    Subject subject(product);
    const auto backend = cpu::make_cpu_backend(sets[0]);
    std::array<Variant, 1> variants{Variant{.run = [&] { subject.run(*backend); }}};
    take_turns(variants);
    return variants[0].best / subject.gas();
}

void measure(const RowsCase& one, double gas_seconds) {
    Subject subject(one);
    Bytes from(subject.bytes() / 2, 1);
    Bytes to(from.size());
    const auto avx512 = cpu::make_cpu_backend(cpu::best_isa());
    const auto avx2 = cpu::make_cpu_backend(cpu::Isa::avx2);
    const auto rule = make_reference_backend();
    std::array<Variant, 4> variants{
        Variant{.run = [&] { std::memcpy(to.data(), from.data(), from.size()); }},
        Variant{.run = [&] { subject.run(*avx512); }},
        Variant{.run = [&] { subject.run(*avx2); }},
        Variant{.run = [&] { subject.commit(); }},
    };
    take_turns(variants);
    const double rule_seconds = one.has_slow_rule ? 0.0 : seconds_of([&] { subject.run(*rule); });
    fmt::print(
        "| {} | {} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | {:.1f} |\n",
        one.name,
        cpu::find_kernel(cpu::Isa::avx2, subject.call()) != nullptr ? "" : "no",
        variants[0].best / variants[1].best,
        variants[0].best / variants[2].best,
        rule_seconds / variants[2].best,
        variants[2].best / subject.gas() / gas_seconds,
        (variants[2].best + variants[3].best) / subject.whole_gas() / gas_seconds
    );
    std::fflush(stdout);
}

}  // namespace

int run_bench(std::string_view part) {
    if (!cpu::is_available(cpu::Isa::avx2)) {
        fmt::print("this processor has no AVX2\n");
        return 1;
    }
    const double gas_seconds = product_seconds();
    fmt::print("gemm_f32: {:.4f} ns a gas\n\n", gas_seconds * 1e9);
    fmt::print(
        "| case | kernel | {}, of a copy's speed | AVX2 | times the rule | ns a gas, gemm_f32 1 "
        "| with the commitment |\n|---|---|---|---|---|---|---|\n",
        to_string(cpu::best_isa())
    );
    for (const RowsCase& one : rows_cases()) {
        if (one.name.find(part) != std::string::npos) {
            measure(one, gas_seconds);
        }
    }
    return 0;
}

}  // namespace steelyard::vm::bench

int main(int argc, char** argv) {
    return steelyard::vm::bench::run_bench(argc > 1 ? argv[1] : "");
}
