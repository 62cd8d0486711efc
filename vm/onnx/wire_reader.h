// WireReader: protobuf fields as any producer writes them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string_view>

namespace steelyard::vm::onnx {

/// Walks the fields of one message, in any order, known or not; whoever reads skips what it does
/// not know. Views point into the bytes that the reader was given. The first error sticks: `next`
/// is false from then on, values are zeros, and `finish` tells.
class WireReader {
public:
    /// `message` names the type in errors; it must be a literal.
    WireReader(std::string_view message, ByteView bytes)
        : message_(message), size_(bytes.size()), rest_(bytes) {}

    /// Moves to the next field, of whatever wire type, and reads its value.
    bool next();

    std::uint32_t field() const { return field_; }

    // The value of the current field; an error if it is of another wire type.
    std::uint64_t varint();
    std::int64_t int64() { return static_cast<std::int64_t>(varint()); }
    std::uint32_t fixed32();
    ByteView bytes();
    std::string_view text() { return as_text(bytes()); }

    /// The elements of a repeated scalar field, packed or not: either one element in its own wire
    /// type, or a run of them. Appends to `out`; memory is at most 8 bytes for each byte read.
    void append_varints(std::vector<std::int64_t>& out);

    /// The same for elements of 4 or 8 bytes: appends the bytes as they are.
    void append_fixed(Bytes& out, std::size_t element_bytes);

    /// Reports `why` about the message.
    void refuse(std::string why);

    bool ok() const { return error_.empty(); }
    Result<void> finish() const;

private:
    bool read_value();
    std::uint64_t take_varint(ByteView& from);
    ByteView take(std::size_t size);
    void refuse_type();

    std::string_view message_;
    std::size_t size_ = 0;
    ByteView rest_;
    std::uint32_t field_ = 0;
    std::uint32_t wire_type_ = 0;
    std::uint64_t varint_ = 0;  ///< of wire types 0, 1 and 5
    ByteView bytes_{};          ///< of wire types 1, 2 and 5
    std::string error_{};
};

}  // namespace steelyard::vm::onnx
