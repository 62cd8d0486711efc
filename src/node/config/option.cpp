#include "node/config/option.h"

#include "node/config/duration.h"
#include "node/config/option_table.h"
#include "node/config/toml_text.h"

#include <algorithm>
#include <charconv>

namespace steelyard::node {

namespace {

constexpr std::size_t list_size_max = 1'000;

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

OptionTarget target_in(const Option& option, Config& config) {
    return option.target(config);
}

std::string describe(const OptionValue& value) {
    return std::visit(
        Overloaded{
            [](bool flag) { return std::string("the boolean ") + (flag ? "true" : "false"); },
            [](std::int64_t number) { return fmt::format("the integer {}", number); },
            [](const std::string& text) { return "the text " + toml_text(text); },
            [](const std::vector<std::string>&) { return std::string("a list"); },
        },
        value
    );
}

Result<void> wrong_type(const Option& option, const OptionValue& value) {
    const bool is_duration = type_name(option) == "duration";
    return invalid(
        "{} expects {} {}{}, not {}",
        option.full_name(),
        type_name(option)[0] == 'i' ? "an" : "a",
        type_name(option),
        is_duration ? " such as \"500ms\"" : "",
        describe(value)
    );
}

Result<void> check_range(const Option& option, std::int64_t number, std::string_view given) {
    if (number < option.minimum || number > option.maximum) {
        return invalid(
            "{} = {} is out of range: {}", option.full_name(), given, range_text(option)
        );
    }
    return {};
}

Result<void> check_text(const Option& option, std::string_view text) {
    if (option.check != nullptr) {
        if (auto checked = option.check(text); !checked) {
            return std::unexpected(std::move(checked).error().in(option.full_name()));
        }
    }
    return {};
}

template <typename Integer>
Result<void> set_integer(const Option& option, Integer& target, const OptionValue& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr) {
        return wrong_type(option, value);
    }
    TRY(check_range(option, *number, std::to_string(*number)));
    target = static_cast<Integer>(*number);
    return {};
}

Result<void> set_duration(
    const Option& option, std::chrono::milliseconds& target, const OptionValue& value
) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) {
        return wrong_type(option, value);
    }
    auto duration = parse_duration(*text);
    if (!duration) {
        return std::unexpected(std::move(duration).error().in(option.full_name()));
    }
    TRY(check_range(option, duration->count(), *text));
    target = *duration;
    return {};
}

template <typename Text>
Result<void> set_text(const Option& option, Text& target, const OptionValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) {
        return wrong_type(option, value);
    }
    TRY(check_text(option, *text));
    target = *text;
    return {};
}

Result<void> set_list(
    const Option& option, std::vector<std::string>& target, const OptionValue& value
) {
    // CometBFT writes lists of peers as one text with commas; both are read.
    OptionValue split;
    if (const auto* text = std::get_if<std::string>(&value)) {
        split = split_at_commas(*text);
    }
    const auto* list = std::get_if<std::vector<std::string>>(
        std::holds_alternative<std::string>(value) ? &split : &value
    );
    if (list == nullptr) {
        return wrong_type(option, value);
    }
    if (list->size() > list_size_max) {
        return fail(
            ErrorCode::too_large,
            "{} has {} entries, over {}",
            option.full_name(),
            list->size(),
            list_size_max
        );
    }
    for (const std::string& entry : *list) {
        TRY(check_text(option, entry));
    }
    target = *list;
    return {};
}

}  // namespace

