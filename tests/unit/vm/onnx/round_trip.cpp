#include "round_trip.h"

#include "base/check.h"
#include "vm/run/runner.h"

#include <fmt/format.h>

namespace steelyard::vm::onnx::test {

namespace {

using Inputs = std::map<std::string, TensorView, std::less<>>;

Result<RunResult> run_program(const CheckedProgram& program, const Inputs& inputs) {
    std::vector<TensorView> ordered;
    for (const Input& input : program.program().inputs) {
        const auto found = inputs.find(input.name);
        if (found == inputs.end()) {
            return invalid("nobody brings '{}'", input.name);
        }
        ordered.push_back(found->second);
    }
    const auto backend = make_reference_backend();
    return run(program, ordered, {.backend = backend.get(), .trace = false});
}

std::string difference(const RunResult& is, const RunResult& wanted) {
    const bool is_fault = is.outcome.fault.has_value();
    if (is_fault != wanted.outcome.fault.has_value()) {
        return is_fault ? "it ends in a fault" : "it ends in no fault";
    }
    for (std::size_t index = 0; index < wanted.outputs.size(); ++index) {
        if (is.outputs[index].type != wanted.outputs[index].type) {
            return fmt::format(
                "output {} is {}, not {}",
                index,
                is.outputs[index].type.text(),
                wanted.outputs[index].type.text()
            );
        }
        if (is.outputs[index].data != wanted.outputs[index].data) {
            return fmt::format("output {} has other bits", index);
        }
    }
    return {};
}

void compare(
    RoundTrip& trip, const CheckedProgram& program, const ImportedModel& back, Inputs inputs
) {
    const auto again = CheckedProgram::check(back.program);
    if (!again) {
        trip.difference = "check: " + again.error().message();
        return;
    }
    for (const Weight& weight : back.weights) {
        inputs[weight.name] = weight.tensor.view();
    }
    const auto wanted = run_program(program, inputs);
    const auto is = run_program(*again, inputs);
    if (!wanted || !is) {
        trip.difference = "run: " + (wanted ? is : wanted).error().message();
        return;
    }
    trip.is_fault = wanted->outcome.fault.has_value();
    trip.difference = difference(*is, *wanted);
}

/// An index that is known to be bad is refused by the import, where the run ends in a fault.
bool is_bad_index(const UnsupportedNode& node) {
    return node.reason.find("an index is out of bounds") != std::string::npos;
}

}  // namespace

Program program_of(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const std::vector<std::int64_t>& attributes,
    const std::vector<bool>& is_constant
) {
    Program out;
    vm::Node node{.op = op, .attributes = attributes};
    for (std::size_t index = 0; index < operands.size(); ++index) {
        const TestTensor& operand = operands[index];
        if (index < is_constant.size() && is_constant[index]) {
            node.operands.push_back(
                {ValueKind::constant, static_cast<std::uint32_t>(out.constants.size())}
            );
            out.constants.push_back({.type = operand.type, .data = operand.data});
        } else {
            node.operands.push_back(
                {ValueKind::input, static_cast<std::uint32_t>(out.inputs.size())}
            );
            out.inputs.push_back(
                {.name = fmt::format("in{}", out.inputs.size()), .type = operand.type}
            );
        }
    }
    out.nodes.push_back(std::move(node));
    out.outputs.push_back({.name = "out", .value = {ValueKind::node, 0}});
    return out;
}

RoundTrip round_trip(
    Program program, const std::vector<TestTensor>& inputs, const ExportOptions& options
) {
    RoundTrip out;
    const auto checked = CheckedProgram::check(std::move(program));
    if (!checked) {
        out.refusal = "check: " + checked.error().message();
        return out;
    }
    const auto model = export_program(*checked, options);
    if (!model || !model->unsupported.empty()) {
        out.refusal = model ? model->unsupported[0].reason : model.error().message();
        return out;
    }
    out.nodes = model->node_count;
    const auto back = import_model(model->file, {.bound_bits = unbounded_bits});
    if (!back) {
        out.difference = "import: " + back.error().message();
        return out;
    }
    if (!back->unsupported.empty()) {
        const UnsupportedNode& node = back->unsupported[0];
        out.difference = is_bad_index(node)
                             ? ""
                             : fmt::format("import: {} ({}): {}", node.name, node.op, node.reason);
        return out;
    }
    Inputs given;
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        const Input& input = checked->program().inputs[index];
        given[input.name] = {inputs[index].type, inputs[index].data};
    }
    compare(out, *checked, *back, std::move(given));
    return out;
}

}  // namespace steelyard::vm::onnx::test
