// Cheats of many kinds against the probes: each is found as often as its share of elements says,
// in exactly the trials in which a probe meets it, and honest runs never are.
#include "base/random.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/slow_run.h"
#include "vm/build/builder.h"
#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <cmath>
#include <cstdlib>

namespace steelyard::vm {
namespace {

using namespace test;

constexpr std::uint64_t rows = 32;
constexpr std::uint64_t width = 64;
constexpr std::uint32_t layers = 6;
constexpr std::uint32_t probe_count = 3;

// The nodes of a layer.
constexpr std::uint32_t up = 0;
constexpr std::uint32_t down = 1;
constexpr std::uint32_t residual = 2;

std::uint64_t trial_count() {
    const char* asked = std::getenv("VM_TRIALS");
    return asked == nullptr ? 150 : std::strtoull(asked, nullptr, 10);
}

/// Layers of two products with a residual, in a loop.
Program network() {
    Builder builder;
    const ValueRef x = *builder.input("x", {DType::f32, {rows, width}});
    const ValueRef w1 = *builder.input("w1", {DType::f32, {width, width}});
    const ValueRef w2 = *builder.input("w2", {DType::f32, {width, width}});
    const LoopStart loop = *builder.begin_loop(layers, std::vector{x});
    const auto relu = static_cast<std::int64_t>(OpCode::relu);
    const ValueRef a = *builder.add(OpCode::gemm_f32, {loop.carries[0], w1}, {relu, 1});
    const ValueRef b = *builder.add(OpCode::gemm_f32, {a, w2}, {0, 1});
    const ValueRef next = *builder.add(OpCode::add, {loop.carries[0], b});
    const auto results = *builder.end_loop(std::vector{next});
    EXPECT_TRUE(builder.output("y", results[0]).has_value());
    return std::move(builder).finish();
}

std::vector<TestTensor> network_inputs(const CheckedProgram& program) {
    SeededRandom random(11);
    std::vector<TestTensor> out;
    for (const Input& input : program.program().inputs) {
        std::vector<float> values(input.type.elements());
        const float scale = input.name == "x" ? 1.0F : 0.15F;
        for (float& value : values) {
            value = scale * (static_cast<float>(random.below(1U << 20)) * 0x1p-19F - 1.0F);
        }
        out.push_back(f32(input.type.shape, values));
    }
    return out;
}

void set(TestTensor& tensor, std::uint64_t row, std::uint64_t column, float value) {
    std::memcpy(tensor.data.data() + (row * width + column) * 4, &value, sizeof value);
}

/// The operands of a product with every element rounded to bf16, or its last columns zero.
std::vector<TestTensor> rounded(std::vector<TestTensor> operands) {
    for (TestTensor& operand : operands) {
        std::vector<float> values = values_of<float>(operand);
        for (float& value : values) {
            value = f32_from_bf16(bf16_from_f32(value));
        }
        operand = f32(operand.type.shape, values);
    }
    return operands;
}

std::vector<TestTensor> without_tail(std::vector<TestTensor> operands) {
    for (std::uint64_t row = 0; row < rows; ++row) {
        for (std::uint64_t column = width - 8; column < width; ++column) {
            set(operands[0], row, column, 0.0F);
        }
    }
    return operands;
}

struct Cheat {
    std::string name{};
    Tamper tamper{};
};

/// Of step `layer` of a node.
bool is(const TamperedStep& at, std::uint32_t node, std::uint32_t layer) {
    return at.node == node && at.step == layer * 3 + node;
}

std::vector<Cheat> cheats() {
    const std::vector<std::int64_t> relu{static_cast<std::int64_t>(OpCode::relu), 1};
    std::vector<Cheat> out;
    out.push_back({"a wrong tile of 16 x 16", [](const TamperedStep& at) {
                       for (std::uint64_t row = 0; is(at, up, 2) && row < 16; ++row) {
                           for (std::uint64_t column = 0; column < 16; ++column) {
                               set(at.output, row + 16, column + 32, 0.125F);
                           }
                       }
                   }});
    out.push_back({"bf16 in one product", [relu](const TamperedStep& at) {
                       if (is(at, up, 3)) {
                           at.output = test::run(OpCode::gemm_f32, rounded(at.operands), relu);
                       }
                   }});
    out.push_back({"bf16 in all products", [relu](const TamperedStep& at) {
                       if (at.node == up) {
                           at.output = test::run(OpCode::gemm_f32, rounded(at.operands), relu);
                       } else if (at.node == down) {
                           at.output = test::run(OpCode::gemm_f32, rounded(at.operands), {0, 1});
                       }
                   }});
    out.push_back({"the tail of K skipped", [](const TamperedStep& at) {
                       if (is(at, down, 1)) {
                           at.output =
                               test::run(OpCode::gemm_f32, without_tail(at.operands), {0, 1});
                       }
                   }});
    out.push_back({"a poisoned channel within the bound", [](const TamperedStep& at) {
                       for (std::uint64_t row = 0; is(at, residual, 0) && row < rows; ++row) {
                           set(at.output, row, 5, 4096.0F);
                       }
                   }});
    out.push_back({"a flipped bit of the result", [](const TamperedStep& at) {
                       if (is(at, residual, layers - 1)) {
                           at.output.data[4 * (7 * width + 9)] ^= 1;
                       }
                   }});
    out.push_back({"the last two layers left out", [](const TamperedStep& at) {
                       if (at.step >= (layers - 2) * 3) {
                           at.output = at.node == residual
                                           ? at.operands[0]
                                           : f32({rows, width}, std::vector<float>(rows * width));
                       }
                   }});
    out.push_back({"another weight", [](const TamperedStep& at) {
                       static TestTensor first;
                       if (is(at, up, 0)) {
                           first = at.operands[1];
                       }
                       if (is(at, down, 4)) {
                           at.output = test::run(OpCode::gemm_f32, {at.operands[0], first}, {0, 1});
                       }
                   }});
    return out;
}

/// Where a run's outputs are not by the rule, given the operands that it committed to.
std::vector<std::vector<bool>> wrong_elements(
    const CheckedProgram& program, const std::vector<TestTensor>& inputs, const SlowRun& run
) {
    std::vector<std::vector<bool>> out;
    for (std::uint64_t index = 0; index < run.steps.size(); ++index) {
        const Step step = program.step(index);
        std::vector<TestTensor> operands;
        for (std::size_t operand = 0; operand < 2; ++operand) {
            const Source source = program.source(step, operand);
            operands.push_back(
                source.kind == Source::Kind::input ? inputs[source.index] : run.steps[source.index]
            );
        }
        const Node& node = program.program().nodes[step.node];
        const auto honest = values_of<std::uint32_t>(test::run(node.op, operands, node.attributes));
        const auto said = values_of<std::uint32_t>(run.steps[index]);
        std::vector<bool>& wrong = out.emplace_back(said.size());
        for (std::size_t element = 0; element < said.size(); ++element) {
            wrong[element] = honest[element] != said[element];
        }
    }
    return out;
}

/// How likely a grid of 2 x 2 meets a wrong element: over all pairs of rows, columns that are
/// right in both.
double hit_share(const std::vector<bool>& wrong) {
    double missed = 0;
    for (std::uint64_t first = 0; first < rows; ++first) {
        for (std::uint64_t second = 0; second < rows; ++second) {
            std::uint64_t clean = 0;
            for (std::uint64_t column = 0; column < width; ++column) {
                clean += !wrong[first * width + column] && !wrong[second * width + column] ? 1 : 0;
            }
            const double share = static_cast<double>(clean) / width;
            missed += share * share;
        }
    }
    return 1.0 - missed / (rows * rows);
}

/// How likely one probe meets the cheat: rule P2 in numbers. Pinned are the first product, which
/// reads x and w1, the second, which reads w2, and the last step.
double probe_share(const CheckedProgram& program, const std::vector<std::vector<bool>>& wrong) {
    double out = 0;
    const auto steps = static_cast<double>(wrong.size());
    for (std::uint64_t step = 0; step < wrong.size(); ++step) {
        const auto gas = static_cast<double>(program.step_gas(program.step(step).node));
        const bool is_pinned = step < 2 || step + 1 == wrong.size();
        const double share = 0.5 / steps + 0.25 * gas / static_cast<double>(program.gas()) +
                             (is_pinned ? 0.25 / 3 : 0.0);
        out += share * hit_share(wrong[step]);
    }
    return out;
}

bool meets(std::span<const Probe> probes, const std::vector<std::vector<bool>>& wrong) {
    for (const Probe& probe : probes) {
        for (const std::uint64_t row : probe.rows) {
            for (const std::uint64_t column : probe.columns) {
                if (wrong[probe.step][row * width + column]) {
                    return true;
                }
            }
        }
    }
    return false;
}

/// Wilson's interval of a share, wide enough to miss once in 10,000 times.
std::pair<double, double> wilson(std::uint64_t hits, std::uint64_t trials) {
    constexpr double z = 3.891;
    const auto n = static_cast<double>(trials);
    const double share = static_cast<double>(hits) / n;
    const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
    const double half =
        z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return {middle - half, middle + half};
}

class FaultInjection : public testing::Test {
protected:
    struct Trial {
        std::vector<Probe> probes{};
        Verdict verdict = Verdict::malformed;
    };

