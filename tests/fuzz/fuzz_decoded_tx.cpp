// decode_tx and what is computed of its result: whatever is taken has one encoding, and its signed
// bytes, statements and keys can be asked for.
#include "base/check.h"
#include "tx/statements.h"

#include <google/protobuf/any.pb.h>

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto decoded = tx::decode_tx({data, size});
    if (!decoded) {
        return 0;
    }
    CHECK(equal(chain::encode_tx_raw(decoded->raw), ByteView(data, size)));
    const tx::SignerPlace place{.chain_id = *chain::ChainId::parse("fuzz"), .sequence = 1};
    static_cast<void>(tx::sign_bytes(*decoded, tx::SignMode::legacy_amino_json, place));
    for (std::size_t i = 0; i < decoded->signers.size(); ++i) {
        const auto& key = decoded->signers[i].key;
        if (!key) {
            continue;
        }
        CHECK(*tx::unpack_account_key(tx::pack_account_key(*key)) == *key);
        static_cast<void>(tx::address_of(*key));
        if (const auto statements = tx::statements(*decoded, i, *key, place)) {
            CHECK(!statements->empty() && statements->size() <= tx::multisig_members_max);
        }
    }
    return 0;
}
