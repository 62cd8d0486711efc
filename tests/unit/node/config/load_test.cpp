#include "node/config/load.h"

#include <gmock/gmock.h>

namespace steelyard::node {
namespace {

using testing::HasSubstr;
using testing::StrEq;

ConfigInputs with_file(std::string text) {
    return {.home = "/home/node", .file_name = "config.toml", .file_text = std::move(text)};
}

std::string error_of(const ConfigInputs& inputs) {
    const auto loaded = load_config(inputs);
    return loaded ? "no error" : loaded.error().message();
}

Origin origin_of(const LoadedConfig& loaded, std::string_view name) {
    return loaded.origins.at(static_cast<std::size_t>(find_option(name) - options().data()));
}

TEST(LoadConfig, later_sources_win_and_are_named) {
    ConfigInputs inputs = with_file(
        "moniker = \"file\"\n[rpc]\nladdr = \"tcp://a:1\"\nunsafe = true\n"
        "timeout_broadcast_tx_commit = \"1s\"\n"
    );
    inputs.environment = {
        {"STEELYARD_RPC_LADDR", "tcp://b:2"},
        {"STEELYARD_RPC_UNSAFE", "false"},
        {"STEELYARD_HOME", "/x"}
    };
    inputs.flags = {{"rpc.laddr", "tcp://c:3"}};

    const LoadedConfig loaded = load_config(inputs).value();

    EXPECT_EQ(loaded.config.moniker, "file");
    EXPECT_EQ(loaded.config.rpc.laddr, "tcp://c:3");
    EXPECT_FALSE(loaded.config.rpc.unsafe);
    EXPECT_EQ(loaded.config.rpc.timeout_broadcast_tx_commit, std::chrono::seconds(1));
    EXPECT_EQ(loaded.config.home, "/home/node");
    EXPECT_EQ(origin_of(loaded, "moniker"), (Origin{OriginKind::file, 1}));
    EXPECT_EQ(origin_of(loaded, "rpc.timeout_broadcast_tx_commit"), (Origin{OriginKind::file, 5}));
    EXPECT_EQ(origin_of(loaded, "rpc.unsafe"), (Origin{OriginKind::environment}));
    EXPECT_EQ(origin_of(loaded, "rpc.laddr"), (Origin{OriginKind::flag}));
    EXPECT_EQ(origin_of(loaded, "p2p.laddr"), Origin{});
}

TEST(LoadConfig, describes_where_a_value_came_from) {
    const Option& option = *find_option("rpc.laddr");

    EXPECT_EQ(describe(option, {}), "default");
    EXPECT_EQ(describe(option, {OriginKind::file, 12}), "config.toml:12");
    EXPECT_EQ(describe(option, {OriginKind::environment}), "env STEELYARD_RPC_LADDR");
    EXPECT_EQ(describe(option, {OriginKind::flag}), "flag --rpc.laddr");
}

TEST(LoadConfig, an_empty_text_is_a_value) {
    ConfigInputs inputs = with_file("[zmq]\ntopics = []\n");
    inputs.environment = {{"STEELYARD_RPC_LADDR", ""}, {"STEELYARD_P2P_SEEDS", ""}};

    const LoadedConfig loaded = load_config(inputs).value();

    EXPECT_EQ(loaded.config.rpc.laddr, "");
    EXPECT_TRUE(loaded.config.zmq.topics.empty());
    EXPECT_TRUE(loaded.config.p2p.seeds.empty());
}

TEST(LoadConfig, reads_peers_as_cometbft_writes_them) {
    const std::string a = std::string(40, 'a') + "@h:1";
    const std::string b = "tcp://" + std::string(40, 'b') + "@h:2";

    const auto loaded = load_config(with_file("[p2p]\nseeds = \"" + a + ", " + b + "\"\n")).value();

    EXPECT_THAT(loaded.config.p2p.seeds, testing::ElementsAre(a, b));
}

TEST(LoadConfig, names_the_line_of_what_is_wrong) {
    EXPECT_THAT(
        error_of(with_file("# c\n[rpc]\nladr = \"x\"\n")),
        StrEq("config.toml:3: there is no option \"rpc.ladr\"; did you mean rpc.laddr")
    );
    EXPECT_THAT(
        error_of(with_file("\n\n[p2p]\npex = true\nmax_num_inbound_peers = 99999\n")),
        StrEq("config.toml:5: p2p.max_num_inbound_peers = 99999 is out of range: 0 to 10000 peers")
    );
    EXPECT_THAT(error_of(with_file("moniker = ")), HasSubstr("config.toml:1: "));
    EXPECT_THAT(error_of(with_file("a = 1\na = 2\n")), HasSubstr("config.toml:2: "));
    EXPECT_THAT(
        error_of(with_file("moniker = 1.5\n")), HasSubstr("config.toml:1: \"moniker\" is neither")
    );
    EXPECT_THAT(
        error_of(with_file("[rpcs]\nladdr = \"\"\n")), HasSubstr("there is no option \"rpcs\"")
    );
    EXPECT_THAT(
        error_of(with_file("[rpc.deep]\nladdr = \"\"\n")),
        HasSubstr("there is no option \"rpc.deep\"")
    );
    EXPECT_THAT(error_of(with_file("[statesync]\nenable = true\n")), HasSubstr("\"statesync\""));
}

TEST(LoadConfig, error_stays_on_one_line) {
    const std::string message = error_of(with_file("\"a\\nb\\u001b\" = 1\n"));

    EXPECT_THAT(message, HasSubstr("a\\u000Ab\\u001B"));
    EXPECT_EQ(message.find('\n'), message.npos);
}

TEST(LoadConfig, names_the_variable_that_is_wrong) {
    ConfigInputs inputs;
    inputs.environment = {{"STEELYARD_RPC_UNSAFE", "yes"}};
    EXPECT_THAT(
        error_of(inputs), HasSubstr("environment variable STEELYARD_RPC_UNSAFE: rpc.unsafe expects")
    );

    inputs.environment = {{"STEELYARD_RPC_LADR", "x"}};
    EXPECT_THAT(
        error_of(inputs),
        StrEq("the environment variable STEELYARD_RPC_LADR sets no option; did you mean rpc.laddr")
    );
}

TEST(LoadConfig, names_the_flag_that_is_wrong) {
    ConfigInputs inputs;
    inputs.flags = {{"rpc.threads", "many"}};
    EXPECT_THAT(error_of(inputs), HasSubstr("flag --rpc.threads: rpc.threads expects an integer"));

    inputs.flags = {{"rpc.thread", "1"}};
    EXPECT_THAT(error_of(inputs), HasSubstr("did you mean rpc.threads"));
}

TEST(LoadConfig, refuses_a_file_that_is_too_large) {
    EXPECT_EQ(
        load_config(with_file(std::string(config_file_size_max + 1, '#'))).error().code(),
        ErrorCode::too_large
    );
}

TEST(LoadConfig, refuses_options_that_contradict_each_other) {
    EXPECT_THAT(
        error_of(with_file("[p2p]\nseed_mode = true\npex = false\n")), HasSubstr("seed_mode needs")
    );
}

}  // namespace
}  // namespace steelyard::node
