#include "vm/onnx/import.h"

#include "vm/onnx/graph_importer.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

/// The tensor that is given for an input of the model, by either of its names.
const Tensor* given(
    const std::map<std::string, Tensor, std::less<>>& inputs, std::string_view name
) {
    auto found = inputs.find(name);
    if (found == inputs.end()) {
        found = inputs.find(plain_name(name));
    }
    return found == inputs.end() ? nullptr : &found->second;
}

}  // namespace

Result<ImportedModel> import_model(ByteView file, const ImportOptions& options) {
    TRY_ASSIGN(const Model model, read_model(file));
    std::unique_ptr<Backend> reference;
    if (options.backend == nullptr) {
        reference = make_reference_backend();
    }
    Backend& backend = options.backend == nullptr ? *reference : *options.backend;
    GraphImporter importer(model, options, backend);
    Result<ImportedModel> imported = std::move(importer).run();
    if (!imported || imported->unsupported.empty() || !importer.made_loops()) {
        return imported;
    }
    // What a loop gives is not known at import, though unrolled it might be.
    ImportOptions unrolled = options;
    unrolled.unrolls = true;
    Result<ImportedModel> again = GraphImporter(model, unrolled, backend).run();
    return again && again->unsupported.empty() ? std::move(again) : std::move(imported);
}

Result<ImportedModel> import_for_inputs(
    ByteView file, ImportOptions options, const std::map<std::string, Tensor, std::less<>>& inputs
) {
    TRY_ASSIGN(const Model model, read_model(file));
    for (const ValueInfo& info : model.graph.inputs) {
        const Tensor* tensor = given(inputs, info.name);
        if (tensor != nullptr && !options.constants.contains(info.name)) {
            options.shapes[std::string(info.name)] = tensor->type.shape;
        }
    }
    for (std::size_t round = 0;; ++round) {
        TRY_ASSIGN(ImportedModel imported, import_model(file, options));
        bool is_changed = false;
        for (const std::string& name : imported.shape_inputs) {
            const Tensor* tensor = given(inputs, name);
            if (tensor != nullptr && !options.constants.contains(name)) {
                options.constants[name] = *tensor;
                is_changed = true;
            }
        }
        if (!is_changed || round + 1 == binding_rounds_max) {
            return imported;
        }
    }
}

}  // namespace steelyard::vm::onnx
