// Bech32 and addresses: what is read is written back, in lower case.
#include "base/check.h"
#include "crypto/bech32.h"

using namespace steelyard;
using namespace steelyard::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    const auto parts = decode_bech32(text);
    if (!parts) {
        return 0;
    }
    const auto written = encode_bech32(*parts);
    CHECK(written && decode_bech32(*written) == parts);
    if (const auto bytes = decode_address(parts->prefix, text)) {
        CHECK(encode_address(parts->prefix, *bytes) == text);
    }
    return 0;
}
