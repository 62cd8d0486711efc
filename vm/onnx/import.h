// From an ONNX model to a program of the VM.
#pragma once

#include "vm/backend/backend.h"
#include "vm/onnx/tensor_reader.h"

#include <map>

namespace steelyard::vm::onnx {

constexpr std::int64_t opset_max = 17;
constexpr std::size_t binding_rounds_max = 16;

/// What the caller decides about a model. Names of inputs are the model's, or what `plain_name`
/// makes of them.
struct ImportOptions {
    std::map<std::string, std::int64_t, std::less<>> dimensions{};  ///< of inputs, by name
    std::map<std::string, Shape, std::less<>> shapes{};             ///< of inputs
    std::map<std::string, Tensor, std::less<>> constants{};         ///< inputs bound at import

    /// Of every float output of every node; `unbounded_bits` for none.
    std::uint32_t bound_bits = default_bound_bits;

    /// Initialisers of at most so many bytes become constants of the program, others inputs.
    std::size_t constant_bytes_max = 1024;

    /// Loops are unrolled however many trips they have; else only where they must be.
    bool unrolls = false;

    ExternalData* external = nullptr;  ///< null: the model must be whole
    Backend* backend = nullptr;        ///< what folds constants; null: the reference
};

/// An input of the program that the model file brings the elements of.
struct Weight {
    std::string name{};
    Tensor tensor{};
};

/// An input or output of the model and its name in the program.
struct NamePair {
    std::string model{};
    std::string program{};

    bool operator==(const NamePair&) const = default;
};

struct UnsupportedNode {
    std::string name{};  ///< the node's, or that of its first output; of an input: the input's
    std::string op{};    ///< with the domain before it where it is not ONNX's own; "input"
    std::string reason{};

    bool operator==(const UnsupportedNode&) const = default;
};

/// A program with what belongs to it. `program` is empty unless `unsupported` is.
struct ImportedModel {
    Program program{};
    std::vector<Weight> weights{};
    std::vector<NamePair> inputs{};  ///< those that whoever runs the program brings
    std::vector<NamePair> bound{};   ///< those bound at import, by their plain names
    std::vector<NamePair> outputs{};
    std::vector<std::string> notes{};  ///< what differs from the model: for people

    /// Every node that cannot be imported; not those that only read what such a node gives.
    std::vector<UnsupportedNode> unsupported{};

    /// Inputs (the model's names) whose elements decide shapes, so that they have to be bound.
    std::vector<std::string> shape_inputs{};
};

/// Imports a model of opset 1 to 17. The program depends on the file's bytes and the options alone:
/// constants are folded with the VM's own operators. Errors: a file that is no ONNX model, a newer
/// opset, options that name no input or dimension, or bind one to another type; a model over the
/// limits of the program format.
Result<ImportedModel> import_model(ByteView file, const ImportOptions& options);

/// The same for a run with given inputs, by the model's or the plain name: their shapes are the
/// inputs' shapes, and inputs that decide shapes are bound to their elements.
Result<ImportedModel> import_for_inputs(
    ByteView file, ImportOptions options, const std::map<std::string, Tensor, std::less<>>& inputs
);

}  // namespace steelyard::vm::onnx
