// Messages of transaction gossip: every input that is accepted is the encoding of what it is read
// as.
#include "mempool/gossip_messages.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    test::fuzz_one_encoding(input, mempool::decode_txs, [](const std::vector<ByteView>& txs) {
        return mempool::encode_txs(txs);
    });
    return test::fuzz_one_encoding(
        input, mempool::decode_announce_message, mempool::encode_announce_message
    );
}
