// bench: how fast the machine is, in what the market trades.
#include "base/thread_pool.h"
#include "bin/steelyard-worker/command.h"
#include "bin/steelyard-worker/home.h"
#include "bin/steelyardd/report.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/samples/typical.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace steelyard::worker_program {
namespace {

constexpr std::uint32_t rounds_max = 100;

struct BenchChoices {
    std::uint32_t rounds = 2;
    std::string backend{};
};

/// Of a program, in work units a second, traced.
struct Speed {
    std::string program{};
    double one_thread = 0;
    double all_threads = 0;
};

/// The best of the rounds.
Result<double> speed_of(
    const vm::Subject& subject, const vm::RunOptions& options, std::uint32_t rounds
) {
    double best = 0;
    for (std::uint32_t round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        TRY(vm::run(subject.program, subject.inputs.views(), options));
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const auto work = static_cast<double>(subject.program.gas()) / vm::gas_per_work_unit;
        best = std::max(best, work / std::max(seconds, 1e-9));
    }
    return best;
}

Result<std::vector<Speed>> measure(const BenchChoices& choices) {
    auto isa = vm::cpu::best_isa();
    if (!choices.backend.empty()) {
        TRY_ASSIGN(isa, vm::cpu::isa_from_name(choices.backend));
    }
    const auto backend = vm::cpu::make_cpu_backend(isa);
    ThreadPool pool(std::max(1U, std::thread::hardware_concurrency()) - 1);
    const vm::RunOptions one{.backend = backend.get()};
    vm::RunOptions all = one;
    all.parallel = [&pool](std::size_t count, const auto& body) { pool.parallel_for(count, body); };
    TRY_ASSIGN(const auto subjects, vm::typical_programs());
    std::vector<Speed> out;
    for (const vm::Subject& subject : subjects) {
        Speed speed{.program = subject.name};
        TRY_ASSIGN(speed.one_thread, speed_of(subject, one, choices.rounds));
        TRY_ASSIGN(speed.all_threads, speed_of(subject, all, choices.rounds));
        out.push_back(std::move(speed));
    }
    return out;
}

/// What a job is sure to get, whatever its program is like: whole work units, on all threads.
std::uint64_t floor_of(const std::vector<Speed>& speeds) {
    const auto least = std::ranges::min(speeds, {}, &Speed::all_threads);
    return static_cast<std::uint64_t>(least.all_threads);
}

std::string json_of(const std::vector<Speed>& speeds) {
    std::string rows;
    for (const Speed& speed : speeds) {
        rows += (rows.empty() ? "" : ", ") +
                fmt::format(
                    R"({{"program": {}, "one_thread": {:.3f}, "all_threads": {:.3f}}})",
                    daemon::json_quoted(speed.program),
                    speed.one_thread,
                    speed.all_threads
                );
    }
    return fmt::format(
        "{{\"work_units_per_second\": [{}], \"floor\": {}}}\n", rows, floor_of(speeds)
    );
}

std::string text_of(const std::vector<Speed>& speeds) {
    std::vector<std::vector<std::string>> rows = {{"PROGRAM", "WU/S ON ONE THREAD", "ON ALL"}};
    for (const Speed& speed : speeds) {
        rows.push_back(
            {speed.program,
             fmt::format("{:.2f}", speed.one_thread),
             fmt::format("{:.2f}", speed.all_threads)}
        );
    }
    return daemon::table_of(rows) +
           fmt::format(
               "\nfloor of a class that this machine holds, with one job at a time: {} work units "
               "a second\n",
               floor_of(speeds)
           );
}

Result<Exit> bench(const Context& context, const BenchChoices& choices) {
    TRY_ASSIGN(const auto speeds, measure(choices));
    print(context.json() ? json_of(speeds) : text_of(speeds));
    return Exit::ok;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
    auto choices = std::make_shared<BenchChoices>();
    auto* command = app.add_subcommand("bench", "Work units a second, by kinds of programs");
    command->add_option("--rounds", choices->rounds, "The best of so many counts")
        ->check(CLI::Range(std::uint32_t{1}, rounds_max))
        ->capture_default_str();
    command->add_option("--backend", choices->backend, "scalar, avx2, ...; else the best");
    command->callback([&context, choices] {
        context.action = [&context, choices] { return bench(context, *choices); };
    });
}

}  // namespace steelyard::worker_program
