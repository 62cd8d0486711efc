#include "p2p/switch_options.h"

#include "tests/unit/p2p/node_ids.h"

#include <gmock/gmock.h>

namespace steelyard::p2p {
namespace {

using testing::HasSubstr;

TEST(SwitchOptions, reads_the_defaults) {
    const auto options = read_options(SwitchConfig{}, node_number(1));

    ASSERT_TRUE(options) << options.error().message();
    EXPECT_EQ(options->listen, (Endpoint{.host = "0.0.0.0", .port = 26656}));
    EXPECT_EQ(options->manager.inbound_max, 40);
    EXPECT_EQ(options->manager.outbound_max, 10);
    EXPECT_EQ(options->manager.redial_max, std::chrono::seconds(30));
    EXPECT_EQ(options->transport.connection.send_rate, 51'200'000U);
}

TEST(SwitchOptions, names_the_option_and_the_entry_that_is_wrong) {
    const std::string good = to_string(address_number(1, "1.2.3.4"));
    const auto error_of = [](const std::function<void(SwitchConfig&)>& change) {
        SwitchConfig config;
        change(config);
        const auto options = read_options(config, node_number(1));
        return options ? "none" : options.error().message();
    };

    EXPECT_THAT(error_of([](auto& c) { c.laddr = "nowhere"; }), HasSubstr("p2p.laddr"));
    EXPECT_THAT(
        error_of([](auto& c) { c.external_address = ":1"; }), HasSubstr("p2p.external_address")
    );
    EXPECT_THAT(
        error_of([&](auto& c) { c.seeds = {good, "1.2.3.4:5"}; }), HasSubstr("p2p.seeds, entry 2")
    );
    EXPECT_THAT(
        error_of([&](auto& c) { c.persistent_peers = {"x"}; }),
        HasSubstr("p2p.persistent_peers, entry 1")
    );
    EXPECT_THAT(
        error_of([](auto& c) { c.private_peer_ids = {"xy"}; }),
        HasSubstr("p2p.private_peer_ids, entry 1")
    );
    EXPECT_THAT(
        error_of([](auto& c) { c.unconditional_peer_ids = {""}; }),
        HasSubstr("p2p.unconditional_peer_ids, entry 1")
    );
    EXPECT_THAT(
        error_of([](auto& c) { c.max_num_inbound_peers = -1; }),
        HasSubstr("p2p.max_num_inbound_peers is -1")
    );
    EXPECT_THAT(error_of([](auto& c) { c.dial_timeout = {}; }), HasSubstr("p2p.dial_timeout"));
    EXPECT_THAT(error_of([](auto& c) { c.send_rate = 5; }), HasSubstr("p2p.send_rate"));
    EXPECT_THAT(
        error_of([](auto& c) { c.max_packet_msg_payload_size = 0; }),
        HasSubstr("p2p.max_packet_msg_payload_size")
    );
    EXPECT_THAT(
        error_of([](auto& c) {
            c.seed_mode = true;
            c.pex = false;
        }),
        HasSubstr("p2p.seed_mode")
    );
}

}  // namespace
}  // namespace steelyard::p2p
