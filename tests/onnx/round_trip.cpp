// Published models on their way through a program, a model that is written of it, and back.
#include "cases.h"
#include "vm/onnx/export.h"

#include <algorithm>

namespace steelyard::vm::onnx::test {

namespace {

Verdict failed(std::string reason) {
    return {.kind = Verdict::Kind::failed, .reason = std::move(reason)};
}

Verdict unsupported(const UnsupportedNode& node, std::string_view way) {
    return {
        .kind = Verdict::Kind::unsupported,
        .reason = fmt::format("{} {}: {}", way, node.op, node.reason)
    };
}

Result<RunResult> run_imported(
    const ImportedModel& model, const DataSet& set, const CheckedProgram& program, Backend& backend
) {
    std::deque<Tensor> tensors;
    std::vector<TensorView> inputs;
    for (const Input& input : model.program.inputs) {
        const Tensor* tensor = tensor_of(model, set, input);
        if (tensor == nullptr) {
            return invalid("no input {}", input.name);
        }
        inputs.push_back(tensors.emplace_back(as_type(*tensor, input.type)).view());
    }
    return run(program, inputs, {.backend = &backend, .trace = false});
}

/// The second program runs on what the first was given, under the names that it got.
DataSet given_to(const ImportedModel& first, const DataSet& set) {
    DataSet out{.outputs = set.outputs};
    for (const Input& input : first.program.inputs) {
        if (const Tensor* tensor = tensor_of(first, set, input)) {
            out.inputs[input.name] = as_type(*tensor, input.type);
        }
    }
    return out;
}

Verdict compare(const RunResult& is, const RunResult& wanted) {
    for (std::size_t index = 0; index < wanted.outputs.size(); ++index) {
        if (is.outputs.size() != wanted.outputs.size() ||
            is.outputs[index] != wanted.outputs[index]) {
            return failed(fmt::format("output {} comes back with other bits", index));
        }
    }
    return {};
}

Verdict there_and_back(
    const ImportedModel& first, const DataSet& set, bool has_weights, Backend& backend
) {
    const auto program = CheckedProgram::check(first.program);
    if (!program) {
        return failed("check: " + program.error().message());
    }
    ExportOptions options;
    for (const Weight& weight : first.weights) {
        if (has_weights) {
            options.weights[weight.name] = weight.tensor.view();
        }
    }
    const auto written = export_program(*program, options);
    if (!written) {
        return failed("export: " + written.error().message());
    }
    if (!written->unsupported.empty()) {
        return unsupported(written->unsupported[0], "export of");
    }
    const auto second = import_model(written->file, {.bound_bits = unbounded_bits});
    if (!second) {
        return failed("import: " + second.error().message());
    }
    if (!second->unsupported.empty()) {
        const UnsupportedNode& node = second->unsupported[0];
        return failed(fmt::format("import: {} ({}): {}", node.name, node.op, node.reason));
    }
    const auto again = CheckedProgram::check(second->program);
    if (!again) {
        return failed("check of what came back: " + again.error().message());
    }
    const auto wanted = run_imported(first, set, *program, backend);
    const auto is = run_imported(*second, given_to(first, set), *again, backend);
    if (!wanted || !is) {
        return failed("run: " + (wanted ? is : wanted).error().message());
    }
    return compare(*is, *wanted);
}

}  // namespace

Verdict judge_round_trip(const Case& one, Backend& backend) {
    const Bytes file = read_bytes(one.folder / "model.onnx");
    const Result<std::vector<DataSet>> sets = read_data_sets(one, file);
    if (!sets) {
        return failed(sets.error().message());
    }
    for (const DataSet& set : *sets) {
        const ImportOptions options{.bound_bits = unbounded_bits};
        const auto first = import_for_inputs(file, options, set.inputs);
        if (!first) {
            return failed("import: " + first.error().message());
        }
        if (!first->unsupported.empty()) {
            return unsupported(first->unsupported[0], "import of");
        }
        for (const bool has_weights : {true, false}) {
            const Verdict verdict = there_and_back(*first, set, has_weights, backend);
            if (verdict.kind != Verdict::Kind::pass) {
                return verdict;
            }
        }
    }
    return {};
}

}  // namespace steelyard::vm::onnx::test
