// LenientReader: protobuf fields as CometBFT's generated readers take them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard::p2p {

/// Walks the fields of a message in any order, known or not. For what two nodes tell each other
/// and nobody hashes; what is hashed is read strictly (base/protowire.h). Views point into the
/// bytes that the reader was given. After an error `next` is false, and `finish` tells.
class LenientReader {
public:
    /// `message` names the type in errors; it must be a literal.
    LenientReader(std::string_view message, ByteView bytes) : message_(message), rest_(bytes) {}

    /// Moves to the next field, of whatever type, and reads its value.
    bool next();

    std::uint64_t field() const { return field_; }

    // The value of the current field; an error if it is of the other type.
    std::uint64_t varint();
    ByteView bytes();

    /// Reports `why` about the whole message.
    void refuse(std::string_view why);

    Result<void> finish() const;

private:
    bool read_value(std::uint64_t wire_type);
    std::uint64_t take_varint();

    std::string_view message_;
    ByteView rest_;
    std::uint64_t field_ = 0;
    std::uint64_t wire_type_ = 0;
    std::uint64_t varint_ = 0;
    ByteView bytes_{};
    std::string_view error_{};
};

}  // namespace steelyard::p2p
