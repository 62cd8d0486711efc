// The messages of CometBFT 0.38's consensus reactor, and the channel of each.
#pragma once

#include "base/peer_link.h"
#include "chain/round_step.h"
#include "consensus/core/message.h"

namespace steelyard::gossip {

using chain::RoundStep;

/// Told whenever the sender's height, round or step changes, and to a new peer.
struct NewRoundStep {
    chain::Height height{};
    chain::Round round{};
    RoundStep step = RoundStep::new_height;
    std::int64_t seconds_since_start = 0;             ///< of the height; may be negative
    std::optional<chain::Round> last_commit_round{};  ///< nothing (-1) at the chain's first height

    bool operator==(const NewRoundStep&) const = default;
};

/// The block that the sender gathers or has since a polka or a decision named it, and its parts.
/// There is at least one bit, and as many as the header says.
struct NewValidBlock {
    chain::Height height{};
    chain::Round round{};
    chain::PartSetHeader header{};
    chain::BitArray parts{};
    bool is_commit = false;

    bool operator==(const NewValidBlock&) const = default;
};

/// Whose prevotes of the proposal's pol_round the sender has.
struct ProposalPol {
    chain::Height height{};
    chain::Round pol_round{};
    chain::BitArray prevotes{};  ///< at least one bit

    bool operator==(const ProposalPol&) const = default;
};

struct HasVote {
    chain::Height height{};
    chain::Round round{};
    chain::SignedMsgType type = chain::SignedMsgType::prevote;
    std::int32_t index = 0;  ///< from 0

    bool operator==(const HasVote&) const = default;
};

/// The sender saw more than two thirds vote so; nothing stands for nil. Answered by VoteSetBits.
struct VoteSetMaj23 {
    chain::Height height{};
    chain::Round round{};
    chain::SignedMsgType type = chain::SignedMsgType::prevote;
    std::optional<chain::BlockId> block_id{};

    bool operator==(const VoteSetMaj23&) const = default;
};

/// Whose votes for the block the sender has; no bits at all where it has none.
struct VoteSetBits {
    chain::Height height{};
    chain::Round round{};
    chain::SignedMsgType type = chain::SignedMsgType::prevote;
    std::optional<chain::BlockId> block_id{};
    chain::BitArray votes{};

    bool operator==(const VoteSetBits&) const = default;
};

using ReactorMessage = std::variant<
    consensus::Message,
    NewRoundStep,
    NewValidBlock,
    ProposalPol,
    HasVote,
    VoteSetMaj23,
    VoteSetBits>;

/// The largest message of a CometBFT channel, as its reactor limits them. On our own channel it is
/// engine::message_size_max.
inline constexpr std::size_t reactor_message_size_max = 1 << 20;

/// Where a message travels.
ChannelId channel_of(const ReactorMessage& message);

/// tendermint.consensus.Message.
Bytes encode_reactor_message(const ReactorMessage& message);

/// Refuses what is not of that channel, is too large, breaks the rules that CometBFT checks before
/// it looks at a message (ValidateBasic), or is not the one encoding of its value.
Result<ReactorMessage> decode_reactor_message(ChannelId channel, ByteView bytes);

}  // namespace steelyard::gossip
