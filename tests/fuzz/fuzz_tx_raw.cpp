// decode_tx_raw: what it accepts is what encode_tx_raw writes.
#include "base/check.h"
#include "chain/tx.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    if (const Result<chain::TxRaw> tx = chain::decode_tx_raw(bytes)) {
        CHECK(equal(chain::encode_tx_raw(*tx), bytes));
    }
    return 0;
}
