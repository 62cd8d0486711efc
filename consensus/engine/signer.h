// Signer: who signs a validator's votes and proposals; SigningKey: what a signer signs with.
#pragma once

#include "chain/proposal.h"
#include "chain/vote.h"
#include "crypto/public_key.h"

namespace steelyard::engine {

/// Signs for one validator of one chain, and never two different things for the same height, round
/// and step, whatever crashes between.
class Signer {
public:
    virtual ~Signer() = default;

    virtual const crypto::PublicKey& public_key() const = 0;

    /// The vote with its signature. If the same vote with another time was signed before, it comes
    /// back with the time of then. Denied: what conflicts with, or comes before, what was signed
    /// last. Invalid: a vote of another validator, or one that no chain takes.
    virtual Result<chain::Vote> sign_vote(chain::Vote vote) = 0;

    /// The same for a proposal.
    virtual Result<chain::Proposal> sign_proposal(chain::Proposal proposal) = 0;
};

/// A key, behind an interface so that a simulation can use cheap signatures. It signs whatever it
/// is given: the rules are the signer's.
class SigningKey {
public:
    virtual ~SigningKey() = default;

    virtual const crypto::PublicKey& public_key() const = 0;
    virtual crypto::Signature sign(ByteView message) const = 0;

    /// Whether `sign` made this signature of this message.
    virtual bool verify(ByteView message, const crypto::Signature& signature) const = 0;
};

/// A key in memory.
class LocalSigningKey final : public SigningKey {
public:
    explicit LocalSigningKey(crypto::PrivateKey key) : key_(std::move(key)) {}

    const crypto::PublicKey& public_key() const override { return key_.public_key(); }
    crypto::Signature sign(ByteView message) const override { return key_.sign(message); }
    bool verify(ByteView message, const crypto::Signature& signature) const override {
        return key_.public_key().verify(message, signature);
    }

private:
    crypto::PrivateKey key_;
};

}  // namespace steelyard::engine
