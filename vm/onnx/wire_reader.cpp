#include "vm/onnx/wire_reader.h"

namespace steelyard::vm::onnx {

namespace {

constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t fixed64_type = 1;
constexpr std::uint32_t sized_type = 2;
constexpr std::uint32_t fixed32_type = 5;
constexpr std::uint64_t field_max = (std::uint64_t{1} << 29) - 1;

std::uint64_t little_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (std::size_t index = bytes.size(); index > 0; --index) {
        value = value << 8 | bytes[index - 1];
    }
    return value;
}

}  // namespace

bool WireReader::next() {
    if (!ok() || rest_.empty()) {
        return false;
    }
    const std::uint64_t tag = take_varint(rest_);
    if (!ok()) {
        return false;
    }
    if (tag >> 3 == 0 || tag >> 3 > field_max) {
        refuse(fmt::format("field number {}", tag >> 3));
        return false;
    }
    field_ = static_cast<std::uint32_t>(tag >> 3);
    wire_type_ = static_cast<std::uint32_t>(tag & 7);
    return read_value();
}

bool WireReader::read_value() {
    varint_ = 0;
    bytes_ = {};
    switch (wire_type_) {
        case varint_type:
            varint_ = take_varint(rest_);
            break;
        case fixed64_type:
            bytes_ = take(8);
            varint_ = little_endian(bytes_);
            break;
        case fixed32_type:
            bytes_ = take(4);
            varint_ = little_endian(bytes_);
            break;
        case sized_type: {
            const std::uint64_t size = take_varint(rest_);
            if (size > rest_.size()) {
                refuse(fmt::format("field {} of {} bytes, {} are left", field_, size, rest_.size())
                );
                break;
            }
            bytes_ = take(static_cast<std::size_t>(size));
            break;
        }
        default:
            refuse(fmt::format("field {} has wire type {}", field_, wire_type_));
    }
    return ok();
}

std::uint64_t WireReader::varint() {
    if (wire_type_ != varint_type) {
        refuse_type();
        return 0;
    }
    return varint_;
}

std::uint32_t WireReader::fixed32() {
    if (wire_type_ != fixed32_type) {
        refuse_type();
        return 0;
    }
    return static_cast<std::uint32_t>(varint_);
}

ByteView WireReader::bytes() {
    if (wire_type_ != sized_type) {
        refuse_type();
        return {};
    }
    return bytes_;
}

void WireReader::append_varints(std::vector<std::int64_t>& out) {
    if (wire_type_ == varint_type) {
        out.push_back(static_cast<std::int64_t>(varint_));
        return;
    }
    ByteView packed = bytes();
    while (ok() && !packed.empty()) {
        out.push_back(static_cast<std::int64_t>(take_varint(packed)));
    }
}

void WireReader::append_fixed(Bytes& out, std::size_t element_bytes) {
    const bool single = wire_type_ == (element_bytes == 4 ? fixed32_type : fixed64_type);
    const ByteView run = single ? bytes_ : bytes();
    if (run.size() % element_bytes != 0) {
        refuse(fmt::format(
            "field {} has {} bytes of {}-byte elements", field_, run.size(), element_bytes
        ));
        return;
    }
    append(out, run);
}

std::uint64_t WireReader::take_varint(ByteView& from) {
    std::uint64_t value = 0;
    for (std::size_t index = 0; index < 10 && index < from.size(); ++index) {
        const std::uint64_t byte = from[index];
        value |= (byte & 0x7f) << (7 * index);
        if ((byte & 0x80) == 0) {
            from = from.subspan(index + 1);
            return value;
        }
    }
    refuse(from.size() < 10 ? "it ends inside a varint" : "a varint of more than 10 bytes");
    from = {};
    return 0;
}

ByteView WireReader::take(std::size_t size) {
    if (size > rest_.size()) {
        refuse(fmt::format("it ends inside field {}", field_));
        return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

void WireReader::refuse_type() {
    refuse(fmt::format("field {} may not have wire type {}", field_, wire_type_));
}

void WireReader::refuse(std::string why) {
    if (ok()) {
        error_ = fmt::format("{} (byte {} of {})", why, size_ - rest_.size(), size_);
    }
}

Result<void> WireReader::finish() const {
    if (!ok()) {
        return invalid("{}: {}", message_, error_);
    }
    return {};
}

}  // namespace steelyard::vm::onnx
