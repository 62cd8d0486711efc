// node_key.json: what is read prints to the same key, and errors are one line.
#include "base/check.h"
#include "p2p/node_key.h"

using namespace steelyard;
using namespace steelyard::p2p;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto key = parse_node_key(as_text(ByteView(data, size)));
    if (!key) {
        CHECK(key.error().message().find('\n') == std::string::npos);
        return 0;
    }
    const crypto::SecretBytes text = print_node_key(*key);
    const auto again = parse_node_key(as_text(text.view()));
    CHECK(again && again->id() == key->id());
    return 0;
}
