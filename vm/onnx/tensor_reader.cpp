#include "vm/onnx/tensor_reader.h"

#include "base/checked.h"
#include "vm/onnx/wire_reader.h"

#include <charconv>

namespace steelyard::vm::onnx {

namespace {

/// A message whose elements were gathered, but not yet brought into the type's form.
struct Raw {
    std::vector<std::int64_t> dimensions{};
    std::int64_t data_type = 0;
    Bytes floats{};
    Bytes doubles{};
    std::vector<std::int64_t> integers{};  ///< int32_data, int64_data, uint64_data
    ByteView raw{};
    bool has_raw = false;
    bool is_external = false;
    bool is_segment = false;
    std::vector<std::pair<std::string_view, std::string_view>> external{};
};

Result<std::pair<std::string_view, std::string_view>> read_entry(ByteView bytes) {
    std::pair<std::string_view, std::string_view> out;
    WireReader reader("StringStringEntryProto", bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            out.first = reader.text();
        } else if (reader.field() == 2) {
            out.second = reader.text();
        }
    }
    TRY(reader.finish());
    return out;
}

Result<Raw> read_raw(ByteView message) {
    Raw out;
    WireReader reader("TensorProto", message);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                reader.append_varints(out.dimensions);
                break;
            case 2:
                out.data_type = reader.int64();
                break;
            case 3:
                out.is_segment = true;
                break;
            case 4:
                reader.append_fixed(out.floats, sizeof(float));
                break;
            case 5:
            case 7:
            case 11:
                reader.append_varints(out.integers);
                break;
            case 9:
                out.raw = reader.bytes();
                out.has_raw = true;
                break;
            case 10:
                reader.append_fixed(out.doubles, sizeof(double));
                break;
            case 13: {
                TRY_ASSIGN(const auto entry, read_entry(reader.bytes()));
                out.external.push_back(entry);
                break;
            }
            case 14:
                out.is_external = reader.int64() == 1;
                break;
            default:
                break;
        }
    }
    TRY(reader.finish());
    return out;
}

Result<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return invalid("external data: '{}' is no number", text.substr(0, 40));
    }
    return value;
}

Result<Bytes> read_external(const Raw& raw, const TensorType& type, ExternalData* external) {
    if (external == nullptr) {
        return fail(ErrorCode::not_found, "its elements are in another file, which is not given");
    }
    std::string_view location;
    std::uint64_t offset = 0;
    std::uint64_t size = type.bytes();
    for (const auto& [key, value] : raw.external) {
        if (key == "location") {
            location = value;
        } else if (key == "offset") {
            TRY_ASSIGN(offset, parse_number(value));
        } else if (key == "length") {
            TRY_ASSIGN(size, parse_number(value));
        }
    }
    if (size != type.bytes()) {
        return invalid("external data of {} bytes for {}", size, type.text());
    }
    return external->read(location, offset, size);
}

/// The low bytes of each integer: protobuf keeps small types in wide ones.
Bytes narrow(const std::vector<std::int64_t>& integers, std::size_t element_bytes) {
    Bytes out(integers.size() * element_bytes);
    std::size_t at = 0;
    for (const std::int64_t value : integers) {
        for (std::size_t byte = 0; byte < element_bytes; ++byte) {
            out[at++] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * byte));
        }
    }
    return out;
}

Result<TensorType> type_of(const Raw& raw) {
    TRY_ASSIGN(const DType dtype, dtype_of(raw.data_type));
    std::vector<std::uint64_t> dimensions;
    for (const std::int64_t dimension : raw.dimensions) {
        const auto size = checked_cast<std::uint64_t>(dimension);
        if (!size) {
            return invalid("dimension {}", dimension);
        }
        dimensions.push_back(*size);
    }
    return make_tensor_type(dtype, dimensions);
}

}  // namespace

Result<DType> dtype_of(std::int64_t data_type) {
    switch (data_type) {
        case 1:
            return DType::f32;
        case 2:
            return DType::u8;
        case 3:
            return DType::i8;
        case 4:
            return DType::u16;
        case 5:
            return DType::i16;
        case 6:
            return DType::i32;
        case 7:
            return DType::i64;
        case 8:
            return fail(ErrorCode::unsupported, "tensors of strings");
        case 9:
            return DType::boolean;
        case 10:
            return DType::f16;
        case 11:
            return DType::f64;
        case 12:
            return DType::u32;
        case 13:
            return DType::u64;
        case 14:
        case 15:
            return fail(ErrorCode::unsupported, "tensors of complex numbers");
        case 16:
            return DType::bf16;
        default:
            return fail(ErrorCode::unsupported, "tensors of data type {}", data_type);
    }
}

Result<Tensor> read_tensor(ByteView message, ExternalData* external) {
    TRY_ASSIGN(Raw raw, read_raw(message));
    TRY_ASSIGN(const TensorType type, type_of(raw));
    if (raw.is_segment) {
        return fail(ErrorCode::unsupported, "a tensor in segments");
    }
    Tensor out{.type = type};
    if (raw.is_external) {
        TRY_ASSIGN(out.data, read_external(raw, type, external));
    } else if (raw.has_raw) {
        out.data = to_bytes(raw.raw);
    } else if (type.dtype == DType::f32) {
        out.data = std::move(raw.floats);
    } else if (type.dtype == DType::f64) {
        out.data = std::move(raw.doubles);
    } else {
        out.data = narrow(raw.integers, size_of(type.dtype));
    }
    if (out.data.size() != type.bytes()) {
        return invalid("{} bytes of elements for {}", out.data.size(), type.text());
    }
    return out;
}

}  // namespace steelyard::vm::onnx
