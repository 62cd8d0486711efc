// ChaCha20-Poly1305: no input of the fuzzer is genuine under a key that it does not know, and what
// is sealed opens. Input: one byte for the size of the associated data, that data, the message.
#include "base/check.h"
#include "crypto/aead.h"

using namespace steelyard;
using namespace steelyard::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const ByteView input = ByteView(data, size).subspan(1);
    const std::size_t associated_size = std::min<std::size_t>(data[0], input.size());
    const ByteView associated = input.first(associated_size);
    const ByteView message = input.subspan(associated_size);

    Secret<32> key;
    key.mutable_view()[0] = 1;
    ChaCha20Poly1305 aead(key);
    const ChaCha20Poly1305::Nonce nonce{};
    if (message.size() >= aead_tag_size) {
        Bytes text(message.size() - aead_tag_size);
        CHECK(!aead.open(nonce, associated, message, text));
    }
    Bytes sealed(message.size() + aead_tag_size);
    aead.seal(nonce, associated, message, sealed);
    Bytes opened(message.size());
    CHECK(aead.open(nonce, associated, sealed, opened));
    CHECK(equal(opened, message));
    return 0;
}
