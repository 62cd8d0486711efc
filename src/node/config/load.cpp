#include "node/config/load.h"

#include "node/config/toml_file.h"
#include "node/config/toml_text.h"

#include <unistd.h>

#include <algorithm>

namespace steelyard::node {

namespace {

constexpr std::string_view variable_prefix = "STEELYARD_";

/// Whether a variable can only be meant as an option of a section: others may be other programs'.
bool names_a_section(std::string_view variable) {
    for (const Option& option : options()) {
        if (option.section.empty()) {
            continue;
        }
        const std::string prefix =
            Option{.section = option.section, .name = "", .target = nullptr, .doc = ""}
                .environment_name();
        if (variable.starts_with(prefix)) {
            return true;
        }
    }
    return false;
}

std::string with_hint(std::string message, std::string_view name) {
    if (const std::string hint = hint_for(name); !hint.empty()) {
        message += "; " + hint;
    }
    return message;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

Result<void> apply_file(const ConfigInputs& inputs, LoadedConfig& loaded) {
    TRY_ASSIGN(const auto entries, parse_toml_entries(*inputs.file_text, inputs.file_name));
    for (const TomlEntry& entry : entries) {
        const std::string place = fmt::format("{}:{}", inputs.file_name, entry.line);
        const Option* option = find_option(entry.full_name);
        if (option == nullptr) {
            const std::string message =
                fmt::format("{}: there is no option {}", place, toml_text(entry.full_name));
            return invalid("{}", with_hint(message, entry.full_name));
        }
        if (auto set = assign(*option, loaded.config, entry.value); !set) {
            return std::unexpected(std::move(set).error().in(place));
        }
        loaded.origins[static_cast<std::size_t>(option - options().data())] = {
            OriginKind::file, entry.line
        };
    }
    return {};
}

Result<void> apply_environment(const ConfigInputs& inputs, LoadedConfig& loaded) {
    std::map<std::string, std::string, std::less<>> unused(
        inputs.environment.begin(), inputs.environment.end()
    );
    for (std::size_t i = 0; i < options().size(); ++i) {
        const Option& option = options()[i];
        const auto found = unused.find(option.environment_name());
        if (found == unused.end()) {
            continue;
        }
        if (auto set = assign_text(option, loaded.config, found->second); !set) {
            return std::unexpected(std::move(set).error().in("environment variable " + found->first)
            );
        }
        loaded.origins[i] = {OriginKind::environment, 0};
        unused.erase(found);
    }
    for (const auto& [name, value] : unused) {
        if (names_a_section(name)) {
            const std::string rest = lower(std::string_view(name).substr(variable_prefix.size()));
            const std::size_t section_end = rest.find('_');
            return invalid(
                "{}",
                with_hint(
                    fmt::format("the environment variable {} sets no option", name),
                    rest.substr(0, section_end) + "." + rest.substr(section_end + 1)
                )
            );
        }
    }
    return {};
}

Result<void> apply_flags(const ConfigInputs& inputs, LoadedConfig& loaded) {
    for (const auto& [name, value] : inputs.flags) {
        const Option* option = find_option(name);
        if (option == nullptr) {
            return invalid(
                "{}", with_hint(fmt::format("there is no option {}", toml_text(name)), name)
            );
        }
        if (auto set = assign_text(*option, loaded.config, value); !set) {
            return std::unexpected(std::move(set).error().in("flag " + option->flag_name()));
        }
        loaded.origins[static_cast<std::size_t>(option - options().data())] = {OriginKind::flag, 0};
    }
    return {};
}

}  // namespace

Result<LoadedConfig> load_config(const ConfigInputs& inputs) {
    LoadedConfig loaded;
    loaded.config.home = inputs.home;
    loaded.origins.resize(options().size());
    if (inputs.file_text) {
        TRY(apply_file(inputs, loaded));
    }
    TRY(apply_environment(inputs, loaded));
    TRY(apply_flags(inputs, loaded));
    TRY(validate(loaded.config));
    return loaded;
}

std::map<std::string, std::string> steelyard_environment() {
    std::map<std::string, std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (text.starts_with(variable_prefix) && equals != text.npos) {
            out.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return out;
}

std::string describe(const Option& option, const Origin& origin) {
    switch (origin.kind) {
        case OriginKind::default_value:
            return "default";
        case OriginKind::file:
            return fmt::format("config.toml:{}", origin.line);
        case OriginKind::environment:
            return "env " + option.environment_name();
        case OriginKind::flag:
            return "flag " + option.flag_name();
    }
    return {};
}

}  // namespace steelyard::node
