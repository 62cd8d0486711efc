// WireWriter: protobuf fields, each as it is given, zeros and empty ones too.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <string_view>

namespace steelyard::vm::onnx {

/// Writes the fields of one message, in the caller's order. Readers of ONNX tell an absent number
/// from a zero, so nothing is left out.
class WireWriter {
public:
    void varint(std::uint32_t field, std::uint64_t value);
    void int64(std::uint32_t field, std::int64_t value) {
        varint(field, static_cast<std::uint64_t>(value));
    }
    void real(std::uint32_t field, float value);
    void bytes(std::uint32_t field, ByteView value);
    void text(std::uint32_t field, std::string_view value);

    /// The head of a field of `size` bytes, which the caller appends elsewhere.
    void head(std::uint32_t field, std::uint64_t size);

    const Bytes& view() const { return out_; }
    Bytes take() && { return std::move(out_); }

private:
    void append(std::uint64_t value);

    Bytes out_{};
};

/// The bytes of a field of a number below 16 whose content has `size` bytes, head and content.
std::uint64_t field_size(std::uint64_t size);

}  // namespace steelyard::vm::onnx
