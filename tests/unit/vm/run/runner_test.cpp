#include "vm/run/runner.h"

#include "base/random.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/slow_run.h"
#include "tests/unit/vm/run/small_program.h"
#include "vm/run/arena.h"
#include "vm/run/prover.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <memory>

namespace steelyard::vm {
namespace {

using namespace test;

/// What computes like the reference, but for one step's worth of its runs.
class FaultyBackend final : public Backend {
public:
    explicit FaultyBackend(std::uint64_t wrong_run) : wrong_run_(wrong_run) {}

    std::string_view name() const override { return "faulty"; }

    std::optional<std::uint64_t> run(const NodeWork& work, const Parallel& parallel) override {
        const auto bad = inner_->run(work, parallel);
        if (runs_++ == wrong_run_) {
            work.output[0] ^= std::byte{1};
        }
        return bad;
    }

    std::optional<std::uint64_t> first_out_of_bound(
        const TensorType& type,
        const std::byte* data,
        std::uint32_t bound_bits,
        const Parallel& parallel
    ) override {
        return inner_->first_out_of_bound(type, data, bound_bits, parallel);
    }

private:
    std::unique_ptr<Backend> inner_ = make_reference_backend();
    std::uint64_t wrong_run_;
    std::uint64_t runs_ = 0;
};

class RunnerTest : public testing::Test {
protected:
    RunnerTest() {
        SeededRandom random(9);
        for (const Input& input : program_.program().inputs) {
            inputs_.push_back(random_tensor(random, input.type, Values::ordinary));
        }
    }

    /// The inputs where a run uses them as they lie.
    std::vector<TensorView> aligned() {
        std::vector<TensorView> out;
        for (const TestTensor& input : inputs_) {
            held_.push_back(*Arena::map(input.data.size()));
            std::memcpy(held_.back().at(0), input.data.data(), input.data.size());
            const auto* data = reinterpret_cast<const std::uint8_t*>(held_.back().at(0));
            out.push_back({input.type, {data, input.data.size()}});
        }
        return out;
    }

    std::string refusal(const std::vector<TensorView>& inputs) const {
        const Result<RunResult> result = run(program_, inputs, options_);
        return result ? "" : result.error().message();
    }

    std::unique_ptr<Backend> backend_ = make_reference_backend();
    RunOptions options_{.backend = backend_.get()};
    CheckedProgram program_ = checked(small_program());
    std::vector<TestTensor> inputs_{};
    std::vector<Arena> held_{};
};

TEST_F(RunnerTest, names_the_input_that_is_not_the_programs) {
    std::vector<TensorView> inputs = views(inputs_);
    EXPECT_EQ(refusal(inputs), "");

    EXPECT_EQ(refusal({inputs[0]}), "1 inputs, the program has 2");
    EXPECT_EQ(refusal({inputs[1], inputs[1]}), "input 'x' is f32[12,300], not f32[8,300]");
    inputs[0].type.dtype = DType::i32;
    EXPECT_EQ(refusal(inputs), "input 'x' is f32[12,300], not i32[12,300]");
    inputs[0].type.dtype = DType::f32;
    inputs[1].data = inputs[1].data.first(9599);
    EXPECT_EQ(refusal(inputs), "input 'w' has 9599 bytes, a f32[8,300] has 9600");
}

TEST_F(RunnerTest, does_not_begin_what_memory_is_too_small_for) {
    const std::uint64_t traced = program_.peak_bytes() + 32 * program_.step_count();
    const std::vector<TensorView> inputs = aligned();
    options_.memory_bytes_max = traced - 1;
    const Result<RunResult> refused = run(program_, inputs, options_);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::no_space);
    EXPECT_EQ(
        refused.error().message(),
        fmt::format("the run takes {} bytes of memory, at most {} are allowed", traced, traced - 1)
    );

