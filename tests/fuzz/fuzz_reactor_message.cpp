// A message of the consensus reactor after its channel: every input that is accepted is the
// encoding of what it is read as, and belongs to that channel.
#include "consensus/gossip/reactor_message.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (input.empty()) {
        return 0;
    }
    if (const auto message = gossip::decode_reactor_message(input[0], input.subspan(1))) {
        CHECK(gossip::channel_of(*message) == input[0]);
        CHECK(equal(gossip::encode_reactor_message(*message), input.subspan(1)));
    }
    return 0;
}
