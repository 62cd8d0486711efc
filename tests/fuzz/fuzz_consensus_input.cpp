// A record of the write-ahead log: every input that is accepted is the encoding of what it is read
// as.
#include "consensus/engine/input_codec.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return test::fuzz_one_encoding({data, size}, engine::decode_input, engine::encode_input);
}
