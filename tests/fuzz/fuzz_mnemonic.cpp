// Mnemonics: entropy has one mnemonic but for white space. Every input is also taken as entropy.
#include "base/check.h"
#include "crypto/bip39.h"

using namespace steelyard;
using namespace steelyard::crypto;

namespace {

void check_entropy(ByteView entropy) {
    const auto mnemonic = mnemonic_from_entropy(entropy);
    if (mnemonic) {
        const auto again = entropy_from_mnemonic(as_text(mnemonic->view()));
        CHECK(again && equal(again->view(), entropy));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_entropy({data, size});
    if (const auto entropy = entropy_from_mnemonic(as_text({data, size}))) {
        check_entropy(entropy->view());
    }
    return 0;
}
