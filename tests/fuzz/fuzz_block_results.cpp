// BlockResults: every input that is accepted is the encoding of what it is read as.
#include "consensus/engine/block_results.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return test::fuzz_one_encoding(
        {data, size}, engine::decode_block_results, engine::encode_block_results
    );
}
