// Keystores of other wallets: reading does no harm; only cheap ones are opened.
#include "crypto/ethereum_keystore.h"

using namespace steelyard;
using namespace steelyard::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text({data, size});
    (void)is_ethereum_keystore(text);
    // Costs of at most two digits.
    std::size_t digits = 0;
    for (const char c : text) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits > 2) {
            return 0;
        }
    }
    (void)open_ethereum_keystore(text, as_bytes("password"));
    return 0;
}
