// vm: models out of programs.
#include "base/hex.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "vm/onnx/export.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace steelyard::wallet {
namespace {

struct ExportChoices {
    VmSource source{};
    VmInputs inputs{};  ///< that become initialisers
    std::string model{};
    bool has_weights = false;
    bool inlines_functions = false;
};

/// Every node that has no counterpart, a line each.
Complaint of_unsupported(const std::string& path, const vm::onnx::ExportedModel& model) {
    std::string list;
    for (const vm::onnx::UnsupportedNode& node : model.unsupported) {
        list +=
            fmt::format("{}{} ({}): {}", list.empty() ? "" : "; ", node.name, node.op, node.reason);
    }
    return Complaint(
        Exit::unsupported,
        "unsupported_program",
        fmt::format("{}: {} nodes cannot be exported: {}", path, model.unsupported.size(), list)
    );
}

/// The tensors that go into the model, by the program's names.
Outcome<Tensors> weights_of(const ExportChoices& choices, VmProgram& program, Tensors given) {
    Tensors weights = choices.has_weights ? std::move(program.weights) : Tensors();
    TRY(add_named_inputs(program, choices.inputs, std::move(given), weights));
    return weights;
}

Outcome<Exit> export_to_file(const Context& context, const ExportChoices& choices) {
    if (!choices.model.ends_with(".onnx")) {
        return usage("\"{}\" does not end with .onnx", choices.model);
    }
    TRY_ASSIGN(Tensors given, read_inputs(choices.inputs));
    TRY_ASSIGN(VmProgram program, load_program(choices.source, &given));
    if (choices.has_weights && program.weights.empty() && !program.weights_file.empty()) {
        tell(fmt::format("note: {} has no weights: none go into the model\n", program.weights_file)
        );
    }
    TRY_ASSIGN(const Tensors weights, weights_of(choices, program, std::move(given)));
    vm::onnx::ExportOptions options{.inlines_functions = choices.inlines_functions};
    for (const auto& [name, tensor] : weights) {
        options.weights[name] = tensor.view();
    }
    TRY_ASSIGN(
        const vm::onnx::ExportedModel model, vm::onnx::export_program(program.checked, options)
    );
    if (!model.unsupported.empty()) {
        return std::unexpected(of_unsupported(choices.source.path, model));
    }
    for (const std::string& note : model.notes) {
        tell("note: " + note + "\n");
    }
    TRY(write_bytes(choices.model, model.file));
    JsonObject out;
    out.text("id", to_hex(program.id));
    out.text("model", choices.model);
    out.number("nodes", model.node_count);
    out.number("initialisers", model.initialiser_count);
    out.number("bytes", model.file.size());
    print(
        context.json() ? out.value() + "\n"
                       : fields_text(
                             {{"program", to_hex(program.id)},
                              {"written to", choices.model},
                              {"nodes", grouped(model.node_count)},
                              {"initialisers", grouped(model.initialiser_count)},
                              {"size", grouped(model.file.size()) + " bytes"}}
                         )
    );
    return Exit::ok;
}

}  // namespace

void add_vm_export(CLI::App& vm, Context& context) {
    auto choices = std::make_shared<ExportChoices>();
    auto* command = vm.add_subcommand("export", "Make an ONNX model of a program");
    add_source(*command, choices->source);
    add_inputs(*command, choices->inputs);
    command->add_option("-o,--out", choices->model, "The model's file, .onnx")->required();
    command->add_flag(
        "--weights", choices->has_weights, "Put the weights beside the program into the model"
    );
    command->add_flag(
        "--inline", choices->inlines_functions, "Write bodies of functions in their place"
    );
    command->callback([&context, choices] {
        context.action = [&context, choices] { return export_to_file(context, *choices); };
    });
}

}  // namespace steelyard::wallet
