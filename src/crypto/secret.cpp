#include "crypto/secret.h"

#include "base/check.h"

#include <string.h>

namespace steelyard::crypto {

void wipe(std::span<std::uint8_t> bytes) {
    if (!bytes.empty()) {  // explicit_bzero takes no null pointer
        ::explicit_bzero(bytes.data(), bytes.size());
    }
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