    options_.memory_bytes_max = traced;
    EXPECT_EQ(refusal(inputs), "");
    options_.trace = false;
    options_.memory_bytes_max = program_.peak_bytes();
    EXPECT_EQ(refusal(inputs), "");
}

TEST_F(RunnerTest, copies_of_inputs_that_are_not_aligned_count) {
    options_.trace = false;
    Bytes memory(inputs_[1].data.size() + 128);
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    const std::size_t begin = (address + 63) / 64 * 64 - address + 4;
    std::ranges::copy(inputs_[1].data, memory.begin() + static_cast<std::ptrdiff_t>(begin));
    std::vector<TensorView> moved = aligned();
    moved[1].data = ByteView(memory).subspan(begin, inputs_[1].data.size());
    const std::uint64_t taken = program_.peak_bytes() + inputs_[1].data.size();

    options_.memory_bytes_max = taken - 1;
    EXPECT_NE(refusal(moved), "");
    options_.memory_bytes_max = taken;
    EXPECT_EQ(refusal(moved), "");
}

TEST_F(RunnerTest, a_proof_counts_the_first_runs_results_and_its_trees) {
    const std::vector<TensorView> inputs = aligned();
    const RunResult result = *run(program_, inputs, options_);
    const std::vector<Probe> probes{{.step = 0, .rows = {3, 11}, .columns = {0, 7}}};
    // x has 12 rows of two chunks, w 8; the product's rows of 32 bytes are packed into one chunk.
    const std::uint64_t trees = 64 * (24 + 16 + 1);
    const std::uint64_t taken = program_.peak_bytes() + 32 * program_.step_count() +
                                result.outputs[0].data.size() + result.outputs[1].data.size() +
                                trees;

    options_.memory_bytes_max = taken - 1;
    const Result<Proof> refused = prove(program_, inputs, result, probes, options_);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::no_space);
    options_.memory_bytes_max = taken;
    EXPECT_TRUE(prove(program_, inputs, result, probes, options_).has_value());
}

TEST_F(RunnerTest, memory_that_the_machine_has_not_got_is_an_error) {
    const Result<Arena> arena = Arena::map(std::uint64_t{1} << 62);

    ASSERT_FALSE(arena.has_value());
    EXPECT_EQ(arena.error().code(), ErrorCode::no_space);
    EXPECT_EQ(arena.error().message(), "this machine has no 4611686018427387904 bytes of memory");
}

