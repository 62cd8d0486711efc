#include "node/config/toml_file.h"

#include "node/config/print.h"

#include <gmock/gmock.h>

namespace steelyard::node {
namespace {

using testing::HasSubstr;

std::string edited(std::string_view text, std::string_view name, std::string_view value) {
    const auto out = edit_toml(text, *find_option(name), value);
    return out ? *out : "error: " + out.error().message();
}

TEST(EditToml, changes_one_line_and_keeps_comments) {
    EXPECT_EQ(
        edited(
            "# top\nmoniker = \"a\"\n\n[rpc]\n# where\nladdr = \"\"\nunsafe = true\n",
            "rpc.laddr",
            "\"x\""
        ),
        "# top\nmoniker = \"a\"\n\n[rpc]\n# where\nladdr = \"x\"\nunsafe = true\n"
    );
}

TEST(EditToml, replaces_a_value_of_several_lines) {
    EXPECT_EQ(
        edited("[p2p]\nseeds = [\n  \"a\",\n  \"b\",\n]\npex = true\n", "p2p.seeds", "[]"),
        "[p2p]\nseeds = []\npex = true\n"
    );
}

TEST(EditToml, takes_the_place_of_a_commented_default) {
    EXPECT_EQ(
        edited("[rpc]\n#laddr = \"1\"\n[p2p]\n#laddr = \"2\"\n", "p2p.laddr", "\"x\""),
        "[rpc]\n#laddr = \"1\"\n[p2p]\nladdr = \"x\"\n"
    );
}

TEST(EditToml, adds_what_is_missing_where_it_belongs) {
    EXPECT_EQ(edited("", "moniker", "\"m\""), "moniker = \"m\"\n");
    EXPECT_EQ(edited("[rpc]\n", "moniker", "\"m\""), "moniker = \"m\"\n[rpc]\n");
    EXPECT_EQ(
        edited("[rpc]\nunsafe = true", "rpc.laddr", "\"\""), "[rpc]\nladdr = \"\"\nunsafe = true\n"
    );
    EXPECT_EQ(edited("[rpc]\n", "zmq.laddr", "\"\""), "[rpc]\n\n[zmq]\nladdr = \"\"\n");
}

TEST(EditToml, knows_dotted_keys) {
    EXPECT_EQ(edited("rpc.unsafe = true\n", "rpc.unsafe", "false"), "rpc.unsafe = false\n");
}

TEST(EditToml, leaves_what_it_does_not_understand_to_people) {
    EXPECT_THAT(
        edited("rpc = {unsafe = true}\n", "rpc.unsafe", "false"), HasSubstr("edit it by hand")
    );
    EXPECT_THAT(
        edited("moniker = ", "moniker", "\"x\""), HasSubstr("error: config/config.toml:1: ")
    );
}

TEST(EditToml, sets_every_option_of_a_fresh_file) {
    std::string text = print_config_file(Config());
    for (const Option& option : options()) {
        text = edited(text, option.full_name(), value_text(option, Config()));
    }

    EXPECT_EQ(parse_toml_entries(text, "config.toml").value().size(), options().size());
}

}  // namespace
}  // namespace steelyard::node
