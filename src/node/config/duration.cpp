#include "node/config/duration.h"

#include "base/check.h"

namespace steelyard::node {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};

constexpr Unit units[] = {
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
};

/// More than any option allows; keeps sums far from overflowing.
constexpr std::size_t digits_max = 12;
constexpr std::int64_t count_max = 1'000'000;

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text == "0") {
        return std::chrono::milliseconds(0);
    }
    const auto wrong = [whole = text] {
        return invalid("\"{}\" is no duration such as \"500ms\", \"10s\" or \"1m30s\"", whole);
    };
    std::int64_t nanoseconds = 0;
    std::size_t next_unit = 0;
    do {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (digits == 0 || digits > digits_max) {
            return wrong();
        }
        std::int64_t count = 0;
        for (const char c : text.substr(0, digits)) {
            count = count * 10 + (c - '0');
        }
        text.remove_prefix(digits);
        const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
        while (next_unit < std::size(units) && units[next_unit].name != name) {
            ++next_unit;
        }
        if (next_unit == std::size(units)) {
            return wrong();
        }
        const bool is_small = units[next_unit].nanoseconds < 1'000'000;
        if (count > (is_small ? count_max * 1'000'000 : count_max)) {
            return invalid("a duration of {}{} is too long", count, name);
        }
        nanoseconds += count * units[next_unit++].nanoseconds;
        text.remove_prefix(name.size());
    } while (!text.empty());
    if (nanoseconds % 1'000'000 != 0) {
        return invalid("a duration of {} ns is not in whole milliseconds", nanoseconds);
    }
    return std::chrono::milliseconds(nanoseconds / 1'000'000);
}

std::string print_duration(std::chrono::milliseconds duration) {
    CHECK(duration.count() >= 0);
    std::int64_t rest = duration.count() * 1'000'000;
    if (rest == 0) {
        return "0s";
    }
    std::string out;
    for (const Unit& unit : units) {
        if (rest >= unit.nanoseconds) {
            out += std::to_string(rest / unit.nanoseconds);
            out += unit.name;
            rest %= unit.nanoseconds;
        }
    }
    return out;
}

}  // namespace steelyard::node
