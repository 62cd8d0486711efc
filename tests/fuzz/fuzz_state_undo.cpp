// The records of a state: what decodes encodes to the same bytes.
#include "base/check.h"
#include "storage/state_records.h"

using namespace steelyard;
using namespace steelyard::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (const Result<StateUndo> undo = decode_state_undo(input)) {
        CHECK(equal(encode_state_undo(*undo), input));
    }
    if (const Result<StateHead> head = decode_state_head(input)) {
        CHECK(equal(encode_state_head(*head), input));
    }
    if (const Result<StateRecordKey> key = parse_state_record_key(input)) {
        CHECK(equal(state_record_key(key->store, key->key), input));
    }
    return 0;
}
