#include "node/config/print.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace steelyard::node {
namespace {

using testing::HasSubstr;

LoadedConfig load_text(std::string text) {
    return load_config({.file_name = "config.toml", .file_text = std::move(text)}).value();
}

TEST(PrintConfig, fresh_file_sets_nothing_and_shows_everything) {
    const std::string text = print_config_file(Config());

    const LoadedConfig loaded = load_text(text);

    for (std::size_t i = 0; i < options().size(); ++i) {
        const Option& option = options()[i];
        EXPECT_EQ(loaded.origins[i], Origin{}) << option.full_name();
        EXPECT_THAT(
            text, HasSubstr(fmt::format("\n#{} = {}\n", option.name, value_text(option, Config())))
        );
    }
}

TEST(PrintConfig, file_brings_back_every_value) {
    Config config;
    config.moniker = "a \"b\" \\c";
    config.p2p.seeds = {std::string(40, 'a') + "@h:1"};
    config.consensus.target_block_interval = std::chrono::milliseconds(0);
    config.mempool.size = 7;

    const LoadedConfig loaded = load_text(print_config_file(config));

    for (const Option& option : options()) {
        EXPECT_EQ(value_text(option, loaded.config), value_text(option, config))
            << option.full_name();
    }
}

TEST(PrintConfig, uncommented_defaults_are_valid) {
    std::string text = print_config_file(Config());
    for (std::size_t at = 0; (at = text.find("\n#", at)) != text.npos; ++at) {
        if (text[at + 2] != ' ') {
            text.erase(at + 1, 1);
        }
    }

    const LoadedConfig loaded = load_text(text);

    for (std::size_t i = 0; i < options().size(); ++i) {
        EXPECT_EQ(loaded.origins[i].kind, OriginKind::file) << options()[i].full_name();
    }
}

TEST(PrintConfig, lines_fit_a_screen) {
    std::istringstream lines(print_config_file(Config()));
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 100U) << line;
    }
}

TEST(PrintConfig, effective_values_name_their_origins) {
    const LoadedConfig loaded = load_text("moniker = \"m\"\n");

    EXPECT_EQ(print_effective(loaded, false, true), "moniker = \"m\"  # config.toml:1\n");
    EXPECT_EQ(print_effective(loaded, false, false), "moniker = \"m\"\n");
    EXPECT_THAT(
        print_effective(loaded, true, true),
        HasSubstr("\nrpc.laddr = \"tcp://127.0.0.1:26657\"  # default\n")
    );
    EXPECT_EQ(
        print_effective_json(loaded, false),
        "{\n  \"moniker\": {\"value\": \"m\", \"origin\": \"config.toml:1\"}\n}\n"
    );
}

TEST(PrintConfig, reference_page_is_up_to_date) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/doc/reference/config.md");
    const std::string page(std::istreambuf_iterator<char>(file), {});

    EXPECT_EQ(page, print_config_reference())
        << "run: steelyardd config reference > doc/reference/config.md";
}

}  // namespace
}  // namespace steelyard::node
