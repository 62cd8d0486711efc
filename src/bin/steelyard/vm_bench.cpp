// vm bench: how fast this machine runs a program, or programs that are typical.
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "bin/steelyard/vm_stopwatch.h"
#include "vm/samples/typical.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>

namespace steelyard::wallet {
namespace {

using vm::Subject;

constexpr std::uint32_t rounds_max = 1'000;

struct BenchChoices {
    VmSource source{};
    VmInputs inputs{};
    VmMachine machine{};
    std::uint32_t rounds = 3;
    Grouping grouping = Grouping::none;
};

/// Seconds: by the clock, and of the processor.
struct Time {
    double wall = 0;
    double cpu = 0;
};

/// The best of the rounds.
struct Times {
    Time traced{};
    Time untraced{};
};

Outcome<Time> time_of_run(const Subject& subject, const vm::RunOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpu_seconds();
    TRY_ASSIGN(
        const vm::RunResult result, vm::run(subject.program, subject.inputs.views(), options)
    );
    const Time out{
        .wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
        .cpu = cpu_seconds() - cpu_start,
    };
    if (result.outcome.fault) {
        return usage("the run ends in a fault at step {}", result.outcome.fault->step);
    }
    return out;
}

/// Runs with a trace and runs without take turns: what else the machine does meets both.
Outcome<Times> measure(const Subject& subject, const BenchChoices& choices, std::size_t threads) {
    VmMachine machine = choices.machine;
    machine.threads = threads;
    TRY_ASSIGN(const auto run, VmRun::make(machine));
    vm::RunOptions options = run->options(subject.program);
    options.on_step = {};
    Times best;
    for (std::uint32_t round = 0; round < choices.rounds; ++round) {
        for (Time* least : {&best.traced, &best.untraced}) {
            options.trace = least == &best.traced;
            TRY_ASSIGN(const Time time, time_of_run(subject, options));
            least->wall = round == 0 ? time.wall : std::min(least->wall, time.wall);
            least->cpu = round == 0 ? time.cpu : std::min(least->cpu, time.cpu);
        }
    }
    return best;
}

struct NamedGroup {
    std::string name{};
    GroupTime time{};
};

/// The CPU time that each group of nodes takes on one thread, the dearest first; of each the best
/// of the rounds. "other" is what no node takes: commitments and the arena.
Outcome<std::vector<NamedGroup>> times_of_groups(
    const Subject& subject, const BenchChoices& choices
) {
    VmMachine machine = choices.machine;
    machine.threads = 1;
    TRY_ASSIGN(const auto run, VmRun::make(machine));
    vm::RunOptions options = run->options(subject.program);
    options.on_step = {};
    Stopwatch stopwatch(*options.backend, choices.grouping);
    options.backend = &stopwatch;
    std::map<std::string, GroupTime> best;
    for (std::uint32_t round = 0; round < choices.rounds; ++round) {
        TRY_ASSIGN(const Time whole, time_of_run(subject, options));
        auto groups = stopwatch.take();
        GroupTime other{.nodes = subject.program.step_count(), .seconds = whole.cpu};
        for (const auto& [name, group] : groups) {
            other.seconds -= group.seconds;
        }
        groups["other"] = other;
        for (const auto& [name, group] : groups) {
            const auto [known, is_new] = best.emplace(name, group);
            known->second.seconds = std::min(known->second.seconds, group.seconds);
        }
    }
    std::vector<NamedGroup> out;
    for (const auto& [name, group] : best) {
        out.push_back({name, group});
    }
    std::ranges::stable_sort(out, std::greater(), [](const NamedGroup& group) {
        return group.time.seconds;
    });
    return out;
}

/// Gas a second, in work units.
double rate(const Subject& subject, double seconds) {
    return static_cast<double>(subject.program.gas()) / 1e9 / std::max(seconds, 1e-9);
}

std::string groups_json(const std::vector<NamedGroup>& groups) {
    std::string out;
    for (const NamedGroup& group : groups) {
        JsonObject one;
        one.text("name", group.name);
        one.number("nodes", group.time.nodes);
        one.raw("seconds", fmt::format("{:.6f}", group.time.seconds));
        out += (out.empty() ? "" : ",") + one.value();
    }
    return "[" + out + "]";
}

std::string bench_json(
    const Subject& subject,
    const Times& one,
    const Times& all,
    const std::vector<NamedGroup>& groups
) {
    JsonObject out;
    const auto seconds = [&](std::string_view name, double value) {
        out.raw(name, fmt::format("{:.6f}", value));
    };
    out.text("program", subject.name);
    out.number("gas", subject.program.gas());
    out.number("steps", subject.program.step_count());
    seconds("seconds_one_thread", one.traced.wall);
    seconds("seconds_one_thread_untraced", one.untraced.wall);
    seconds("cpu_seconds_one_thread", one.traced.cpu);
    seconds("cpu_seconds_one_thread_untraced", one.untraced.cpu);
    seconds("seconds", all.traced.wall);
    seconds("seconds_untraced", all.untraced.wall);
    out.raw("work_units_per_second", fmt::format("{:.3f}", rate(subject, all.traced.wall)));
    if (!groups.empty()) {
        out.raw("groups", groups_json(groups));
    }
    return out.value() + "\n";
}

std::string groups_table(const std::vector<NamedGroup>& groups) {
    double whole = 0;
    for (const NamedGroup& group : groups) {
        whole += group.time.seconds;
    }
    std::vector<std::vector<std::string>> lines;
    for (const NamedGroup& group : groups) {
        lines.push_back({
            group.name,
            fmt::format("{}", group.time.nodes),
            fmt::format("{:.3f}", group.time.seconds * 1e3),
            fmt::format("{:.1f}", 100 * group.time.seconds / std::max(whole, 1e-9)),
        });
    }
    return table(
        {{"group"}, {"nodes", Align::right}, {"ms", Align::right}, {"%", Align::right}}, lines
    );
}

/// The program of the command line; what nobody brings is filled.
Outcome<std::vector<Subject>> given_program(const BenchChoices& choices) {
    TRY_ASSIGN(Tensors given, read_inputs(choices.inputs));
    TRY_ASSIGN(VmProgram program, load_program(choices.source, &given));
    for (const vm::Input& input : program.checked.program().inputs) {
        program.weights.try_emplace(input.name, vm::filled(input.type));
    }
    TRY_ASSIGN(
        std::vector<vm::Tensor> tensors, gather_inputs(program, choices.inputs, std::move(given))
    );
    TRY_ASSIGN(HeldInputs inputs, HeldInputs::hold(std::move(tensors)));
    std::vector<Subject> out;
    out.push_back({choices.source.path, std::move(program.checked), std::move(inputs)});
    return out;
}

Outcome<std::vector<Subject>> subjects_of(const BenchChoices& choices) {
    if (!choices.source.path.empty()) {
        return given_program(choices);
    }
    TRY_ASSIGN(std::vector<Subject> typical, vm::typical_programs());
    return typical;
}

std::vector<std::string> line_of(const Subject& subject, const Times& one, const Times& all) {
    return {
        subject.name,
        fmt::format("{:.4f}", one.traced.wall),
        fmt::format("{:.4f}", all.traced.wall),
        fmt::format("{:.3f}", all.traced.wall / std::max(all.untraced.wall, 1e-9)),
        fmt::format("{:.2f}", rate(subject, all.traced.wall)),
    };
}

Outcome<Exit> bench(const Context& context, const BenchChoices& choices) {
    TRY_ASSIGN(const std::vector<Subject> subjects, subjects_of(choices));
    std::vector<std::vector<std::string>> lines;
    std::string details;
    for (const Subject& subject : subjects) {
        TRY_ASSIGN(const Times one, measure(subject, choices, 1));
        Times all = one;
        if (choices.machine.threads != 1) {
            TRY_ASSIGN(all, measure(subject, choices, choices.machine.threads));
        }
        std::vector<NamedGroup> groups;
        if (choices.grouping != Grouping::none) {
            TRY_ASSIGN(groups, times_of_groups(subject, choices));
            details += "\n" + groups_table(groups);
        }
        if (context.json()) {
            print(bench_json(subject, one, all, groups));
        }
        lines.push_back(line_of(subject, one, all));
    }
    if (!context.json()) {
        const std::vector<Column> columns = {
            {"program"},
            {"one thread s", Align::right},
            {"all s", Align::right},
            {"trace on/off", Align::right},
            {"WU/s", Align::right}
        };
        print(table(columns, lines) + details);
    }
    return Exit::ok;
}

}  // namespace

void add_vm_bench(CLI::App& vm, Context& context) {
    auto choices = std::make_shared<BenchChoices>();
    auto* command = vm.add_subcommand(
        "bench", "Time a program, or typical ones: on one thread and on all, traced and not"
    );
    add_source(*command, choices->source);
    command->get_option("program")->required(false);
    add_inputs(*command, choices->inputs);
    add_machine(*command, choices->machine);
    command->add_option("--rounds", choices->rounds, "The best of so many counts")
        ->check(CLI::Range(std::uint32_t{1}, rounds_max))
        ->capture_default_str();
    const std::map<std::string, Grouping> groupings = {
        {"operator", Grouping::by_operator}, {"shape", Grouping::by_shape}
    };
    command->add_option("--by", choices->grouping, "Also what each operator, or shape, takes")
        ->transform(CLI::CheckedTransformer(groupings))
        ->option_text("operator|shape");
    command->callback([&context, choices] {
        context.action = [&context, choices] { return bench(context, *choices); };
    });
}

}  // namespace steelyard::wallet
