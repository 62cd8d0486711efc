#include "vm/onnx/raising.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace steelyard::vm::onnx {

namespace {

template <typename T>
void put(Bytes& out, T value) {
    const std::size_t at = out.size();
    out.resize(at + sizeof(T));
    std::memcpy(out.data() + at, &value, sizeof(T));
}

}  // namespace

float Raise::real_attribute(std::size_t index) const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(attribute(index)));
}

Name Raise::second_output(std::string_view op, Names inputs, NodeAttributes attributes) {
    graph_.add(op, std::move(inputs), std::move(attributes), 2);
    return graph_.last_output(1);
}

Name Raise::function(OpCode code, const Names& inputs) {
    const OwnFunction* found = find_own_function(code);
    CHECK(found != nullptr && found->operands == inputs.size());
    if (!inlines_functions_) {
        return graph_.add(found->name, inputs, {}, 1, function_domain);
    }
    return found->body(
        [&](std::string_view op, Names operands, NodeAttributes attributes) {
            return graph_.add(op, std::move(operands), std::move(attributes));
        },
        inputs
    );
}

Name Raise::cast(const Name& x, const TensorType& from, DType to) {
    if (from.dtype == to) {
        return x;
    }
    const auto type = make_tensor_type(to, from.shape.dimensions());
    if (!type) {
        return refuse("it goes through {}: {}", to_string(to), type.error().message());
    }
    return op("Cast", {x}, {{"to", data_type_of(to)}});
}

Name Raise::reshape(const Name& x, const Integers& dimensions) {
    NodeAttributes attributes;
    if (std::ranges::find(dimensions, 0) != dimensions.end()) {
        attributes.push_back({"allowzero", std::int64_t{1}});
    }
    return op("Reshape", {x, integers(dimensions)}, std::move(attributes));
}

Name Raise::expand(const Name& x, const Integers& dimensions) {
    return op("Expand", {x, integers(dimensions)});
}

Name Raise::channels_first(const Name& x, std::size_t rank) {
    Integers permutation = {0, static_cast<std::int64_t>(rank - 1)};
    for (std::size_t axis = 1; axis + 1 < rank; ++axis) {
        permutation.push_back(static_cast<std::int64_t>(axis));
    }
    return transpose(x, permutation);
}

Name Raise::channels_last(const Name& x, std::size_t rank) {
    Integers permutation = {0};
    for (std::size_t axis = 2; axis < rank; ++axis) {
        permutation.push_back(static_cast<std::int64_t>(axis));
    }
    permutation.push_back(1);
    return transpose(x, permutation);
}

Name Raise::integers(const Integers& values) {
    Bytes data;
    for (const std::int64_t value : values) {
        put(data, value);
    }
    return graph_.constant({.dtype = DType::i64, .shape = Shape{values.size()}}, std::move(data));
}

Name Raise::integer(DType dtype, std::int64_t value) {
    Bytes data;
    for (std::size_t byte = 0; byte < size_of(dtype); ++byte) {
        data.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * byte)));
    }
    return graph_.constant({.dtype = dtype, .shape = {}}, std::move(data));
}

Name Raise::real(float value) {
    Bytes data;
    put(data, value);
    return graph_.constant({.dtype = DType::f32, .shape = {}}, std::move(data));
}

Name Raise::reals(DType dtype, const std::vector<double>& values) {
    Bytes data;
    for (const double value : values) {
        if (dtype == DType::f32) {
            put(data, static_cast<float>(value));
        } else {
            put(data, value);
        }
    }
    return graph_.constant({.dtype = dtype, .shape = Shape{values.size()}}, std::move(data));
}

Raising find_raising(OpCode code) {
    for (const auto table :
         {unary_raisings(),
          binary_raisings(),
          conversion_raisings(),
          movement_raisings(),
          index_raisings(),
          row_raisings(),
          product_raisings(),
          window_raisings(),
          resize_raisings(),
          refused_raisings()}) {
        for (const RaisingRow& row : table) {
            if (row.code == code) {
                return row.raise;
            }
        }
    }
    return nullptr;
}

}  // namespace steelyard::vm::onnx
