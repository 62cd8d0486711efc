#include "proto/amino_json.h"

#include "amino/amino.pb.h"
#include "base/base64.h"
#include "base/check.h"
#include "cosmos_proto/cosmos.pb.h"
#include "proto/codec.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <map>
#include <memory>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;

/// What a message in an Any may cost; the Any itself is bounded by what it came in.
constexpr ParseLimits any_limits = {.bytes_max = 1 << 20, .elements_max = 100'000};

constexpr std::size_t dec_places = 18;

Result<std::string> write_message(const Message& message, int depth);

/// A LegacyDec as it travels, digits of the 10^18-fold, written with its point.
Result<std::string> dec_text(std::string_view wire) {
    const bool negative = wire.starts_with('-');
    std::string digits(negative ? wire.substr(1) : wire);
    if (digits.find_first_not_of("0123456789") != std::string::npos) {
        return invalid("decimal \"{}\" has other characters than digits", wire);
    }
    if (digits.size() <= dec_places) {
        digits.insert(0, dec_places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - dec_places, ".");
    return (negative ? "-" : "") + digits;
}

Result<std::string> string_value(const FieldDescriptor& field, const std::string& text) {
    const std::string& scalar = field.options().GetExtension(cosmos_proto::scalar);
    if (scalar == "cosmos.Dec") {
        TRY_ASSIGN(const std::string dec, text.empty() ? Result<std::string>("0") : dec_text(text));
        return amino_json_text(dec);
    }
    return amino_json_text(scalar == "cosmos.Int" && text.empty() ? "0" : text);
}

/// A field that is not repeated, or (index >= 0) an element of one that is.
class Value {
public:
    Value(const Message& message, const FieldDescriptor& field, int index = -1)
        : message_(message), reflection_(*message.GetReflection()), field_(field), index_(index) {}

    Result<std::string> json(int depth) const {
        switch (field_.cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return std::to_string(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
            case FieldDescriptor::CPPTYPE_UINT32:
                return std::to_string(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
            case FieldDescriptor::CPPTYPE_ENUM:
                return std::to_string(
                    get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue)
                );
            case FieldDescriptor::CPPTYPE_INT64:
                return quoted(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
            case FieldDescriptor::CPPTYPE_UINT64:
                return quoted(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
            case FieldDescriptor::CPPTYPE_BOOL:
                return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
            case FieldDescriptor::CPPTYPE_STRING: {
                const std::string text =
                    get(&Reflection::GetString, &Reflection::GetRepeatedString);
                if (field_.type() == FieldDescriptor::TYPE_BYTES) {
                    return '"' + to_base64(as_bytes(text)) + '"';
                }
                return string_value(field_, text);
            }
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return write_message(
                    index_ < 0 ? reflection_.GetMessage(message_, &field_)
                               : reflection_.GetRepeatedMessage(message_, &field_, index_),
                    depth + 1
                );
            case FieldDescriptor::CPPTYPE_DOUBLE:
            case FieldDescriptor::CPPTYPE_FLOAT:
                break;
        }
        return fail(ErrorCode::unsupported, "{}: amino JSON has no floats", field_.full_name());
    }

private:
    template <typename T>
    static std::string quoted(T number) {
        return '"' + std::to_string(number) + '"';
    }

    template <typename T>
    T get(
        T (Reflection::*single)(const Message&, const FieldDescriptor*) const,
        T (Reflection::*repeated)(const Message&, const FieldDescriptor*, int) const
    ) const {
        return index_ < 0 ? (reflection_.*single)(message_, &field_)
                          : (reflection_.*repeated)(message_, &field_, index_);
    }

    const Message& message_;
    const Reflection& reflection_;
    const FieldDescriptor& field_;
    int index_;
};

Result<std::string> write_list(const Message& message, const FieldDescriptor& field, int depth) {
    const int size = message.GetReflection()->FieldSize(message, &field);
    if (size == 0) {
        return field.options().GetExtension(amino::encoding) == "legacy_coins" ? "[]" : "null";
    }
    std::string out = "[";
    for (int i = 0; i < size; ++i) {
        TRY_ASSIGN(const std::string value, Value(message, field, i).json(depth));
        out += (i == 0 ? "" : ",") + value;
    }
    return out + "]";
}

bool is_empty(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    return field.is_repeated() ? reflection.FieldSize(message, &field) == 0
                               : !reflection.HasField(message, &field);
}

Result<std::string> write_members(const Message& message, int depth) {
    const Descriptor& type = *message.GetDescriptor();
    std::map<std::string, std::string> members;
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (is_empty(message, field) && !field.options().GetExtension(amino::dont_omitempty)) {
            continue;
        }
        const std::string& other_name = field.options().GetExtension(amino::field_name);
        TRY_ASSIGN(
            std::string value,
            field.is_repeated() ? write_list(message, field, depth)
                                : Value(message, field).json(depth)
        );
        members.emplace(other_name.empty() ? field.name() : other_name, std::move(value));
    }
    std::string out = "{";
    for (const auto& [name, value] : members) {
        out += (out.size() == 1 ? "" : ",") + amino_json_text(name) + ":" + value;
    }
    return out + "}";
}

/// {"pubkeys":[...],"threshold":"2"}: amino has the number of a k-of-n key as a text.
Result<std::string> write_threshold_key(const Message& message, int depth) {
    const Descriptor& type = *message.GetDescriptor();
    const FieldDescriptor* const threshold = type.FindFieldByName("threshold");
    const FieldDescriptor* const keys = type.FindFieldByName("public_keys");
    CHECK(threshold != nullptr && keys != nullptr);
    TRY_ASSIGN(const std::string list, write_list(message, *keys, depth));
    TRY_ASSIGN(const std::string number, Value(message, *threshold).json(depth));
    return "{\"pubkeys\":" + list + ",\"threshold\":\"" + number + "\"}";
}

Result<std::string> write_any(const google::protobuf::Any& any, int depth) {
    const std::string& url = any.type_url();
    const std::size_t slash = url.rfind('/');
    const Descriptor* const type =
        slash == std::string::npos
            ? nullptr
            : DescriptorPool::generated_pool()->FindMessageTypeByName(url.substr(slash + 1));
    if (type == nullptr) {
        return fail(ErrorCode::unsupported, "type \"{}\" is not known", url);
    }
    const std::unique_ptr<Message> message(
        MessageFactory::generated_factory()->GetPrototype(type)->New()
    );
    TRY(strict_parse(*message, as_bytes(any.value()), any_limits));
    return write_message(*message, depth + 1);
}

Result<std::string> write_message(const Message& message, int depth) {
    if (depth > amino_json_depth_max) {
        return fail(
            ErrorCode::too_large,
            "{}: nested deeper than {}",
            message.GetTypeName(),
            amino_json_depth_max
        );
    }
    const Descriptor& type = *message.GetDescriptor();
    if (type.full_name() == "google.protobuf.Timestamp" ||
        type.full_name() == "google.protobuf.Duration") {
        return fail(ErrorCode::unsupported, "{} has no amino JSON here", type.full_name());
    }
    if (type.full_name() == "google.protobuf.Any") {
        return write_any(static_cast<const google::protobuf::Any&>(message), depth);
    }
    const std::string& encoding = type.options().GetExtension(amino::message_encoding);
    std::string value;
    if (encoding == "key_field") {
        const FieldDescriptor* const key = type.FindFieldByName("key");
        CHECK(key != nullptr);
        TRY_ASSIGN(value, Value(message, *key).json(depth));
    } else if (encoding == "threshold_string") {
        TRY_ASSIGN(value, write_threshold_key(message, depth));
    } else {
        TRY_ASSIGN(value, write_members(message, depth));
    }
    const std::string& name = type.options().GetExtension(amino::name);
    return name.empty() ? value
                        : "{\"type\":" + amino_json_text(name) + ",\"value\":" + value + "}";
}

}  // namespace

Result<std::string> amino_json(const Message& message) {
    return write_message(message, 1);
}

std::string amino_json_text(std::string_view text) {
    constexpr std::string_view short_escapes = "\b\f\n\r\t";
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const std::string_view three = text.substr(i, 3);
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (const auto known = short_escapes.find(c); known != std::string_view::npos) {
            out += {'\\', "bfnrt"[known]};
        } else if (static_cast<unsigned char>(c) < 0x20 || c == '&' || c == '<' || c == '>') {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else if (three == "\u2028" || three == "\u2029") {
            out += three == "\u2028" ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace steelyard::proto
