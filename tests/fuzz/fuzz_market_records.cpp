// Records of the market and keys of its books: what is read is written the same way. The first byte
// chooses which.
#include "base/check.h"
#include "market/records/counters.h"
#include "market/records/instrument.h"
#include "market/records/job.h"
#include "market/records/standing.h"
#include "market/records/trade.h"

using namespace steelyard;
using namespace steelyard::market;

namespace {

template <typename T>
void check(ByteView bytes, Bytes (*encode)(const T&), Result<T> (*decode)(ByteView)) {
    if (const Result<T> value = decode(bytes)) {
        CHECK(equal(encode(*value), bytes));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const ByteView bytes(data + 1, size - 1);
    switch (data[0]) {
        case 'k':
            check(bytes, encode_class, decode_class);
            break;
        case 'g':
            check(bytes, encode_program_record, decode_program_record);
            break;
        case 'p':
            check(bytes, encode_provider, decode_provider);
            break;
        case 'w':
            check(bytes, encode_worker, decode_worker);
            break;
        case 'd':
            check(bytes, encode_standing, decode_standing);
            break;
        case 'a':
            check(bytes, encode_ask, decode_ask);
            break;
        case 'b':
            check(bytes, encode_bid, decode_bid);
            break;
        case 'o':
            check(bytes, encode_order, decode_order);
            break;
        case 't':
            check(bytes, encode_class_counters, decode_class_counters);
            break;
        case 'r':
            check(bytes, encode_trade, decode_trade);
            break;
        case 'm':
            check(bytes, encode_price_period, decode_price_period);
            break;
        case 'A':
            check(bytes, encode_ask_key, decode_ask_key);
            break;
        case 'B':
            check(bytes, encode_bid_key, decode_bid_key);
            break;
        default:
            check(bytes, encode_job, decode_job);
            break;
    }
    return 0;
}
