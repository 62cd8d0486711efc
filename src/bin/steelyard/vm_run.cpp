// vm: runs, and the machine that they run on.
#include "base/hex.h"
#include "base/thread_pool.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/files/npy.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <chrono>
#include <thread>

namespace steelyard::wallet {
namespace {

constexpr std::size_t threads_max = 1024;
constexpr std::uint64_t memory_bytes_max = std::uint64_t{1} << 62;
constexpr auto progress_interval = std::chrono::milliseconds(200);

using Clock = std::chrono::steady_clock;

std::uint64_t machine_memory() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long size = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0
               ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size)
               : ~std::uint64_t{0};
}

struct RunChoices {
    VmSource source{};
    VmInputs inputs{};
    VmMachine machine{};
    std::string folder{};  ///< of the outputs; empty: they are not written
    bool has_no_trace = false;
};

/// A run that has come to its end, or to a fault.
struct Done {
    VmProgram program;
    vm::RunResult result{};
    double seconds = 0;
};

Outcome<Done> run_program(const RunChoices& choices) {
    TRY_ASSIGN(Tensors given, read_inputs(choices.inputs));
    TRY_ASSIGN(VmProgram program, load_program(choices.source, &given));
    TRY_ASSIGN(
        std::vector<vm::Tensor> tensors, gather_inputs(program, choices.inputs, std::move(given))
    );
    TRY_ASSIGN(const HeldInputs inputs, HeldInputs::hold(std::move(tensors)));
    TRY_ASSIGN(const auto machine, VmRun::make(choices.machine));
    vm::RunOptions options = machine->options(program.checked);
    options.trace = !choices.has_no_trace;
    const auto start = Clock::now();
    auto result = vm::run(program.checked, inputs.views(), options);
    const std::chrono::duration<double> seconds = Clock::now() - start;
    machine->finish_progress();
    TRY(result);
    return Done{
        .program = std::move(program), .result = *std::move(result), .seconds = seconds.count()
    };
}

/// Before the run, whose work would be lost.
Outcome<void> make_folder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder, error)) {
        return std::unexpected(
            Complaint(Exit::failed, "io_error", fmt::format("cannot make the folder {}", folder))
        );
    }
    return {};
}

Outcome<void> write_outputs(const std::string& folder, const Done& done) {
    const auto& outputs = done.program.checked.program().outputs;
    for (std::size_t index = 0; index < done.result.outputs.size(); ++index) {
        const vm::Tensor& tensor = done.result.outputs[index];
        const auto path = std::filesystem::path(folder) / (outputs[index].name + ".npy");
        TRY(write_bytes(path.native(), vm::write_npy(tensor.type, tensor.data)));
    }
    return {};
}

std::string_view kind_text(vm::Fault::Kind kind) {
    return kind == vm::Fault::Kind::out_of_bound ? "out_of_bound" : "bad_index";
}

std::string fault_json(const vm::CheckedProgram& program, const vm::Fault& fault) {
    const vm::Step step = program.step(fault.step);
    JsonObject out;
    out.text("kind", kind_text(fault.kind));
    out.number("step", fault.step);
    out.number("element", fault.element);
    out.number("node", step.node);
    out.text("op", to_string(program.program().nodes[step.node].op));
    return out.value();
}

std::string fault_text(const vm::CheckedProgram& program, const vm::Fault& fault) {
    const vm::Step step = program.step(fault.step);
    return fmt::format(
        "{} at step {}, node {} ({}), element {} of {}",
        kind_text(fault.kind),
        fault.step,
        step.node,
        to_string(program.program().nodes[step.node].op),
        fault.element,
        program.call(step.node).output.text()
    );
}

std::string run_json(const Done& done, bool has_trace) {
    const vm::RunOutcome& outcome = done.result.outcome;
    const vm::CheckedProgram& program = done.program.checked;
    JsonObject out;
    out.text("output_root", to_hex(outcome.output_root));
    out.text("trace_root", has_trace ? to_hex(outcome.trace_root) : "");
    out.number("work_units", program.work_units());
    out.number("steps", outcome.steps);
    out.raw("seconds", fmt::format("{:.6f}", done.seconds));
    out.number("peak_bytes", program.peak_bytes());
    if (outcome.fault) {
        out.raw("fault", fault_json(program, *outcome.fault));
    }
    return out.value() + "\n";
}

std::string run_text(const Done& done, bool has_trace) {
    const vm::RunOutcome& outcome = done.result.outcome;
    const vm::CheckedProgram& program = done.program.checked;
    Fields fields = {
        {"output root", to_hex(outcome.output_root)},
        {"trace root", has_trace ? to_hex(outcome.trace_root) : "not traced"},
        {"steps", grouped(outcome.steps)},
        {"work units", grouped(program.work_units())},
        {"seconds", fmt::format("{:.6f}", done.seconds)},
        {"memory", grouped(program.peak_bytes()) + " bytes"},
    };
    if (outcome.fault) {
        fields.emplace_back("fault", fault_text(program, *outcome.fault));
    }
    return fields_text(fields);
}

