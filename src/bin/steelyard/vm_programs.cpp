// vm: what a program is, whether it is right, and programs out of models.
#include "base/hex.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "vm/files/safetensors.h"
#include "vm/program/encoding.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

namespace steelyard::wallet {
namespace {

/// The node whose probe opens most, if any is probed.
std::uint32_t widest_probe(const vm::CheckedProgram& program) {
    std::uint32_t widest = 0;
    for (std::uint32_t node = 0; node < program.program().nodes.size(); ++node) {
        if (program.probe_cost(node).bytes > program.probe_cost(widest).bytes) {
            widest = node;
        }
    }
    return widest;
}

std::uint64_t probe_gas_max_of(const vm::CheckedProgram& program) {
    std::uint64_t most = 0;
    for (std::uint32_t node = 0; node < program.program().nodes.size(); ++node) {
        most = std::max(most, program.probe_cost(node).gas);
    }
    return most;
}

std::string node_name(const vm::CheckedProgram& program, std::uint32_t node) {
    return fmt::format("{} ({})", node, to_string(program.program().nodes[node].op));
}

struct Named {
    std::string name{};
    std::string type{};
};

std::vector<Named> inputs_of(const vm::CheckedProgram& program) {
    std::vector<Named> out;
    for (const vm::Input& input : program.program().inputs) {
        out.push_back({input.name, input.type.text()});
    }
    return out;
}

std::vector<Named> outputs_of(const vm::CheckedProgram& program) {
    std::vector<Named> out;
    for (const vm::Output& output : program.program().outputs) {
        out.push_back({output.name, program.type(output.value).text()});
    }
    return out;
}

std::string json_of_named(const std::vector<Named>& list) {
    std::string out;
    for (const Named& one : list) {
        JsonObject object;
        object.text("name", one.name);
        object.text("type", one.type);
        out += (out.empty() ? "" : ",") + object.value();
    }
    return "[" + out + "]";
}

std::string json_of_nodes(const vm::CheckedProgram& program) {
    std::string out;
    for (std::uint32_t node = 0; node < program.program().nodes.size(); ++node) {
        JsonObject object;
        object.number("node", node);
        object.text("op", to_string(program.program().nodes[node].op));
        object.text("type", program.call(node).output.text());
        object.number("repetitions", program.repetitions(node));
        object.number("gas", program.step_gas(node));
        object.number("probe_bytes", program.probe_cost(node).bytes);
        object.number("probe_gas", program.probe_cost(node).gas);
        out += (out.empty() ? "" : ",") + object.value();
    }
    return "[" + out + "]";
}

std::string inspect_json(const VmProgram& loaded, bool shows_nodes) {
    const vm::CheckedProgram& program = loaded.checked;
    const vm::Program& what = program.program();
    JsonObject out;
    out.text("id", to_hex(loaded.id));
    out.raw("inputs", json_of_named(inputs_of(program)));
    out.raw("outputs", json_of_named(outputs_of(program)));
    out.number("constants", what.constants.size());
    out.number("nodes", what.nodes.size());
    out.number("loops", what.loops.size());
    out.number("bytes", vm::encoded_size(what));
    out.number("steps", program.step_count());
    out.number("gas", program.gas());
    out.number("work_units", program.work_units());
    out.number("resident_bytes", program.resident_bytes());
    out.number("arena_bytes", program.arena_bytes());
    out.number("peak_bytes", program.peak_bytes());
    out.number("probe_bytes_max", program.probe_cost(widest_probe(program)).bytes);
    out.number("probe_gas_max", probe_gas_max_of(program));
    if (shows_nodes) {
        out.raw("node_list", json_of_nodes(program));
    }
    return out.value() + "\n";
}

std::string named_table(std::string title, const std::vector<Named>& list) {
    std::vector<std::vector<std::string>> rows;
    for (const Named& one : list) {
        rows.push_back({one.name, one.type});
    }
    return "\n" + table({{std::move(title)}, {"TYPE"}}, rows);
}

std::string node_table(const vm::CheckedProgram& program) {
    std::vector<std::vector<std::string>> rows;
    for (std::uint32_t node = 0; node < program.program().nodes.size(); ++node) {
        const vm::Grid grid = program.grid(node);
        rows.push_back(
            {std::to_string(node),
             std::string(to_string(program.program().nodes[node].op)),
             program.call(node).output.text(),
             grouped(program.repetitions(node)),
             grouped(program.step_gas(node)),
             fmt::format("{}x{}", grid.rows, grid.columns),
             grouped(program.probe_cost(node).bytes)}
        );
    }
    return "\n" + table(
                      {{"NODE", Align::right},
                       {"OPERATOR"},
                       {"OUTPUT"},
                       {"RUNS", Align::right},
                       {"GAS", Align::right},
                       {"PROBE"},
                       {"BYTES", Align::right}},
                      rows
                  );
}

std::string inspect_text(const VmProgram& loaded, bool shows_nodes) {
    const vm::CheckedProgram& program = loaded.checked;
    const vm::Program& what = program.program();
    const std::uint32_t widest = widest_probe(program);
    std::string out = fields_text({
        {"program", to_hex(loaded.id)},
        {"size", grouped(vm::encoded_size(what)) + " bytes"},
        {"nodes", grouped(what.nodes.size())},
        {"loops", grouped(what.loops.size())},
        {"constants", grouped(what.constants.size())},
        {"steps", grouped(program.step_count())},
        {"gas", grouped(program.gas())},
        {"work units", grouped(program.work_units())},
        {"memory",
         fmt::format(
             "{} bytes: {} of inputs and constants, {} of the arena",
             grouped(program.peak_bytes()),
             grouped(program.resident_bytes()),
             grouped(program.arena_bytes())
         )},
        {"widest probe",
         fmt::format(
             "{} bytes, of node {}",
             grouped(program.probe_cost(widest).bytes),
             node_name(program, widest)
         )},
        {"dearest probe", grouped(probe_gas_max_of(program)) + " gas"},
    });
    out += named_table("INPUT", inputs_of(program)) + named_table("OUTPUT", outputs_of(program));
    return out + (shows_nodes ? node_table(program) : "");
}

void add_inspect(CLI::App& vm, Context& context) {
    struct Options {
        VmSource source{};
        bool shows_nodes = false;
    };
    auto options = std::make_shared<Options>();
    auto* command =
        vm.add_subcommand("inspect", "Types, steps, work, memory and probes of a program");
    add_source(*command, options->source);
    command->add_flag("--nodes", options->shows_nodes, "List the nodes");
    command->callback([&context, options] {
        context.action = [&context, options]() -> Outcome<Exit> {
            TRY_ASSIGN(const VmProgram program, load_program(options->source, nullptr));
            print(
                context.json() ? inspect_json(program, options->shows_nodes)
                               : inspect_text(program, options->shows_nodes)
            );
            return Exit::ok;
        };
    });
}

void add_check(CLI::App& vm, Context& context) {
    auto source = std::make_shared<VmSource>();
    auto* command = vm.add_subcommand("check", "Whether a program breaks no rule; its id");
    add_source(*command, *source);
    command->callback([&context, source] {
        context.action = [&context, source]() -> Outcome<Exit> {
            TRY_ASSIGN(const VmProgram program, load_program(*source, nullptr));
            const std::string id = to_hex(program.id);
            print(context.json() ? fields_json({{"id", id}}) : id + "\n");
            return Exit::ok;
        };
    });
}

struct ImportChoices {
    VmSource source{};
    std::string program{};
};

/// Tensor by tensor, behind a header that says what they have to be.
Outcome<void> write_weights(
    const std::string& path, const std::string& program, const vm::onnx::ImportedModel& model
) {
    std::vector<vm::TensorSlice> slices;
    vm::SafetensorsMetadata metadata = {{std::string(weights_program_key), program}};
    for (const vm::onnx::Weight& weight : model.weights) {
        slices.push_back(
            {.name = weight.name, .type = weight.tensor.type, .data = weight.tensor.data}
        );
        metadata[std::string(weights_id_key) + weight.name] = weight_id(weight.tensor);
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const auto write = [&](ByteView bytes) {
        file.write(
            reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
        );
    };
    write(vm::safetensors_head(slices, metadata));
    for (const vm::TensorSlice& slice : slices) {
        write(slice.data);
    }
    file.close();
    if (!file) {
        return std::unexpected(
            Complaint(Exit::failed, "io_error", fmt::format("cannot write {}", path))
        );
    }
    return {};
}

/// Weights of an earlier program would be taken for those of one that has none.
Outcome<void> check_no_weights_beside(const std::string& program, const std::string& weights) {
    std::error_code error;
    if (std::filesystem::exists(weights, error)) {
        return usage(
            "{} is there, and would be taken for weights of {}, which has none: move or remove it",
            weights,
            program
        );
    }
    return {};
}

Outcome<Exit> import_to_file(const Context& context, const ImportChoices& choices) {
    if (!choices.program.ends_with(".svm")) {
        return usage("\"{}\" does not end with .svm", choices.program);
    }
    TRY_ASSIGN(vm::onnx::ImportedModel model, import_source(choices.source, nullptr));
    for (const std::string& note : model.notes) {
        tell("note: " + note + "\n");
    }
    const Bytes encoded = vm::encode_program(model.program);
    TRY_ASSIGN(
        const vm::CheckedProgram checked, vm::CheckedProgram::check(std::move(model.program))
    );
    const std::string id = to_hex(vm::program_id(encoded));
    const std::string weights = weights_path(choices.program);
    if (model.weights.empty()) {
        TRY(check_no_weights_beside(choices.program, weights));
    }
    TRY(write_bytes(choices.program, encoded));
    if (!model.weights.empty()) {
        TRY(write_weights(weights, id, model));
    }
    JsonObject out;
    out.text("id", id);
    out.text("program", choices.program);
    out.text("weights", model.weights.empty() ? "" : weights);
    out.number("work_units", checked.work_units());
    out.number("peak_bytes", checked.peak_bytes());
    print(
        context.json() ? out.value() + "\n"
                       : fields_text(
                             {{"program", id},
                              {"written to", choices.program},
                              {"weights", model.weights.empty() ? "none" : weights},
                              {"work units", grouped(checked.work_units())}}
                         )
    );
    return Exit::ok;
}

void add_import(CLI::App& vm, Context& context) {
    auto choices = std::make_shared<ImportChoices>();
    auto* command = vm.add_subcommand(
        "import", "Make a program of an ONNX model; its weights go to a file beside it"
    );
    add_source(*command, choices->source);
    command->add_option("-o,--out", choices->program, "The program's file, .svm")->required();
    command->callback([&context, choices] {
        context.action = [&context, choices] { return import_to_file(context, *choices); };
    });
}

}  // namespace

void add_vm_programs(CLI::App& vm, Context& context) {
    add_inspect(vm, context);
    add_check(vm, context);
    add_import(vm, context);
}

void add_vm(CLI::App& app, Context& context) {
    auto* vm = app.add_subcommand("vm", "Programs of the compute VM; needs no node");
    vm->require_subcommand(1);
    add_vm_programs(*vm, context);
    add_vm_export(*vm, context);
    add_vm_runs(*vm, context);
    add_vm_proofs(*vm, context);
    add_vm_bench(*vm, context);
}

}  // namespace steelyard::wallet
