// From a program of the VM to an ONNX model.
#pragma once

#include "vm/check/checked_program.h"
#include "vm/onnx/import.h"

#include <map>

namespace steelyard::vm::onnx {

constexpr std::int64_t export_opset = 17;
constexpr std::int64_t export_ir_version = 8;

/// A protobuf message has at most so many bytes.
constexpr std::uint64_t export_bytes_max = (std::uint64_t{1} << 31) - 1;

/// Nodes and initialisers of an exported model: as many as an import takes.
constexpr std::size_t export_node_count_max = 1 << 18;

struct ExportOptions {
    /// Inputs that become initialisers, by name; the others stay inputs of the model.
    std::map<std::string, TensorView, std::less<>> weights{};

    /// Bodies in place of functions, for readers that take none.
    bool inlines_functions = false;

    std::uint64_t file_bytes_max = export_bytes_max;
};

/// `file` is empty unless `unsupported` is.
struct ExportedModel {
    Bytes file{};
    std::size_t node_count = 0;
    std::size_t initialiser_count = 0;

    /// What differs from the program: for people.
    std::vector<std::string> notes{};

    /// Every node and loop that has no counterpart in ONNX, by "node_<number>", "loop_<number>".
    std::vector<UnsupportedNode> unsupported{};
};

/// The model is a function of the program and the options alone. Nodes that no output needs are
/// left out, and so are the bounds of float outputs. Errors: weights that are no inputs, or of
/// another type; a file or a model over its limit (too_large, with the size).
Result<ExportedModel> export_program(const CheckedProgram& program, const ExportOptions& options);

}  // namespace steelyard::vm::onnx
