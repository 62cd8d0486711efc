#include "vm/onnx/wire_writer.h"

#include <bit>

namespace steelyard::vm::onnx {

namespace {

constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t sized_type = 2;
constexpr std::uint32_t fixed32_type = 5;

}  // namespace

void WireWriter::append(std::uint64_t value) {
    while (value > 0x7f) {
        out_.push_back(static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    out_.push_back(static_cast<std::uint8_t>(value));
}

void WireWriter::varint(std::uint32_t field, std::uint64_t value) {
    append(field << 3 | varint_type);
    append(value);
}

void WireWriter::real(std::uint32_t field, float value) {
    append(field << 3 | fixed32_type);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (std::uint32_t shift = 0; shift < 32; shift += 8) {
        out_.push_back(static_cast<std::uint8_t>(bits >> shift));
    }
}

void WireWriter::head(std::uint32_t field, std::uint64_t size) {
    append(field << 3 | sized_type);
    append(size);
}

void WireWriter::bytes(std::uint32_t field, ByteView value) {
    head(field, value.size());
    out_.insert(out_.end(), value.begin(), value.end());
}

void WireWriter::text(std::uint32_t field, std::string_view value) {
    bytes(field, as_bytes(value));
}

std::uint64_t field_size(std::uint64_t size) {
    std::uint64_t length_bytes = 1;
    for (std::uint64_t rest = size >> 7; rest > 0; rest >>= 7) {
        ++length_bytes;
    }
    return 1 + length_bytes + size;
}

}  // namespace steelyard::vm::onnx
