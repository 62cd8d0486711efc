#include "crypto/secret.h"

#include "base/check.h"

#include <string.h>

namespace steelyard::crypto {

void wipe(std::span<std::uint8_t> bytes) {
    if (!bytes.empty()) {  // explicit_bzero takes no null pointer
        ::explicit_bzero(bytes.data(), bytes.size());
    }
}

// AddressSanitizer would put guards between the array and the caller's frame.
[[gnu::noinline, gnu::no_sanitize_address]] void wipe_stack() {
    // Deeper than any callee reaches with a secret, which tests confirm.
    ByteArray<std::size_t{16} << 10> below;
    wipe(below);
}

bool equal_in_constant_time(ByteView a, ByteView b) {
    CHECK(a.size() == b.size());
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    }
    return difference == 0;
}

}  // namespace steelyard::crypto
