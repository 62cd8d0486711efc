#include "proto/plain_json.h"

#include "base/check.h"
#include "base/hex.h"

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <fmt/format.h>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

bool is_page(const FieldDescriptor& field) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
           field.message_type()->full_name() == "cosmos.base.query.v1beta1.PageResponse";
}

bool is_time(const Descriptor& type) {
    return type.full_name() == Timestamp::descriptor()->full_name();
}

void append_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_message(std::string& out, const Message& message);

void append_string(std::string& out, const FieldDescriptor& field, const std::string& value) {
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
        append_text(out, to_hex(as_bytes(value)));
    } else {
        append_text(out, value);
    }
}

/// A field, or one element of a repeated one.
void append_value(
    std::string& out, const Message& message, const FieldDescriptor& field, int index
) {
    const auto& reflection = *message.GetReflection();
    const bool is_element = field.is_repeated();
    std::string scratch;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_UINT64:
            out += fmt::format(
                "\"{}\"",
                is_element ? reflection.GetRepeatedUInt64(message, &field, index)
                           : reflection.GetUInt64(message, &field)
            );
            return;
        case FieldDescriptor::CPPTYPE_INT64:
            out += std::to_string(
                is_element ? reflection.GetRepeatedInt64(message, &field, index)
                           : reflection.GetInt64(message, &field)
            );
            return;
        case FieldDescriptor::CPPTYPE_UINT32:
            out += std::to_string(
                is_element ? reflection.GetRepeatedUInt32(message, &field, index)
                           : reflection.GetUInt32(message, &field)
            );
            return;
        case FieldDescriptor::CPPTYPE_BOOL:
            CHECK(!is_element);
            out += reflection.GetBool(message, &field) ? "true" : "false";
            return;
        case FieldDescriptor::CPPTYPE_STRING:
            append_string(
                out,
                field,
                is_element ? reflection.GetRepeatedStringReference(message, &field, index, &scratch)
                           : reflection.GetStringReference(message, &field, &scratch)
            );
            return;
        case FieldDescriptor::CPPTYPE_MESSAGE:
            append_message(
                out,
                is_element ? reflection.GetRepeatedMessage(message, &field, index)
                           : reflection.GetMessage(message, &field)
            );
            return;
        default:
            break;
    }
    CHECK(false);
}

void append_field(std::string& out, const Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    if (!field.is_repeated()) {
        const bool is_missing = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                                !reflection.HasField(message, &field);
        is_missing ? void(out += "null") : append_value(out, message, field, 0);
        return;
    }
    CHECK(!field.is_map());
    out += '[';
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
        out += i == 0 ? "" : ",";
        append_value(out, message, field, i);
    }
    out += ']';
}

void append_message(std::string& out, const Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    if (is_time(type)) {
        append_text(out, TimeUtil::ToString(dynamic_cast<const Timestamp&>(message)));
        return;
    }
    out += '{';
    bool is_first = true;
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (is_page(field)) {
            continue;
        }
        out += is_first ? "" : ",";
        is_first = false;
        append_text(out, field.name());
        out += ':';
        append_field(out, message, field);
    }
    out += '}';
}

std::string schema_of_message(const Descriptor& type, bool may_be_null);

std::string schema_of_value(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_UINT64:
            return R"({"type":"string","pattern":"^[0-9]+$"})";
        case FieldDescriptor::CPPTYPE_INT64:
            return R"({"type":"integer"})";
        case FieldDescriptor::CPPTYPE_UINT32:
            return R"({"type":"integer","minimum":0})";
        case FieldDescriptor::CPPTYPE_BOOL:
            return R"({"type":"boolean"})";
        case FieldDescriptor::CPPTYPE_STRING:
            return field.type() == FieldDescriptor::TYPE_BYTES
                       ? R"({"type":"string","pattern":"^([0-9a-f]{2})*$"})"
                       : R"({"type":"string"})";
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return schema_of_message(*field.message_type(), !field.is_repeated());
        default:
            break;
    }
    CHECK(false);
}

std::string schema_of_message(const Descriptor& type, bool may_be_null) {
    if (is_time(type)) {
        return R"({"type":"string","format":"date-time"})";
    }
    std::string properties;
    std::string required;
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (is_page(field)) {
            continue;
        }
        const std::string_view comma = properties.empty() ? "" : ",";
        const std::string schema =
            field.is_repeated()
                ? fmt::format(R"({{"type":"array","items":{}}})", schema_of_value(field))
                : schema_of_value(field);
        properties += fmt::format(R"({}"{}":{})", comma, field.name(), schema);
        required += fmt::format(R"({}"{}")", comma, field.name());
    }
    return fmt::format(
        R"({{"type":{},"properties":{{{}}},"required":[{}]}})",
        may_be_null ? R"(["object","null"])" : R"("object")",
        properties,
        required
    );
}

}  // namespace

std::string plain_json(const Message& message) {
    std::string out;
    append_message(out, message);
    return out;
}

std::string plain_json_schema(const Descriptor& type) {
    return schema_of_message(type, false);
}

}  // namespace steelyard::proto
