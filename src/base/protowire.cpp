#include "base/protowire.h"

#include "base/check.h"
#include "base/endian.h"

#include <algorithm>
#include <limits>

namespace steelyard {
namespace {

constexpr std::uint32_t wire_varint = 0;
constexpr std::uint32_t wire_fixed64 = 1;
constexpr std::uint32_t wire_sized = 2;
constexpr std::uint32_t field_number_max = (1U << 29) - 1;

void append_tag(Bytes& out, std::uint32_t field, std::uint32_t wire_type) {
    CHECK(field >= 1 && field <= field_number_max);
    append_uvarint(out, std::uint64_t{field} << 3 | wire_type);
}

/// What a tag and the number after it take at most.
constexpr std::size_t prefix_size_max = 2 * uvarint_size_max;

/// Most messages are small, and many are written: they should not grow byte by byte.
constexpr std::size_t first_capacity = 128;

/// Makes room for one more field in one step.
void make_room(Bytes& out, std::size_t field_size) {
    const std::size_t needed = out.size() + field_size;
    if (needed > out.capacity()) {
        out.reserve(std::max({needed, 2 * out.capacity(), first_capacity}));
    }
}

}  // namespace

void append_uvarint(Bytes& out, std::uint64_t value) {
    ByteArray<uvarint_size_max> bytes;
    std::size_t size = 0;
    while (value >= 0x80) {
        bytes[size++] = static_cast<std::uint8_t>(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = static_cast<std::uint8_t>(value);
    out.insert(out.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

void append_zigzag(Bytes& out, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    append_uvarint(out, bits << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

Result<std::uint64_t> take_uvarint(ByteView& in) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < uvarint_size_max; ++i) {
        if (i == in.size()) {
            return invalid("truncated varint");
        }
        const std::uint8_t byte = in[i];
        if (i == uvarint_size_max - 1 && byte > 1) {
            return invalid("varint overflows 64 bits");
        }
        value |= std::uint64_t{byte & 0x7FU} << (7 * i);
        if (byte < 0x80) {
            if (byte == 0 && i > 0) {
                return invalid("varint is not in its shortest form");
            }
            in = in.subspan(i + 1);
            return value;
        }
    }
    return invalid("varint overflows 64 bits");
}

Bytes length_prefixed(ByteView message) {
    Bytes out;
    out.reserve(message.size() + 5);
    append_uvarint(out, message.size());
    append(out, message);
    return out;
}

void ProtoWriter::uint64(std::uint32_t field, std::uint64_t value) {
    if (value != 0) {
        make_room(out_, prefix_size_max);
        append_tag(out_, field, wire_varint);
        append_uvarint(out_, value);
    }
}

void ProtoWriter::int64(std::uint32_t field, std::int64_t value) {
    uint64(field, static_cast<std::uint64_t>(value));
}

void ProtoWriter::boolean(std::uint32_t field, bool value) {
    uint64(field, value ? 1 : 0);
}

void ProtoWriter::sfixed64(std::uint32_t field, std::int64_t value) {
    if (value != 0) {
        make_room(out_, prefix_size_max);
        append_tag(out_, field, wire_fixed64);
        append_le(out_, static_cast<std::uint64_t>(value));
    }
}

void ProtoWriter::bytes(std::uint32_t field, ByteView value) {
    if (!value.empty()) {
        message(field, value);
    }
}

void ProtoWriter::string(std::uint32_t field, std::string_view value) {
    bytes(field, as_bytes(value));
}

void ProtoWriter::message(std::uint32_t field, ByteView encoded) {
    make_room(out_, prefix_size_max + encoded.size());
    append_tag(out_, field, wire_sized);
    append_uvarint(out_, encoded.size());
    append(out_, encoded);
}

bool ProtoReader::next() {
    if (error_ || rest_.empty()) {
        return false;
    }
    const Result<std::uint64_t> tag = take_uvarint(rest_);
    if (!tag) {
        refuse("tag", tag.error().message());
        return false;
    }
    const std::uint64_t number = *tag >> 3;
    if (number == 0 || number > field_number_max) {
        refuse("tag", fmt::format("field number {} is out of range", number));
        return false;
    }
    last_field_ = field_;
    field_ = static_cast<std::uint32_t>(number);
    wire_type_ = static_cast<std::uint32_t>(*tag & 7);
    if (field_ < last_field_) {
        refuse("tag", fmt::format("field {} comes after field {}", field_, last_field_));
        return false;
    }
    if (field_ < 64) {
        seen_ |= std::uint64_t{1} << field_;
    }
    return true;
}

std::uint64_t ProtoReader::uint64(std::string_view name) {
    return expect_single(name, wire_varint) ? varint_value(name) : 0;
}

std::uint32_t ProtoReader::uint32(std::string_view name) {
    const std::uint64_t value = uint64(name);
    if (value > std::numeric_limits<std::uint32_t>::max()) {
        refuse(name, fmt::format("{} overflows 32 bits", value));
        return 0;
    }
    return static_cast<std::uint32_t>(value);
}

std::int64_t ProtoReader::int64(std::string_view name) {
    return static_cast<std::int64_t>(uint64(name));
}

std::int32_t ProtoReader::int32(std::string_view name) {
    const std::int64_t value = int64(name);
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
        refuse(name, fmt::format("{} overflows 32 bits", value));
        return 0;
    }
    return static_cast<std::int32_t>(value);
}

bool ProtoReader::boolean(std::string_view name) {
    const std::uint64_t value = uint64(name);
    if (value > 1) {
        refuse(name, fmt::format("{} is not a boolean", value));
    }
    return value == 1;
}

std::int64_t ProtoReader::sfixed64(std::string_view name) {
    if (!expect_single(name, wire_fixed64)) {
        return 0;
    }
    if (rest_.size() < 8) {
        refuse(name, "truncated");
        return 0;
    }
    const auto value = static_cast<std::int64_t>(load_le<std::uint64_t>(rest_.data()));
    rest_ = rest_.subspan(8);
    if (value == 0) {
        refuse(name, "zero is written out");
    }
    return value;
}

ByteView ProtoReader::bytes(std::string_view name, std::size_t size_max) {
    const ByteView value =
        expect_single(name, wire_sized) ? repeated_bytes(name, size_max) : ByteView{};
    if (value.empty()) {
        refuse(name, "is empty but written out");
    }
    return value;
}

std::string ProtoReader::string(std::string_view name, std::size_t size_max) {
    const ByteView value = bytes(name, size_max);
    return utf8_value(name, value);
}

ByteView ProtoReader::message(std::string_view name) {
    return expect_single(name, wire_sized) ? repeated_message(name) : ByteView{};
}

ByteView ProtoReader::repeated_bytes(std::string_view name, std::size_t size_max) {
    return expect_type(name, wire_sized) ? sized_value(name, size_max) : ByteView{};
}

std::string ProtoReader::repeated_string(std::string_view name, std::size_t size_max) {
    return utf8_value(name, repeated_bytes(name, size_max));
}

ByteView ProtoReader::repeated_message(std::string_view name) {
    return repeated_bytes(name, std::numeric_limits<std::size_t>::max());
}

bool ProtoReader::at_most(std::string_view name, std::size_t count, std::size_t count_max) {
    if (count >= count_max) {
        refuse(name, fmt::format("has more than {} elements", count_max));
    }
    return ok();
}

void ProtoReader::require(std::uint32_t field, std::string_view name) {
    if (!seen(field)) {
        refuse(name, "is missing");
    }
}

void ProtoReader::unknown() {
    refuse("tag", fmt::format("unknown field {}", field_));
}

void ProtoReader::refuse(std::string_view name, std::string_view why) {
    adopt(name, Error(ErrorCode::invalid, std::string(why)));
}

void ProtoReader::adopt(std::string_view name, Error error) {
    if (!error_) {
        error_ = std::move(error).in(fmt::format("{}.{}", message_, name));
    }
}

Result<void> ProtoReader::finish() const {
    if (error_) {
        return std::unexpected(*error_);
    }
    return {};
}

bool ProtoReader::expect_single(std::string_view name, std::uint32_t wire_type) {
    if (field_ == last_field_) {
        refuse(name, "stands twice");
    }
    return expect_type(name, wire_type);
}

bool ProtoReader::expect_type(std::string_view name, std::uint32_t wire_type) {
    if (wire_type_ != wire_type) {
        refuse(name, fmt::format("has wire type {}, not {}", wire_type_, wire_type));
    }
    return ok();
}

std::uint64_t ProtoReader::varint_value(std::string_view name) {
    const Result<std::uint64_t> value = take_uvarint(rest_);
    if (!value) {
        refuse(name, value.error().message());
        return 0;
    }
    if (*value == 0) {
        refuse(name, "zero is written out");
    }
    return *value;
}

ByteView ProtoReader::sized_value(std::string_view name, std::size_t size_max) {
    const Result<std::uint64_t> size = take_uvarint(rest_);
    if (!size) {
        refuse(name, size.error().message());
        return {};
    }
    if (*size > rest_.size()) {
        refuse(name, fmt::format("claims {} bytes of {} left", *size, rest_.size()));
        return {};
    }
    if (*size > size_max) {
        adopt(
            name,
            Error(ErrorCode::too_large, fmt::format("has {} bytes, limit {}", *size, size_max))
        );
        return {};
    }
    const ByteView value = rest_.first(*size);
    rest_ = rest_.subspan(*size);
    return value;
}

std::string ProtoReader::utf8_value(std::string_view name, ByteView value) {
    if (!is_utf8(value)) {
        refuse(name, "is not valid UTF-8");
        return {};
    }
    return std::string(as_text(value));
}

void ProtoReader::read_exactly(std::string_view name, std::span<std::uint8_t> out) {
    const ByteView value = bytes(name, std::numeric_limits<std::size_t>::max());
    if (value.size() != out.size()) {
        refuse(name, fmt::format("has {} bytes, not {}", value.size(), out.size()));
        return;
    }
    std::copy(value.begin(), value.end(), out.begin());
}

bool is_utf8(ByteView bytes) {
    std::size_t i = 0;
    while (i < bytes.size()) {
        const std::uint8_t lead = bytes[i++];
        if (lead < 0x80) {
            continue;
        }
        if (lead < 0xC2 || lead > 0xF4) {
            return false;
        }
        const std::size_t trailing = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        if (bytes.size() - i < trailing) {
            return false;
        }
        // The second byte excludes overlong forms, surrogates and what lies above U+10FFFF.
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (bytes[i] < low || bytes[i] > high) {
            return false;
        }
        for (std::size_t j = 1; j < trailing; ++j) {
            if (bytes[i + j] < 0x80 || bytes[i + j] > 0xBF) {
                return false;
            }
        }
        i += trailing;
    }
    return true;
}

}  // namespace steelyard
