#include "tests/sim/arguments.h"

#include "base/decimal.h"

namespace steelyard::sim {
namespace {

constexpr std::uint64_t nodes_min = 4;
constexpr std::uint64_t nodes_max = 32;
constexpr std::uint64_t minutes_max = 10'000;

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t min, std::uint64_t max) {
    TRY_ASSIGN(const Uint128 number, parse_decimal(text));
    if (number < min || number > max) {
        return invalid("{} is not between {} and {}", text, min, max);
    }
    return static_cast<std::uint64_t>(number);
}

Result<std::uint64_t> parse_seed(std::string_view text) {
    return parse_number(text, 0, std::numeric_limits<std::uint64_t>::max());
}

Result<SeedRange> parse_seeds(std::string_view text) {
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) {
        return invalid("{} is not A..B", text);
    }
    TRY_ASSIGN(const auto first, parse_seed(text.substr(0, dots)));
    TRY_ASSIGN(const auto last, parse_seed(text.substr(dots + 2)));
    if (first > last) {
        return invalid("{} is empty", text);
    }
    return SeedRange{first, last};
}

class Parser {
public:
    explicit Parser(std::span<const std::string_view> words) : words_(words) {}

    Result<Arguments> parse() {
        while (!words_.empty()) {
            const std::string_view word = words_.front();
            words_ = words_.subspan(1);
            if (auto taken = take(word); !taken) {
                return std::unexpected(std::move(taken).error().in(word));
            }
        }
        const int modes = arguments_.seeds.has_value() + arguments_.replay.has_value() +
                          arguments_.benchmark + arguments_.helps;
        if (modes != 1) {
            return invalid("give one of --seeds, --replay and --benchmark");
        }
        if (arguments_.trace && !arguments_.replay) {
            return invalid("--trace needs --replay");
        }
        return std::move(arguments_);
    }

private:
    Result<void> take(std::string_view word) {
        if (word == "--help") {
            arguments_.helps = true;
        } else if (word == "--benchmark") {
            arguments_.benchmark = true;
        } else if (word == "--trace") {
            arguments_.trace = true;
        } else if (word == "--no-shrink") {
            arguments_.shrinks = false;
        } else {
            return take_with_value(word);
        }
        return {};
    }

    Result<void> take_with_value(std::string_view word) {
        Fixed& fixed = arguments_.fixed;
        if (word == "--seeds") {
            TRY_ASSIGN(const auto text, value());
            TRY_ASSIGN(arguments_.seeds, parse_seeds(text));
        } else if (word == "--replay") {
            TRY_ASSIGN(const auto text, value());
            TRY_ASSIGN(arguments_.replay, parse_seed(text));
        } else if (word == "--nodes") {
            TRY_ASSIGN(fixed.nodes, small_number(nodes_min, nodes_max));
        } else if (word == "--minutes") {
            TRY_ASSIGN(fixed.minutes, small_number(0, minutes_max));
        } else if (word == "--byzantine") {
            TRY_ASSIGN(fixed.byzantine, small_number(0, nodes_max));
        } else if (word == "--app") {
            TRY_ASSIGN(const auto text, value());
            fixed.app = parse_app(text);
            if (!fixed.app) {
                return invalid("{} is not hash, ledger or market", text);
            }
        } else if (word == "--without") {
            TRY_ASSIGN(const auto text, value());
            const auto fault = parse_fault_class(text);
            if (!fault) {
                return invalid("{} is no class of faults", text);
            }
            fixed.without.insert(*fault);
        } else {
            return invalid("unknown option");
        }
        return {};
    }

    Result<std::string_view> value() {
        if (words_.empty()) {
            return invalid("needs a value");
        }
        const std::string_view text = words_.front();
        words_ = words_.subspan(1);
        return text;
    }

    Result<std::uint32_t> small_number(std::uint64_t min, std::uint64_t max) {
        TRY_ASSIGN(const auto text, value());
        TRY_ASSIGN(const auto number, parse_number(text, min, max));
        return static_cast<std::uint32_t>(number);
    }

    std::span<const std::string_view> words_;
    Arguments arguments_{};
};

}  // namespace

Result<Arguments> parse_arguments(std::span<const std::string_view> words) {
    return Parser(words).parse();
}

}  // namespace steelyard::sim
