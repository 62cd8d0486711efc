// Transactions and parts of signatures in files; what is read is written so that it reads the same.
#include "base/check.h"
#include "client/tx_files.h"

using namespace steelyard;
using namespace steelyard::client;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text({data, size});
    if (const auto parts = parse_member_signatures(text)) {
        for (const MemberSignature& part : *parts) {
            const auto again = parse_member_signatures(print_member_signature(part));
            CHECK(again && again->at(0).signature == part.signature);
        }
    }
    const auto tx = parse_tx(text);
    if (!tx) {
        return 0;
    }
    (void)signers_of(*tx);
    (void)tx::sign_bytes(*tx, SignMode::legacy_amino_json, {});
    if (const auto printed = print_tx(*tx)) {
        const auto again = parse_tx(*printed);
        CHECK(again && again->raw == tx->raw);
    }
    return 0;
}
