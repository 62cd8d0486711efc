// Base58Check: a payload has one text. Every input is also taken as a payload.
#include "base/check.h"
#include "crypto/base58.h"

using namespace steelyard;
using namespace steelyard::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (const auto payload = decode_base58check(as_text(input))) {
        CHECK(equal(encode_base58check(payload->view()).view(), input));
    }
    if (size <= base58_payload_size_max) {
        const SecretBytes text = encode_base58check(input);
        const auto payload = decode_base58check(as_text(text.view()));
        CHECK(payload && equal(payload->view(), input));
    }
    return 0;
}
