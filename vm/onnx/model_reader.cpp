#include "vm/onnx/model.h"
#include "vm/onnx/wire_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace steelyard::vm::onnx {

namespace {

/// What is counted over all graphs of a file.
struct Totals {
    std::size_t nodes = 0;
    std::size_t attributes = 0;
    std::size_t values = 0;
};

Result<void> at_most(std::string_view what, std::size_t count, std::size_t count_max) {
    if (count >= count_max) {
        return fail(ErrorCode::too_large, "more than {} {}", count_max, what);
    }
    return {};
}

Result<Graph> read_graph(ByteView bytes, std::size_t depth, Totals& totals);

Result<TensorMessage> read_tensor_name(ByteView bytes) {
    TensorMessage tensor{.bytes = bytes};
    WireReader reader("TensorProto", bytes);
    while (reader.next()) {
        if (reader.field() == 8) {
            tensor.name = reader.text();
        }
    }
    TRY(reader.finish());
    return tensor;
}

void append_floats(WireReader& reader, std::vector<float>& out) {
    Bytes raw;
    reader.append_fixed(raw, sizeof(float));
    const std::size_t before = out.size();
    out.resize(before + raw.size() / sizeof(float));
    if (!raw.empty()) {
        std::memcpy(out.data() + before, raw.data(), raw.size());
    }
}

Result<Attribute> read_attribute(ByteView bytes, std::size_t depth, Totals& totals) {
    Attribute out;
    WireReader reader("AttributeProto", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                out.name = reader.text();
                break;
            case 2:
                out.real = std::bit_cast<float>(reader.fixed32());
                break;
            case 3:
                out.integer = reader.int64();
                break;
            case 4:
                out.text = reader.text();
                break;
            case 5: {
                TRY_ASSIGN(out.tensor, read_tensor_name(reader.bytes()));
                break;
            }
            case 6: {
                TRY_ASSIGN(Graph graph, read_graph(reader.bytes(), depth + 1, totals));
                out.graph = std::make_unique<Graph>(std::move(graph));
                break;
            }
            case 7:
                append_floats(reader, out.reals);
                break;
            case 8:
                reader.append_varints(out.integers);
                break;
            case 9:
                out.texts.push_back(reader.text());
                break;
            case 10:
            case 11:
            case 14:
            case 15:
            case 22:
            case 23:
                out.is_other = true;
                break;
            case 20:
                out.type = reader.int64();
                break;
            case 21:
                out.is_reference = true;
                break;
            default:
                break;
        }
    }
    TRY(reader.finish());
    return out;
}

Result<Node> read_node(ByteView bytes, std::size_t depth, Totals& totals) {
    Node out;
    WireReader reader("NodeProto", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                TRY(at_most("inputs of a node", out.inputs.size(), node_operand_count_max));
                out.inputs.push_back(reader.text());
                break;
            case 2:
                TRY(at_most("outputs of a node", out.outputs.size(), node_operand_count_max));
                out.outputs.push_back(reader.text());
                break;
            case 3:
                out.name = reader.text();
                break;
            case 4:
                out.op = reader.text();
                break;
            case 5: {
                TRY(at_most("attributes", totals.attributes++, model_attribute_count_max));
                Result<Attribute> attribute = read_attribute(reader.bytes(), depth, totals);
                if (!attribute) {
                    return std::unexpected(
                        std::move(attribute).error().in(fmt::format("node '{}'", out.name))
                    );
                }
                out.attributes.push_back(*std::move(attribute));
                break;
            }
            case 7:
                out.domain = reader.text();
                break;
            default:
                break;
        }
    }
    TRY(reader.finish());
    return out;
}

Result<Dimension> read_dimension(ByteView bytes) {
    Dimension out;
    WireReader reader("Dimension", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            out.size = reader.int64();
        } else if (reader.field() == 2) {
            out.name = reader.text();
        }
    }
    TRY(reader.finish());
    return out;
}

Result<void> read_shape(ByteView bytes, ValueInfo& out) {
    out.has_shape = true;
    WireReader reader("TensorShapeProto", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            TRY(at_most("dimensions", out.dimensions.size(), dimension_count_max));
            TRY_ASSIGN(const Dimension dimension, read_dimension(reader.bytes()));
            out.dimensions.push_back(dimension);
        }
    }
    return reader.finish();
}

Result<void> read_tensor_type(ByteView bytes, ValueInfo& out) {
    out.is_tensor = true;
    WireReader reader("TypeProto.Tensor", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            out.data_type = reader.int64();
        } else if (reader.field() == 2) {
            TRY(read_shape(reader.bytes(), out));
        }
    }
    return reader.finish();
}

