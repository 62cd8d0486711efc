// Writes small ONNX models for tests.
#pragma once

#include "base/protowire.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::vm::onnx::test {

using Names = std::vector<std::string>;

inline Bytes integer_attribute(std::string_view name, std::int64_t value) {
    ProtoWriter writer;
    writer.string(1, name);
    writer.int64(3, value);
    return std::move(writer).take();
}

inline Bytes integers_attribute(std::string_view name, const std::vector<std::int64_t>& values) {
    ProtoWriter writer;
    writer.string(1, name);
    Bytes packed;
    for (const std::int64_t value : values) {
        append_uvarint(packed, static_cast<std::uint64_t>(value));
    }
    writer.message(8, packed);
    return std::move(writer).take();
}

inline Bytes graph_attribute(std::string_view name, const Bytes& graph) {
    ProtoWriter writer;
    writer.string(1, name);
    writer.message(6, graph);
    return std::move(writer).take();
}

inline Bytes node(
    std::string_view op,
    const Names& inputs,
    const Names& outputs,
    const std::vector<Bytes>& attributes = {}
) {
    ProtoWriter writer;
    for (const std::string& input : inputs) {
        writer.message(1, as_bytes(input));
    }
    for (const std::string& output : outputs) {
        writer.message(2, as_bytes(output));
    }
    writer.string(4, op);
    for (const Bytes& attribute : attributes) {
        writer.message(5, attribute);
    }
    return std::move(writer).take();
}

/// A tensor value; dimensions are numbers or names.
inline Bytes value_info(std::string_view name, std::int64_t data_type, const Names& dimensions) {
    ProtoWriter shape;
    for (const std::string& dimension : dimensions) {
        ProtoWriter one;
        if (dimension[0] >= '0' && dimension[0] <= '9') {
            one.int64(1, std::stoll(dimension));
        } else {
            one.string(2, dimension);
        }
        shape.message(1, std::move(one).take());
    }
    ProtoWriter tensor;
    tensor.int64(1, data_type);
    tensor.message(2, std::move(shape).take());
    ProtoWriter type;
    type.message(1, std::move(tensor).take());
    ProtoWriter value;
    value.string(1, name);
    value.message(2, std::move(type).take());
    return std::move(value).take();
}

/// A tensor of i64.
inline Bytes tensor(
    std::string_view name,
    const std::vector<std::int64_t>& dimensions,
    const std::vector<std::int64_t>& values
) {
    ProtoWriter writer;
    Bytes packed;
    for (const std::int64_t dimension : dimensions) {
        append_uvarint(packed, static_cast<std::uint64_t>(dimension));
    }
    writer.message(1, packed);
    writer.int64(2, 7);
    packed.clear();
    for (const std::int64_t value : values) {
        append_uvarint(packed, static_cast<std::uint64_t>(value));
    }
    writer.message(7, packed);
    writer.string(8, name);
    return std::move(writer).take();
}

struct GraphParts {
    std::vector<Bytes> nodes{};
    std::vector<Bytes> initialisers{};
    std::vector<Bytes> inputs{};
    std::vector<Bytes> outputs{};
};

inline Bytes graph(const GraphParts& parts) {
    ProtoWriter writer;
    for (const Bytes& one : parts.nodes) {
        writer.message(1, one);
    }
    for (const Bytes& one : parts.initialisers) {
        writer.message(5, one);
    }
    for (const Bytes& one : parts.inputs) {
        writer.message(11, one);
    }
    for (const Bytes& one : parts.outputs) {
        writer.message(12, one);
    }
    return std::move(writer).take();
}

inline Bytes model(const GraphParts& parts, std::int64_t opset = 13) {
    ProtoWriter set;
    set.int64(2, opset);
    ProtoWriter writer;
    writer.int64(1, 8);
    writer.message(7, graph(parts));
    writer.message(8, std::move(set).take());
    return std::move(writer).take();
}

}  // namespace steelyard::vm::onnx::test
