#include "p2p/ip_address.h"

#include <arpa/inet.h>

namespace steelyard::p2p {

namespace {

constexpr ByteArray<12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Network {
    std::string_view name;
    ByteArray<16> prefix;
    int bits;
};

constexpr ByteArray<16> v4(
    std::uint8_t a, std::uint8_t b = 0, std::uint8_t c = 0, std::uint8_t d = 0
) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

// Prefix lengths of IPv4 networks count the 96 bits before the address.
constexpr std::array<Network, 8> private_v4{{
    {"this network, RFC 1122", v4(0), 96 + 8},
    {"loopback, RFC 1122", v4(127), 96 + 8},
    {"private, RFC 1918", v4(10), 96 + 8},
    {"private, RFC 1918", v4(172, 16), 96 + 12},
    {"private, RFC 1918", v4(192, 168), 96 + 16},
    {"link-local, RFC 3927", v4(169, 254), 96 + 16},
    {"multicast, RFC 5771", v4(224), 96 + 4},
    {"broadcast, RFC 919", v4(255, 255, 255, 255), 128},
}};

constexpr std::array<Network, 7> private_v6{{
    {"unspecified", {}, 128},
    {"loopback", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128},
    {"documentation, RFC 3849", {0x20, 0x01, 0x0d, 0xb8}, 32},
    {"unique local, RFC 4193", {0xfc}, 7},
    {"ORCHID, RFC 4843", {0x20, 0x01, 0x00, 0x10}, 28},
    {"link-local, RFC 4862", {0xfe, 0x80}, 10},
    {"multicast, RFC 4291", {0xff}, 8},
}};

constexpr Network nat64{"RFC 6052", {0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Network translated{"RFC 6145", {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Network six_to_four{"RFC 3964", {0x20, 0x02}, 16};
constexpr Network teredo{"RFC 4380", {0x20, 0x01}, 32};
constexpr Network he_net{"Hurricane Electric", {0x20, 0x01, 0x04, 0x70}, 32};

bool contains(const Network& network, const IpAddress& ip) {
    for (int bit = 0; bit < network.bits; bit += 8) {
        const std::size_t at = static_cast<std::size_t>(bit) / 8;
        const int rest = std::min(8, network.bits - bit);
        const int mask = 0xff00 >> rest & 0xff;
        if (((network.prefix[at] ^ ip.bytes[at]) & mask) != 0) {
            return false;
        }
    }
    return true;
}

std::string group_of_v4(std::uint8_t first, std::uint8_t second) {
    return {'4', static_cast<char>(first), static_cast<char>(second)};
}

}  // namespace

bool IpAddress::is_v4() const {
    return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
    return contains(private_v4[1], *this) || contains(private_v6[1], *this);
}

bool IpAddress::is_unspecified() const {
    return contains(private_v4[0], *this) || contains(private_v6[0], *this);
}

bool IpAddress::is_routable() const {
    const auto holds = [&](const Network& network) { return contains(network, *this); };
    return is_v4() ? std::ranges::none_of(private_v4, holds)
                   : std::ranges::none_of(private_v6, holds);
}

Result<IpAddress> parse_ip(std::string_view text) {
    // inet_pton wants a terminated text; no address is longer than this.
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return invalid("\"{}\" is not an IP address", text.substr(0, terminated.size()));
    }
    std::ranges::copy(text, terminated.begin());
    IpAddress ip;
    if (::inet_pton(AF_INET6, terminated.data(), ip.bytes.data()) == 1) {
        return ip;
    }
    std::ranges::copy(v4_prefix, ip.bytes.begin());
    if (::inet_pton(AF_INET, terminated.data(), ip.bytes.data() + v4_prefix.size()) == 1) {
        return ip;
    }
    return invalid("\"{}\" is not an IP address", text);
}

std::string to_string(const IpAddress& ip) {
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (ip.is_v4()) {
        ::inet_ntop(AF_INET, ip.bytes.data() + v4_prefix.size(), out.data(), out.size());
    } else {
        ::inet_ntop(AF_INET6, ip.bytes.data(), out.data(), out.size());
    }
    return out.data();
}

std::string network_group(const IpAddress& ip, bool strict) {
    if (strict && !ip.is_routable()) {
        return "unroutable";
    }
    const auto& bytes = ip.bytes;
    if (ip.is_v4() || contains(nat64, ip) || contains(translated, ip)) {
        return group_of_v4(bytes[12], bytes[13]);
    }
    if (contains(six_to_four, ip)) {
        return group_of_v4(bytes[2], bytes[3]);
    }
    if (contains(teredo, ip)) {  // which holds the address inverted
        return group_of_v4(bytes[12] ^ 0xff, bytes[13] ^ 0xff);
    }
    std::string group = "6";
    group += as_text(ByteView(bytes).first(4));
    if (contains(he_net, ip)) {
        group += static_cast<char>(bytes[4] & 0xf0);
    }
    return group;
}

}  // namespace steelyard::p2p
