// NodeInfo: what is read is written to bytes that read the same, and errors are one line.
#include "base/check.h"
#include "p2p/node_info.h"

using namespace steelyard;
using namespace steelyard::p2p;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto info = decode_node_info(ByteView(data, size));
    if (!info) {
        CHECK(info.error().message().find('\n') == std::string::npos);
        return 0;
    }
    CHECK(*decode_node_info(encode_node_info(*info)) == *info);
    if (const auto valid = validate(*info); !valid) {
        CHECK(valid.error().message().find('\n') == std::string::npos);
    }
    CHECK(check_compatible(*info, *info));
    return 0;
}
