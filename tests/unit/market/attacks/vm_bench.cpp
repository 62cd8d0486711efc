#include "tests/unit/market/attacks/vm_bench.h"

#include "base/check.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

namespace steelyard::test {

using namespace market;

namespace {

CommittedResult result_of(const vm::test::SlowRun& run) {
    CommittedResult result{
        .commit =
            {
                .output_root = run.outcome.output_root,
                .trace_root = run.outcome.trace_root,
                .steps = run.outcome.steps,
            },
    };
    if (const auto& fault = run.outcome.fault) {
        result.commit.fault = FaultPlace{
            .kind = static_cast<std::uint8_t>(fault->kind),
            .step = fault->step,
            .element = fault->element,
        };
        return result;
    }
    for (const vm::test::TestTensor& output : run.outputs) {
        append(result.inline_result, output.data);
    }
    return result;
}

}  // namespace

VmBench::VmBench(vm::test::ProgramCase program_case) : it(std::move(program_case)) {
    bench.judge = &verifier_;
    bench.params.market.min_slash = 1'000'000;
    bench.params.market.issue_gas_max = 100'000'000;
    bench.end_block();
    const Bytes bytes = vm::encode_program(it.program.program());
    const auto registered = bench.run([&](Context& context) {
        return register_program(context, bench.person(0), bytes);
    });
    CHECK(registered.has_value());
    program = *registered;
    facts = get_program(bench.state(), program).value()->facts;
}

VmWork VmBench::work(const vm::test::Tamper& tamper) const {
    VmWork work{.run = vm::test::slow_run(it.program, it.inputs, tamper)};
    work.result = result_of(work.run);
    return work;
}

VmWork VmBench::with_false_fault(std::uint64_t step) const {
    VmWork work{.run = vm::test::slow_run(it.program, it.inputs)};
    CHECK(step < work.run.leaves.size());
    work.run.outputs.clear();
    work.run.steps.resize(step);
    work.run.leaves.resize(step);
    vm::RunOutcome& outcome = work.run.outcome;
    outcome.fault = vm::Fault{vm::Fault::Kind::out_of_bound, step, 0};
    outcome.steps = step;
    outcome.trace_root = vm::trace_root(work.run.leaves);
    outcome.output_root = vm::fault_root(*outcome.fault);
    work.result = result_of(work.run);
    return work;
}

JobId VmBench::commit(const VmWork& work, std::vector<crypto::Hash256> inputs) {
    constexpr Price price = 50'000'000;
    const AccountNumber provider = bench.make_provider(providers_++);
    bench.ask(provider, price, facts.work_units);
    OrderTerms terms = bench.terms(2 * price);
    terms.program = program;
    terms.retries = 0;
    if (inputs.empty()) {
        inputs = vm::test::ids(it.inputs);
    }
    terms.inputs.assign(inputs.begin(), inputs.end());
    const JobId id = bench.order(bench.person(1), terms);
    bench.end_block();
    CHECK(bench.job(id).state == JobState::matched);
    bench.start(id);
    const AccountNumber worker = bench.job(id).match->worker;
    const auto committed = bench.run([&](Context& context) {
        return commit_result(context, worker, id, work.result);
    });
    CHECK(committed.has_value());
    return id;
}

bool VmBench::await_challenge(const JobId& id) {
    while (bench.job(id).state == JobState::committed) {
        bench.end_block();
    }
    return bench.job(id).state == JobState::challenged;
}

std::vector<vm::Probe> VmBench::probes(const JobId& id) const {
    const Job job = bench.job(id);
    vm::RunOutcome outcome{
        .output_root = job.commit->output_root,
        .trace_root = job.commit->trace_root,
        .steps = job.commit->steps,
    };
    if (const auto& fault = job.commit->fault) {
        outcome.fault =
            vm::Fault{static_cast<vm::Fault::Kind>(fault->kind), fault->step, fault->element};
    }
    return node::VmVerifier::probes_of(
        it.program, outcome, job.challenge->seed, job.challenge->probes
    );
}

Bytes VmBench::proof(const JobId& id, const VmWork& work) const {
    return vm::encode_proof(vm::test::slow_prove(it.program, it.inputs, work.run, probes(id)));
}

Outcome<Judgement> VmBench::send(const JobId& id, ByteView proof) {
    const AccountNumber worker = bench.job(id).match->worker;
    return bench.run([&](Context& context) { return spot_check(context, worker, id, proof); });
}

}  // namespace steelyard::test
