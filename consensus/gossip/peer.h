// Peer: a connection, what we believe of its node, and what it may still cost us.
//
// Private to this folder.
#pragma once

#include "consensus/gossip/bucket.h"
#include "consensus/gossip/gossip.h"
#include "consensus/gossip/peer_state.h"

#include <set>

namespace steelyard::gossip {

/// What a NewValidBlock was about.
struct ToldBlock {
    chain::Height height{};
    chain::Round round{};
    chain::PartSetHeader header{};
    bool is_commit = false;

    bool operator==(const ToldBlock&) const = default;
};

struct Peer {
    // Limits of what a peer makes us send or read (doc/spec/gossip.md, G9).
    static constexpr std::int64_t stored_capacity = 64;  ///< parts, and commits
    static constexpr Time stored_interval = std::chrono::microseconds(15'625);
    static constexpr std::int64_t repeat_capacity = 64;  ///< parts that it was sent before
    static constexpr Time repeat_interval = std::chrono::microseconds(31'250);
    static constexpr std::int64_t answers_capacity = 8;  ///< VoteSetBits
    static constexpr Time answers_interval = std::chrono::milliseconds(250);
    static constexpr std::int64_t statuses_capacity = 8;
    static constexpr Time statuses_interval = std::chrono::milliseconds(250);

    /// A status repairs what we believe only where we have sent nothing for so long.
    static constexpr Time quiet = std::chrono::milliseconds(500);

    /// To a peer that does not speak ours, votes of a later round go at most every so many rounds:
    /// a CometBFT node takes those of two later rounds from each peer, and needs one for a commit.
    static constexpr std::int32_t later_rounds_apart = 8;

    PeerId id = 0;
    bool speaks_ours = false;
    PeerState state{};

    std::set<ChannelId> full{};  ///< refused a message, and not drained since

    // What it was told of us.
    std::optional<NewRoundStep> told_step{};
    std::optional<ToldBlock> told_block{};
    std::map<std::pair<chain::Round, chain::SignedMsgType>, chain::BitArray> told_votes{};

    // What it was sent of the blocks of our height, and of a stored one.
    std::map<chain::PartSetHeader, chain::BitArray> sent_parts{};
    chain::Height commit_sent{};  ///< the height whose commit it was sent
    chain::Height commit_paid{};  ///< and counted against its bucket
    std::int32_t later_round_sent = -1;

    Bucket stored{stored_capacity, stored_interval};
    Bucket repeats{repeat_capacity, repeat_interval};
    Bucket answers{answers_capacity, answers_interval};
    Bucket statuses{statuses_capacity, statuses_interval};

    Time moved_at{};  ///< when it last said that it is further
    Time sent_at{};   ///< when it was last sent a vote, part, proposal or commit
    Time queried_at{};
    int queries = 0;  ///< VoteSetMaj23 that it has not answered

    /// When to serve it again, though nothing happens.
    std::optional<Time> wake{};

    void wake_at(Time when) { wake = wake ? std::min(*wake, when) : when; }
};

}  // namespace steelyard::gossip
