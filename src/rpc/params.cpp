#include "rpc/params.h"

#include "base/check.h"
#include "rpc/argument.h"
#include "rpc/json_reader.h"

namespace steelyard::rpc {
namespace {

const Bytes no_bytes;

/// The place of a parameter; nothing if the method has none of that name.
std::optional<std::size_t> index_of(const std::vector<ParamSpec>& specs, std::string_view name) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].name == name) {
            return i;
        }
    }
    return std::nullopt;
}

Result<void> check_required(const std::vector<ParamSpec>& specs, const Params& params) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].required && params.at(i).index() == 0) {
            return invalid("missing required parameter {}", specs[i].name);
        }
    }
    return {};
}

/// "expected 2 parameters ([s i]), got 1 ([[34 97 34]])": Go prints raw JSON as its bytes.
std::unexpected<Error> wrong_count(
    const std::vector<ParamSpec>& specs, const std::vector<std::string_view>& elements
) {
    constexpr std::size_t printed_size_max = 1024;
    std::string names;
    for (const ParamSpec& spec : specs) {
        names += names.empty() ? "" : " ";
        names += spec.name;
    }
    std::string bytes;
    for (const std::string_view element : elements) {
        bytes += bytes.empty() ? "[" : " [";
        for (std::size_t i = 0; i < element.size() && bytes.size() < printed_size_max; ++i) {
            bytes += i == 0 ? "" : " ";
            bytes += std::to_string(static_cast<std::uint8_t>(element[i]));
        }
        bytes += ']';
        if (bytes.size() >= printed_size_max) {
            bytes += " ...";
            break;
        }
    }
    return invalid(
        "expected {} parameters ([{}]), got {} ([{}])", specs.size(), names, elements.size(), bytes
    );
}

Result<Params> from_object(const std::vector<ParamSpec>& specs, std::string_view object) {
    Params params(specs);
    for (JsonWalker walker(object); walker.next();) {
        std::optional<std::size_t> index = index_of(specs, walker.raw_key());
        if (!index && walker.raw_key().find('\\') != std::string_view::npos) {
            index = index_of(specs, walker.key());
        }
        if (index) {
            TRY_ASSIGN(Params::Value value, argument_from_json(specs[*index].type, walker.value()));
            params.set(*index, std::move(value));
        }
    }
    return params;
}

Result<Params> from_array(const std::vector<ParamSpec>& specs, std::string_view array) {
    const std::vector<std::string_view> elements = json_elements(array);
    if (elements.size() != specs.size()) {
        return wrong_count(specs, elements);
    }
    Params params(specs);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        TRY_ASSIGN(Params::Value value, argument_from_json(specs[i].type, elements[i]));
        params.set(i, std::move(value));
    }
    return params;
}

}  // namespace

const Params::Value& Params::value(std::string_view name) const {
    CHECK(specs_ != nullptr);
    const std::optional<std::size_t> index = index_of(*specs_, name);
    CHECK(index);
    return values_[*index];
}

std::optional<std::int64_t> Params::integer(std::string_view name) const {
    const Value& found = value(name);
    if (found.index() == 0) {
        return std::nullopt;
    }
    CHECK(std::holds_alternative<std::int64_t>(found));
    return std::get<std::int64_t>(found);
}

bool Params::boolean(std::string_view name) const {
    const Value& found = value(name);
    if (found.index() == 0) {
        return false;
    }
    CHECK(std::holds_alternative<bool>(found));
    return std::get<bool>(found);
}

std::string_view Params::string(std::string_view name) const {
    const Value& found = value(name);
    if (found.index() == 0) {
        return {};
    }
    CHECK(std::holds_alternative<std::string>(found));
    return std::get<std::string>(found);
}

std::string_view Params::json(std::string_view name) const {
    return string(name);
}

const Bytes& Params::bytes(std::string_view name) const {
    const Value& found = value(name);
    if (found.index() == 0) {
        return no_bytes;
    }
    CHECK(std::holds_alternative<Bytes>(found));
    return std::get<Bytes>(found);
}

Bytes Params::take_bytes(std::string_view name) {
    const std::optional<std::size_t> index = index_of(*specs_, name);
    CHECK(index);
    if (values_[*index].index() == 0) {
        return {};
    }
    return std::get<Bytes>(std::move(values_[*index]));
}

Result<Params> params_from_json(const std::vector<ParamSpec>& specs, std::string_view json) {
    Result<Params> params = Params(specs);
    switch (const JsonKind kind = json_kind(json)) {
        case JsonKind::object:
            params = from_object(specs, json);
            break;
        case JsonKind::array:
            params = from_array(specs, json);
            break;
        case JsonKind::null:
            break;
        case JsonKind::string:
        case JsonKind::number:
        case JsonKind::boolean:
            return invalid(
                "unknown type for JSON params: json: cannot unmarshal {} into Go value of type "
                "[]json.RawMessage. Expected map or array",
                to_string(kind)
            );
    }
    if (params) {
        TRY(check_required(specs, *params));
    }
    return params;
}

Result<Params> params_from_query(
    const std::vector<ParamSpec>& specs, const std::vector<QueryArgument>& arguments
) {
    Params params(specs);
    std::vector<bool> seen(specs.size());
    for (const QueryArgument& argument : arguments) {
        const std::optional<std::size_t> index = index_of(specs, argument.name);
        // The first of several counts, even if it is empty.
        if (!index || seen[*index]) {
            continue;
        }
        seen[*index] = true;
        if (!argument.value.empty()) {
            TRY_ASSIGN(
                Params::Value value, argument_from_query(specs[*index].type, argument.value)
            );
            params.set(*index, std::move(value));
        }
    }
    TRY(check_required(specs, params));
    return params;
}

}  // namespace steelyard::rpc
