// An ONNX model as its file has it: graphs, nodes, attributes, tensors. Views point into the file.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace steelyard::vm::onnx {

constexpr std::size_t file_bytes_max = std::size_t{2} << 30;  ///< protobuf's own limit
constexpr std::size_t model_node_count_max = 1 << 18;         ///< of all graphs together
constexpr std::size_t model_attribute_count_max = 1 << 20;
constexpr std::size_t model_value_count_max = 1 << 20;  ///< inputs, outputs, initialisers of graphs
constexpr std::size_t node_operand_count_max = 4096;    ///< inputs, and outputs, of a node
constexpr std::size_t dimension_count_max = 64;         ///< of a declared shape
constexpr std::size_t graph_depth_max = 8;              ///< graphs inside attributes of nodes
constexpr std::size_t opset_count_max = 256;

// The numbers of TensorProto.DataType.
constexpr std::int64_t onnx_float = 1;
constexpr std::int64_t onnx_string = 8;

/// A tensor that is not decoded yet (tensor_reader.h does that).
struct TensorMessage {
    std::string_view name{};
    ByteView bytes{};
};

struct Graph;

struct Attribute {
    std::string_view name{};
    std::int64_t type = 0;  ///< AttributeProto.AttributeType; 0 in old files
    float real = 0;
    std::int64_t integer = 0;
    std::string_view text{};
    std::optional<TensorMessage> tensor{};
    std::unique_ptr<Graph> graph{};
    std::vector<float> reals{};
    std::vector<std::int64_t> integers{};
    std::vector<std::string_view> texts{};
    bool is_reference = false;  ///< to an attribute of a function
    bool is_other = false;      ///< sparse tensors, types, lists of tensors or graphs
};

struct Node {
    std::string_view name{};
    std::string_view op{};
    std::string_view domain{};
    std::vector<std::string_view> inputs{};   ///< an empty name: not given
    std::vector<std::string_view> outputs{};  ///< an empty name: not wanted
    std::vector<Attribute> attributes{};

    const Attribute* attribute(std::string_view wanted) const;
};

/// A dimension: a number, a name, or (neither) unknown.
struct Dimension {
    std::optional<std::int64_t> size{};
    std::string_view name{};
};

/// An input or output of a graph.
struct ValueInfo {
    std::string_view name{};
    bool is_tensor = false;      ///< otherwise a sequence, a map, an optional, ...
    std::int64_t data_type = 0;  ///< TensorProto.DataType; 0: not said
    bool has_shape = false;
    std::vector<Dimension> dimensions{};
};

struct Graph {
    std::string_view name{};
    std::vector<Node> nodes{};
    std::vector<TensorMessage> initialisers{};
    std::vector<std::string_view> sparse_initialisers{};
    std::vector<ValueInfo> inputs{};
    std::vector<ValueInfo> outputs{};
};

struct OperatorSet {
    std::string_view domain{};
    std::int64_t version = 0;
};

struct Model {
    std::int64_t ir_version = 0;
    std::vector<OperatorSet> operator_sets{};
    std::size_t function_count = 0;
    Graph graph{};
};

/// Reads the whole structure; tensors' elements stay where they are. Takes memory in proportion to
/// the file. Errors: what is no ONNX model, and which part; a count over its limit.
Result<Model> read_model(ByteView file);

/// "ai.onnx" and "" are the same.
std::string_view plain_domain(std::string_view domain);

}  // namespace steelyard::vm::onnx
