// Proofs that are not what was asked for, lies that are bound to their claim, and who is to blame.
#include "base/check.h"
#include "base/random.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/slow_run.h"
#include "tests/unit/vm/run/small_program.h"
#include "vm/build/builder.h"
#include "vm/trace/commitment.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using namespace test;

constexpr std::uint64_t plenty = 1'000'000'000;

class JudgeTest : public testing::Test {
protected:
    JudgeTest() {
        SeededRandom random(5);
        for (const Input& input : program_.program().inputs) {
            inputs_.push_back(random_tensor(random, input.type, Values::ordinary));
        }
        ids_ = ids(inputs_);
        honest_ = slow_run(program_, inputs_);
        probes_ = {
            {.step = 0, .rows = {3, 11}, .columns = {0, 7}},
            {.step = 4, .rows = {0, 6}, .columns = {2, 2}},
        };
        proof_ = slow_prove(program_, inputs_, honest_, probes_);
    }

    Claim claim_of(const RunOutcome& outcome) const { return {&program_, ids_, outcome}; }

    Verification judge(const Proof& proof) const {
        return verify_proof(claim_of(honest_.outcome), probes_, proof, plenty);
    }

    /// A run that says what the tamper makes of it, and its own proof of it.
    Verification judge_run(const SlowRun& run, std::span<const Probe> probes) const {
        const Proof proof = slow_prove(program_, inputs_, run, probes);
        return verify_proof(claim_of(run.outcome), probes, proof, plenty);
    }

    CheckedProgram program_ = checked(small_program());
    std::vector<TestTensor> inputs_{};
    std::vector<Hash256> ids_{};
    SlowRun honest_{};
    std::vector<Probe> probes_{};
    Proof proof_{};
};

TEST_F(JudgeTest, the_one_proof_is_right) {
    const Verification verification = judge(proof_);

    EXPECT_EQ(verification.verdict, Verdict::right) << verification.reason;
    EXPECT_EQ(verification.reason, "");
    EXPECT_EQ(proof_.tensors.size(), 6U)
        << "x, w, the product, what the slice reads, the slice, the end";
}

TEST_F(JudgeTest, no_flipped_bit_is_right_or_puts_blame) {
    const Bytes encoded = encode_proof(proof_);
    SeededRandom random(1);
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        Bytes changed = encoded;
        changed[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
        const Result<Proof> forged = decode_proof(changed);
        if (forged) {
            const Verification verification = judge(*forged);
            ASSERT_EQ(verification.verdict, Verdict::malformed) << "byte " << at;
        }
    }
}

TEST_F(JudgeTest, wants_every_tensor_and_chunk) {
    for (std::size_t tensor = 0; tensor < proof_.tensors.size(); ++tensor) {
        Proof less = proof_;
        less.tensors.erase(less.tensors.begin() + static_cast<std::ptrdiff_t>(tensor));
        EXPECT_EQ(judge(less).verdict, Verdict::malformed);
    }
    // Without one of their probes' elements, but bound to the claim.
    const std::vector<Probe> fewer{{.step = 0, .rows = {3, 3}, .columns = {0, 7}}, probes_[1]};
    const Verification missing = judge(slow_prove(program_, inputs_, honest_, fewer));
    EXPECT_EQ(missing.verdict, Verdict::malformed);
    EXPECT_EQ(missing.reason, "operand 0 of step 0 is not open");
}

TEST_F(JudgeTest, wants_no_more_than_it_asked_for) {
    // Of one row twice the opening has room for another.
    const std::vector<Probe> asked{{.step = 0, .rows = {3, 3}, .columns = {0, 7}}, probes_[1]};
    const std::vector<Probe> more{{.step = 0, .rows = {3, 4}, .columns = {0, 7}}, probes_[1]};
    const Proof proof = slow_prove(program_, inputs_, honest_, more);
    const Verification chunk = verify_proof(claim_of(honest_.outcome), asked, proof, plenty);
    EXPECT_EQ(chunk.verdict, Verdict::malformed);
    EXPECT_EQ(chunk.reason, "chunk 8 of input 0 is of no use");

    Proof tensor = proof_;
    OpenedTensor extra{.source = {Source::Kind::step, 2}, .root = {}};
    const TestTensor& second = honest_.steps[2];
    extra.root = tensor_root(second.type, second.data);
    std::vector<std::uint64_t> steps;
    tensor.tensors.push_back(extra);
    std::ranges::sort(tensor.tensors, precedes, &OpenedTensor::source);
    for (const OpenedTensor& opened : tensor.tensors) {
        if (opened.source.kind == Source::Kind::step) {
            steps.push_back(opened.source.index);
        }
    }
    tensor.trace_siblings = HashTree(trace_mode(), honest_.leaves).opening(steps);
    const Verification unused = judge(tensor);
    EXPECT_EQ(unused.verdict, Verdict::malformed);
    EXPECT_EQ(unused.reason, "step 2 is of no use");
}

