#include "market/receipt/records.h"

#include "base/hex.h"
#include "crypto/ics23.h"

namespace steelyard::market {
namespace {

/// The root that a store has under the app hash.
Result<Hash256> root_of_store(const Hash256& app_hash, const ProvenRecord& record) {
    TRY_ASSIGN(const auto proof, crypto::decode_commitment_proof(record.of_store));
    const auto* const existence = std::get_if<crypto::ExistenceProof>(&proof);
    if (existence == nullptr || existence->value.size() != sizeof(Hash256)) {
        return fail(ErrorCode::denied, "shows no root of the store");
    }
    TRY(crypto::verify_membership(
        crypto::ProofSpec::tendermint, app_hash, proof, as_bytes(record.store), existence->value
    ));
    return to_array(ByteView(existence->value).first<sizeof(Hash256)>());
}

Result<void> check_proofs(const Hash256& app_hash, const ProvenRecord& record) {
    TRY_ASSIGN(const Hash256 root, root_of_store(app_hash, record));
    TRY_ASSIGN(const auto proof, crypto::decode_commitment_proof(record.in_store));
    constexpr auto spec = crypto::ProofSpec::iavl;
    return record.value.empty()
               ? crypto::verify_non_membership(spec, root, proof, record.key)
               : crypto::verify_membership(spec, root, proof, record.key, record.value);
}

}  // namespace

Result<void> check_record(const Hash256& app_hash, const ProvenRecord& record) {
    if (const auto checked = check_proofs(app_hash, record); !checked) {
        return fail(
            ErrorCode::denied,
            "record {}/{}: {}",
            record.store,
            to_hex(record.key),
            checked.error().message()
        );
    }
    return {};
}

}  // namespace steelyard::market
