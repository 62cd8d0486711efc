// Addresses: what is accepted is read again as the same from its own text; errors are one line.
#include "base/check.h"
#include "p2p/net_address.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    const auto address = p2p::parse_net_address(text);
    if (address) {
        CHECK(p2p::parse_net_address(to_string(*address)) == address);
    } else {
        CHECK(address.error().message().find('\n') == std::string::npos);
    }
    if (const auto ip = p2p::parse_ip(text)) {
        CHECK(p2p::parse_ip(to_string(*ip)) == ip);
        CHECK(!p2p::network_group(*ip, true).empty());
    }
    return 0;
}
