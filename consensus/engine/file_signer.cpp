#include "consensus/engine/file_signer.h"

#include "base/check.h"
#include "base/hex.h"

namespace steelyard::engine {
namespace {

SignPosition position_of(const chain::Vote& vote) {
    const bool prevote = vote.type == chain::SignedMsgType::prevote;
    return {vote.height, vote.round, prevote ? SignStep::prevote : SignStep::precommit};
}

SignPosition position_of(const chain::Proposal& proposal) {
    return {proposal.height, proposal.round, SignStep::propose};
}

/// Anything else under the signature of a vote could pass for another kind of message.
Result<void> check_signable(const chain::Vote& vote, const crypto::PublicKey& key) {
    if (vote.type != chain::SignedMsgType::prevote &&
        vote.type != chain::SignedMsgType::precommit) {
        return invalid("type {} is not that of a vote", static_cast<int>(vote.type));
    }
    if (vote.height < chain::Height(1)) {
        return invalid("nobody votes at height 0");
    }
    if (vote.validator_address != key.address()) {
        return invalid("the vote is validator {}'s", to_hex_upper(vote.validator_address));
    }
    return {};
}

Result<void> check_signable(const chain::Proposal& proposal, const crypto::PublicKey&) {
    if (proposal.height < chain::Height(1)) {
        return invalid("nobody proposes at height 0");
    }
    if (proposal.pol_round && *proposal.pol_round >= proposal.round) {
        return invalid(
            "the proposal of round {} rests on round {}", proposal.round, *proposal.pol_round
        );
    }
    return {};
}

std::unexpected<Error> refuse(ErrorCode code, std::string_view what) {
    return fail(code, "{}; see doc/howto/recover-wal.md", what);
}

Result<SignState> load_state(Directory& directory, const SigningKey& key) {
    const auto file = read_file(directory, sign_state_file_name, sign_state_size_max);
    if (!file) {
        const Error& error = file.error();
        if (error.code() != ErrorCode::not_found) {
            return std::unexpected(error);
        }
        const std::string_view why =
            "a key that has signed must not go on without its last sign state";
        return refuse(error.code(), fmt::format("{}; {}", error.message(), why));
    }
    auto state = parse_sign_state(as_text(*file));
    if (!state) {
        const Error error = std::move(state).error().in(sign_state_file_name);
        return refuse(error.code(), error.message());
    }
    if (state->last && !key.verify(state->last->bytes, state->last->signature)) {
        const std::string owner = to_hex_upper(key.public_key().address());
        return refuse(
            ErrorCode::corrupt,
            fmt::format(
                "{}: last sign state: its signature is not validator {}'s",
                sign_state_file_name,
                owner
            )
        );
    }
    return *std::move(state);
}

}  // namespace

FileSigner::FileSigner(
    Directory& directory, std::unique_ptr<SigningKey> key, chain::ChainId chain_id
)
    : directory_(directory), key_(std::move(key)), chain_id_(std::move(chain_id)) {
}

Result<std::unique_ptr<FileSigner>> FileSigner::create(
    Directory& directory, std::unique_ptr<SigningKey> key, const chain::ChainId& chain_id
) {
    const auto file = directory.open(sign_state_file_name);
    if (file) {
        return invalid("{}: is already there", sign_state_file_name);
    }
    if (file.error().code() != ErrorCode::not_found) {
        return std::unexpected(file.error());
    }
    std::unique_ptr<FileSigner> signer(new FileSigner(directory, std::move(key), chain_id));
    TRY(signer->remember({}));
    return signer;
}

Result<std::unique_ptr<FileSigner>> FileSigner::open(
    Directory& directory, std::unique_ptr<SigningKey> key, const chain::ChainId& chain_id
) {
    TRY_ASSIGN(SignState state, load_state(directory, *key));
    std::unique_ptr<FileSigner> signer(new FileSigner(directory, std::move(key), chain_id));
    // What was read may be in memory only: written by a process whose sync failed, and shown by the
    // kernel nevertheless. Its signature must not leave before it is durable.
    TRY(signer->remember(std::move(state)));
    return signer;
}

Result<chain::Vote> FileSigner::sign_vote(chain::Vote vote) {
    return sign(std::move(vote));
}

Result<chain::Proposal> FileSigner::sign_proposal(chain::Proposal proposal) {
    return sign(std::move(proposal));
}

template <typename Message>
Result<Message> FileSigner::sign(Message message) {
    if (failed_) {
        return fail(ErrorCode::io, "the last sign state could not be written; open it again");
    }
    TRY(check_signable(message, public_key()));
    const SignPosition position = position_of(message);
    if (position < state_.position) {
        return fail(
            ErrorCode::denied,
            "{}: comes before what was signed last, {}",
            to_string(position),
            to_string(state_.position)
        );
    }
    if (position == state_.position) {
        return sign_again(std::move(message));
    }
    SignState next{position, SignState::Signed{sign_bytes(message, chain_id_)}};
    next.last->signature = key_->sign(next.last->bytes);
    message.signature = next.last->signature;
    TRY(remember(std::move(next)));
    return message;
}

/// A crash can come between the signature and its first record elsewhere. Then the same message is
/// signed again, at a later time: it gets the time and the signature of the first one.
template <typename Message>
Result<Message> FileSigner::sign_again(Message message) const {
    CHECK(state_.last);
    TRY_ASSIGN(const SignedMessage last, parse_sign_bytes(state_.last->bytes));
    message.timestamp = last.timestamp;
    if (sign_bytes(message, chain_id_) != state_.last->bytes) {
        return fail(
            ErrorCode::denied,
            "{}: conflicting data: something else was signed there",
            to_string(state_.position)
        );
    }
    message.signature = state_.last->signature;
    return message;
}

Result<void> FileSigner::remember(SignState state) {
    failed_ = true;
    TRY(replace_file(directory_, sign_state_file_name, as_bytes(print_sign_state(state))));
    failed_ = false;
    state_ = std::move(state);
    return {};
}

}  // namespace steelyard::engine
