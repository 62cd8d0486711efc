// detect: what the machine has.
#include "bin/steelyard-worker/command.h"
#include "bin/steelyard-worker/home.h"
#include "bin/steelyardd/report.h"
#include "vm/backend/cpu/cpu_backend.h"

#include <CLI/CLI.hpp>

#include <array>

namespace steelyard::worker_program {
namespace {

constexpr std::array all_isas = {
    vm::cpu::Isa::scalar,
    vm::cpu::Isa::scalar_soft_fma,
    vm::cpu::Isa::avx2,
    vm::cpu::Isa::avx512_no_vnni,
    vm::cpu::Isa::avx512,
};

std::string available_isas() {
    std::string out;
    for (const auto isa : all_isas) {
        if (vm::cpu::is_available(isa)) {
            out += (out.empty() ? "" : ", ") + std::string(vm::cpu::to_string(isa));
        }
    }
    return out;
}

/// Devices of NVIDIA's driver, the only kind of GPU that jobs could run on.
std::uint32_t count_gpus() {
    std::uint32_t count = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc/driver/nvidia/gpus", error), end;
         !error && at != end;
         at.increment(error)) {
        ++count;
    }
    return count;
}

Result<Exit> detect(const Context& context) {
    TRY_ASSIGN(const auto home, find_home(context));
    std::error_code error;
    auto folder = home;
    while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    const MachineFacts machine = read_machine(folder);
    const std::uint32_t gpus = count_gpus();
    const daemon::Fields fields = {
        {"processor", machine.processor},
        {"cores", std::to_string(machine.cores)},
        {"instruction_set", std::string(vm::cpu::to_string(vm::cpu::best_isa()))},
        {"available", available_isas()},
        {"memory_bytes", std::to_string(machine.memory_bytes)},
        {"disk_free_bytes", std::to_string(machine.disk_free_bytes)},
        {"gpus", std::to_string(gpus)},
        {"usable_gpus", "0"},
        {"gpus_why", gpus == 0 ? "there is none" : "this build computes on processors alone"},
    };
    print(context.json() ? daemon::json_of(fields) : daemon::text_of(fields));
    return Exit::ok;
}

}  // namespace

void add_detect(CLI::App& app, Context& context) {
    app.add_subcommand("detect", "What the machine has, and what of it jobs can use")
        ->callback([&context] { context.action = [&context] { return detect(context); }; });
}

}  // namespace steelyard::worker_program
