// Pex messages: every input that is accepted is the encoding of what it is read as.
#include "p2p/pex_message.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto message = p2p::decode_pex({data, size})) {
        if (const auto* const list = std::get_if<p2p::PexAddresses>(&*message)) {
            CHECK(list->addresses.size() <= p2p::selection_size_max);
            for (const p2p::PexAddress& address : list->addresses) {
                (void)p2p::from_pex(address);
            }
        }
    }
    return test::fuzz_one_encoding({data, size}, p2p::decode_pex, p2p::encode_pex);
}