TEST_F(JudgeTest, bounds_a_proof_by_its_probes_before_it_looks) {
    Proof tensors = proof_;
    tensors.tensors.clear();
    for (std::uint64_t index = 0; index < 8; ++index) {
        tensors.tensors.push_back({.source = {Source::Kind::step, index}, .root = {}});
    }
    EXPECT_EQ(judge(tensors).reason, "8 tensors and 0 chunks, at most 7 and 11");
    EXPECT_EQ(judge(tensors).gas, 0U);

    Proof chunks = proof_;
    OpenedTensor& first = chunks.tensors[0];
    for (std::uint64_t chunk = first.chunks.back() + 1; chunk < 100; ++chunk) {
        first.chunks.push_back(chunk);
    }
    first.data.resize(first.chunks.size() * 1024);
    EXPECT_EQ(judge(chunks).reason.substr(0, 10), "6 tensors ");
    EXPECT_EQ(judge(chunks).gas, 0U);
}

TEST_F(JudgeTest, refuses_what_no_decoder_gives) {
    Proof swapped = proof_;
    std::swap(swapped.tensors[0], swapped.tensors[1]);
    EXPECT_EQ(judge(swapped).reason, "tensors or chunks out of order");

    Proof doubled = proof_;
    doubled.tensors[1] = doubled.tensors[0];
    EXPECT_EQ(judge(doubled).reason, "tensors or chunks out of order");

    Proof constant = proof_;
    constant.tensors[0].source.kind = Source::Kind::constant;
    EXPECT_EQ(judge(constant).reason, "tensors or chunks out of order");

    Proof beyond = proof_;
    beyond.tensors.back().source.index = 7;
    EXPECT_EQ(judge(beyond).reason, "step 7 of 7");

    Proof chunk = proof_;
    chunk.tensors[0].chunks.back() = 24;
    EXPECT_EQ(judge(chunk).reason, "chunk 24 of input 0, which has 24");
    EXPECT_EQ(judge({}).reason, "output 0, step 6, is not there");
}

TEST_F(JudgeTest, refuses_claims_and_probes_that_do_not_fit) {
    const auto reason = [&](const Claim& claim, const std::vector<Probe>& probes) {
        const Verification verification = verify_proof(claim, probes, proof_, plenty);
        EXPECT_EQ(verification.verdict, Verdict::malformed);
        return verification.reason;
    };
    Claim claim = claim_of(honest_.outcome);
    claim.input_ids = std::span(ids_).first(1);
    EXPECT_EQ(reason(claim, probes_), "1 inputs, the program has 2");

    claim = claim_of(honest_.outcome);
    claim.outcome.steps = 6;
    EXPECT_EQ(reason(claim, probes_), "6 steps of 7");

    claim = claim_of(honest_.outcome);
    claim.outcome.trace_root[0] ^= 1;
    EXPECT_EQ(reason(claim, probes_), "the steps are not those of the trace");

    claim = claim_of(honest_.outcome);
    claim.outcome.output_root[0] ^= 1;
    EXPECT_EQ(reason(claim, probes_), "the outputs are not those of the output root");

    const std::vector<Hash256> others{ids_[1], ids_[0]};
    claim = claim_of(honest_.outcome);
    claim.input_ids = others;
    EXPECT_EQ(reason(claim, probes_), "input 0 is another than the claim's");

    claim = claim_of(honest_.outcome);
    EXPECT_EQ(
        reason(claim, {{.step = 7, .rows = {0, 0}, .columns = {0, 0}}}), "a probe of step 7 of 7"
    );
    for (const Probe& probe : std::vector<Probe>{
             {.step = 0, .rows = {0, 12}, .columns = {0, 0}},
             {.step = 0, .rows = {0, 0}, .columns = {8, 0}},
             {.step = 0, .rows = {0}, .columns = {0, 0}},
             {.step = 0, .rows = {0, 0, 0}, .columns = {0, 0}},
         }) {
        EXPECT_EQ(reason(claim, {probe}), "a probe of step 0 beyond its output or its grid");
    }
    EXPECT_EQ(reason(claim, std::vector<Probe>(65, probes_[0])), "65 probes, limit 64");
}