    Trial attempt(const SlowRun& run, RandomSource& random) const {
        Hash256 seed;
        random.fill(seed);
        Trial out;
        out.probes = derive_probes(program_, run.outcome, seed, probe_count);
        const Proof proof = slow_prove(program_, inputs_, run, out.probes);
        const Claim claim{&program_, ids_, run.outcome};
        out.verdict = verify_proof(claim, out.probes, proof, 1'000'000).verdict;
        return out;
    }

    CheckedProgram program_ = checked(network());
    std::vector<TestTensor> inputs_ = network_inputs(program_);
    std::vector<Hash256> ids_ = ids(inputs_);
};

TEST_F(FaultInjection, every_kind_is_found_as_often_as_its_share_says) {
    for (const Cheat& cheat : cheats()) {
        const SlowRun lie = slow_run(program_, inputs_, cheat.tamper);
        const auto wrong = wrong_elements(program_, inputs_, lie);
        const double once = probe_share(program_, wrong);
        const double wanted = 1.0 - std::pow(1.0 - once, probe_count);
        SeededRandom random(21);
        std::uint64_t found = 0;
        for (std::uint64_t trial = 0; trial < trial_count(); ++trial) {
            const Trial it = attempt(lie, random);
            ASSERT_EQ(it.verdict, meets(it.probes, wrong) ? Verdict::wrong : Verdict::right)
                << cheat.name;
            found += it.verdict == Verdict::wrong ? 1 : 0;
        }
        const auto [low, high] = wilson(found, trial_count());
        EXPECT_TRUE(wanted > 0 && low <= wanted && wanted <= high) << cheat.name;
        fmt::print(
            "{}: found in {} of {}, [{:.4f}, {:.4f}], by its share {:.4f}\n",
            cheat.name,
            found,
            trial_count(),
            low,
            high,
            wanted
        );
    }
}

TEST_F(FaultInjection, a_channel_out_of_bound_is_seen_in_every_layer_after_it) {
    const SlowRun lie = slow_run(program_, inputs_, [](const TamperedStep& at) {
        for (std::uint64_t row = 0; is(at, residual, 0) && row < rows; ++row) {
            set(at.output, row, 5, 1e6F);
        }
    });
    for (std::uint64_t step = 0; step < program_.step_count(); ++step) {
        const std::vector<Probe> probes{{.step = step, .rows = {1, 9}, .columns = {20, 30}}};
        const Proof proof = slow_prove(program_, inputs_, lie, probes);
        const Claim claim{&program_, ids_, lie.outcome};
        const bool is_before = step < 2;
        EXPECT_EQ(
            verify_proof(claim, probes, proof, 1'000'000).verdict,
            is_before ? Verdict::right : Verdict::wrong
        ) << step;
    }
}

TEST_F(FaultInjection, honest_runs_are_never_blamed) {
    const SlowRun honest = slow_run(program_, inputs_);
    SeededRandom random(22);
    for (std::uint64_t trial = 0; trial < 4 * trial_count(); ++trial) {
        ASSERT_EQ(attempt(honest, random).verdict, Verdict::right);
    }
}

}  // namespace
}  // namespace steelyard::vm
