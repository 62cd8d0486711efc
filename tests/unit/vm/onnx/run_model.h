// Imports a model, checks the program and runs it on the reference.
#pragma once

#include "vm/check/checked_program.h"
#include "vm/onnx/import.h"
#include "vm/run/runner.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

namespace steelyard::vm::onnx::test {

inline Tensor floats(
    std::initializer_list<std::uint64_t> dimensions, const std::function<float(std::size_t)>& value
) {
    Tensor out{.type = {DType::f32, Shape(dimensions)}, .data = {}};
    out.data.resize(out.type.bytes());
    for (std::size_t index = 0; index < out.type.elements(); ++index) {
        const float element = value(index);
        std::memcpy(out.data.data() + index * sizeof(float), &element, sizeof(float));
    }
    return out;
}

template <typename T>
std::vector<T> elements_of(const Tensor& tensor) {
    std::vector<T> out(tensor.data.size() / sizeof(T));
    if (!out.empty()) {
        std::memcpy(out.data(), tensor.data.data(), tensor.data.size());
    }
    return out;
}

struct ModelRun {
    ImportedModel model{};
    std::vector<Tensor> outputs{};
};

/// What went wrong is a failure of the test; then there are no outputs.
inline ModelRun run_model(
    const Bytes& file,
    const std::map<std::string, Tensor, std::less<>>& inputs,
    const ImportOptions& options = {}
) {
    ModelRun out;
    Result<ImportedModel> model = import_for_inputs(file, options, inputs);
    if (!model) {
        ADD_FAILURE() << model.error().message();
        return out;
    }
    for (const UnsupportedNode& one : model->unsupported) {
        ADD_FAILURE() << one.name << " (" << one.op << "): " << one.reason;
    }
    out.model = *std::move(model);
    Result<CheckedProgram> checked = CheckedProgram::check(out.model.program);
    if (!checked) {
        ADD_FAILURE() << checked.error().message();
        return out;
    }
    std::vector<TensorView> views;
    for (const Input& input : checked->program().inputs) {
        const Tensor* found = nullptr;
        for (const Weight& weight : out.model.weights) {
            found = weight.name == input.name ? &weight.tensor : found;
        }
        if (const auto given = inputs.find(input.name); given != inputs.end()) {
            found = &given->second;
        }
        if (found == nullptr) {
            ADD_FAILURE() << "no input " << input.name;
            return out;
        }
        views.push_back(found->view());
    }
    const auto backend = make_reference_backend();
    Result<RunResult> result = run(*checked, views, {.backend = backend.get(), .trace = false});
    if (!result) {
        ADD_FAILURE() << result.error().message();
        return out;
    }
    if (result->outcome.fault) {
        ADD_FAILURE() << "a fault at step " << result->outcome.fault->step << ", node "
                      << checked->step(result->outcome.fault->step).node;
    }
    out.outputs = std::move(result->outputs);
    return out;
}

}  // namespace steelyard::vm::onnx::test
