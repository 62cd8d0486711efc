#include "p2p/net_address.h"

#include "tests/unit/p2p/node_ids.h"

#include <gmock/gmock.h>

namespace steelyard::p2p {
namespace {

using testing::HasSubstr;

const std::string id = "00000000000000000000000000000000000000aa";

TEST(NetAddress, reads_what_it_prints) {
    for (const std::string text :
         {"1.2.3.4:26656", "[2001:db9::1]:1", "node-1.example.org:65535"}) {
        const auto address = parse_net_address(id + "@" + text);

        ASSERT_TRUE(address) << address.error().message();
        EXPECT_EQ(to_string(*address), id + "@" + text);
    }
}

TEST(NetAddress, takes_a_protocol_and_shortens_ip_addresses) {
    const auto address = parse_net_address("tcp://" + id + "@[2001:0DB9:0:0::1]:26656");

    ASSERT_TRUE(address);
    EXPECT_EQ(address->at.host, "2001:db9::1");
}

TEST(NetAddress, names_the_part_that_is_wrong) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"1.2.3.4:26656", "node id"},
        {"aa@1.2.3.4:26656", "id"},
        {id + "@1.2.3.4", "port"},
        {id + "@:26656", "host"},
        {id + "@1.2.3.4:65536", "port"},
        {id + "@1.2.3.4:0", "port"},
        {id + "@1.2.3.4:+1", "port"},
        {id + "@a b:1", "host"},
        {id + "@2001:db9::1:1", "bracket"},
        {std::string("\n", 1), "node id"},
    };
    for (const auto& [text, part] : wrong) {
        const auto address = parse_net_address(text);

        ASSERT_FALSE(address) << text;
        EXPECT_THAT(address.error().message(), HasSubstr(part));
        EXPECT_EQ(address.error().message().find('\n'), std::string::npos);
    }
}

TEST(IpAddress, tells_what_is_routable) {
    for (const char* const text :
         {"8.8.8.8", "172.15.0.1", "172.32.0.1", "2a00::1", "2002:808:808::1"}) {
        EXPECT_TRUE(parse_ip(text)->is_routable()) << text;
    }
    for (const char* const text :
         {"0.1.2.3",
          "127.0.0.1",
          "10.1.2.3",
          "172.16.0.1",
          "172.31.255.255",
          "192.168.1.1",
          "169.254.1.1",
          "224.0.0.1",
          "255.255.255.255",
          "::",
          "::1",
          "2001:db8::1",
          "fd00::1",
          "fc00::1",
          "fe80::1",
          "2001:10::1",
          "2001:1f::1",
          "ff02::1"}) {
        EXPECT_FALSE(parse_ip(text)->is_routable()) << text;
    }
}

TEST(IpAddress, knows_ipv4_in_ipv6_clothes) {
    EXPECT_EQ(*parse_ip("::ffff:1.2.3.4"), *parse_ip("1.2.3.4"));
    EXPECT_EQ(to_string(*parse_ip("::ffff:1.2.3.4")), "1.2.3.4");
}

TEST(IpAddress, refuses_what_is_none) {
    const std::string zero_inside{"1.2.3.4\0", 8};
    for (const std::string_view text :
         {std::string_view(""),
          std::string_view("1.2.3"),
          std::string_view("1.2.3.256"),
          std::string_view("::1%lo"),
          std::string_view(zero_inside),
          std::string_view("a.b")}) {
        EXPECT_FALSE(parse_ip(text)) << text;
    }
}

TEST(IpAddress, groups_by_who_probably_holds_it) {
    const auto group = [](const char* text) { return network_group(*parse_ip(text), true); };

    EXPECT_EQ(group("1.2.3.4"), group("1.2.200.9"));
    EXPECT_NE(group("1.2.3.4"), group("1.3.3.4"));
    EXPECT_EQ(group("64:ff9b::1.2.3.4"), group("1.2.9.9"));     // NAT64
    EXPECT_EQ(group("2002:102:304::1"), group("1.2.9.9"));      // 6to4
    EXPECT_EQ(group("2001:0:1::fefd:fcfb"), group("1.2.9.9"));  // Teredo, inverted
    EXPECT_EQ(group("2a00:1::1"), group("2a00:1:ffff::1"));
    EXPECT_NE(group("2a00:1::1"), group("2a00:2::1"));
    EXPECT_NE(group("2001:470:1000::1"), group("2001:470:2000::1"));  // he.net, by its /36
    EXPECT_EQ(group("10.0.0.1"), group("192.168.0.1"));
    EXPECT_NE(
        network_group(*parse_ip("10.0.0.1"), false), network_group(*parse_ip("192.168.0.1"), false)
    );
}

}  // namespace
}  // namespace steelyard::p2p