std::string Option::full_name() const {
    return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

std::string Option::environment_name() const {
    std::string out = "STEELYARD_" + full_name();
    std::ranges::transform(out, out.begin(), [](char c) {
        return c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

std::string Option::flag_name() const {
    return "--" + full_name();
}

std::span<const Option> options() {
    static const std::vector<Option> all = [] {
        std::vector<Option> joined;
        for (const auto& part : {chain_options(), network_options(), other_options()}) {
            joined.insert(joined.end(), part.begin(), part.end());
        }
        return joined;
    }();
    return all;
}

const Option* find_option(std::string_view full_name) {
    const auto found = std::ranges::find(options(), full_name, &Option::full_name);
    return found == options().end() ? nullptr : &*found;
}

std::string_view type_name(const Option& option) {
    Config config;
    return std::visit(
        Overloaded{
            [](bool*) { return "boolean"; },
            [](int*) { return "integer"; },
            [](std::int64_t*) { return "integer"; },
            [](std::chrono::milliseconds*) { return "duration"; },
            [](std::string*) { return "text"; },
            [](std::filesystem::path*) { return "text"; },
            [](std::vector<std::string>*) { return "list of texts"; },
        },
        target_in(option, config)
    );
}

std::string range_text(const Option& option) {
    const std::string_view type = type_name(option);
    if (type == "integer") {
        return fmt::format(
            "{} to {}{}{}",
            option.minimum,
            option.maximum,
            option.unit.empty() ? "" : " ",
            option.unit
        );
    }
    if (type == "duration") {
        return fmt::format(
            "{} to {}",
            print_duration(std::chrono::milliseconds(option.minimum)),
            print_duration(std::chrono::milliseconds(option.maximum))
        );
    }
    return {};
}

std::string value_text(const Option& option, const Config& config) {
    return std::visit(
        Overloaded{
            [](const bool* value) { return std::string(*value ? "true" : "false"); },
            [](const int* value) { return std::to_string(*value); },
            [](const std::int64_t* value) { return std::to_string(*value); },
            [](const std::chrono::milliseconds* value) {
                return toml_text(print_duration(*value));
            },
            [](const std::string* value) { return toml_text(*value); },
            [](const std::filesystem::path* value) { return toml_text(value->string()); },
            [](const std::vector<std::string>* value) { return toml_list(*value); },
        },
        target_in(option, const_cast<Config&>(config))  // only read through
    );
}

Result<void> assign(const Option& option, Config& config, const OptionValue& value) {
    return std::visit(
        Overloaded{
            [&](bool* target) -> Result<void> {
                if (!std::holds_alternative<bool>(value)) {
                    return wrong_type(option, value);
                }
                *target = std::get<bool>(value);
                return {};
            },
            [&](int* target) { return set_integer(option, *target, value); },
            [&](std::int64_t* target) { return set_integer(option, *target, value); },
            [&](std::chrono::milliseconds* target) { return set_duration(option, *target, value); },
            [&](std::string* target) { return set_text(option, *target, value); },
            [&](std::filesystem::path* target) { return set_text(option, *target, value); },
            [&](std::vector<std::string>* target) { return set_list(option, *target, value); },
        },
        target_in(option, config)
    );
}

Result<void> assign_text(const Option& option, Config& config, std::string_view text) {
    const std::string_view type = type_name(option);
    OptionValue value = std::string(text);
    if (type == "boolean" && (text == "true" || text == "false")) {
        value = text == "true";
    } else if (type == "integer") {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size()) {
            value = number;
        }
    }
    return assign(option, config, value);
}

Result<void> validate(const Config& config) {
    if (config.p2p.seed_mode && !config.p2p.pex) {
        return invalid("p2p.seed_mode needs p2p.pex, which is false");
    }
    if (config.mempool.max_tx_bytes > config.mempool.max_txs_bytes) {
        return invalid(
            "mempool.max_tx_bytes = {} is over mempool.max_txs_bytes = {}",
            config.mempool.max_tx_bytes,
            config.mempool.max_txs_bytes
        );
    }
    if (!config.rpc.laddr.empty() && config.rpc.laddr == config.p2p.laddr &&
        !config.rpc.laddr.ends_with(":0")) {
        return invalid("rpc.laddr and p2p.laddr are both {}", config.rpc.laddr);
    }
    return {};
}

}  // namespace steelyard::node
