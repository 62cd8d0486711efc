#include "p2p/lenient_reader.h"

namespace steelyard::p2p {
namespace {

constexpr std::uint64_t wire_varint = 0;
constexpr std::uint64_t wire_fixed64 = 1;
constexpr std::uint64_t wire_bytes = 2;
constexpr std::uint64_t wire_fixed32 = 5;
constexpr std::uint64_t field_max = (std::uint64_t{1} << 29) - 1;

}  // namespace

bool LenientReader::next() {
    if (!error_.empty() || rest_.empty()) {
        return false;
    }
    const std::uint64_t key = take_varint();
    field_ = key >> 3;
    if (error_.empty() && (field_ == 0 || field_ > field_max)) {
        refuse("has a field number out of range");
    }
    return error_.empty() && read_value(key & 7);
}

std::uint64_t LenientReader::varint() {
    if (wire_type_ != wire_varint) {
        refuse("has a field of the wrong type");
        return 0;
    }
    return varint_;
}

ByteView LenientReader::bytes() {
    if (wire_type_ != wire_bytes) {
        refuse("has a field of the wrong type");
        return {};
    }
    return bytes_;
}

void LenientReader::refuse(std::string_view why) {
    if (error_.empty()) {
        error_ = why;
    }
}

Result<void> LenientReader::finish() const {
    if (!error_.empty()) {
        return invalid("{} {}", message_, error_);
    }
    return {};
}

bool LenientReader::read_value(std::uint64_t wire_type) {
    wire_type_ = wire_type;
    std::uint64_t size = 0;
    switch (wire_type) {
        case wire_varint:
            varint_ = take_varint();
            return error_.empty();
        case wire_fixed64:
            size = 8;
            break;
        case wire_fixed32:
            size = 4;
            break;
        case wire_bytes:
            size = take_varint();
            break;
        default:
            refuse("has a field of an unknown type");
    }
    if (error_.empty() && size > rest_.size()) {
        refuse("ends too early");
    }
    if (!error_.empty()) {
        return false;
    }
    bytes_ = rest_.first(size);
    rest_ = rest_.subspan(size);
    return true;
}

std::uint64_t LenientReader::take_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) {
            refuse("ends too early");
            return 0;
        }
        const std::uint8_t byte = rest_.front();
        rest_ = rest_.subspan(1);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    refuse("has a number of more than 64 bits");
    return 0;
}

}  // namespace steelyard::p2p
