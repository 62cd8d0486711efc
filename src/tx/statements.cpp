#include "tx/statements.h"

#include "base/check.h"
#include "cosmos/crypto/multisig/v1beta1/multisig.pb.h"
#include "proto/codec.h"

namespace steelyard::tx {
namespace {

constexpr proto::ParseLimits signature_limits = {
    .bytes_max = chain::tx_signature_size_max, .elements_max = multisig_members_max
};

Result<std::vector<Statement>> multisig_statements(
    const MultisigKey& key, const Signed& members, ByteView signature, const Bytes& message
) {
    if (members.size() != key.members.size()) {
        return invalid(
            "bit array of {} bits for a multisig key with {} members",
            members.size(),
            key.members.size()
        );
    }
    cosmos::crypto::multisig::v1beta1::MultiSignature signatures;
    TRY(proto::strict_parse(signatures, signature, signature_limits));
    const auto count = static_cast<std::size_t>(std::count(members.begin(), members.end(), true));
    if (count < key.threshold) {
        return invalid("{} members signed, {} must", count, key.threshold);
    }
    if (static_cast<std::size_t>(signatures.signatures_size()) != count) {
        return invalid(
            "{} signatures of {} members that signed", signatures.signatures_size(), count
        );
    }
    std::vector<Statement> out;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i]) {
            const std::string& one = signatures.signatures(static_cast<int>(out.size()));
            out.push_back({key.members[i], message, to_bytes(as_bytes(one))});
        }
    }
    return out;
}

}  // namespace

Result<std::vector<Statement>> statements(
    const DecodedTx& tx, std::size_t index, const AccountKey& key, const SignerPlace& place
) {
    CHECK(index < tx.signers.size());
    if (index >= tx.raw.signatures.size()) {
        return invalid("signature {} is missing", index);
    }
    const SignerInfo& signer = tx.signers[index];
    const Bytes& signature = tx.raw.signatures[index];
    const auto* const multisig = std::get_if<MultisigKey>(&key);
    if ((multisig != nullptr) != signer.members.has_value()) {
        return invalid("the mode of signer {} does not fit the kind of its key", index);
    }
    TRY_ASSIGN(Bytes message, sign_bytes(tx, signer.mode, place));
    if (multisig != nullptr) {
        return multisig_statements(*multisig, *signer.members, signature, message);
    }
    std::vector<Statement> out;
    out.push_back({std::get<crypto::PublicKey>(key), std::move(message), signature});
    return out;
}

}  // namespace steelyard::tx
