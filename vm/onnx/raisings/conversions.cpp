// Casts, and floats into bytes and back.
#include "vm/onnx/raising.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

Name cast(Raise& r) {
    return r.op("Cast", {r.in(0)}, {{"to", data_type_of(r.call.output.dtype)}});
}

Name bitcast(Raise& r) {
    if (r.dtype(0) == r.call.output.dtype) {
        return r.in(0);
    }
    return r.refuse("ONNX has no other view of the bits of {}", to_string(r.dtype(0)));
}

/// The one axis of x along which operand `index` differs; nothing of a single number.
struct Along {
    bool is_one = false;  ///< a single number
    bool is_along_axis = false;
    std::size_t axis = 0;
};

Along along(const Raise& r, std::size_t index) {
    const Shape& shape = r.type(index).shape;
    Along out{.is_one = shape.elements() == 1};
    std::size_t count = 0;
    for (std::size_t at = 0; at < shape.rank(); ++at) {
        if (shape[at] != 1) {
            ++count;
            out.axis = r.rank(0) - shape.rank() + at;
        }
    }
    out.is_along_axis = count == 1;
    return out;
}

/// The operand as ONNX has scales and zero points: a scalar, or a vector of `size`.
Name parameter(Raise& r, std::size_t index, const Along& place, std::optional<std::int64_t> size) {
    if (!size) {
        return r.rank(index) == 0 ? r.in(index) : r.reshape(r.in(index), {});
    }
    if (place.is_one) {
        return r.expand(r.rank(index) == 0 ? r.in(index) : r.reshape(r.in(index), {1}), {*size});
    }
    return r.rank(index) == 1 ? r.in(index) : r.reshape(r.in(index), {*size});
}

bool is_zero(const Constant* constant) {
    return constant != nullptr &&
           std::ranges::all_of(constant->data, [](std::uint8_t byte) { return byte == 0; });
}

Name linear(Raise& r, std::string_view op) {
    const Along scale = along(r, 1);
    const Along zero = along(r, 2);
    const bool fits = (scale.is_one || scale.is_along_axis) && (zero.is_one || zero.is_along_axis);
    if (!fits || (scale.is_along_axis && zero.is_along_axis && scale.axis != zero.axis)) {
        return r.refuse("ONNX takes scales and zero points that differ along one axis only");
    }
    std::optional<std::int64_t> size;
    NodeAttributes attributes;
    if (scale.is_along_axis || zero.is_along_axis) {
        const std::size_t axis = scale.is_along_axis ? scale.axis : zero.axis;
        size = r.dimension(0, axis);
        attributes.push_back({"axis", static_cast<std::int64_t>(axis)});
    }
    Names operands = {r.in(0), parameter(r, 1, scale, size)};
    if (r.dtype(2) == DType::i32) {
        if (!is_zero(r.constants[2])) {
            return r.refuse("ONNX takes no zero points of i32 but 0");
        }
    } else {
        operands.push_back(parameter(r, 2, zero, size));
    }
    return r.op(op, std::move(operands), std::move(attributes));
}

Name quantise(Raise& r) {
    if (r.dtype(2) == DType::i32) {
        return r.refuse("ONNX quantises to i8 and u8, not to i32");
    }
    return linear(r, "QuantizeLinear");
}

Name dequantise(Raise& r) {
    return linear(r, "DequantizeLinear");
}

constexpr std::array rows = {
    RaisingRow{OpCode::cast, cast},
    RaisingRow{OpCode::bitcast, bitcast},
    RaisingRow{OpCode::quantise, quantise},
    RaisingRow{OpCode::dequantise, dequantise},
};

}  // namespace

std::span<const RaisingRow> conversion_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
