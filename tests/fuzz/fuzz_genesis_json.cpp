// genesis.json: what is read is valid, and prints to a file with the same content and hash.
#include "base/check.h"
#include "chain/genesis.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto doc = chain::parse_genesis(as_text(ByteView(data, size)));
    if (!doc) {
        return 0;
    }
    CHECK(chain::validate(*doc));
    const auto again = chain::parse_genesis(chain::print_genesis(*doc));
    CHECK(again);
    CHECK(*again == *doc);
    CHECK(chain::genesis_hash(*again) == chain::genesis_hash(*doc));
    return 0;
}
