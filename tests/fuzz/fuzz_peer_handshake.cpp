// The handshake against a peer that agrees on keys properly, so that its frames are opened, and
// then sends what the input says, as a stream or raw. It never comes to an end that was not proved.
#include "base/check.h"
#include "base/random.h"
#include "p2p/peer_handshake.h"

using namespace steelyard;
using namespace steelyard::p2p;

namespace {

NodeInfo info_of(const NodeKey& key) {
    return {
        .id = key.id(),
        .listen_addr = "tcp://127.0.0.1:26656",
        .network = "test",
        .version = "0.38.0",
        .channels = {0x20},
        .moniker = "node",
    };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const ByteView input(data + 1, size - 1);
    SeededRandom random(data[0]);
    const NodeKey key = NodeKey::generate(random);
    PeerHandshake handshake(key, info_of(key), std::nullopt, random);
    Bytes in;
    if ((data[0] & 1) != 0) {
        in = to_bytes(input);  // raw
    } else {
        const auto ephemeral = crypto::generate_x25519_key(random);
        const Bytes ours = handshake.take_output();
        const auto agreement = crypto::agree_secret_connection(
            ephemeral, to_array(ByteView(ours).subspan(3).first<32>())
        );
        CHECK(agreement);
        FrameWriter writer(agreement->keys.send);
        writer.write(input);
        in = {34, 0x0a, 32};
        append(in, crypto::x25519_public_key(ephemeral));
        append(in, writer.seal());
    }
    const std::size_t available = in.size();
    const auto taken = handshake.receive(in);
    CHECK(!handshake.done());  // nobody can sign this challenge by chance
    CHECK(!taken || *taken <= available);
    if (!taken) {
        CHECK(taken.error().error.message().find('\n') == std::string::npos);
    }
    return 0;
}
