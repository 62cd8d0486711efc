#include "proto/codec.h"

#include "base/check.h"
#include "base/protowire.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <limits>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// The depth to which the library itself recurses by default.
constexpr int library_depth_max = 100;

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, sized = 2, fixed32 = 5 };

WireType wire_type_of(const FieldDescriptor& field) {
    if (field.is_packed()) {
        return WireType::sized;
    }
    switch (field.type()) {
        case FieldDescriptor::TYPE_DOUBLE:
        case FieldDescriptor::TYPE_FIXED64:
        case FieldDescriptor::TYPE_SFIXED64:
            return WireType::fixed64;
        case FieldDescriptor::TYPE_FLOAT:
        case FieldDescriptor::TYPE_FIXED32:
        case FieldDescriptor::TYPE_SFIXED32:
            return WireType::fixed32;
        case FieldDescriptor::TYPE_STRING:
        case FieldDescriptor::TYPE_BYTES:
        case FieldDescriptor::TYPE_MESSAGE:
            return WireType::sized;
        default:
            return WireType::varint;
    }
}

/// As errors name a field: "Vote.height".
std::string name_of(const FieldDescriptor& field) {
    return field.containing_type()->name() + "." + field.name();
}

/// As take_uvarint; an error says where.
Result<std::uint64_t> take_uvarint_of(const FieldDescriptor& field, ByteView& in) {
    Result<std::uint64_t> value = take_uvarint(in);
    if (!value) {
        return std::unexpected(std::move(value).error().in(name_of(field)));
    }
    return value;
}

/// Walks encoded bytes along the descriptors, without allocating, and counts.
class Scan {
public:
    explicit Scan(const ParseLimits& limits)
        : elements_left_(limits.elements_max), depth_max_(limits.depth_max) {}

    Result<void> message(const Descriptor& type, ByteView bytes, int depth);

private:
    Result<void> value(const FieldDescriptor& field, ByteView& rest, int depth);
    Result<void> sized(const FieldDescriptor& field, ByteView bytes, int depth);
    Result<void> count(const FieldDescriptor& field, std::size_t elements);

    std::size_t elements_left_;
    int depth_max_;
};

Result<void> Scan::message(const Descriptor& type, ByteView bytes, int depth) {
    if (depth > depth_max_) {
        return fail(ErrorCode::too_large, "{}: nested deeper than {}", type.name(), depth_max_);
    }
    while (!bytes.empty()) {
        const Result<std::uint64_t> tag = take_uvarint(bytes);
        if (!tag) {
            return invalid("{}.tag: {}", type.name(), tag.error().message());
        }
        const std::uint64_t number = *tag >> 3;
        const FieldDescriptor* const field = number <= FieldDescriptor::kMaxNumber
                                                 ? type.FindFieldByNumber(static_cast<int>(number))
                                                 : nullptr;
        if (field == nullptr) {
            return invalid("{}: unknown field {}", type.name(), number);
        }
        if ((*tag & 7) != static_cast<std::uint64_t>(wire_type_of(*field))) {
            return invalid("{}: has wire type {}", name_of(*field), *tag & 7);
        }
        TRY(value(*field, bytes, depth));
    }
    return {};
}

Result<void> Scan::value(const FieldDescriptor& field, ByteView& rest, int depth) {
    switch (wire_type_of(field)) {
        case WireType::varint:
            TRY(take_uvarint_of(field, rest));
            return count(field, 1);
        case WireType::fixed64:
        case WireType::fixed32: {
            const std::size_t width = wire_type_of(field) == WireType::fixed64 ? 8 : 4;
            if (rest.size() < width) {
                return invalid("{}: truncated", name_of(field));
            }
            rest = rest.subspan(width);
            return count(field, 1);
        }
        case WireType::sized: {
            TRY_ASSIGN(const std::uint64_t size, take_uvarint_of(field, rest));
            if (size > rest.size()) {
                return invalid("{}: claims {} bytes of {} left", name_of(field), size, rest.size());
            }
            const ByteView bytes = rest.first(size);
            rest = rest.subspan(size);
            return sized(field, bytes, depth);
        }
    }
    return {};
}

Result<void> Scan::sized(const FieldDescriptor& field, ByteView bytes, int depth) {
    if (!field.is_packed()) {
        TRY(count(field, 1));
        if (field.type() == FieldDescriptor::TYPE_STRING && !is_utf8(bytes)) {
            return invalid("{}: is not valid UTF-8", name_of(field));
        }
        const Descriptor* const type = field.message_type();
        return type != nullptr ? message(*type, bytes, depth + 1) : Result<void>{};
    }
    // Every varint ends in a byte below 0x80. Packed numbers of fixed size, which may be counted
    // wrongly here, take no more room in memory than on the wire.
    const auto ends = std::ranges::count_if(bytes, [](auto byte) { return byte < 0x80; });
    return count(field, static_cast<std::size_t>(ends));
}

Result<void> Scan::count(const FieldDescriptor& field, std::size_t elements) {
    if (elements > elements_left_) {
        return fail(ErrorCode::too_large, "{}: the message has too many elements", name_of(field));
    }
    elements_left_ -= elements;
    return {};
}

}  // namespace

Bytes serialize(const Message& message) {
    const std::size_t size = message.ByteSizeLong();
    CHECK(size <= std::numeric_limits<int>::max());
    Bytes out(size);
    CHECK(message.SerializeToArray(out.data(), static_cast<int>(size)));
    return out;
}

Result<void> strict_parse(Message& message, ByteView bytes, const ParseLimits& limits) {
    CHECK(limits.depth_max <= library_depth_max);
    CHECK(limits.bytes_max <= std::numeric_limits<int>::max());
    message.Clear();
    const std::string& name = message.GetDescriptor()->name();
    if (bytes.size() > limits.bytes_max) {
        return fail(
            ErrorCode::too_large, "{} has {} bytes, limit {}", name, bytes.size(), limits.bytes_max
        );
    }
    TRY(Scan(limits).message(*message.GetDescriptor(), bytes, 1));
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        message.Clear();
        return invalid("{} cannot be parsed", name);
    }
    if (!equal(serialize(message), bytes)) {
        message.Clear();
        return invalid("{} is not in its canonical form", name);
    }
    return {};
}

}  // namespace steelyard::proto