TEST_F(JudgeTest, finds_a_lie_exactly_where_it_looks) {
    for (std::uint64_t step = 0; step < program_.step_count(); ++step) {
        for (std::uint64_t element = 0; element < 96; element += 7) {
            const SlowRun lie = slow_run(program_, inputs_, [&](const TamperedStep& at) {
                if (at.step == step) {
                    at.output.data[element * 4] ^= 1;
                }
            });
            for (std::uint64_t probed = 0; probed < program_.step_count(); ++probed) {
                const Probe probe{
                    .step = probed,
                    .rows = {element / 8, (element / 8 + 1) % 12},
                    .columns = {element % 8, 0}
                };
                const Verification verification = judge_run(lie, std::vector{probe});
                EXPECT_EQ(verification.verdict, probed == step ? Verdict::wrong : Verdict::right)
                    << verification.reason;
                const Probe beside{
                    .step = probed,
                    .rows = {(element / 8 + 1) % 12, (element / 8 + 2) % 12},
                    .columns = {element % 8, 0}
                };
                EXPECT_EQ(judge_run(lie, std::vector{beside}).verdict, Verdict::right);
            }
        }
    }
}

TEST_F(JudgeTest, names_the_first_element_that_differs) {
    const SlowRun lie = slow_run(program_, inputs_, [](const TamperedStep& at) {
        at.output.data[at.step == 0 ? (3 * 8 + 7) * 4 : 0] ^= at.step == 0 ? 1 : 0;
    });

    EXPECT_EQ(judge_run(lie, probes_).reason, "step 0 element 31: another value");
}

TEST_F(JudgeTest, a_false_fault_is_wrong) {
    for (const auto kind : {Fault::Kind::out_of_bound, Fault::Kind::bad_index}) {
        for (const std::uint64_t step : {0, 1, 4}) {
            SlowRun lie = honest_;
            lie.outputs.clear();
            lie.steps.resize(step);
            lie.leaves.resize(step);
            lie.outcome.fault = Fault{.kind = kind, .step = step, .element = 17};
            lie.outcome.steps = step;
            lie.outcome.trace_root = trace_root(lie.leaves);
            lie.outcome.output_root = fault_root(*lie.outcome.fault);

            const Verification verification = judge_run(lie, {});
            EXPECT_EQ(verification.verdict, Verdict::wrong);
            EXPECT_EQ(
                verification.reason,
                fmt::format(
                    "step {} element 17: not {}",
                    step,
                    kind == Fault::Kind::bad_index ? "an index out of bounds"
                                                   : "a value out of bound"
                )
            );
            RunOutcome other = lie.outcome;
            other.fault->element = 18;
            const Proof proof = slow_prove(program_, inputs_, lie, {});
            EXPECT_EQ(
                verify_proof(claim_of(other), {}, proof, plenty).reason,
                "the fault is not that of the output root"
            );
            if (step == 0) {
                other = lie.outcome;
                other.trace_root[0] ^= 1;
                const Verification root = verify_proof(claim_of(other), {}, proof, plenty);
                EXPECT_EQ(root.verdict, Verdict::malformed);
                EXPECT_EQ(root.reason, "the trace of no steps has another root");
            }
        }
    }
}

TEST(JudgeIndex, an_element_whose_rule_meets_a_bad_index_is_wrong_whatever_it_is) {
    Builder builder;
    const ValueRef x = *builder.input("x", {DType::f32, {3}});
    const ValueRef at = *builder.input("at", {DType::i64, {2}});
    ASSERT_TRUE(builder.output("y", *builder.add(OpCode::gather, {x, at}, {0})).has_value());
    const CheckedProgram program = checked(std::move(builder).finish());
    const TestTensor zeros = f32({3}, {0.0F, 0.0F, 0.0F});
    const SlowRun run = slow_run(program, {zeros, i64({2}, {0, 2})});
    const std::vector<Probe> probes{{.step = 0, .rows = {0, 0}, .columns = {0, 1}}};
    for (const std::int64_t index : {std::int64_t{3}, std::int64_t{-4}}) {
        const std::vector<TestTensor> inputs{zeros, i64({2}, {0, index})};
        const std::vector<Hash256> input_ids = ids(inputs);
        const Proof proof = slow_prove(program, inputs, run, probes);
        const Verification found =
            verify_proof({&program, input_ids, run.outcome}, probes, proof, plenty);
        EXPECT_EQ(found.verdict, Verdict::wrong);
        EXPECT_EQ(found.reason, "step 0 element 1: a bad index");
    }
}

TEST_F(JudgeTest, refuses_faults_that_no_run_has) {
    const auto reason = [&](const Fault& fault, std::uint64_t steps) {
        RunOutcome outcome = honest_.outcome;
        outcome.fault = fault;
        outcome.steps = steps;
        return verify_proof(claim_of(outcome), {}, proof_, plenty).reason;
    };

    EXPECT_EQ(reason({.step = 7}, 7), "7 steps, and a fault in step 7");
    EXPECT_EQ(reason({.step = 2}, 3), "3 steps, and a fault in step 2");
    EXPECT_EQ(reason({.step = 2, .element = 96}, 2), "a fault in element 96 of 96");
    EXPECT_EQ(reason({.kind = Fault::Kind{3}, .step = 2}, 2), "a fault of kind 3");
}

