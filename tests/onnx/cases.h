// Published ONNX cases: a model with inputs and what it must put out.
#pragma once

#include "vm/onnx/import.h"

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

/// Imports the model for each data set, runs it, compares.
Verdict judge(const Case& one, Backend& backend);

}  // namespace steelyard::vm::onnx::test
