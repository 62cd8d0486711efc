// FileSigner: a Signer whose memory of what it signed last is a file.
//
// The file has the new position and signature, durably, before the signature leaves. So no crash
// makes the signer forget what it signed, and none needs the write-ahead log for that. The rules
// are those of CometBFT's privval/file.go.
#pragma once

#include "consensus/engine/log_file.h"
#include "consensus/engine/sign_state.h"
#include "consensus/engine/signer.h"

#include <memory>

namespace steelyard::engine {

/// The name that CometBFT gives the file.
inline constexpr std::string_view sign_state_file_name = "priv_validator_state.json";

/// After the state could not be written, everything is refused until the signer is opened anew.
class FileSigner final : public Signer {
public:
    /// A signer of a key that has never signed: writes the first state. Invalid if there is one.
    /// The directory outlives the signer.
    static Result<std::unique_ptr<FileSigner>> create(
        Directory& directory, std::unique_ptr<SigningKey> key, const chain::ChainId& chain_id
    );

    /// A signer that goes on from its state. A missing state is not_found and never taken for an
    /// empty one: a key restored without its state is how validators sign twice. A state that is
    /// damaged, or of another key, is corrupt.
    static Result<std::unique_ptr<FileSigner>> open(
        Directory& directory, std::unique_ptr<SigningKey> key, const chain::ChainId& chain_id
    );

    const crypto::PublicKey& public_key() const override { return key_->public_key(); }
    Result<chain::Vote> sign_vote(chain::Vote vote) override;
    Result<chain::Proposal> sign_proposal(chain::Proposal proposal) override;

    const SignState& state() const { return state_; }

private:
    FileSigner(Directory& directory, std::unique_ptr<SigningKey> key, chain::ChainId chain_id);

    template <typename Message>
    Result<Message> sign(Message message);
    template <typename Message>
    Result<Message> sign_again(Message message) const;
    Result<void> remember(SignState state);

    Directory& directory_;
    std::unique_ptr<SigningKey> key_;
    chain::ChainId chain_id_;
    SignState state_;
    bool failed_ = false;
};

}  // namespace steelyard::engine
