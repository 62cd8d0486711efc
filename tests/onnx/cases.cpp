#include "cases.h"

#include "vm/onnx/wire_reader.h"

#include <algorithm>
#include <fstream>

namespace steelyard::vm::onnx::test {

namespace {

namespace fs = std::filesystem;

/// The tensors of an output's file: one, or those of a sequence, or of an optional with either.
Result<std::vector<Tensor>> read_value(ByteView bytes, bool is_tensor) {
    if (is_tensor) {
        TRY_ASSIGN(Tensor tensor, read_tensor(bytes, nullptr));
        return std::vector<Tensor>{std::move(tensor)};
    }
    std::vector<Tensor> out;
    WireReader reader("value", bytes);
    while (reader.next()) {
        if (reader.field() == 3) {  // SequenceProto.tensor_values, OptionalProto.tensor_value
            TRY_ASSIGN(Tensor tensor, read_tensor(reader.bytes(), nullptr));
            out.push_back(std::move(tensor));
        } else if (reader.field() == 5 || reader.field() == 6) {
            TRY_ASSIGN(std::vector<Tensor> inner, read_value(reader.bytes(), false));
            out.insert(out.end(), inner.begin(), inner.end());
        }
    }
    TRY(reader.finish());
    return out;
}

Result<DataSet> read_data_set(const fs::path& folder, const Model& model) {
    DataSet out;
    std::size_t index = 0;
    for (const ValueInfo& info : model.graph.inputs) {
        const bool is_initialised =
            std::ranges::find(model.graph.initialisers, info.name, &TensorMessage::name) !=
            model.graph.initialisers.end();
        const fs::path file = folder / ("input_" + std::to_string(index) + ".pb");
        if (is_initialised || !fs::exists(file)) {
            continue;
        }
        ++index;
        const Bytes bytes = read_bytes(file);
        Result<std::vector<Tensor>> value = read_value(bytes, info.is_tensor);
        if (!value || value->size() != 1 || !info.is_tensor) {
            out.is_readable = false;
            continue;
        }
        out.inputs[std::string(info.name)] = std::move((*value)[0]);
    }
    for (index = 0; index < model.graph.outputs.size(); ++index) {
        const Bytes bytes = read_bytes(folder / ("output_" + std::to_string(index) + ".pb"));
        Result<std::vector<Tensor>> value = read_value(bytes, model.graph.outputs[index].is_tensor);
        if (!value) {
            out.is_readable = false;
            continue;
        }
        out.outputs.insert(out.outputs.end(), value->begin(), value->end());
    }
    return out;
}

}  // namespace

std::vector<Case> find_cases(const fs::path& data) {
    std::vector<Case> out;
    for (const std::string suite : {"node", "pytorch-converted", "pytorch-operator", "simple"}) {
        if (!fs::exists(data / suite)) {
            continue;
        }
        for (const auto& entry : fs::directory_iterator(data / suite)) {
            if (fs::exists(entry.path() / "model.onnx")) {
                out.push_back(
                    {.name = suite + "/" + entry.path().filename().string(), .folder = entry.path()}
                );
            }
        }
    }
    std::ranges::sort(out, {}, &Case::name);
    return out;
}

Bytes read_bytes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Result<std::vector<DataSet>> read_data_sets(const Case& one, ByteView file) {
    TRY_ASSIGN(const Model model, read_model(file));
    std::vector<DataSet> out;
    for (std::size_t index = 0;; ++index) {
        const fs::path folder = one.folder / ("test_data_set_" + std::to_string(index));
        if (!fs::exists(folder)) {
            return out;
        }
        TRY_ASSIGN(DataSet set, read_data_set(folder, model));
        out.push_back(std::move(set));
    }
}

Tensor as_type(const Tensor& tensor, const TensorType& type) {
    Tensor out = tensor;
    if (type.dtype == DType::bf16 && out.type.dtype == DType::u16) {
        out.type.dtype = DType::bf16;
    }
    return out;
}

const Tensor* tensor_of(const ImportedModel& model, const DataSet& set, const Input& input) {
    const auto weight = std::ranges::find(model.weights, input.name, &Weight::name);
    if (weight != model.weights.end()) {
        return &weight->tensor;
    }
    const auto pair = std::ranges::find(model.inputs, input.name, &NamePair::program);
    const auto given = pair == model.inputs.end() ? set.inputs.end() : set.inputs.find(pair->model);
    return given == set.inputs.end() ? nullptr : &given->second;
}

}  // namespace steelyard::vm::onnx::test
