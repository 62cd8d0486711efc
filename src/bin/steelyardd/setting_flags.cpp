#include "bin/steelyardd/setting_flags.h"

#include "base/log.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

std::shared_ptr<const SettingFlags> add_setting_flags(
    CLI::App& command, const std::function<bool(const node::Option&)>& wanted
) {
    const auto flags = std::make_shared<SettingFlags>();
    for (const node::Option& option : node::options()) {
        if (!wanted(option)) {
            continue;
        }
        const std::string name = option.full_name();
        auto* flag = command.add_option_function<std::string>(
            option.flag_name(),
            [flags, name](const std::string& value) { (*flags)[name] = value; },
            std::string(option.doc)
        );
        flag->group(option.section.empty() ? "Settings" : "[" + std::string(option.section) + "]");
        flag->type_name(std::string(node::type_name(option)));
        if (node::type_name(option) == "boolean") {
            flag->expected(0, 1)->default_str("true");
        }
    }
    return flags;
}

Result<void> set_up_logs(const node::Config& config) {
    TRY_ASSIGN(const auto filter, log::parse_filter(config.log_level));
    TRY_ASSIGN(const auto format, log::parse_format(config.log_format));
    log::set_filter(filter);
    log::set_format(format);
    return {};
}

}  // namespace steelyard::daemon
