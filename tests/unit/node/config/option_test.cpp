#include "node/config/option.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace steelyard::node {
namespace {

using testing::HasSubstr;
using testing::StrEq;

std::string error_of(std::string_view name, const OptionValue& value) {
    Config config;
    const auto result = assign(*find_option(name), config, value);
    return result ? "no error" : result.error().message();
}

TEST(Options, have_names_of_their_own) {
    std::set<std::string> names;
    std::set<std::string> variables;
    for (const Option& option : options()) {
        EXPECT_TRUE(names.insert(option.full_name()).second) << option.full_name();
        EXPECT_TRUE(variables.insert(option.environment_name()).second)
            << option.environment_name();
        EXPECT_EQ(find_option(option.full_name()), &option);
    }
}

TEST(Options, stand_at_members_of_their_own) {
    Config config;
    std::set<const void*> members;
    for (const Option& option : options()) {
        const void* member =
            std::visit([](auto* pointer) -> const void* { return pointer; }, option.target(config));
        EXPECT_TRUE(members.insert(member).second) << option.full_name();
    }
}

TEST(Options, say_what_they_do_and_what_they_take) {
    for (const Option& option : options()) {
        EXPECT_TRUE(option.doc.ends_with('.')) << option.full_name();
        if (type_name(option) == "integer" || type_name(option) == "duration") {
            EXPECT_LT(option.minimum, option.maximum) << option.full_name();
        } else if (type_name(option) != "boolean") {
            EXPECT_NE(option.check, nullptr) << option.full_name();
        }
    }
}

/// A text of each type that is not the default, and what TOML makes of it.
struct Sample {
    std::string text;
    std::string toml;
};

Sample sample_of(const Option& option) {
    static const std::map<std::string_view, Sample> special = {
        {"moniker", {"other", "\"other\""}},
        {"app", {"kvstore", "\"kvstore\""}},
        {"log_level", {"p2p:debug", "\"p2p:debug\""}},
        {"log_format", {"json", "\"json\""}},
        {"rpc.laddr", {"tcp://[::1]:1,unix:///s", "\"tcp://[::1]:1,unix:///s\""}},
        {"api.address", {"tcp://localhost:6", "\"tcp://localhost:6\""}},
        {"p2p.laddr", {"tcp://localhost:2", "\"tcp://localhost:2\""}},
        {"p2p.external_address", {"example.org:3", "\"example.org:3\""}},
        {"tx_index.indexer", {"null", "\"null\""}},
        {"instrumentation.prometheus_listen_addr", {"127.0.0.1:4", "\"127.0.0.1:4\""}},
        {"instrumentation.namespace", {"other", "\"other\""}},
        {"zmq.laddr", {"tcp://127.0.0.1:5", "\"tcp://127.0.0.1:5\""}},
        {"zmq.topics", {"event,rawtx", "[\"event\", \"rawtx\"]"}},
        {"worker.laddr", {"tcp://127.0.0.1:7", "\"tcp://127.0.0.1:7\""}},
        {"worker.authorized_keys",
         {"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
          "[\"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\"]"}},
    };
    if (const auto found = special.find(option.full_name()); found != special.end()) {
        return found->second;
    }
    const std::string id(40, 'a');
    const std::string_view type = type_name(option);
    if (type == "boolean") {
        const bool other = value_text(option, Config()) == "false";
        return {other ? "true" : "false", other ? "true" : "false"};
    }
    if (type == "integer") {
        return {std::to_string(option.maximum), std::to_string(option.maximum)};
    }
    if (type == "duration") {
        return {
            std::to_string(option.minimum + 7) + "ms",
            "\"" + std::to_string(option.minimum + 7) + "ms\""
        };
    }
    if (option.name.ends_with("_ids")) {
        return {id, "[\"" + id + "\"]"};
    }
    if (type == "list of texts" && option.section == "p2p") {
        return {id + "@h:1," + id + "@[::1]:2", "[\"" + id + "@h:1\", \"" + id + "@[::1]:2\"]"};
    }
    if (type == "list of texts") {
        return {"A, B", "[\"A\", \"B\"]"};
    }
    return {"some/path", "\"some/path\""};
}

TEST(Options, each_takes_a_value_and_shows_it_and_leaves_the_others) {
    for (const Option& option : options()) {
        Config config;
        const Sample sample = sample_of(option);

        const auto set = assign_text(option, config, sample.text);

        ASSERT_TRUE(set) << set.error().message();
        EXPECT_EQ(value_text(option, config), sample.toml) << option.full_name();
        for (const Option& other : options()) {
            if (&other != &option) {
                EXPECT_EQ(value_text(other, config), value_text(other, Config()))
                    << other.full_name();
            }
        }
    }
}

TEST(Options, defaults_are_within_their_own_rules) {
    for (const Option& option : options()) {
        Config config;
        std::string text = value_text(option, config);
        std::erase_if(text, [](char c) { return c == '"' || c == '[' || c == ']'; });

        const auto set = assign_text(option, config, text);

        EXPECT_TRUE(set) << set.error().message();
        EXPECT_EQ(value_text(option, config), value_text(option, Config()));
    }
    EXPECT_TRUE(validate(Config()));
}

TEST(Options, numbers_end_at_their_ranges) {
    for (const Option& option : options()) {
        if (type_name(option) != "integer") {
            continue;
        }
        Config config;
        EXPECT_TRUE(assign(option, config, option.minimum));
        EXPECT_TRUE(assign(option, config, option.maximum));
        EXPECT_THAT(error_of(option.full_name(), option.minimum - 1), HasSubstr("out of range"));
        EXPECT_THAT(error_of(option.full_name(), option.maximum + 1), HasSubstr("out of range"));
    }
}

TEST(Options, name_value_and_range_in_errors) {
    EXPECT_THAT(
        error_of("p2p.max_num_inbound_peers", std::int64_t{-1}),
        StrEq("p2p.max_num_inbound_peers = -1 is out of range: 0 to 10000 peers")
    );
    EXPECT_THAT(
        error_of("consensus.timeout_propose", std::string("2h")),
        StrEq("consensus.timeout_propose = 2h is out of range: 1ms to 1h")
    );
    EXPECT_THAT(
        error_of("consensus.timeout_propose", std::int64_t{3}),
        StrEq("consensus.timeout_propose expects a duration such as \"500ms\", not the integer 3")
    );
    EXPECT_THAT(
        error_of("rpc.max_body_bytes", std::string("1 MB")),
        StrEq("rpc.max_body_bytes expects an integer, not the text \"1 MB\"")
    );
    EXPECT_THAT(error_of("rpc.unsafe", std::string("yes")), HasSubstr("expects a boolean"));
    EXPECT_THAT(error_of("p2p.seeds", true), HasSubstr("expects a list of texts"));
}

TEST(Options, check_the_formats_of_texts) {
    const std::pair<std::string_view, std::string> wrong[] = {
        {"moniker", ""},
        {"moniker", "a\nb"},
        {"log_level", "loud"},
        {"log_format", "xml"},
        {"app", "game"},
        {"genesis_file", ""},
        {"rpc.laddr", "127.0.0.1:26657"},
        {"rpc.laddr", "tcp://nowhere"},
        {"rpc.laddr", "tcp://h:1,,unix:///s"},
        {"rpc.laddr", "unix://"},
        {"p2p.seeds", "example.org:26656"},
        {"p2p.external_address", ":26656"},
        {"p2p.persistent_peers", "abc@example.org:26656"},
        {"p2p.persistent_peers", "1234567890123456789012345678901234567890@example.org:0"},
        {"p2p.private_peer_ids", "A234567890123456789012345678901234567890"},
        {"tx_index.indexer", "psql"},
        {"instrumentation.namespace", "1st"},
        {"zmq.laddr", "udp://1"},
        {"zmq.topics", "hashblock,blob"},
        {"worker.laddr", "127.0.0.1:7"},
        {"worker.authorized_keys", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh"},
        {"worker.max_sessions", "0"},
    };
    for (const auto& [name, text] : wrong) {
        EXPECT_THAT(error_of(name, text), HasSubstr(name)) << text;
    }
}

TEST(Options, of_which_two_contradict_each_other_are_refused) {
    Config config;
    config.p2p.seed_mode = true;
    config.p2p.pex = false;
    EXPECT_THAT(validate(config).error().message(), HasSubstr("seed_mode needs p2p.pex"));

    config = {};
    config.mempool.max_tx_bytes = config.mempool.max_txs_bytes + 1;
    EXPECT_THAT(validate(config).error().message(), HasSubstr("over mempool.max_txs_bytes"));

    config = {};
    config.rpc.laddr = config.p2p.laddr;
    EXPECT_THAT(validate(config).error().message(), HasSubstr("both tcp://"));
}

TEST(Hint, names_what_is_near) {
    EXPECT_EQ(hint_for("rpc.ladr"), "did you mean rpc.laddr");
    EXPECT_EQ(hint_for("p2p.max_num_inbound_peer"), "did you mean p2p.max_num_inbound_peers");
    EXPECT_EQ(
        hint_for("laddr"), "did you mean rpc.laddr or p2p.laddr or zmq.laddr or worker.laddr"
    );
    EXPECT_EQ(hint_for("log-level"), "did you mean log_level");
    EXPECT_EQ(hint_for("nothing_of_the_kind"), "");
    EXPECT_EQ(hint_for(std::string(100'000, 'a')), "");
}

TEST(Hint, knows_what_stands_in_for_cometbfts_options) {
    EXPECT_THAT(hint_for("proxy_app"), HasSubstr("named by app"));
    EXPECT_THAT(hint_for("consensus.timeout_commit"), HasSubstr("target_block_interval"));
    EXPECT_THAT(hint_for("statesync.rpc_servers"), HasSubstr("not supported"));
}

}  // namespace
}  // namespace steelyard::node
