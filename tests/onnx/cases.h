// Published ONNX cases: a model with inputs and what it must put out.
#pragma once

#include "vm/onnx/import.h"

#include <deque>
#include <filesystem>

namespace steelyard::vm::onnx::test {

using Tensors = std::map<std::string, Tensor, std::less<>>;

/// One run of a model. Outputs have the names that an import gives them; those of a sequence are
/// numbered.
struct DataSet {
    Tensors inputs{};
    std::vector<Tensor> outputs{};
    bool is_readable = true;  ///< no strings, no maps
};

struct Case {
    std::string name{};  ///< "node/test_abs"
    std::filesystem::path folder{};
};

/// All cases below a folder of libonnx-testdata, by name; none if it is not there.
std::vector<Case> find_cases(const std::filesystem::path& data);

/// The model's bytes.
Bytes read_bytes(const std::filesystem::path& file);

/// Errors: a model or tensors that cannot be read.
Result<std::vector<DataSet>> read_data_sets(const Case& one, ByteView file);

struct Verdict {
    enum class Kind : std::uint8_t { pass, unsupported, failed };

    Kind kind = Kind::pass;
    std::string reason{};

    /// "pass", "unsupported: Loop: the condition must be known at import", "failed: ..."
    std::string text() const;
};

/// What an input of an imported program is given: a weight of the model, or a tensor of the set;
/// null where there is none.
const Tensor* tensor_of(const ImportedModel& model, const DataSet& set, const Input& input);

/// The cases keep bf16 in tensors of u16.
Tensor as_type(const Tensor& tensor, const TensorType& type);

/// Imports the model for each data set, runs it, compares.
Verdict judge(const Case& one, Backend& backend);

/// Imports the model for each data set, exports the program, once with its weights and once
/// without, imports that, and runs both: the outputs have the same bits.
Verdict judge_round_trip(const Case& one, Backend& backend);

}  // namespace steelyard::vm::onnx::test
