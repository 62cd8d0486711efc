// IpAddress: an IPv4 or IPv6 address, which network it belongs to, and whether it is public.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <compare>

namespace steelyard::p2p {

/// 16 bytes in network order; an IPv4 address is held as ::ffff:a.b.c.d.
struct IpAddress {
    ByteArray<16> bytes{};

    auto operator<=>(const IpAddress&) const = default;

    bool is_v4() const;

    /// 127.0.0.0/8 or ::1.
    bool is_loopback() const;

    /// 0.0.0.0/8 or ::.
    bool is_unspecified() const;

    /// Whether the public internet may route it: not private (RFC 1918, 4193), link-local (3927,
    /// 4862), loopback, unspecified, broadcast, multicast, for documentation (3849) or ORCHID
    /// (4843).
    bool is_routable() const;
};

/// Reads "192.0.2.1" or "2001:db8::1", without brackets, port or zone.
Result<IpAddress> parse_ip(std::string_view text);

std::string to_string(const IpAddress& ip);

/// The network that one operator probably holds: the /16 of IPv4 (also of IPv4 carried in NAT64,
/// 6to4 and Teredo addresses), the /32 of IPv6 (/36 of he.net's, whose /32 is shared). With
/// `strict`, everything that is not routable is one group. A key to compare, not to show.
std::string network_group(const IpAddress& ip, bool strict);

}  // namespace steelyard::p2p
