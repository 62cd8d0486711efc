// Messages of the exchange of blobs: every input that is accepted is the encoding of what it is
// read as.
#include "blob/exchange_messages.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return test::fuzz_one_encoding(
        ByteView{data, size}, blob::decode_exchange_message, blob::encode_exchange_message
    );
}