/// One step that copies a tensor of two chunks: 2 rows of 400 bytes and 224 of padding, one row and
/// the rest of padding. Its output is whatever bytes one likes, and bound to the claim.
class ForgedChunks : public testing::Test {
protected:
    static Program copy_program() {
        Builder builder;
        const ValueRef x = *builder.input("x", {DType::f32, {3, 100}});
        const ValueRef y = *builder.add(OpCode::reshape, {x}, {3, 100});
        CHECK(builder.output("y", y).has_value());
        return std::move(builder).finish();
    }

    ForgedChunks() {
        for (std::uint64_t chunk = 0; chunk < 2; ++chunk) {
            ByteArray<1024> copy;
            copy_chunk(x_.type, x_.data, chunk, copy);
            append(chunks_, copy);
        }
    }

    /// The verdict on a probe of element (0, 5), which lies in the first chunk.
    Verification judge() const {
        const std::vector<std::uint64_t> both{0, 1};
        const std::vector<std::uint64_t> first{0};
        const HashTree tree(tensor_mode(), opened_leaves(2, both, chunks_));
        const HashTree input(tensor_mode(), tensor_leaves(x_.type, x_.data));
        const Hash256 id = tensor_id(x_.type, tree.root());
        const Hash256 leaf = step_leaf(0, id);
        const RunOutcome outcome{
            .output_root = output_root(std::span(&id, 1)),
            .trace_root = leaf,
            .steps = 1,
            .fault = {}
        };
        ByteArray<1024> copy;
        copy_chunk(x_.type, x_.data, 0, copy);
        Proof proof;
        proof.tensors.push_back(
            {.source = {Source::Kind::input, 0},
             .root = input.root(),
             .chunks = first,
             .data = to_bytes(copy),
             .siblings = input.opening(first)}
        );
        proof.tensors.push_back(
            {.source = {Source::Kind::step, 0},
             .root = tree.root(),
             .chunks = first,
             .data = to_bytes(ByteView(chunks_).first(1024)),
             .siblings = tree.opening(first)}
        );
        const std::vector<Probe> probes{{.step = 0, .rows = {0, 0}, .columns = {5, 5}}};
        const std::vector<Hash256> input_ids = ids({x_});
        return verify_proof({&program_, input_ids, outcome}, probes, proof, plenty);
    }

    void set_element(std::uint64_t element, float value) {
        const ChunkPlace place = place_of(x_.type, element);
        std::memcpy(chunks_.data() + place.chunk * 1024 + place.byte, &value, sizeof value);
    }

    CheckedProgram program_ = checked(copy_program());
    TestTensor x_ = f32({3, 100}, std::vector<float>(300, 2.0F));
    Bytes chunks_{};
};

TEST_F(ForgedChunks, honest_ones_are_right) {
    EXPECT_EQ(judge().verdict, Verdict::right) << judge().reason;
}

TEST_F(ForgedChunks, padding_must_be_zero) {
    chunks_[801] = 1;

    EXPECT_EQ(judge().verdict, Verdict::malformed);
    EXPECT_EQ(judge().reason, "chunk 0 of step 0: padding that is not zero");
}

TEST_F(ForgedChunks, a_lie_that_is_not_open_is_not_seen) {
    set_element(6, 3.0F);
    set_element(299, 1e9F);
    chunks_[2047] = 1;

    EXPECT_EQ(judge().verdict, Verdict::right) << judge().reason;
}

TEST_F(ForgedChunks, a_wrong_probed_element_is_wrong) {
    set_element(5, -2.0F);

    EXPECT_EQ(judge().verdict, Verdict::wrong);
    EXPECT_EQ(judge().reason, "step 0 element 5: another value");
}

TEST_F(ForgedChunks, whatever_is_open_and_out_of_bound_is_wrong) {
    for (const float value :
         {65537.0F,
          -1e30F,
          std::numeric_limits<float>::infinity(),
          std::numeric_limits<float>::quiet_NaN()}) {
        set_element(150, value);

        EXPECT_EQ(judge().verdict, Verdict::wrong);
        EXPECT_EQ(judge().reason, "step 0 chunk 0: a value out of bound");
    }
    set_element(150, -65536.0F);
    EXPECT_EQ(judge().verdict, Verdict::right);
}

}  // namespace
}  // namespace steelyard::vm
