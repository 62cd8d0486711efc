#include "bin/steelyardd/home.h"
#include "node/config/print.h"
#include "node/config/toml_file.h"
#include "node/config/toml_text.h"
#include "node/files.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

struct ConfigOptions {
    bool effective = false;
    bool origin = false;
    std::string name;
    std::string value;
};

Result<Exit> show(const Context& context, const ConfigOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    print(
        context.json() ? node::print_effective_json(loaded, options.effective)
                       : node::print_effective(loaded, options.effective, options.origin)
    );
    return Exit::ok;
}

Result<Exit> set(const Context& context, const ConfigOptions& options) {
    const node::Option* option = node::find_option(options.name);
    if (option == nullptr) {
        const std::string hint = node::hint_for(options.name);
        return invalid(
            "there is no option {}{}{}",
            node::toml_text(options.name),
            hint.empty() ? "" : "; ",
            hint
        );
    }
    TRY_ASSIGN(const auto home, find_home(context));
    const auto file = config_file(home);
    TRY_ASSIGN(const std::string text, node::read_file(file, node::config_file_size_max));
    node::Config wanted;
    TRY(node::assign_text(*option, wanted, options.value));
    TRY_ASSIGN(
        std::string edited, node::edit_toml(text, *option, node::value_text(*option, wanted))
    );
    // What the node would refuse at its start is refused here already.
    TRY_ASSIGN(
        const auto loaded,
        node::load_config({.home = home, .file_name = file.native(), .file_text = edited})
    );
    TRY(replace_text_file(file, edited));
    print(fmt::format("{} = {}\n", options.name, node::value_text(*option, loaded.config)));
    return Exit::ok;
}

Result<Exit> check(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    print(fmt::format("{} is fine\n", config_file(loaded.config.home).native()));
    return Exit::ok;
}

}  // namespace

void add_config(CLI::App& app, Context& context) {
    auto options = std::make_shared<ConfigOptions>();
    auto* command = app.add_subcommand("config", "Look at and change the settings");
    command->require_subcommand(1);
    auto* show_command = command->add_subcommand("show", "Print the options that are set");
    show_command->add_flag("--effective", options->effective, "All of them, with their defaults");
    show_command->add_flag("--origin", options->origin, "And who set each");
    show_command->callback([&context, options] {
        context.action = [&context, options] { return show(context, *options); };
    });
    auto* set_command = command->add_subcommand("set", "Change one option in config.toml");
    set_command->add_option("name", options->name, "Such as rpc.laddr")->required();
    set_command->add_option("value", options->value, "Lists with commas")->required();
    set_command->callback([&context, options] {
        context.action = [&context, options] { return set(context, *options); };
    });
    command->add_subcommand("check", "Say whether a node would start with the settings")
        ->callback([&context] { context.action = [&context] { return check(context); }; });
    command->add_subcommand("reference", "Print the page that documents all options")
        ->callback([&context] {
            context.action = []() -> Result<Exit> {
                print(node::print_config_reference());
                return Exit::ok;
            };
        });
}

}  // namespace steelyard::daemon
