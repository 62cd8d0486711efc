// vm bench: how fast this machine runs a program, or programs that are typical.
#include "base/random.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "vm/build/ops.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstring>

namespace steelyard::wallet {
namespace {

constexpr std::uint32_t rounds_max = 1'000;

struct BenchChoices {
    VmSource source{};
    VmInputs inputs{};
    VmMachine machine{};
    std::uint32_t rounds = 3;
};

/// A program that is measured.
struct Subject {
    std::string name{};
    vm::CheckedProgram program;
    std::vector<vm::Tensor> inputs{};
};

/// The best of the rounds, in seconds.
struct Times {
    double traced = 0;
    double untraced = 0;
};

/// Floats from -1 to 1, the same in every run; zeros of other types, which are no index out of
/// bounds.
vm::Tensor filled(const vm::TensorType& type) {
    vm::Tensor tensor{.type = type, .data = Bytes(type.bytes(), 0)};
    if (type.dtype != vm::DType::f32) {
        return tensor;
    }
    SeededRandom random(1);
    random.fill(tensor.data);
    for (std::size_t at = 0; at + sizeof(float) <= tensor.data.size(); at += sizeof(float)) {
        std::int32_t word = 0;
        std::memcpy(&word, tensor.data.data() + at, sizeof word);
        const float value = static_cast<float>(word / 256) * 0x1p-23F;
        std::memcpy(tensor.data.data() + at, &value, sizeof value);
    }
    return tensor;
}

std::vector<vm::Tensor> filled_inputs(const vm::Program& program) {
    std::vector<vm::Tensor> out;
    for (const vm::Input& input : program.inputs) {
        out.push_back(filled(input.type));
    }
    return out;
}

vm::TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = vm::DType::f32, .shape = vm::Shape(dimensions)};
}

Result<Subject> subject(std::string name, vm::Builder&& builder, vm::Ops& ops, vm::ValueRef value) {
    TRY(ops.done());
    TRY(builder.output("out", value));
    TRY_ASSIGN(auto checked, vm::CheckedProgram::check(std::move(builder).finish()));
    std::vector<vm::Tensor> inputs = filled_inputs(checked.program());
    return Subject{std::move(name), std::move(checked), std::move(inputs)};
}

Result<Subject> product_of_matrices() {
    vm::Builder builder;
    vm::Ops ops(builder);
    TRY_ASSIGN(const auto a, builder.input("a", f32({1024, 2048})));
    TRY_ASSIGN(const auto b, builder.input("b", f32({1024, 2048})));
    return subject("gemm_f32 1024x1024x2048", std::move(builder), ops, ops.gemm(a, b));
}

Result<Subject> product_of_bytes() {
    vm::Builder builder;
    vm::Ops ops(builder);
    const vm::TensorType type{.dtype = vm::DType::i8, .shape = vm::Shape{1024, 2048}};
    TRY_ASSIGN(const auto a, builder.input("a", type));
    TRY_ASSIGN(const auto b, builder.input("b", type));
    const auto product = ops.node(vm::OpCode::gemm_i8, {a, b}, {0, 0});
    return subject("gemm_i8 1024x1024x2048", std::move(builder), ops, product);
}

Result<Subject> convolution() {
    vm::Builder builder;
    vm::Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x", f32({8, 56, 56, 64})));
    TRY_ASSIGN(const auto w, builder.input("w", f32({64, 3, 3, 64})));
    const vm::Window window = {{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}};
    const auto y = ops.conv(x, w, std::nullopt, window);
    return subject("conv_f32 3x3, 64 channels", std::move(builder), ops, y);
}

Result<Subject> rows() {
    vm::Builder builder;
    vm::Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x", f32({4096, 1024})));
    const auto y = ops.unary(vm::OpCode::softmax, ops.unary(vm::OpCode::gelu, x));
    return subject("gelu and softmax, 4096x1024", std::move(builder), ops, y);
}

