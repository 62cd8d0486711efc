#include "tests/support/cheating_worker/false_child.h"

#include "tests/support/vm/slow_run.h"
#include "worker/job_folder.h"

#include <cstdio>

namespace steelyard::worker::test {
namespace {

using Clock = std::chrono::steady_clock;

struct FalseRun {
    std::vector<vm::test::TestTensor> inputs{};
    vm::test::SlowRun run{};
};

FalseRun run_falsely(const JobFolder& job) {
    FalseRun out;
    for (const vm::TensorView& input : job.inputs()) {
        out.inputs.push_back({input.type, to_bytes(input.data)});
    }
    out.run = vm::test::slow_run(job.program(), out.inputs, vm::test::flip_all);
    return out;
}

Result<void> write_outcome(JobFolder& job) {
    const auto start = Clock::now();
    const FalseRun done = run_falsely(job);
    vm::RunResult result{.outcome = done.run.outcome, .step_leaves = done.run.leaves};
    for (const vm::test::TestTensor& output : done.run.outputs) {
        result.outputs.push_back({.type = output.type, .data = output.data});
    }
    TRY(job.write_result(
        result, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start)
    ));
    return {};
}

Result<void> write_proof(JobFolder& job) {
    if (!job.record().proof) {
        return fail(ErrorCode::not_found, "no proof is asked for");
    }
    const FalseRun done = run_falsely(job);
    const auto probes = job.probes(done.run.outcome, *job.record().proof);
    return job.write_proof(vm::test::slow_prove(job.program(), done.inputs, done.run, probes));
}

ChildExit complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return ChildExit::bad_folder;
}

}  // namespace

std::optional<ChildExit> run_false_child(
    std::string_view verb, const std::filesystem::path& folder
) {
    if (verb != "job" && verb != "prove") {
        return std::nullopt;
    }
    auto job = JobFolder::open(folder);
    if (!job) {
        return complain(job.error());
    }
    const Result<void> done = verb == "job" ? write_outcome(*job) : write_proof(*job);
    return done ? ChildExit::ok : complain(done.error());
}

}  // namespace steelyard::worker::test
