#include "p2p/node_info.h"

#include "base/endpoint.h"
#include "tests/support/hex_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::p2p {
namespace {

using ::testing::HasSubstr;

NodeInfo example() {
    SeededRandom random(1);
    return {
        .protocol_version = {.p2p = 8, .block = 11, .app = 1},
        .id = NodeKey::generate(random).id(),
        .listen_addr = "tcp://1.2.3.4:26656",
        .network = "chain",
        .version = "0.38.0",
        .channels = {0x20, 0x21},
        .moniker = "a node",
        .tx_index = "on",
        .rpc_address = "tcp://0.0.0.0:26657",
    };
}

TEST(NodeInfo, has_the_bytes_of_the_message) {
    NodeInfo info{.id = *NodeId::parse("0102030405060708090a0b0c0d0e0f1011121314")};
    info.protocol_version.app = 1;
    info.channels = {0x20};
    info.moniker = "m";

    const std::string id = to_hex(as_bytes("0102030405060708090a0b0c0d0e0f1011121314"));
    EXPECT_EQ(to_hex(encode_node_info(info)), "0a060808100b18011228" + id + "3201203a016d4200");
}

TEST(NodeInfo, is_the_same_after_writing_and_reading) {
    EXPECT_EQ(*decode_node_info(encode_node_info(example())), example());
}

TEST(NodeInfo, is_read_with_fields_that_are_unknown_repeated_or_out_of_order) {
    Bytes bytes = hex_bytes("0a02080082060178");  // protocol_version; field 96, unknown
    append(bytes, encode_node_info(example()));
    append(bytes, hex_bytes("3a0162"));  // another moniker

    const auto info = decode_node_info(bytes);

    ASSERT_TRUE(info);
    EXPECT_EQ(info->moniker, "b");
    EXPECT_EQ(info->network, "chain");
}

TEST(NodeInfo, is_refused_if_it_is_too_long_cut_or_without_id) {
    NodeInfo large = example();
    large.moniker = std::string(node_info_size_max, 'a');
    const auto too_large = decode_node_info(encode_node_info(large));
    ASSERT_FALSE(too_large);
    EXPECT_EQ(too_large.error().code(), ErrorCode::too_large);

    const Bytes whole = encode_node_info(example());
    EXPECT_FALSE(decode_node_info(ByteView(whole).first(whole.size() - 1)));
    EXPECT_FALSE(decode_node_info({}));
    EXPECT_FALSE(decode_node_info(hex_bytes("1204deadbeef")));
    EXPECT_FALSE(decode_node_info(hex_bytes("1001"))) << "a number where a text belongs";
}

TEST(NodeInfo, may_say_only_what_is_well_formed) {
    ASSERT_TRUE(validate(example()));
    const auto refused = [](auto change, const char* why) {
        NodeInfo info = example();
        change(info);
        const auto result = validate(info);
        EXPECT_FALSE(result) << why;
        if (!result) {
            EXPECT_THAT(result.error().message(), HasSubstr(why));
        }
    };

    refused([](NodeInfo& info) { info.listen_addr = ""; }, "listen_addr");
    refused([](NodeInfo& info) { info.listen_addr = "tcp://:26656"; }, "no host");
    refused([](NodeInfo& info) { info.listen_addr = "1.2.3.4:65536"; }, "port");
    refused([](NodeInfo& info) { info.version = "a\tb"; }, "version");
    refused([](NodeInfo& info) { info.version = " "; }, "version");
    refused([](NodeInfo& info) { info.moniker = ""; }, "moniker");
    refused([](NodeInfo& info) { info.moniker = "\xc3\xa9"; }, "moniker");
    refused([](NodeInfo& info) { info.channels = Bytes(2, 7); }, "0x07");
    refused([](NodeInfo& info) { info.channels = Bytes(17); }, "17 channels");
    refused([](NodeInfo& info) { info.tx_index = "maybe"; }, "maybe");
    refused([](NodeInfo& info) { info.rpc_address = "\n"; }, "rpc_address");
}

TEST(NodeInfo, fits_another_of_the_same_network_protocol_and_some_channel) {
    const auto check = [](auto change) {
        NodeInfo theirs = example();
        change(theirs);
        return check_compatible(example(), theirs);
    };

    EXPECT_TRUE(check([](NodeInfo& info) { info.channels = {0x21, 0x50}; }));
    EXPECT_TRUE(check([](NodeInfo& info) { info.protocol_version.app = 9; }));
    EXPECT_TRUE(check([](NodeInfo& info) { info.protocol_version.p2p = 9; }));
    EXPECT_FALSE(check([](NodeInfo& info) { info.channels = {0x50}; }));
    EXPECT_FALSE(check([](NodeInfo& info) { info.network = "other"; }));
    EXPECT_FALSE(check([](NodeInfo& info) { info.protocol_version.block = 10; }));
    NodeInfo testing = example();
    testing.channels.clear();
    EXPECT_TRUE(check_compatible(testing, example()));
}

TEST(NodeId, is_the_address_in_lower_case) {
    const auto id = NodeId::parse("0102030405060708090a0b0c0d0e0f1011121314");

    ASSERT_TRUE(id);
    EXPECT_EQ(id->text(), "0102030405060708090a0b0c0d0e0f1011121314");
    EXPECT_FALSE(NodeId::parse("0102030405060708090A0B0C0D0E0F1011121314"));
    EXPECT_FALSE(NodeId::parse("0102"));
    EXPECT_FALSE(NodeId::parse(std::string(40, '0')));
    EXPECT_FALSE(NodeId::parse(std::string(40, 'g')));
}

TEST(NodeKey, is_the_same_after_printing_and_parsing) {
    SeededRandom random(2);
    const NodeKey key = NodeKey::generate(random);
    const auto text = print_node_key(key);

    const auto again = parse_node_key(as_text(text.view()));

    ASSERT_TRUE(again);
    EXPECT_EQ(again->id(), key.id());
    EXPECT_THAT(
        std::string(as_text(text.view())),
        ::testing::MatchesRegex(
            R"(\{"priv_key":\{"type":"tendermint/PrivKeyEd25519","value":"[A-Za-z0-9+/]+=="\}\})"
        )
    );
}

TEST(NodeKey, errors_say_what_is_wrong_and_quote_no_secret) {
    SeededRandom random(2);
    const auto printed = print_node_key(NodeKey::generate(random));
    const std::string text(as_text(printed.view()));
    const auto replaced = [&](std::string_view from, std::string_view to) {
        std::string changed = text;
        changed.replace(changed.find(from), from.size(), to);
        return changed;
    };
    const std::string secret = text.substr(text.find("value\":\"") + 8, 20);

    for (const std::string& wrong :
         {std::string("{}"),
          std::string("[]"),
          replaced("priv_key", "private"),
          replaced("Ed25519", "Secp256k1"),
          replaced("==\"", "\""),
          replaced("\"value\":\"", "\"value\":\"AAAA"),
          std::string(5000, ' ')}) {
        const auto key = parse_node_key(wrong);
        ASSERT_FALSE(key) << wrong;
        EXPECT_EQ(key.error().message().find(secret), std::string::npos);
        EXPECT_THAT(key.error().message(), HasSubstr("node key"));
    }
}

TEST(Endpoint, is_read_with_or_without_a_scheme) {
    EXPECT_EQ(*parse_endpoint("tcp://1.2.3.4:26656"), (Endpoint{"1.2.3.4", 26656}));
    EXPECT_EQ(*parse_endpoint("node.example:1"), (Endpoint{"node.example", 1}));
    EXPECT_EQ(*parse_endpoint("[::1]:80"), (Endpoint{"::1", 80}));
    EXPECT_EQ(to_string(Endpoint{"::1", 80}), "[::1]:80");
    for (const char* const wrong :
         {"", "1.2.3.4", ":1", "::1:80", "a:", "a:-1", "a:65536", "a b:1", "udp://a:1", "[]:1"}) {
        EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace steelyard::p2p
