#include "vm/onnx/lowering.h"

#include "vm/onnx/tensor_reader.h"
#include "vm/ops/narrow_floats.h"

#include <cstring>

namespace steelyard::vm::onnx {

namespace {

template <typename T>
double at(const Bytes& data, std::size_t index) {
    T value;
    std::memcpy(&value, data.data() + index * sizeof(T), sizeof(T));
    return static_cast<double>(value);
}

double number_at(const Tensor& tensor, std::size_t index) {
    const Bytes& data = tensor.data;
    switch (tensor.type.dtype) {
        case DType::f32:
            return at<float>(data, index);
        case DType::f64:
            return at<double>(data, index);
        case DType::f16:
            return static_cast<double>(
                f32_from_f16(static_cast<std::uint16_t>(at<std::uint16_t>(data, index)))
            );
        case DType::bf16:
            return static_cast<double>(
                f32_from_bf16(static_cast<std::uint16_t>(at<std::uint16_t>(data, index)))
            );
        case DType::i8:
            return at<std::int8_t>(data, index);
        case DType::u8:
        case DType::boolean:
            return at<std::uint8_t>(data, index);
        case DType::i16:
            return at<std::int16_t>(data, index);
        case DType::u16:
            return at<std::uint16_t>(data, index);
        case DType::i32:
            return at<std::int32_t>(data, index);
        case DType::u32:
            return at<std::uint32_t>(data, index);
        case DType::i64:
            return at<std::int64_t>(data, index);
        case DType::u64:
            return at<std::uint64_t>(data, index);
    }
    return 0;
}

}  // namespace

Value Call::in(std::size_t index) {
    if (!has(index)) {
        return fail("input {} is missing", index);
    }
    return *operands[index];
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
    const Attribute* attribute = node_.attribute(name);
    return attribute == nullptr ? otherwise : attribute->integer;
}

double Call::real(std::string_view name, double otherwise) const {
    const Attribute* attribute = node_.attribute(name);
    return attribute == nullptr ? otherwise : static_cast<double>(attribute->real);
}

std::string_view Call::text(std::string_view name, std::string_view otherwise) const {
    const Attribute* attribute = node_.attribute(name);
    return attribute == nullptr ? otherwise : attribute->text;
}

Integers Call::integers_of(std::string_view name, const Integers& otherwise) const {
    const Attribute* attribute = node_.attribute(name);
    return attribute == nullptr ? otherwise : attribute->integers;
}

std::vector<double> Call::reals_of(std::string_view name) const {
    const Attribute* attribute = node_.attribute(name);
    if (attribute == nullptr) {
        return {};
    }
    return {attribute->reals.begin(), attribute->reals.end()};
}

Value Call::tensor_of(std::string_view name) {
    const Attribute* attribute = node_.attribute(name);
    if (attribute == nullptr || !attribute->tensor.has_value()) {
        return fail("attribute {} is no tensor", name);
    }
    const Result<Value> value = e.from_file(
        {.name = node_.outputs.empty() ? "" : node_.outputs[0], .bytes = attribute->tensor->bytes}
    );
    return value ? *value : fail("attribute {}: {}", name, value.error().message());
}

DType Call::dtype_attribute(std::string_view name, DType otherwise) {
    const Attribute* attribute = node_.attribute(name);
    if (attribute == nullptr) {
        return otherwise;
    }
    Result<DType> dtype = dtype_of(attribute->integer);
    if (!dtype) {
        fail("{}", dtype.error().message());
        return otherwise;
    }
    return *dtype;
}

std::vector<std::size_t> Call::axes(const Integers& axes, std::size_t rank) {
    std::vector<std::size_t> out;
    for (const std::int64_t axis : axes) {
        out.push_back(this->axis(axis, rank));
    }
    return out;
}

Integers Call::known_integers(std::size_t index) {
    const Value value = in(index);
    if (!e.ok()) {
        return {};
    }
    if (value.known == nullptr) {
        e.need_known(value, fmt::format("input {}", index));
        return {};
    }
    const Value wide = value.dtype() == DType::i64 ? value : cast(value, DType::i64);
    if (wide.known == nullptr) {
        fail("input {} has too many elements to be known at import", index);
        return {};
    }
    Integers out(wide.known->tensor.data.size() / sizeof(std::int64_t));
    if (!out.empty()) {
        std::memcpy(out.data(), wide.known->tensor.data.data(), wide.known->tensor.data.size());
    }
    return out;
}

std::vector<double> Call::known_numbers(std::size_t index) {
    const Value value = in(index);
    if (!e.ok()) {
        return {};
    }
    if (value.known == nullptr) {
        e.need_known(value, fmt::format("input {}", index));
        return {};
    }
    return *numbers_if_known(value);
}

std::optional<std::vector<double>> Call::numbers_if_known(const Value& value) {
    if (value.known == nullptr) {
        return std::nullopt;
    }
    std::vector<double> out;
    for (std::size_t index = 0; index < value.type.elements(); ++index) {
        out.push_back(number_at(value.known->tensor, index));
    }
    return out;
}

}  // namespace steelyard::vm::onnx
