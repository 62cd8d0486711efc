// Values that describe a running node for its users: peers, rounds, sizes.
#pragma once

#include "chain/bit_array.h"
#include "chain/block.h"
#include "chain/proposal.h"
#include "chain/round_step.h"
#include "chain/validator_set.h"

#include <array>
#include <chrono>
#include <memory>

namespace steelyard::rpc {

/// The version of CometBFT whose RPC this is: clients choose their dialect by it.
inline constexpr std::string_view comet_version = "0.38.25";

/// Who a node says that it is: CometBFT's DefaultNodeInfo.
struct NodeDescription {
    std::uint64_t p2p_version = 8;
    std::uint64_t block_version = 11;
    std::uint64_t app_version = 0;
    std::string id{};           ///< lower-case hex
    std::string listen_addr{};  ///< such as "tcp://0.0.0.0:26656"
    std::string network{};      ///< the chain id
    std::string version{comet_version};
    Bytes channels{};
    std::string moniker{};
    std::string tx_index = "on";
    std::string rpc_address{};  ///< such as "tcp://127.0.0.1:26657"

    /// Further entries of `other`: such as our own version.
    std::vector<std::pair<std::string, std::string>> other{};
};

/// What went through one direction of a connection.
struct FlowView {
    chain::Timestamp start{};
    std::chrono::nanoseconds duration{};
    std::chrono::nanoseconds idle{};
    std::int64_t bytes = 0;
    std::int64_t samples = 0;
    std::int64_t rate_now = 0;  ///< bytes per second
    std::int64_t rate_average = 0;
    std::int64_t rate_peak = 0;
};

struct ChannelView {
    std::uint8_t id = 0;
    std::int64_t queue_capacity = 0;
    std::int64_t queue_size = 0;
    std::int64_t priority = 0;
    std::int64_t recently_sent = 0;  ///< bytes
};

struct PeerView {
    NodeDescription node{};
    bool is_outbound = false;
    std::string remote_ip{};
    std::chrono::nanoseconds duration{};
    FlowView sent{};
    FlowView received{};
    std::vector<ChannelView> channels{};
};

struct NetInfo {
    bool listening = false;
    std::vector<std::string> listeners{};
    std::vector<PeerView> peers{};
};

struct DialOptions {
    bool persistent = false;
    bool unconditional = false;
    bool private_peers = false;
};

struct PoolSize {
    std::size_t count = 0;
    std::int64_t bytes = 0;
};

using chain::RoundStep;

/// The votes of a round by index of the validator.
struct RoundVotes {
    chain::Round round{};
    std::vector<std::optional<chain::Vote>> prevotes{};
    std::vector<std::optional<chain::Vote>> precommits{};
};

/// A block of the round, as far as it is here.
struct CandidateView {
    chain::BlockId id{};
    std::shared_ptr<const chain::Block> block{};  ///< once it is whole
    chain::BitArray parts{};                      ///< those that are here
};

struct RoundView {
    chain::Height height{};
    chain::Round round{};
    RoundStep step = RoundStep::new_height;
    chain::Timestamp start_time{};
    chain::Timestamp commit_time{};
    std::optional<chain::ValidatorSet> validators{};
    std::optional<chain::Proposal> proposal{};
    std::optional<CandidateView> proposal_block{};
    std::optional<chain::Round> locked_round{};
    std::optional<CandidateView> locked_block{};
    std::optional<chain::Round> valid_round{};
    std::optional<CandidateView> valid_block{};
    std::vector<RoundVotes> rounds{};            ///< from 0 to the current one
    std::optional<chain::Round> commit_round{};  ///< once the height is decided
    std::vector<std::optional<chain::Vote>> last_commit{};
    std::optional<chain::ValidatorSet> last_validators{};  ///< whose votes last_commit has
    bool triggered_timeout_precommit = false;
};

/// Where a peer stands in consensus, as far as it has told.
struct PeerRoundView {
    std::string address{};  ///< id@host:port
    chain::Height height{};
    chain::Round round{};
    RoundStep step = RoundStep::new_height;
    chain::Timestamp start_time{};
    bool has_proposal = false;
    std::optional<chain::PartSetHeader> proposal_parts_header{};
    chain::BitArray proposal_parts{};
    std::optional<chain::Round> pol_round{};
    chain::BitArray pol{};
    chain::BitArray prevotes{};
    chain::BitArray precommits{};
    std::optional<chain::Round> last_commit_round{};
    chain::BitArray last_commit{};
    std::optional<chain::Round> commit_round{};  ///< of a height that others have decided
    chain::BitArray commit{};
    std::int64_t votes_sent_to_us = 0;
    std::int64_t parts_sent_to_us = 0;
};

}  // namespace steelyard::rpc
