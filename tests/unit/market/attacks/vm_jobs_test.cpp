// Jobs whose proofs the VM judges: doc/spec/market-attacks.md.
#include "base/random.h"
#include "tests/unit/market/attacks/vm_bench.h"
#include "vm/build/builder.h"
#include "vm/trace/commitment.h"

namespace steelyard::market {
namespace {

using test::VmBench;
using test::VmWork;
using vm::test::TamperedStep;

/// x [12, 300] times w [8, 300], doubled three times by a loop.
vm::test::ProgramCase small_case() {
    vm::Builder builder;
    const vm::ValueRef x = *builder.input("x", {vm::DType::f32, {12, 300}});
    const vm::ValueRef w = *builder.input("w", {vm::DType::f32, {8, 300}});
    const vm::ValueRef y = *builder.add(vm::OpCode::gemm_f32, {x, w}, {0, 1});
    const vm::LoopStart loop = *builder.begin_loop(3, std::vector{y});
    const vm::ValueRef next = *builder.add(vm::OpCode::add, {loop.carries[0], loop.carries[0]});
    const auto results = *builder.end_loop(std::vector{next});
    CHECK(builder.output("doubled", results[0]).has_value());
    SeededRandom random(5);
    std::vector<vm::test::TestTensor> inputs;
    for (const std::uint64_t rows : {12, 8}) {
        std::vector<float> values(rows * 300);
        for (float& value : values) {
            value = static_cast<float>(random.below(1'000)) * 0x1p-10F;
        }
        inputs.push_back(vm::test::f32({rows, 300}, values));
    }
    return {vm::test::checked(std::move(builder).finish()), std::move(inputs)};
}

/// Behind the elements of [12, 8], which are one chunk.
constexpr std::size_t first_padding = 12 * 8 * sizeof(float);

/// The root of a step's only chunk, with a byte in its padding.
Hash256 padded_root(const vm::test::TestTensor& output) {
    ByteArray<1024> chunk{};
    vm::copy_chunk(output.type, output.data, 0, chunk);
    CHECK(vm::chunk_payload(output.type, 0) == first_padding);
    chunk[first_padding] = 1;
    const std::vector<std::uint64_t> first{0};
    return vm::HashTree(vm::tensor_mode(), vm::opened_leaves(1, first, chunk)).root();
}

/// Every element of one step is wrong.
vm::test::Tamper wrong_step(std::uint64_t step) {
    return [step](const TamperedStep& at) {
        for (std::size_t i = 0; at.step == step && i < at.output.data.size(); i += 4) {
            at.output.data[i] ^= 1;
        }
    };
}

class VmJobs : public testing::Test {
protected:
    VmBench market{small_case()};
};

TEST_F(VmJobs, A4_an_honest_worker_is_proved_and_paid) {
    const VmWork honest = market.work();
    const JobId id = market.commit(honest);
    ASSERT_TRUE(market.await_challenge(id));

    const auto judged = market.send(id, market.proof(id, honest));

    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->verdict, ProofVerdict::right) << judged->reason;
    EXPECT_EQ(market.bench.job(id).state, JobState::proved);
    market.bench.end_blocks(31);
    EXPECT_EQ(market.bench.job(id).state, JobState::settled);
    EXPECT_EQ(market.bench.job(id).reason, Reason::settled);
}

// Whatever the beacon says: a wrong step is fraud in exactly the challenges that look at it.
TEST_F(VmJobs, A4_a_wrong_step_is_slashed_where_a_probe_meets_it) {
    const VmWork cheat = market.work(wrong_step(1));
    int slashed = 0;
    for (int i = 0; i < 12; ++i) {
        const JobId id = market.commit(cheat);
        ASSERT_TRUE(market.await_challenge(id));
        const auto probes = market.probes(id);
        const bool is_met =
            std::ranges::any_of(probes, [](const vm::Probe& probe) { return probe.step == 1; });
        const Money reserved = market.bench.job(id).match->reserved;
        const AccountNumber provider = market.bench.job(id).match->provider;

        const auto judged = market.send(id, market.proof(id, cheat));

        ASSERT_TRUE(judged);
        EXPECT_EQ(judged->verdict, is_met ? ProofVerdict::wrong : ProofVerdict::right)
            << judged->reason;
        EXPECT_EQ(market.bench.job(id).state, is_met ? JobState::slashed : JobState::proved);
        EXPECT_EQ(market.bench.provider(provider).bond, 1'000'000'000 - (is_met ? reserved : 0));
        slashed += is_met ? 1 : 0;
        market.bench.end_block();
    }
    EXPECT_GT(slashed, 6);
}

// A cheat that learns its seed cannot mend its run any more: what it committed to binds it.
TEST_F(VmJobs, A10_a_cheat_that_shows_the_honest_proof_shows_nothing_and_silence_costs_the_same) {
    const VmWork honest = market.work();
    const VmWork cheat = market.work(wrong_step(0));
    const JobId id = market.commit(cheat);
    ASSERT_TRUE(market.await_challenge(id));
    const Money reserved = market.bench.job(id).match->reserved;
    const AccountNumber provider = market.bench.job(id).match->provider;

    EXPECT_EQ(market.send(id, market.proof(id, honest))->verdict, ProofVerdict::malformed);
    while (market.bench.job(id).state == JobState::challenged) {
        market.bench.end_block();
    }

    EXPECT_EQ(market.bench.job(id).reason, Reason::silence);
    EXPECT_EQ(market.bench.provider(provider).bond, 1'000'000'000 - reserved);
}

TEST_F(VmJobs, A1_nothing_that_a_worker_chooses_moves_its_probes) {
    const VmWork honest = market.work();
    const JobId id = market.commit(honest);
    ASSERT_TRUE(market.await_challenge(id));
    const auto probes = market.probes(id);
    Job job = market.bench.job(id);
    for (std::size_t byte = 0; byte < 32; ++byte) {
        job.commit->trace_root[byte] ^= 0x5a;
        job.commit->output_root[31 - byte] ^= 0xa5;
        put_job(market.bench.state(), id, job).value();
        ASSERT_EQ(market.probes(id), probes);
    }
}

TEST_F(VmJobs, A17_no_flipped_bit_of_a_proof_is_right_or_puts_blame) {
    const VmWork honest = market.work();
    const JobId id = market.commit(honest);
    ASSERT_TRUE(market.await_challenge(id));
    const Bytes proof = market.proof(id, honest);
    SeededRandom random(17);
    for (int i = 0; i < 400; ++i) {
        Bytes flipped = proof;
        flipped[random.below(proof.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
        const auto mark = market.bench.state().mark();
        const auto judged = market.send(id, flipped);
        ASSERT_TRUE(judged);
        EXPECT_EQ(judged->verdict, ProofVerdict::malformed);
        EXPECT_EQ(market.bench.job(id).state, JobState::challenged);
        market.bench.state().roll_back(mark);
    }
    EXPECT_EQ(market.send(id, proof)->verdict, ProofVerdict::right);
}

TEST_F(VmJobs, A16_a_proof_cut_short_or_made_longer_is_malformed) {
    const VmWork honest = market.work();
    const JobId id = market.commit(honest);
    ASSERT_TRUE(market.await_challenge(id));
    const Bytes proof = market.proof(id, honest);
    for (std::size_t size = 0; size < proof.size(); size += 1 + proof.size() / 97) {
        const auto mark = market.bench.state().mark();
        EXPECT_EQ(market.send(id, ByteView(proof).first(size))->verdict, ProofVerdict::malformed);
        market.bench.state().roll_back(mark);
    }
    Bytes longer = proof;
    longer.push_back(0);
    EXPECT_EQ(market.send(id, longer)->verdict, ProofVerdict::malformed);
}

/// An honest run of which step 0 is committed to with bytes behind its elements, where nobody
/// reads.
VmWork with_padding(VmBench& market) {
    VmWork work = market.work();
    const vm::test::TestTensor& output = work.run.steps[0];
    const Hash256 root = padded_root(output);
    work.run.leaves[0] = vm::step_leaf(0, vm::tensor_id(output.type, root));
    work.run.outcome.trace_root = vm::trace_root(work.run.leaves);
    work.result.commit.trace_root = work.run.outcome.trace_root;
    return work;
}

TEST_F(VmJobs, A18_nothing_hides_in_padding) {
    const VmWork cheat = with_padding(market);
    const JobId id = market.commit(cheat);
    ASSERT_TRUE(market.await_challenge(id));
    vm::Proof proof = vm::decode_proof(market.proof(id, cheat)).value();
    const auto opened = std::ranges::find(
        proof.tensors, vm::Source{vm::Source::Kind::step, 0}, &vm::OpenedTensor::source
    );
    ASSERT_NE(opened, proof.tensors.end());
    opened->root = padded_root(cheat.run.steps[0]);
    opened->data[first_padding] = 1;

    const auto judged = market.send(id, vm::encode_proof(proof));

    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->verdict, ProofVerdict::malformed);
    EXPECT_EQ(judged->reason, "chunk 0 of step 0: padding that is not zero");
    while (market.bench.job(id).state == JobState::challenged) {
        market.bench.end_block();
    }
    EXPECT_EQ(market.bench.job(id).reason, Reason::silence);
}

// The same bytes as whole numbers, turned, or in one row: other tensors, of which no proof is
// right.
TEST_F(VmJobs, A19_bytes_of_an_input_stand_for_it_under_its_own_type_and_shape_alone) {
    const VmWork honest = market.work();
    const std::vector<Hash256> ids = vm::test::ids(market.it.inputs);
    for (const vm::TensorType& type :
         {vm::TensorType{vm::DType::i32, {12, 300}},
          vm::TensorType{vm::DType::f32, {300, 12}},
          vm::TensorType{vm::DType::f32, {3'600}}}) {
        SCOPED_TRACE(type.text());
        vm::test::TestTensor other = market.it.inputs[0];
        other.type = type;
        const Hash256 its_id = vm::test::ids({other})[0];
        ASSERT_NE(its_id, ids[0]);
        const JobId id = market.commit(honest, {its_id, ids[1]});
        ASSERT_TRUE(market.await_challenge(id));
        ASSERT_TRUE(std::ranges::any_of(market.probes(id), [](const vm::Probe& probe) {
            return probe.step == 0;
        }));

        const auto judged = market.send(id, market.proof(id, honest));

        ASSERT_TRUE(judged);
        EXPECT_EQ(judged->verdict, ProofVerdict::malformed);
    }
}

TEST_F(VmJobs, A20_no_step_is_shown_with_the_values_of_another) {
    const VmWork honest = market.work();
    const JobId id = market.commit(honest);
    ASSERT_TRUE(market.await_challenge(id));
    const Bytes proof = market.proof(id, honest);
    const vm::Proof opened = vm::decode_proof(proof).value();
    const std::size_t count = opened.tensors.size();
    ASSERT_GE(count, 4U);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < count; ++j) {
            if (i == j) {
                continue;
            }
            SCOPED_TRACE(fmt::format("tensor {} with the values of {}", i, j));
            vm::Proof forged = opened;
            const vm::Source source = forged.tensors[i].source;
            forged.tensors[i] = opened.tensors[j];
            forged.tensors[i].source = source;
            const auto mark = market.bench.state().mark();
            EXPECT_EQ(market.send(id, vm::encode_proof(forged))->verdict, ProofVerdict::malformed);
            market.bench.state().roll_back(mark);
        }
    }
    EXPECT_EQ(market.send(id, proof)->verdict, ProofVerdict::right);
}

// Most of its run is not there, so that a cheat would be cheap: it is settled for nothing.
TEST_F(VmJobs, A4_a_fault_that_the_run_has_not_is_fraud) {
    const VmWork lie = market.with_false_fault(2);
    const JobId id = market.commit(lie);
    ASSERT_TRUE(market.await_challenge(id));

    const auto judged = market.send(id, market.proof(id, lie));

    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->verdict, ProofVerdict::wrong) << judged->reason;
    EXPECT_EQ(market.bench.job(id).state, JobState::slashed);
}

// Each seed a program of its own: those that end in a fault are proved, and pay their part.
TEST(VmFaults, A4_a_fault_is_proved_and_earns_its_part) {
    int faults = 0;
    for (std::uint64_t seed = 0; seed < 60 && faults < 3; ++seed) {
        SeededRandom random(seed);
        vm::test::ProgramCase it = vm::test::mixed_program(random, 12);
        if (!vm::test::slow_run(it.program, it.inputs).outcome.fault) {
            continue;
        }
        ++faults;
        VmBench market(std::move(it));
        const VmWork honest = market.work();
        const JobId id = market.commit(honest);
        ASSERT_TRUE(market.await_challenge(id));
        const Job before = market.bench.job(id);
        EXPECT_GE(
            before.commit->price,
            std::min(before.match->price, market.bench.params.market.min_job_price)
        );
        EXPECT_LE(before.commit->price, before.match->price);

        const auto judged = market.send(id, market.proof(id, honest));

        ASSERT_TRUE(judged);
        EXPECT_EQ(judged->verdict, ProofVerdict::right) << "seed " << seed << judged->reason;
        market.bench.end_blocks(31);
        EXPECT_EQ(market.bench.job(id).reason, Reason::settled_fault);
        EXPECT_EQ(market.bench.job(id).paid, before.commit->price);
    }
    EXPECT_EQ(faults, 3);
}

// What a program's proof may take is known when it is registered, whatever is probed.
TEST(VmPrograms, A15_no_challenge_asks_for_more_than_was_admitted_and_prepaid) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        SeededRandom random(seed);
        VmBench market(vm::test::mixed_program(random, 12));
        EXPECT_LE(market.facts.proof_bytes, ledger::proof_bytes_limit);
        EXPECT_LE(market.facts.proof_gas, ledger::proof_gas_limit);
        const VmWork honest = market.work();
        if (honest.result.inline_result.size() > inline_result_size_max) {
            continue;
        }
        const JobId id = market.commit(honest);
        const Money escrow = market.bench.job(id).proof_escrow;
        ASSERT_TRUE(market.await_challenge(id));
        const Challenge challenge = *market.bench.job(id).challenge;
        EXPECT_LE(challenge.bytes, market.facts.proof_bytes);
        EXPECT_LE(challenge.gas, market.facts.proof_gas);

        const Bytes proof = market.proof(id, honest);
        const auto judged = market.send(id, proof);

        ASSERT_TRUE(judged) << judged.error().log;
        EXPECT_EQ(judged->verdict, ProofVerdict::right) << judged->reason;
        EXPECT_LE(judged->gas, challenge.gas);
        EXPECT_LE(proof.size(), challenge.bytes);
        EXPECT_LE(proof_price(market.bench.params, proof.size(), judged->gas), escrow);
    }
}

}  // namespace
}  // namespace steelyard::market