Result<void> read_type(ByteView bytes, ValueInfo& out) {
    WireReader reader("TypeProto", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            TRY(read_tensor_type(reader.bytes(), out));
        }
    }
    return reader.finish();
}

Result<ValueInfo> read_value_info(ByteView bytes) {
    ValueInfo out;
    WireReader reader("ValueInfoProto", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            out.name = reader.text();
        } else if (reader.field() == 2) {
            TRY(read_type(reader.bytes(), out));
        }
    }
    TRY(reader.finish());
    return out;
}

Result<std::string_view> read_sparse_name(ByteView bytes) {
    std::string_view name;
    WireReader reader("SparseTensorProto", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            TRY_ASSIGN(const TensorMessage values, read_tensor_name(reader.bytes()));
            name = values.name;
        }
    }
    TRY(reader.finish());
    return name;
}

Result<void> read_graph_field(WireReader& reader, std::size_t depth, Totals& totals, Graph& out) {
    switch (reader.field()) {
        case 1: {
            TRY(at_most("nodes", totals.nodes++, model_node_count_max));
            TRY_ASSIGN(Node node, read_node(reader.bytes(), depth, totals));
            out.nodes.push_back(std::move(node));
            break;
        }
        case 2:
            out.name = reader.text();
            break;
        case 5: {
            TRY(at_most("inputs, outputs and initialisers", totals.values++, model_value_count_max)
            );
            TRY_ASSIGN(const TensorMessage tensor, read_tensor_name(reader.bytes()));
            out.initialisers.push_back(tensor);
            break;
        }
        case 11: {
            TRY(at_most("inputs, outputs and initialisers", totals.values++, model_value_count_max)
            );
            TRY_ASSIGN(ValueInfo value, read_value_info(reader.bytes()));
            out.inputs.push_back(std::move(value));
            break;
        }
        case 12: {
            TRY(at_most("inputs, outputs and initialisers", totals.values++, model_value_count_max)
            );
            TRY_ASSIGN(ValueInfo value, read_value_info(reader.bytes()));
            out.outputs.push_back(std::move(value));
            break;
        }
        case 15: {
            TRY(at_most("inputs, outputs and initialisers", totals.values++, model_value_count_max)
            );
            TRY_ASSIGN(const std::string_view name, read_sparse_name(reader.bytes()));
            out.sparse_initialisers.push_back(name);
            break;
        }
        default:
            break;
    }
    return {};
}

/// Recursion through attributes: `depth` bounds it.
Result<Graph> read_graph(ByteView bytes, std::size_t depth, Totals& totals) {
    if (depth > graph_depth_max) {
        return fail(ErrorCode::too_large, "graphs nested more than {} deep", graph_depth_max);
    }
    Graph out;
    WireReader reader("GraphProto", bytes);
    while (reader.next()) {
        Result<void> read = read_graph_field(reader, depth, totals, out);
        if (!read) {
            return std::unexpected(std::move(read).error().in(fmt::format("graph '{}'", out.name)));
        }
    }
    TRY(reader.finish());
    return out;
}

Result<OperatorSet> read_operator_set(ByteView bytes) {
    OperatorSet out;
    WireReader reader("OperatorSetIdProto", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            out.domain = reader.text();
        } else if (reader.field() == 2) {
            out.version = reader.int64();
        }
    }
    TRY(reader.finish());
    return out;
}

}  // namespace

const Attribute* Node::attribute(std::string_view wanted) const {
    const auto found = std::ranges::find(attributes, wanted, &Attribute::name);
    return found == attributes.end() ? nullptr : &*found;
}

std::string_view plain_domain(std::string_view domain) {
    return domain == "ai.onnx" ? std::string_view() : domain;
}

Result<Model> read_model(ByteView file) {
    if (file.size() > file_bytes_max) {
        return fail(
            ErrorCode::too_large,
            "a model of {} bytes, at most {} are allowed",
            file.size(),
            file_bytes_max
        );
    }
    Model out;
    Totals totals;
    bool has_graph = false;
    WireReader reader("ModelProto", file);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                out.ir_version = reader.int64();
                break;
            case 7: {
                TRY_ASSIGN(out.graph, read_graph(reader.bytes(), 1, totals));
                has_graph = true;
                break;
            }
            case 8: {
                TRY(at_most("operator sets", out.operator_sets.size(), opset_count_max));
                TRY_ASSIGN(const OperatorSet set, read_operator_set(reader.bytes()));
                out.operator_sets.push_back(set);
                break;
            }
            case 25:
                ++out.function_count;
                break;
            default:
                break;
        }
    }
    TRY(reader.finish());
    if (!has_graph) {
        return invalid("ModelProto: it has no graph");
    }
    return out;
}

}  // namespace steelyard::vm::onnx