TEST_F(RunnerTest, an_arena_gives_its_bytes_out_once) {
    Result<Arena> arena = Arena::map(9'000'000);
    ASSERT_TRUE(arena.has_value());
    Bytes wanted(8'900'000);
    SeededRandom(1).fill(wanted);
    std::memcpy(arena->at(64), wanted.data(), wanted.size());
    *arena->at(0) = std::byte{7};
    *arena->at(8'900'064) = std::byte{8};

    EXPECT_EQ(arena->take(64, wanted.size()), wanted);
    EXPECT_EQ(*arena->at(0), std::byte{7}) << "what is beside it stays";
    EXPECT_EQ(*arena->at(8'900'064), std::byte{8});
    EXPECT_EQ(*arena->at(5'000'000), std::byte{0}) << "its pages went back";
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Bytes that this process ever had in memory at once.
std::uint64_t resident_bytes_max() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

TEST_F(RunnerTest, takes_no_more_than_the_checker_found) {
    Builder builder;
    const ValueRef x = *builder.add(OpCode::iota, {}, {9, 0, 4096, 1024});
    const ValueRef y = *builder.add(OpCode::reshape, {x}, {2048, 2048});
    ASSERT_TRUE(builder.output("y", y).has_value());
    const CheckedProgram program = checked(std::move(builder).finish());
    ASSERT_EQ(program.peak_bytes(), std::uint64_t{32} << 20);
    const std::uint64_t before = resident_bytes_max();

    const Result<RunResult> result = run(program, {}, options_);

    ASSERT_TRUE(result.has_value());
    EXPECT_LE(resident_bytes_max() - before, program.peak_bytes() + (std::uint64_t{6} << 20))
        << "the output among it";
}
#endif

TEST_F(RunnerTest, inputs_may_lie_anywhere) {
    const Result<RunResult> wanted = run(program_, views(inputs_), options_);
    ASSERT_TRUE(wanted.has_value());
    for (const std::size_t shift : {0, 1, 16, 63}) {
        std::vector<Bytes> memory;
        std::vector<TensorView> moved;
        for (const TestTensor& input : inputs_) {
            Bytes& bytes = memory.emplace_back(input.data.size() + 128);
            const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
            const std::size_t begin = (address + 63) / 64 * 64 - address + shift;
            std::ranges::copy(input.data, bytes.begin() + static_cast<std::ptrdiff_t>(begin));
            moved.push_back({input.type, ByteView(bytes).subspan(begin, input.data.size())});
        }
        const Result<RunResult> result = run(program_, moved, options_);
        ASSERT_TRUE(result.has_value());
        EXPECT_EQ(result->outcome, wanted->outcome);
    }
}

TEST_F(RunnerTest, can_be_stopped_after_each_step) {
    std::vector<std::uint64_t> seen;
    options_.on_step = [&](std::uint64_t done) {
        seen.push_back(done);
        return done < 3;
    };
    const Result<RunResult> result = run(program_, views(inputs_), options_);

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message(), "stopped after 3 steps");
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(RunnerTest, without_trace_the_result_is_the_same) {
    const Result<RunResult> traced = run(program_, views(inputs_), options_);
    options_.trace = false;
    const Result<RunResult> result = run(program_, views(inputs_), options_);

    ASSERT_TRUE(traced.has_value() && result.has_value());
    EXPECT_EQ(result->outcome.output_root, traced->outcome.output_root);
    EXPECT_EQ(result->outputs, traced->outputs);
    EXPECT_EQ(result->outcome.steps, 7U);
    EXPECT_EQ(result->outcome.trace_root, Hash256{});
    EXPECT_TRUE(result->step_leaves.empty());
    const Result<Proof> proof = prove(program_, views(inputs_), *result, {}, options_);
    ASSERT_FALSE(proof.has_value());
    EXPECT_EQ(proof.error().message(), "a trace of 0 steps, the run had 7");
}

TEST_F(RunnerTest, equal_outputs_are_given_twice) {
    Program program = small_program();
    program.outputs.push_back({.name = "again", .value = program.outputs[0].value});
    const CheckedProgram twice = checked(std::move(program));
    const Result<RunResult> result = run(twice, views(inputs_), options_);

    ASSERT_TRUE(result.has_value());
    ASSERT_EQ(result->outputs.size(), 3U);
    EXPECT_EQ(result->outputs[0], result->outputs[2]);
    EXPECT_EQ(result->outcome, slow_run(twice, inputs_).outcome);
}

TEST_F(RunnerTest, a_machine_that_computes_wrongly_gives_no_proof) {
    const Result<RunResult> right = run(program_, views(inputs_), options_);
    ASSERT_TRUE(right.has_value());
    const std::vector<Probe> probes{
        {.step = 0, .rows = {0, 1}, .columns = {0, 1}},
        {.step = 5, .rows = {0, 1}, .columns = {0, 1}},
    };
    EXPECT_TRUE(prove(program_, views(inputs_), *right, probes, options_).has_value());

    // It was right in the first run, and is wrong now.
    for (const std::uint64_t step : {0, 4, 5}) {
        FaultyBackend faulty(step);
        options_.backend = &faulty;
        const Result<Proof> proof = prove(program_, views(inputs_), *right, probes, options_);
        ASSERT_FALSE(proof.has_value()) << step;
        EXPECT_EQ(proof.error().code(), ErrorCode::corrupt);
    }
    // It is always wrong in the same way.
    for (const std::uint64_t step : {0, 5}) {
        FaultyBackend first(step);
        options_.backend = &first;
        const Result<RunResult> wrong = run(program_, views(inputs_), options_);
        ASSERT_TRUE(wrong.has_value());
        FaultyBackend second(step);
        options_.backend = &second;
        const Result<Proof> proof = prove(program_, views(inputs_), *wrong, probes, options_);
        ASSERT_FALSE(proof.has_value());
        EXPECT_EQ(
            proof.error().message(),
            fmt::format("this machine computes wrongly: step {} element 0: another value", step)
        );
    }
}

TEST_F(RunnerTest, other_inputs_are_not_proven) {
    const Result<RunResult> result = run(program_, views(inputs_), options_);
    ASSERT_TRUE(result.has_value());
    inputs_[0].data[5] ^= 1;
    const std::vector<Probe> probes{{.step = 0, .rows = {0, 1}, .columns = {0, 1}}};
    const Result<Proof> proof = prove(program_, views(inputs_), *result, probes, options_);

    ASSERT_FALSE(proof.has_value());
    EXPECT_EQ(proof.error().message(), "step 0 is not what it was in the first run");
}

}  // namespace
}  // namespace steelyard::vm
