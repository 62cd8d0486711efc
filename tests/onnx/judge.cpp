#include "cases.h"
#include "vm/check/checked_program.h"
#include "vm/ops/narrow_floats.h"
#include "vm/program/encoding.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>

namespace steelyard::vm::onnx::test {

namespace {

// The tolerances of ONNX's own test runner.
constexpr double relative_tolerance = 1e-3;
constexpr double absolute_tolerance = 1e-7;

constexpr std::uint64_t reference_gas_max = 1'000'000'000;  ///< what the reference runs as well

Verdict failed(std::string reason) {
    return {.kind = Verdict::Kind::failed, .reason = std::move(reason)};
}

template <typename T>
T load(const Bytes& data, std::size_t index) {
    T value;
    std::memcpy(&value, data.data() + index * sizeof(T), sizeof(T));
    return value;
}

double real_at(const Tensor& tensor, std::size_t index) {
    switch (tensor.type.dtype) {
        case DType::f32:
            return static_cast<double>(load<float>(tensor.data, index));
        case DType::f64:
            return load<double>(tensor.data, index);
        case DType::f16:
            return static_cast<double>(f32_from_f16(load<std::uint16_t>(tensor.data, index)));
        default:
            return static_cast<double>(f32_from_bf16(load<std::uint16_t>(tensor.data, index)));
    }
}

bool is_near(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) {
        return std::isnan(a) && std::isnan(b);
    }
    return a == b || std::abs(a - b) <= absolute_tolerance + relative_tolerance * std::abs(b);
}

/// Empty if they agree.
std::string difference(const Tensor& is, const Tensor& wanted) {
    if (is.type != wanted.type) {
        return fmt::format("{} instead of {}", is.type.text(), wanted.type.text());
    }
    if (!is_float(is.type.dtype)) {
        return is.data == wanted.data ? "" : "other integers";
    }
    for (std::size_t index = 0; index < is.type.elements(); ++index) {
        const double a = real_at(is, index);
        const double b = real_at(wanted, index);
        if (!is_near(a, b)) {
            return fmt::format("element {} is {}, not {}", index, a, b);
        }
    }
    return {};
}

Verdict compare(const std::vector<Tensor>& outputs, const DataSet& set) {
    if (outputs.size() != set.outputs.size()) {
        return failed(fmt::format("{} outputs of {}", outputs.size(), set.outputs.size()));
    }
    for (std::size_t index = 0; index < outputs.size(); ++index) {
        const std::string text =
            difference(outputs[index], as_type(set.outputs[index], outputs[index].type));
        if (!text.empty()) {
            return failed(fmt::format("output {}: {}", index, text));
        }
    }
    return {};
}

Verdict run_set(const ImportedModel& model, const DataSet& set, Backend& backend) {
    const Bytes encoded = encode_program(model.program);
    Result<Program> decoded = decode_program(encoded);
    if (!decoded || *decoded != model.program) {
        return failed("the program changes on its way through its encoding");
    }
    Result<CheckedProgram> program = CheckedProgram::check(model.program);
    if (!program) {
        return failed("check: " + program.error().message());
    }
    std::deque<Tensor> tensors;
    std::vector<TensorView> inputs;
    for (const Input& input : model.program.inputs) {
        const Tensor* tensor = tensor_of(model, set, input);
        if (tensor == nullptr) {
            return failed("no input " + input.name);
        }
        inputs.push_back(tensors.emplace_back(as_type(*tensor, input.type)).view());
    }
    Result<RunResult> result = run(*program, inputs, {.backend = &backend});
    if (!result) {
        return failed("run: " + result.error().message());
    }
    if (result->outcome.fault.has_value()) {
        return failed("it ends in a fault");
    }
    if (program->gas() <= reference_gas_max) {
        const auto reference = make_reference_backend();
        Result<RunResult> slow = run(*program, inputs, {.backend = reference.get()});
        if (!slow || slow->outcome != result->outcome) {
            return failed("the reference gives other bits");
        }
    }
    return compare(result->outputs, set);
}

}  // namespace

std::string Verdict::text() const {
    switch (kind) {
        case Kind::pass:
            return "pass";
        case Kind::unsupported:
            return "unsupported: " + reason;
        case Kind::failed:
            return "failed: " + reason;
    }
    return {};
}

Verdict judge(const Case& one, Backend& backend) {
    const Bytes file = read_bytes(one.folder / "model.onnx");
    Result<std::vector<DataSet>> sets = read_data_sets(one, file);
    if (!sets) {
        return failed(sets.error().message());
    }
    for (const DataSet& set : *sets) {
        const ImportOptions options{.bound_bits = unbounded_bits};
        Result<ImportedModel> model = import_for_inputs(file, options, set.inputs);
        if (!model) {
            return failed("import: " + model.error().message());
        }
        if (!model->unsupported.empty()) {
            const UnsupportedNode& first = model->unsupported[0];
            return {.kind = Verdict::Kind::unsupported, .reason = first.op + ": " + first.reason};
        }
        if (!set.is_readable) {
            return failed("its inputs or outputs are no tensors");
        }
        const Verdict verdict = run_set(*model, set, backend);
        if (verdict.kind != Verdict::Kind::pass) {
            return verdict;
        }
    }
    return {};
}

}  // namespace steelyard::vm::onnx::test
