#include "rpc/rest/request.h"

#include "base/base64.h"
#include "base/protowire.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace steelyard::rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// As much of a text as an error repeats.
std::string_view shown(std::string_view text) {
    return text.substr(0, 100);
}

template <typename Number>
Result<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc() || end != text.end()) {
        return invalid("\"{}\" is no {}-bit integer", shown(text), 8 * sizeof(Number));
    }
    return number;
}

Result<bool> parse_bool(std::string_view text) {
    for (const std::string_view yes : {"true", "True", "TRUE", "t", "T", "1"}) {
        if (text == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"false", "False", "FALSE", "f", "F", "0"}) {
        if (text == no) {
            return false;
        }
    }
    return invalid("\"{}\" is neither true nor false", shown(text));
}

Result<int> parse_enum(const FieldDescriptor& field, std::string_view text) {
    if (const auto* const named = field.enum_type()->FindValueByName(std::string(text))) {
        return named->number();
    }
    const auto number = parse_number<std::int32_t>(text);
    if (!number || field.enum_type()->FindValueByNumber(*number) == nullptr) {
        return invalid("\"{}\" is no {}", shown(text), field.enum_type()->name());
    }
    return *number;
}

/// A plus that was not escaped has become a space on its way.
Result<std::string> parse_bytes(std::string_view text) {
    std::string standard(text.substr(0, text.find_last_not_of('=') + 1));
    for (char& c : standard) {
        c = c == ' ' || c == '-' ? '+' : c == '_' ? '/' : c;
    }
    standard.append((4 - standard.size() % 4) % 4, '=');
    const auto bytes = from_base64(standard);
    if (!bytes) {
        return invalid("\"{}\" is no base64", shown(text));
    }
    return std::string(as_text(*bytes));
}

/// Sets or appends a value that is no message.
class Setter {
public:
    Setter(Message& message, const FieldDescriptor& field)
        : message_(message), reflection_(*message.GetReflection()), field_(field) {}

    Result<void> set(std::string_view text) {
        switch (field_.cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return put(
                    parse_number<std::int32_t>(text), &Reflection::SetInt32, &Reflection::AddInt32
                );
            case FieldDescriptor::CPPTYPE_INT64:
                return put(
                    parse_number<std::int64_t>(text), &Reflection::SetInt64, &Reflection::AddInt64
                );
            case FieldDescriptor::CPPTYPE_UINT32:
                return put(
                    parse_number<std::uint32_t>(text),
                    &Reflection::SetUInt32,
                    &Reflection::AddUInt32
                );
            case FieldDescriptor::CPPTYPE_UINT64:
                return put(
                    parse_number<std::uint64_t>(text),
                    &Reflection::SetUInt64,
                    &Reflection::AddUInt64
                );
            case FieldDescriptor::CPPTYPE_BOOL:
                return put(parse_bool(text), &Reflection::SetBool, &Reflection::AddBool);
            case FieldDescriptor::CPPTYPE_ENUM:
                return put(
                    parse_enum(field_, text), &Reflection::SetEnumValue, &Reflection::AddEnumValue
                );
            case FieldDescriptor::CPPTYPE_STRING:
                if (field_.type() == FieldDescriptor::TYPE_BYTES) {
                    return put(parse_bytes(text), &Reflection::SetString, &Reflection::AddString);
                }
                if (!is_utf8(as_bytes(text))) {
                    return invalid("the text is not valid UTF-8");
                }
                return put(
                    Result<std::string>(text), &Reflection::SetString, &Reflection::AddString
                );
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return invalid("it is a message; name one of its fields");
            case FieldDescriptor::CPPTYPE_DOUBLE:
            case FieldDescriptor::CPPTYPE_FLOAT:
                break;
        }
        return fail(ErrorCode::unsupported, "floats are not read here");
    }

private:
    template <typename T, typename Taken>
    Result<void> put(
        Result<T> value,
        void (Reflection::*single)(Message*, const FieldDescriptor*, Taken) const,
        void (Reflection::*repeated)(Message*, const FieldDescriptor*, Taken) const
    ) {
        TRY(value);
        (reflection_.*
         (field_.is_repeated() ? repeated : single))(&message_, &field_, *std::move(value));
        return {};
    }

    Message& message_;
    const Reflection& reflection_;
    const FieldDescriptor& field_;
};

const FieldDescriptor* find_field(const Descriptor& type, std::string_view name) {
    const std::string text(name);
    const FieldDescriptor* const field = type.FindFieldByName(text);
    return field != nullptr ? field : type.FindFieldByCamelcaseName(text);
}

/// A field that a name of the query string means.
struct NamedField {
    std::string name{};  ///< in the one form that fields have
    bool is_repeated = false;
};

/// Nothing: the message has no such field.
std::optional<NamedField> resolve(const Descriptor& message_type, std::string_view name) {
    NamedField out;
    const Descriptor* type = &message_type;
    while (!name.empty()) {
        const std::string_view part = name.substr(0, name.find('.'));
        name.remove_prefix(std::min(part.size() + 1, name.size()));
        const FieldDescriptor* const field = type == nullptr ? nullptr : find_field(*type, part);
        if (field == nullptr) {
            return std::nullopt;
        }
        out.name += (out.name.empty() ? "" : ".") + field->name();
        out.is_repeated = field->is_repeated();
        type = field->message_type();
    }
    return out;
}

}  // namespace

Result<void> set_field(Message& message, std::string_view name, std::string_view value) {
    const std::string_view whole = name;
    Message* holder = &message;
    for (std::size_t depth = 1; depth <= field_depth_max; ++depth) {
        const std::string_view part = name.substr(0, name.find('.'));
        const bool is_last = part.size() == name.size();
        const FieldDescriptor* const field = find_field(*holder->GetDescriptor(), part);
        if (field == nullptr) {
            return fail(ErrorCode::not_found, "there is no field \"{}\"", shown(whole));
        }
        const Reflection& reflection = *holder->GetReflection();
        if (!is_last) {
            if (field->message_type() == nullptr || field->is_repeated()) {
                return invalid("\"{}\": {} has no fields of its own", shown(whole), field->name());
            }
            holder = reflection.MutableMessage(holder, field);
            name.remove_prefix(part.size() + 1);
            continue;
        }
        auto set = Setter(*holder, *field).set(value);
        if (!set) {
            return std::unexpected(std::move(set).error().in(shown(whole)));
        }
        return {};
    }
    return fail(
        ErrorCode::too_large, "\"{}\" is deeper than {} fields", shown(whole), field_depth_max
    );
}

Result<void> fill_request(
    Message& message, std::span<const PathParameter> path, std::span<const rpc::QueryArgument> query
) {
    const Descriptor& type = *message.GetDescriptor();
    for (const PathParameter& parameter : path) {
        TRY(set_field(message, parameter.field, parameter.value));
    }
    std::set<std::string> taken;
    for (const rpc::QueryArgument& argument : query) {
        const auto field = resolve(type, argument.name);
        const bool is_of_path = field && std::ranges::any_of(path, [&](const auto& parameter) {
                                    return parameter.field == field->name;
                                });
        if (!field || is_of_path) {
            continue;
        }
        if (!taken.insert(field->name).second && !field->is_repeated) {
            return invalid("too many values for field \"{}\"", field->name);
        }
        TRY(set_field(message, field->name, argument.value));
    }
    return {};
}

}  // namespace steelyard::rest