Outcome<double> seconds_of(const Subject& subject, vm::RunOptions options, std::uint32_t rounds) {
    double best = 0;
    for (std::uint32_t round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        TRY_ASSIGN(
            const vm::RunResult result, vm::run(subject.program, views_of(subject.inputs), options)
        );
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (result.outcome.fault) {
            return usage("the run ends in a fault at step {}", result.outcome.fault->step);
        }
        best = round == 0 ? took.count() : std::min(best, took.count());
    }
    return best;
}

Outcome<Times> measure(const Subject& subject, const BenchChoices& choices, std::size_t threads) {
    VmMachine machine = choices.machine;
    machine.threads = threads;
    TRY_ASSIGN(const auto run, VmRun::make(machine));
    vm::RunOptions options = run->options(subject.program);
    options.on_step = {};
    Times times;
    TRY_ASSIGN(times.traced, seconds_of(subject, options, choices.rounds));
    options.trace = false;
    TRY_ASSIGN(times.untraced, seconds_of(subject, options, choices.rounds));
    return times;
}

/// Gas a second, in work units.
double rate(const Subject& subject, double seconds) {
    return static_cast<double>(subject.program.gas()) / 1e9 / std::max(seconds, 1e-9);
}

std::string bench_json(const Subject& subject, const Times& one, const Times& all) {
    JsonObject out;
    out.text("program", subject.name);
    out.number("gas", subject.program.gas());
    out.number("steps", subject.program.step_count());
    out.raw("seconds_one_thread", fmt::format("{:.6f}", one.traced));
    out.raw("seconds_one_thread_untraced", fmt::format("{:.6f}", one.untraced));
    out.raw("seconds", fmt::format("{:.6f}", all.traced));
    out.raw("seconds_untraced", fmt::format("{:.6f}", all.untraced));
    out.raw("work_units_per_second", fmt::format("{:.3f}", rate(subject, all.traced)));
    return out.value() + "\n";
}

Outcome<std::vector<Subject>> typical_programs() {
    std::vector<Subject> out;
    for (const auto make : {product_of_matrices, product_of_bytes, convolution, rows}) {
        TRY_ASSIGN(Subject made, make());
        out.push_back(std::move(made));
    }
    return out;
}

/// The program of the command line; what nobody brings is filled.
Outcome<std::vector<Subject>> given_program(const BenchChoices& choices) {
    TRY_ASSIGN(Tensors given, read_inputs(choices.inputs));
    TRY_ASSIGN(VmProgram program, load_program(choices.source, given.empty() ? nullptr : &given));
    for (const vm::Input& input : program.checked.program().inputs) {
        program.weights.try_emplace(input.name, filled(input.type));
    }
    TRY_ASSIGN(
        std::vector<vm::Tensor> inputs, gather_inputs(program, choices.inputs, std::move(given))
    );
    std::vector<Subject> out;
    out.push_back({choices.source.path, std::move(program.checked), std::move(inputs)});
    return out;
}

Outcome<Exit> bench(const Context& context, const BenchChoices& choices) {
    TRY_ASSIGN(
        const std::vector<Subject> subjects,
        choices.source.path.empty() ? typical_programs() : given_program(choices)
    );
    std::vector<std::vector<std::string>> lines;
    for (const Subject& subject : subjects) {
        TRY_ASSIGN(const Times one, measure(subject, choices, 1));
        TRY_ASSIGN(const Times all, measure(subject, choices, choices.machine.threads));
        if (context.json()) {
            print(bench_json(subject, one, all));
            continue;
        }
        lines.push_back({
            subject.name,
            fmt::format("{:.4f}", one.traced),
            fmt::format("{:.4f}", all.traced),
            fmt::format("{:.3f}", all.traced / std::max(all.untraced, 1e-9)),
            fmt::format("{:.2f}", rate(subject, all.traced)),
        });
    }
    if (!context.json()) {
        print(table(
            {{"program"},
             {"one thread s", Align::right},
             {"all s", Align::right},
             {"trace on/off", Align::right},
             {"WU/s", Align::right}},
            lines
        ));
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
    command->callback([&context, choices] {
        context.action = [&context, choices] { return bench(context, *choices); };
    });
}

}  // namespace steelyard::wallet
