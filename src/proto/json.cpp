#include "proto/json.h"

#include "base/base64.h"
#include "base/check.h"
#include "cosmos_proto/cosmos.pb.h"
#include "proto/codec.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <algorithm>
#include <memory>

namespace steelyard::proto {
namespace {

using google::protobuf::Any;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t dec_places = 18;
constexpr std::size_t dec_digits_max = 100;

/// What a message in an Any may cost.
constexpr ParseLimits any_limits = {
    .bytes_max = json_size_max, .elements_max = 500'000, .depth_max = json_depth_max
};

bool is_dec(const FieldDescriptor& field) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
           field.options().GetExtension(cosmos_proto::scalar) == "cosmos.Dec";
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "50000000000000000" as "0.050000000000000000".
Result<std::string> with_point(std::string_view wire) {
    const bool negative = wire.starts_with('-');
    std::string digits(negative ? wire.substr(1) : wire);
    if (!is_digits(digits) || digits.size() > dec_digits_max) {
        return invalid("\"{}\" is no decimal", wire.substr(0, dec_digits_max));
    }
    if (digits.size() <= dec_places) {
        digits.insert(0, dec_places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - dec_places, ".");
    return (negative ? "-" : "") + digits;
}

/// "0.05" as "50000000000000000".
Result<std::string> without_point(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view number = negative ? text.substr(1) : text;
    const std::size_t point = std::min(number.find('.'), number.size());
    const std::string_view whole = number.substr(0, point);
    const std::string_view places = number.substr(std::min(point + 1, number.size()));
    if (!is_digits(whole) || whole.size() > dec_digits_max || places.size() > dec_places ||
        (point < number.size() && !is_digits(places))) {
        return invalid(
            "\"{}\" is no decimal of at most {} places", text.substr(0, dec_digits_max), dec_places
        );
    }
    std::string digits = std::string(whole) + std::string(places);
    digits.append(dec_places - places.size(), '0');
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return (negative && digits != "0" ? "-" : "") + digits;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        constexpr std::string_view short_escapes = "\b\f\n\r\t";
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (const auto known = short_escapes.find(c); known != std::string_view::npos) {
            out += {'\\', "bfnrt"[known]};
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// An empty message of the type that an Any names.
Result<std::unique_ptr<Message>> message_for(const Any& any) {
    const std::string& url = any.type_url();
    const std::size_t slash = url.rfind('/');
    const Descriptor* const type =
        slash == std::string::npos
            ? nullptr
            : DescriptorPool::generated_pool()->FindMessageTypeByName(url.substr(slash + 1));
    if (type == nullptr) {
        return fail(ErrorCode::unsupported, "type \"{}\" is not known", url);
    }
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New()
    );
}

/// The message in an Any.
Result<std::unique_ptr<Message>> unpack(const Any& any) {
    TRY_ASSIGN(auto message, message_for(any));
    auto parsed = strict_parse(*message, as_bytes(any.value()), any_limits);
    if (!parsed) {
        return std::unexpected(std::move(parsed).error().in(any.type_url()));
    }
    return message;
}

/// Appends messages to a text.
class Writer {
public:
    Result<void> message(const Message& message, int depth);

    std::string take() && { return std::move(out_); }

private:
    Result<void> any(const Any& any, int depth);
    Result<void> fields(const Message& message, int depth, bool first);
    Result<void> field(const Message& message, const FieldDescriptor& field, int depth);
    Result<void> value(const Message& message, const FieldDescriptor& field, int index, int depth);
    Result<void> text(const FieldDescriptor& field, const std::string& text);

    std::string out_;
};

Result<void> Writer::message(const Message& message, int depth) {
    if (depth > json_depth_max) {
        return fail(ErrorCode::too_large, "messages are nested deeper than {}", json_depth_max);
    }
    const std::string& type = message.GetDescriptor()->full_name();
    if (type == "google.protobuf.Any") {
        return any(static_cast<const Any&>(message), depth);
    }
    if (type == "google.protobuf.Timestamp") {
        out_ += quoted(google::protobuf::util::TimeUtil::ToString(
            static_cast<const google::protobuf::Timestamp&>(message)
        ));
        return {};
    }
    if (type == "google.protobuf.Duration") {
        out_ += quoted(google::protobuf::util::TimeUtil::ToString(
            static_cast<const google::protobuf::Duration&>(message)
        ));
        return {};
    }
    out_ += '{';
    TRY(fields(message, depth, true));
    out_ += '}';
    return {};
}

Result<void> Writer::any(const Any& any, int depth) {
    TRY_ASSIGN(const auto inner, unpack(any));
    out_ += "{\"@type\":" + quoted(any.type_url());
    const std::string& type = inner->GetDescriptor()->full_name();
    if (type.starts_with("google.protobuf.")) {
        out_ += ",\"value\":";
        TRY(message(*inner, depth + 1));
    } else {
        TRY(fields(*inner, depth + 1, false));
    }
    out_ += '}';
    return {};
}

Result<void> Writer::fields(const Message& message, int depth, bool first) {
    if (depth > json_depth_max) {
        return fail(ErrorCode::too_large, "messages are nested deeper than {}", json_depth_max);
    }
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& one = *type.field(i);
        if (one.real_containing_oneof() != nullptr &&
            !message.GetReflection()->HasField(message, &one)) {
            continue;
        }
        out_ += (first ? "" : ",") + quoted(one.name()) + ':';
        first = false;
        TRY(field(message, one, depth));
    }
    return {};
}

Result<void> Writer::field(const Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    if (!field.is_repeated()) {
        // Bytes that are not there are no slice in Go.
        const bool is_nullable = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ||
                                 field.type() == FieldDescriptor::TYPE_BYTES;
        if (is_nullable && !reflection.HasField(message, &field)) {
            out_ += "null";
            return {};
        }
        return value(message, field, -1, depth);
    }
    out_ += '[';
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
        out_ += i == 0 ? "" : ",";
        TRY(value(message, field, i, depth));
    }
    out_ += ']';
    return {};
}

Result<void> Writer::text(const FieldDescriptor& field, const std::string& text) {
    // No number at all, which says "leave it as it is" where a validator is edited.
    if (text.empty() && !field.options().GetExtension(cosmos_proto::scalar).empty()) {
        out_ += "null";
        return {};
    }
    if (is_dec(field)) {
        TRY_ASSIGN(const std::string dec, with_point(text));
        out_ += quoted(dec);
        return {};
    }
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
        out_ += '"' + to_base64(as_bytes(text)) + '"';
        return {};
    }
    out_ += quoted(text);
    return {};
}

/// A field that is not repeated, or (index >= 0) an element of one that is.
Result<void> Writer::value(
    const Message& message, const FieldDescriptor& field, int index, int depth
) {
    const Reflection& reflection = *message.GetReflection();
    const auto get = [&](auto single, auto repeated) {
        return index < 0 ? (reflection.*single)(message, &field)
                         : (reflection.*repeated)(message, &field, index);
    };
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            out_ += std::to_string(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
            return {};
        case FieldDescriptor::CPPTYPE_UINT32:
            out_ += std::to_string(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
            return {};
        case FieldDescriptor::CPPTYPE_INT64:
            out_ +=
                fmt::format("\"{}\"", get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
            return {};
        case FieldDescriptor::CPPTYPE_UINT64:
            out_ +=
                fmt::format("\"{}\"", get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
            return {};
        case FieldDescriptor::CPPTYPE_BOOL:
            out_ += get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
            return {};
        case FieldDescriptor::CPPTYPE_ENUM: {
            const int number = get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
            const auto* const known = field.enum_type()->FindValueByNumber(number);
            out_ += known != nullptr ? quoted(known->name()) : std::to_string(number);
            return {};
        }
        case FieldDescriptor::CPPTYPE_STRING:
            return text(field, get(&Reflection::GetString, &Reflection::GetRepeatedString));
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return this->message(
                index < 0 ? reflection.GetMessage(message, &field)
                          : reflection.GetRepeatedMessage(message, &field, index),
                depth + 1
            );
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT:
            break;
    }
    return fail(ErrorCode::unsupported, "{}: floats have no JSON here", field.full_name());
}

Result<void> take_points(Message& message, int depth);

Result<void> take_points_of_field(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const int size = field.is_repeated() ? reflection.FieldSize(message, &field)
                                         : reflection.HasField(message, &field);
    for (int i = 0; i < size; ++i) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            TRY(take_points(
                field.is_repeated() ? *reflection.MutableRepeatedMessage(&message, &field, i)
                                    : *reflection.MutableMessage(&message, &field),
                depth + 1
            ));
        } else if (is_dec(field)) {
            TRY_ASSIGN(
                std::string wire,
                without_point(
                    field.is_repeated() ? reflection.GetRepeatedString(message, &field, i)
                                        : reflection.GetString(message, &field)
                )
            );
            if (field.is_repeated()) {
                reflection.SetRepeatedString(&message, &field, i, std::move(wire));
            } else {
                reflection.SetString(&message, &field, std::move(wire));
            }
        }
    }
    return {};
}

/// Turns every Dec from its text in JSON to the one that travels, in what an Any holds too.
Result<void> take_points(Message& message, int depth) {
    if (depth > json_depth_max) {
        return fail(ErrorCode::too_large, "messages are nested deeper than {}", json_depth_max);
    }
    if (message.GetDescriptor()->full_name() == "google.protobuf.Any") {
        auto& any = static_cast<Any&>(message);
        TRY_ASSIGN(const auto inner, message_for(any));
        // The library has written the fields in the order in which the text has them.
        if (!inner->ParseFromString(any.value())) {
            return invalid("a text is not valid UTF-8");
        }
        TRY(take_points(*inner, depth + 1));
        any.set_value(std::string(as_text(serialize(*inner))));
        return {};
    }
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        TRY(take_points_of_field(message, *type.field(i), depth));
    }
    return {};
}

/// Finds types by the URLs that the SDK writes, "/cosmos.tx.v1beta1.Tx". The library knows the
/// forms of times and the like by URLs with its own prefix alone, so that is what it gets of
/// fields.
class Types final : public google::protobuf::util::TypeResolver {
public:
    google::protobuf::util::Status ResolveMessageType(
        const std::string& url, google::protobuf::Type* type
    ) override {
        return pool_->ResolveMessageType(with_prefix(url), type);
    }

