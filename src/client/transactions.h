// Transactions on the side of those who make them: built, signed, combined.
#pragma once

#include "crypto/public_key.h"
#include "tx/sign_bytes.h"

namespace google::protobuf {
class Message;
}

namespace steelyard::client {

using tx::AccountKey;
using tx::DecodedTx;
using tx::MultisigKey;
using tx::SignerPlace;
using tx::SignMode;

/// The message in its envelope: "/" and its name, and its bytes.
tx::PackedMessage pack(const google::protobuf::Message& message);

/// Encodes body and auth info anew from the parts; signatures stay.
void encode_parts(DecodedTx& tx);

/// The addresses that must sign, as texts: those of the messages in order of first appearance, then
/// the fee payer if it is none of them. Errors: a message of an unknown type, or with no signer.
Result<std::vector<std::string>> signers_of(const DecodedTx& tx);

/// Which of the signers this address is. Errors: none of them (invalid).
Result<std::size_t> signer_index(const DecodedTx& tx, std::string_view address);

/// Names the signer at `index` with its key, mode and sequence, in the encoded bytes too. Earlier
/// signers must be named already. Its signature, and those of DIRECT signers, who sign what changes
/// here, are emptied.
Result<void> name_signer(DecodedTx& tx, std::size_t index, tx::SignerInfo info);

/// Signs in DIRECT or LEGACY_AMINO_JSON for a signer with a single key, who is named here.
Result<void> sign(
    DecodedTx& tx,
    std::size_t index,
    SignMode mode,
    const SignerPlace& place,
    const crypto::PrivateKey& key
);

/// One member's part of a multisig signature, always in LEGACY_AMINO_JSON.
struct MemberSignature {
    crypto::PublicKey key;
    std::uint64_t sequence = 0;
    Bytes signature{};
};

Result<MemberSignature> sign_as_member(
    const DecodedTx& tx, const SignerPlace& place, const crypto::PrivateKey& key
);

/// Puts members' parts together for the multisig signer at `index`. Errors: a part of nobody who is
/// a member, or twice, or for another sequence, or that is not good for this transaction, account
/// and chain (denied); fewer than the threshold (insufficient).
Result<void> combine(
    DecodedTx& tx,
    std::size_t index,
    const MultisigKey& key,
    const SignerPlace& place,
    std::span<const MemberSignature> parts
);

/// The transaction as a node simulates it: every signer named, nobody's signature.
Bytes encode_for_simulation(DecodedTx tx, std::span<const tx::SignerInfo> signers);

}  // namespace steelyard::client
