// The beacon transaction: what is read is written the same way, and holds no more than a proof.
#include "base/check.h"
#include "ledger/block/beacon_tx.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView tx(data, size);
    if (const auto proof = block::parse_beacon_tx(tx)) {
        CHECK(equal(block::make_beacon_tx(*proof), tx));
    }
    return 0;
}
