// selftest: whether the machine computes what all others do, and has what a worker needs.
#include "base/hex.h"
#include "base/thread_pool.h"
#include "bin/steelyard-worker/command.h"
#include "bin/steelyard-worker/home.h"
#include "bin/steelyardd/report.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/run/prover.h"
#include "vm/samples/known.h"
#include "worker/needs.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <thread>

namespace steelyard::worker_program {
namespace {

constexpr int rounds = 5;
constexpr std::uint64_t memory_bytes_min = std::uint64_t{1} << 30;
constexpr std::uint64_t disk_bytes_min = std::uint64_t{1} << 30;
constexpr std::uint32_t probes = 4;

struct Check {
    std::string name{};
    std::string actual{};
    std::string required{};
    std::string fix{};
    bool is_good = true;
};

using Checks = std::vector<Check>;

constexpr std::string_view fix_machine =
    "no job may run here: check memory and processor, overclocking, the emulator";

/// What a run came to: "right", or which root is another.
std::string outcome_of(const vm::KnownAnswer& known, const vm::RunOptions& options) {
    const auto result = vm::run(known.subject.program, known.subject.inputs.views(), options);
    if (!result) {
        return result.error().message();
    }
    if (result->outcome.output_root != known.output_root) {
        return "another output: " + to_hex(result->outcome.output_root);
    }
    if (result->outcome.trace_root != known.trace_root) {
        return "another trace: " + to_hex(result->outcome.trace_root);
    }
    // A proof is verified by rule, element by element, before it is given out.
    const auto drawn =
        vm::derive_probes(known.subject.program, result->outcome, known.output_root, probes);
    const auto proof =
        vm::prove(known.subject.program, known.subject.inputs.views(), *result, drawn, options);
    return proof ? "right" : proof.error().message();
}

/// Every program on one backend; the first that is wrong.
Check check_backend(
    std::string_view name,
    vm::Backend& backend,
    const std::vector<vm::KnownAnswer>& known,
    bool is_quick
) {
    Check out{.name = fmt::format("backend {}", name), .actual = "right", .required = "right"};
    ThreadPool pool(std::max(1U, std::thread::hardware_concurrency()));
    for (int round = 0; round < (is_quick ? 1 : rounds); ++round) {
        vm::RunOptions options{.backend = &backend};
        if (round > 0) {
            options.parallel = [&pool](std::size_t count, const auto& body) {
                pool.parallel_for(count, body);
            };
        }
        for (const vm::KnownAnswer& one : known) {
            const std::string actual = outcome_of(one, options);
            if (actual != out.required) {
                out.actual = fmt::format("{}: {}", one.subject.name, actual);
                out.fix = fix_machine;
                out.is_good = false;
                return out;
            }
        }
    }
    return out;
}

Result<Checks> check_backends(bool is_quick) {
    TRY_ASSIGN(const auto known, vm::known_answers());
    Checks out;
    for (const auto isa :
         {vm::cpu::Isa::scalar,
          vm::cpu::Isa::scalar_soft_fma,
          vm::cpu::Isa::avx2,
          vm::cpu::Isa::avx512_no_vnni,
          vm::cpu::Isa::avx512}) {
        if (vm::cpu::is_available(isa)) {
            const auto backend = vm::cpu::make_cpu_backend(isa);
            out.push_back(check_backend(vm::cpu::to_string(isa), *backend, known, is_quick));
        }
    }
    return out;
}

Check check_amount(
    std::string name, std::uint64_t actual, std::uint64_t required, std::string fix
) {
    const bool is_good = actual >= required;
    return {
        .name = std::move(name),
        .actual = std::to_string(actual),
        .required = std::to_string(required),
        .fix = is_good ? "" : std::move(fix),
        .is_good = is_good,
    };
}

/// What the settings promise, where there are some; else the least that is of use.
Checks check_machine(const std::filesystem::path& home) {
    std::error_code error;
    auto folder = home;
    while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    const MachineFacts machine = read_machine(folder);
    std::uint64_t memory = memory_bytes_min;
    std::uint64_t disk = disk_bytes_min;
    if (const auto settings = load_settings(home)) {
        const auto options = worker_options(home, *settings, machine);
        memory = std::max(memory, options.can.memory_max * options.slots);
        disk = std::max(disk, options.can.disk_max);
    }
    return {
        check_amount("memory bytes", machine.memory_bytes, memory, "lower memory_max or slots"),
        check_amount(
            "disk bytes free", machine.disk_free_bytes, disk, "make room, or lower disk_max"
        ),
    };
}

std::string json_of(const Checks& checks) {
    std::string out;
    for (const Check& check : checks) {
        out += (out.empty() ? "[" : ",\n ") +
               fmt::format(
                   R"({{"check": {}, "actual": {}, "required": {}, "fix": {}, "good": {}}})",
                   daemon::json_quoted(check.name),
                   daemon::json_quoted(check.actual),
                   daemon::json_quoted(check.required),
                   daemon::json_quoted(check.fix),
                   check.is_good
               );
    }
    return out + "]\n";
}

std::string text_of(const Checks& checks) {
    std::vector<std::vector<std::string>> rows = {{"CHECK", "ACTUAL", "REQUIRED", "FIX"}};
    for (const Check& check : checks) {
        rows.push_back({check.name, check.actual, check.required, check.fix});
    }
    return daemon::table_of(rows);
}

Result<Exit> selftest(const Context& context, bool is_quick) {
    TRY_ASSIGN(const auto home, find_home(context));
    TRY_ASSIGN(Checks checks, check_backends(is_quick));
    for (Check& check : check_machine(home)) {
        checks.push_back(std::move(check));
    }
    print(context.json() ? json_of(checks) : text_of(checks));
    return std::ranges::all_of(checks, &Check::is_good) ? Exit::ok : Exit::unfit;
}

}  // namespace

void add_selftest(CLI::App& app, Context& context) {
    auto is_quick = std::make_shared<bool>(false);
    auto* command = app.add_subcommand(
        "selftest", "Compute known answers on every instruction set, and look at the machine"
    );
    command->add_flag("--quick", *is_quick, "Once, on one thread");
    command->callback([&context, is_quick] {
        context.action = [&context, is_quick] { return selftest(context, *is_quick); };
    });
}

}  // namespace steelyard::worker_program
