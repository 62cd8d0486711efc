// A message of block sync: every input that is accepted is the encoding of what it is read as.
#include "consensus/sync/messages.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return test::fuzz_one_encoding({data, size}, sync::decode_message, sync::encode_message);
}
