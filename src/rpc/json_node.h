// What a node tells about itself, its peers and its round, as CometBFT 0.38 writes it in JSON.
#pragma once

#include "chain/block.h"
#include "rpc/json_writer.h"
#include "rpc/views.h"

namespace steelyard::rpc {

// Each appends one value.
void write_node_description(JsonWriter& out, const NodeDescription& node);
void write_net_info(JsonWriter& out, const NetInfo& info);

/// The answer to `consensus_state`.
void write_round_summary(JsonWriter& out, const RoundView& round);

/// The answer to `dump_consensus_state`.
void write_round_dump(
    JsonWriter& out, const RoundView& round, const std::vector<PeerRoundView>& peers
);

/// What `status` is made of.
struct StatusData {
    NodeDescription node{};
    chain::BlockMeta earliest{};
    chain::BlockMeta latest{};
    bool catching_up = false;
    std::optional<crypto::PublicKey> validator_key{};
    chain::VotingPower voting_power = 0;
};
void write_status(JsonWriter& out, const StatusData& status);

}  // namespace steelyard::rpc
