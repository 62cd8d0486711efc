// Keystores: what is read is written so that it reads the same; opening cheap ones does no harm.
#include "base/check.h"
#include "crypto/keystore.h"

using namespace steelyard;
using namespace steelyard::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto keystore = parse_keystore(as_text({data, size}));
    if (!keystore) {
        return 0;
    }
    const std::string text = write_keystore(*keystore);
    CHECK(text.size() <= keystore_text_size_max);
    CHECK(parse_keystore(text) == keystore);
    constexpr std::uint64_t cheap_work = 1 << 10;
    if (keystore->cost.n * keystore->cost.r * keystore->cost.p <= cheap_work) {
        (void)open_keystore(*keystore, as_bytes("password"));
    }
    return 0;
}
