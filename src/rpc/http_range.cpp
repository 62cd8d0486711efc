#include "rpc/http_range.h"

#include "base/decimal.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace steelyard::rpc {
namespace {

constexpr std::string_view spaces = " \t";
constexpr std::uint64_t number_max = std::numeric_limits<std::int64_t>::max();

std::string_view trimmed(std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of(spaces), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(spaces) + 1);
}

/// Digits, as many as there are; what is over `number_max` is that.
std::optional<std::uint64_t> number(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char digit : digits) {
        const auto next = static_cast<std::uint64_t>(digit - '0');
        value = value > (number_max - next) / 10 ? number_max : value * 10 + next;
    }
    return value;
}

bool begins_with_unit(std::string_view header) {
    constexpr std::string_view unit = "bytes=";
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return std::ranges::equal(header.substr(0, unit.size()), unit, {}, lower);
}

Result<std::uint64_t> strict_number(std::string_view what, std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value > number_max) {
        return invalid("Content-Range: the {} \"{}\" is no number", what, text.substr(0, 32));
    }
    return static_cast<std::uint64_t>(*value);
}

}  // namespace

AskedRange parse_range(std::string_view header, std::uint64_t body_size) {
    using enum AskedRange::Kind;
    header = trimmed(header);
    if (!begins_with_unit(header)) {
        return {};
    }
    const std::string_view spec = trimmed(header.substr(header.find('=') + 1));
    const std::size_t dash = spec.find('-');
    if (dash == spec.npos) {
        return {};
    }
    const std::string_view from = spec.substr(0, dash);
    const std::string_view to = spec.substr(dash + 1);
    if (from.empty()) {
        const auto suffix = number(to);
        if (!suffix) {
            return {};
        }
        const std::uint64_t size = std::min(*suffix, body_size);
        return size == 0 ? AskedRange{.kind = unsatisfiable}
                         : AskedRange{.kind = part, .first = body_size - size, .size = size};
    }
    const auto first = number(from);
    const auto last = to.empty() ? number_max : number(to);
    if (!first || !last || *first > *last) {
        return {};
    }
    if (*first >= body_size) {
        return {.kind = unsatisfiable};
    }
    return {
        .kind = part,
        .first = *first,
        .size = std::min(*last, body_size - 1) - *first + 1,
    };
}

Result<ContentRange> parse_content_range(std::string_view header) {
    constexpr std::string_view unit = "bytes ";
    const std::size_t dash = header.find('-');
    const std::size_t slash = header.find('/');
    if (!header.starts_with(unit) || dash == header.npos || slash == header.npos || slash < dash) {
        return invalid(
            "Content-Range \"{}\" is not of the form \"bytes A-B/SIZE\"", header.substr(0, 64)
        );
    }
    TRY_ASSIGN(
        const auto first,
        strict_number("first byte", header.substr(unit.size(), dash - unit.size()))
    );
    TRY_ASSIGN(
        const auto last, strict_number("last byte", header.substr(dash + 1, slash - dash - 1))
    );
    TRY_ASSIGN(const auto whole, strict_number("size", header.substr(slash + 1)));
    if (first > last || last >= whole) {
        return invalid("Content-Range: no bytes {} to {} are in {}", first, last, whole);
    }
    return ContentRange{.first = first, .size = last - first + 1, .whole = whole};
}

bool names_tag(std::string_view header, std::string_view tag) {
    header = trimmed(header);
    if (header == "*") {
        return true;
    }
    while (!header.empty()) {
        if (header.starts_with("W/")) {
            header.remove_prefix(2);
        }
        if (!header.starts_with('"')) {
            return false;
        }
        const std::size_t end = header.find('"', 1);
        if (end == header.npos) {
            return false;
        }
        if (header.substr(0, end + 1) == tag) {
            return true;
        }
        header.remove_prefix(end + 1);
        header.remove_prefix(std::min(header.find_first_not_of(" \t,"), header.size()));
    }
    return false;
}

}  // namespace steelyard::rpc