Outcome<Exit> run_and_report(const Context& context, const RunChoices& choices) {
    if (!choices.folder.empty()) {
        TRY(make_folder(choices.folder));
    }
    TRY_ASSIGN(const Done done, run_program(choices));
    if (!choices.folder.empty()) {
        TRY(write_outputs(choices.folder, done));
    }
    const bool has_trace = !choices.has_no_trace;
    print(context.json() ? run_json(done, has_trace) : run_text(done, has_trace));
    return done.result.outcome.fault ? Exit::fault : Exit::ok;
}

/// A line for each step: its number, node and leaf. Where two machines part, the first line that
/// differs names the step.
Outcome<Exit> print_trace(const RunChoices& choices) {
    TRY_ASSIGN(const Done done, run_program(choices));
    const vm::CheckedProgram& program = done.program.checked;
    for (std::uint64_t index = 0; index < done.result.step_leaves.size(); ++index) {
        const std::uint32_t node = program.step(index).node;
        print(fmt::format(
            "{} {} {} {}\n",
            index,
            node,
            to_string(program.program().nodes[node].op),
            to_hex(done.result.step_leaves[index])
        ));
    }
    return done.result.outcome.fault ? Exit::fault : Exit::ok;
}

CLI::App* add_runner(CLI::App& vm, const char* name, const char* help, RunChoices& choices) {
    auto* command = vm.add_subcommand(name, help);
    add_source(*command, choices.source);
    add_inputs(*command, choices.inputs);
    add_machine(*command, choices.machine);
    return command;
}

}  // namespace

VmRun::VmRun() = default;
VmRun::~VmRun() = default;

Outcome<std::unique_ptr<VmRun>> VmRun::make(const VmMachine& machine) {
    auto isa = vm::cpu::best_isa();
    if (!machine.isa.empty()) {
        TRY_ASSIGN(isa, vm::cpu::isa_from_name(machine.isa));
    }
    const std::size_t threads = machine.threads > 0
                                    ? machine.threads
                                    : std::max<std::size_t>(1, std::thread::hardware_concurrency());
    std::unique_ptr<VmRun> run(new VmRun);
    run->memory_max_ = machine.memory_max > 0 ? machine.memory_max : machine_memory();
    run->backend_ = vm::cpu::make_cpu_backend(isa);
    run->pool_ = std::make_unique<ThreadPool>(threads - 1);
    run->shows_progress_ = ::isatty(STDERR_FILENO) == 1;
    return run;
}

vm::RunOptions VmRun::options(const vm::CheckedProgram& program) {
    vm::RunOptions options{.backend = backend_.get()};
    options.memory_bytes_max = memory_max_;
    if (pool_->thread_count() > 0) {
        options.parallel = [this](std::size_t count, const auto& body) {
            pool_->parallel_for(count, body);
        };
    }
    if (shows_progress_) {
        options.on_step = [steps = program.step_count(),
                           last = Clock::now()](std::uint64_t done) mutable {
            if (Clock::now() - last >= progress_interval) {
                last = Clock::now();
                tell(fmt::format("\rstep {} of {}", grouped(done), grouped(steps)));
            }
            return true;
        };
    }
    return options;
}

void VmRun::finish_progress() {
    if (shows_progress_) {
        tell("\r\033[K");
    }
}

void add_machine(CLI::App& command, VmMachine& machine) {
    command.add_option("--threads", machine.threads, "Else as many as the machine has")
        ->check(CLI::Range(std::size_t{1}, threads_max));
    command
        .add_option(
            "--isa",
            machine.isa,
            "scalar, scalar-soft-fma, avx2, avx512-no-vnni, avx512; else the best"
        )
        ->envname("STEELYARD_ISA");
    command
        .add_option(
            "--memory-max", machine.memory_max, "Bytes that a run may take; else the machine's"
        )
        ->check(CLI::Range(std::uint64_t{1}, memory_bytes_max));
}

void add_vm_runs(CLI::App& vm, Context& context) {
    auto run = std::make_shared<RunChoices>();
    auto* command =
        add_runner(vm, "run", "Run a program; its roots, and its outputs as files", *run);
    command->add_option("--out", run->folder, "A folder for NAME.npy of each output");
    command->add_flag("--no-trace", run->has_no_trace, "Compute the output root alone");
    command->callback([&context, run] {
        context.action = [&context, run] { return run_and_report(context, *run); };
    });
    auto trace = std::make_shared<RunChoices>();
    add_runner(vm, "trace", "Run a program; a line with the leaf of each step", *trace)
        ->callback([&context, trace] { context.action = [trace] { return print_trace(*trace); }; });
}

}  // namespace steelyard::wallet
