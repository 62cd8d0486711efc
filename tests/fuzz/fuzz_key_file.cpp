// priv_validator_key.json: what is read prints to the same key, and errors are one line.
#include "base/check.h"
#include "consensus/engine/key_file.h"

using namespace steelyard;
using namespace steelyard::engine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto key = parse_key_file(as_text(ByteView(data, size)));
    if (!key) {
        CHECK(key.error().message().find('\n') == std::string::npos);
        return 0;
    }
    const crypto::SecretBytes text = print_key_file(*key);
    const auto again = parse_key_file(as_text(text.view()));
    CHECK(again && again->public_key() == key->public_key());
    CHECK(equal(print_key_file(*again).view(), text.view()));
    return 0;
}
