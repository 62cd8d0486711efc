// LightBlock: what decodes is consistent and encodes back to the same bytes.
#include "base/check.h"
#include "chain/light_block.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto block = chain::decode_light_block(bytes);
    if (!block) {
        return 0;
    }
    CHECK(equal(chain::encode_light_block(*block), bytes));
    CHECK(chain::header_hash(block->header()) == block->signed_header().hash());
    CHECK(block->validators().hash() == block->header().validators_hash);
    return 0;
}
