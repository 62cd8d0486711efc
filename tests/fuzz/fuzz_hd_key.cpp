// Key paths and extended keys: what is read is written back.
#include "base/check.h"
#include "crypto/bip32.h"

using namespace steelyard;
using namespace steelyard::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const std::string_view text = as_text(input);
    if (const auto path = HdPath::parse(text)) {
        CHECK(HdPath::parse(path->to_text()) == path);
        CHECK(path->to_text().size() == text.size());
    }
    if (const auto key = ExtendedPublicKey::parse(text)) {
        CHECK(key->to_xpub() == text);
    }
    if (const auto key = ExtendedPrivateKey::parse(text)) {
        CHECK(equal(key->to_xprv().view(), input));
        CHECK(key->child(0).has_value() == (key->position().depth < hd_depth_max));
    }
    return 0;
}
