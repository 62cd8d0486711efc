#include "client/json_fields.h"

#include "base/base64.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "chain/json_text.h"

#include <limits>

namespace steelyard::client {
namespace {

constexpr std::size_t depth_max = 32;

using chain::JsonKind;

std::optional<std::string_view> find(std::string_view object, std::string_view member) {
    for (const chain::JsonMember& found : chain::json_members(object)) {
        if (found.key == member) {
            return found.value;
        }
    }
    return std::nullopt;
}

}  // namespace

Result<JsonFields> JsonFields::make(std::string name, std::string_view text) {
    if (chain::json_kind(text) != JsonKind::object) {
        return invalid("{}: is no object", name);
    }
    return JsonFields(std::move(name), text);
}

Result<JsonFields> JsonFields::parse(
    std::string_view name, std::string_view text, std::size_t size_max
) {
    if (text.size() > size_max) {
        return fail(ErrorCode::too_large, "{}: {} bytes, limit {}", name, text.size(), size_max);
    }
    if (auto checked = chain::check_json(text, depth_max); !checked) {
        return std::unexpected(std::move(checked).error().in(std::string(name)));
    }
    return make(std::string(name), text);
}

Result<JsonFields> JsonFields::without_envelope() const {
    return has("result") ? object("result") : *this;
}

std::unexpected<Error> JsonFields::refuse(std::string_view member, std::string_view why) const {
    return invalid("{}.{}: {}", name_, member, why);
}

bool JsonFields::has(std::string_view member) const {
    return find(text_, member).has_value();
}

Result<std::string_view> JsonFields::at(std::string_view member) const {
    const auto found = find(text_, member);
    if (!found) {
        return refuse(member, "is missing");
    }
    return *found;
}

Result<JsonFields> JsonFields::object(std::string_view member) const {
    TRY_ASSIGN(const std::string_view value, at(member));
    return make(fmt::format("{}.{}", name_, member), value);
}

Result<std::vector<JsonFields>> JsonFields::list(std::string_view member, std::size_t count_max)
    const {
    TRY_ASSIGN(const std::string_view value, at(member));
    if (chain::json_kind(value) != JsonKind::array) {
        return refuse(member, "is no list");
    }
    const auto elements = chain::json_elements(value);
    if (elements.size() > count_max) {
        return refuse(member, fmt::format("has {} elements, limit {}", elements.size(), count_max));
    }
    std::vector<JsonFields> list;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        TRY_ASSIGN(
            list.emplace_back(), make(fmt::format("{}.{}[{}]", name_, member, i), elements[i])
        );
    }
    return list;
}

Result<std::string> JsonFields::text(std::string_view member, std::size_t size_max) const {
    TRY_ASSIGN(const std::string_view value, at(member));
    if (chain::json_kind(value) != JsonKind::string) {
        return refuse(member, "is no string");
    }
    std::string text = chain::json_unquote(value);
    if (text.size() > size_max) {
        return refuse(member, fmt::format("has {} bytes, limit {}", text.size(), size_max));
    }
    return text;
}

Result<std::uint64_t> JsonFields::number(std::string_view member) const {
    TRY_ASSIGN(const std::string_view value, at(member));
    const auto parsed = parse_decimal(
        chain::json_kind(value) == JsonKind::string ? chain::json_unquote(value)
                                                    : std::string(value)
    );
    if (!parsed || *parsed > std::numeric_limits<std::uint64_t>::max()) {
        return refuse(member, "is no number");
    }
    return static_cast<std::uint64_t>(*parsed);
}

Result<Bytes> JsonFields::base64(std::string_view member, std::size_t size_max) const {
    TRY_ASSIGN(const std::string text, this->text(member, size_max / 3 * 4 + 4));
    auto bytes = from_base64(text);
    if (!bytes || bytes->size() > size_max) {
        return refuse(member, fmt::format("is no base64 of at most {} bytes", size_max));
    }
    return *std::move(bytes);
}

Result<Bytes> JsonFields::hex(std::string_view member, std::size_t size_max) const {
    TRY_ASSIGN(const std::string text, this->text(member, 2 * size_max));
    auto bytes = from_hex(text);
    if (!bytes) {
        return refuse(member, "is no hex");
    }
    return *std::move(bytes);
}

}  // namespace steelyard::client
