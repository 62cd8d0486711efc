// SignState: what a validator signed last, in the format of CometBFT's priv_validator_state.json.
#pragma once

#include "base/bytes.h"
#include "chain/timestamp.h"
#include "chain/vote.h"

#include <optional>

namespace steelyard::engine {

/// The steps of a round in which a validator signs. The numbers stand in the state file.
enum class SignStep : std::uint8_t { none = 0, propose = 1, prevote = 2, precommit = 3 };

/// "proposal", "prevote" or "precommit"; "nothing" for none.
std::string_view to_string(SignStep step);

/// A place in the order in which a validator signs.
struct SignPosition {
    chain::Height height{};
    chain::Round round{};
    SignStep step = SignStep::none;

    auto operator<=>(const SignPosition&) const = default;
};

/// "height 5, round 0, prevote".
std::string to_string(const SignPosition& position);

/// Nothing may be signed before `position`, and at it only `signed_bytes`, but for their time.
struct SignState {
    struct Signed {
        Bytes bytes;  ///< the sign bytes, with their length prefix
        chain::Signature signature{};

        bool operator==(const Signed&) const = default;
    };

    SignPosition position;
    std::optional<Signed> last;  ///< nothing exactly if the step is none

    bool operator==(const SignState&) const = default;
};

/// More than any canonical vote or proposal, and than any state file.
inline constexpr std::size_t sign_bytes_size_max = 512;
inline constexpr std::size_t sign_state_size_max = 4096;

/// JSON as CometBFT writes it, so that a validator can move in either direction with its file.
std::string print_sign_state(const SignState& state);

/// Reads such a file, whose sign bytes must be of its height, round and step. Anything else is
/// corrupt: a signer that guesses may sign twice.
Result<SignState> parse_sign_state(std::string_view text);

/// What sign bytes say about themselves (doc/spec/consensus-data.md, S1 to S3).
struct SignedMessage {
    SignPosition position;
    chain::Timestamp timestamp;
};

Result<SignedMessage> parse_sign_bytes(ByteView bytes);

}  // namespace steelyard::engine