    google::protobuf::util::Status ResolveEnumType(
        const std::string& url, google::protobuf::Enum* type
    ) override {
        return pool_->ResolveEnumType(with_prefix(url), type);
    }

private:
    static constexpr const char* prefix = "type.googleapis.com";

    static std::string with_prefix(const std::string& url) {
        return url.starts_with('/') ? prefix + url : url;
    }

    std::unique_ptr<google::protobuf::util::TypeResolver> pool_{
        google::protobuf::util::NewTypeResolverForDescriptorPool(
            prefix, DescriptorPool::generated_pool()
        )
    };
};

}  // namespace

Result<std::string> to_json(const Message& message) {
    Writer writer;
    TRY(writer.message(message, 1));
    return std::move(writer).take();
}

Result<void> from_json(Message& message, std::string_view text, std::size_t size_max) {
    if (text.size() > size_max) {
        return fail(ErrorCode::too_large, "JSON has {} bytes, more than {}", text.size(), size_max);
    }
    Types types;
    const std::string url = "/" + message.GetDescriptor()->full_name();
    std::string bytes;
    const auto status =
        google::protobuf::util::JsonToBinaryString(&types, url, {text.data(), text.size()}, &bytes);
    if (!status.ok()) {
        std::string why(status.message());
        std::ranges::replace_if(why, [](char c) { return c >= 0 && c < ' '; }, ' ');
        return invalid("{}", why);
    }
    if (!message.ParseFromString(bytes)) {
        return invalid("a text is not valid UTF-8");
    }
    return take_points(message, 1);
}

}  // namespace steelyard::proto
