#include "worker/job_child.h"

#include "base/thread_pool.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/run/prover.h"
#include "worker/job_folder.h"

#include <cstdio>
#include <new>

namespace steelyard::worker {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto progress_interval = std::chrono::milliseconds(200);

/// To its log, and to its worker, who may have no disk left for a log.
ChildExit complain(ChildExit exit, const Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    std::printf("error %s\n", error.message().c_str());
    std::fflush(stdout);
    return exit;
}

ChildExit exit_of_write(ErrorCode code) {
    return code == ErrorCode::no_space ? ChildExit::no_disk : ChildExit::bad_folder;
}

ChildExit exit_of_folder(ErrorCode code) {
    return code == ErrorCode::invalid ? ChildExit::bad_inputs : ChildExit::bad_folder;
}

ChildExit exit_of_run(ErrorCode code) {
    switch (code) {
        case ErrorCode::no_space:
            return ChildExit::no_memory;
        case ErrorCode::corrupt:
            return ChildExit::wrong_machine;
        case ErrorCode::invalid:
        case ErrorCode::too_large:
        case ErrorCode::not_found:
        case ErrorCode::io:
        case ErrorCode::unsupported:
        case ErrorCode::denied:
        case ErrorCode::insufficient:
            return ChildExit::bad_inputs;
    }
    return ChildExit::bad_inputs;
}

/// Backend, threads and lines of progress of a run.
class Machine {
public:
    static Result<Machine> make(const JobFolder& job, const MakeBackend& make) {
        Machine out;
        TRY_ASSIGN(out.backend_, make(job.record().settings));
        out.pool_ = std::make_unique<ThreadPool>(job.record().settings.threads - 1);
        out.steps_ = job.program().step_count();
        out.memory_max_ = job.record().settings.memory_max;
        return out;
    }

    vm::RunOptions options() const {
        vm::RunOptions options{.backend = backend_.get()};
        if (memory_max_ > 0) {
            options.memory_bytes_max = memory_max_;
        }
        if (pool_->thread_count() > 0) {
            options.parallel = [pool = pool_.get()](std::size_t count, const auto& body) {
                pool->parallel_for(count, body);
            };
        }
        options.on_step = [of = steps_, last = Clock::time_point()](std::uint64_t done) mutable {
            if (Clock::now() - last >= progress_interval) {
                last = Clock::now();
                std::printf(
                    "steps %llu %llu\n",
                    static_cast<unsigned long long>(done),
                    static_cast<unsigned long long>(of)
                );
                std::fflush(stdout);
            }
            return true;
        };
        return options;
    }

private:
    std::unique_ptr<vm::Backend> backend_{};
    std::unique_ptr<ThreadPool> pool_{};
    std::uint64_t steps_ = 0;
    std::uint64_t memory_max_ = 0;
};

ChildExit run_opened(JobFolder& job, const MakeBackend& make) {
    const auto machine = Machine::make(job, make);
    if (!machine) {
        return complain(ChildExit::wrong_machine, machine.error());
    }
    const auto start = Clock::now();
    const auto result = vm::run(job.program(), job.inputs(), machine->options());
    if (!result) {
        return complain(exit_of_run(result.error().code()), result.error());
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    const auto written = job.write_result(*result, took);
    return written ? ChildExit::ok
                   : complain(exit_of_write(written.error().code()), written.error());
}

ChildExit prove_opened(JobFolder& job, const MakeBackend& make) {
    const auto machine = Machine::make(job, make);
    if (!machine) {
        return complain(ChildExit::wrong_machine, machine.error());
    }
    const auto result = job.read_result();
    if (!result) {
        return complain(ChildExit::bad_folder, result.error());
    }
    if (!job.record().proof) {
        return complain(
            ChildExit::bad_folder, Error(ErrorCode::not_found, "no proof is asked for")
        );
    }
    const auto probes = job.probes(result->outcome, *job.record().proof);
    const auto proof = vm::prove(job.program(), job.inputs(), *result, probes, machine->options());
    if (!proof) {
        return complain(exit_of_run(proof.error().code()), proof.error());
    }
    const auto written = job.write_proof(*proof);
    return written ? ChildExit::ok
                   : complain(exit_of_write(written.error().code()), written.error());
}

template <typename Work>
ChildExit in_folder(const std::filesystem::path& folder, const Work& work) {
    try {
        auto job = JobFolder::open(folder);
        return job ? work(*job) : complain(exit_of_folder(job.error().code()), job.error());
    } catch (const std::bad_alloc&) {
        return complain(ChildExit::no_memory, Error(ErrorCode::no_space, "memory is gone"));
    }
}

}  // namespace

Result<std::unique_ptr<vm::Backend>> make_cpu_backend(const ChildSettings& settings) {
    auto isa = vm::cpu::best_isa();
    if (!settings.backend.empty()) {
        TRY_ASSIGN(isa, vm::cpu::isa_from_name(settings.backend));
    }
    return vm::cpu::make_cpu_backend(isa);
}

ChildExit run_job(const std::filesystem::path& folder, const MakeBackend& make) {
    return in_folder(folder, [&](JobFolder& job) { return run_opened(job, make); });
}

ChildExit prove_job(const std::filesystem::path& folder, const MakeBackend& make) {
    return in_folder(folder, [&](JobFolder& job) { return prove_opened(job, make); });
}

std::optional<ChildExit> run_child_command(
    std::string_view verb, const std::filesystem::path& folder
) {
    if (verb == "job") {
        return run_job(folder);
    }
    return verb == "prove" ? std::optional(prove_job(folder)) : std::nullopt;
}

}  // namespace steelyard::worker
