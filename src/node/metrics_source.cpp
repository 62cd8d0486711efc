#include "node/metrics_source.h"

namespace steelyard::node {
namespace {

/// The peers' traffic is counted by channel.
std::string_view name_of(ChannelId id) {
    switch (id) {
        case channel::pex:
            return "pex";
        case channel::consensus_state:
            return "consensus_state";
        case channel::consensus_data:
            return "consensus_data";
        case channel::consensus_vote:
            return "consensus_vote";
        case channel::consensus_vote_set_bits:
            return "consensus_vote_set_bits";
        case channel::consensus_help:
            return "consensus_help";
        case channel::mempool:
            return "mempool";
        case channel::mempool_announce:
            return "mempool_announce";
        case channel::evidence:
            return "evidence";
        case channel::block_sync:
            return "block_sync";
        case channel::blob:
            return "blob";
        default:
            return "other";
    }
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

}  // namespace

std::string MetricsSource::text() {
    const std::lock_guard lock(mutex_);
    gather_consensus();
    gather_mempool();
    gather_traffic();
    gather_peers();
    return parts_.metrics.text();
}

void MetricsSource::gather_consensus() {
    parts_.metrics.set("blocksync_syncing", parts_.consensus.is_syncing() ? 1 : 0);
}

void MetricsSource::gather_mempool() {
    const mempool::Stats stats = parts_.mempool.pool().stats();
    rpc::Metrics& metrics = parts_.metrics;
    metrics.set("mempool_size", number(stats.size));
    metrics.set("mempool_size_bytes", number(stats.size_bytes));
    metrics.set_total("mempool_failed_txs", number(stats.invalid));
    metrics.set_total("mempool_rejected_txs", number(stats.rejected));
    metrics.set_total("mempool_evicted_txs", number(stats.evicted));
    metrics.set_total("mempool_recheck_times", number(stats.rechecked));
    metrics.set_total("mempool_already_received_txs", number(stats.duplicates));
}

void MetricsSource::gather_traffic() {
    const p2p::SwitchStats stats = parts_.peers.stats();
    rpc::Metrics& metrics = parts_.metrics;
    metrics.set("p2p_peers", number(stats.peers_inbound + stats.peers_outbound));
    metrics.set("p2p_banned", number(stats.banned));
    for (const auto& [reason, count] : stats.dropped) {
        metrics.set_total("p2p_peers_dropped_total", number(count), {{"reason", reason}});
    }
    for (const auto& [reason, count] : stats.refused) {
        metrics.set_total("p2p_connections_refused_total", number(count), {{"reason", reason}});
    }
    for (const auto& [id, traffic] : stats.channels) {
        const rpc::MetricLabel type{"message_type", name_of(id)};
        metrics.set_total("p2p_message_send_bytes_total", number(traffic.bytes_sent), {type});
        metrics.set_total(
            "p2p_message_receive_bytes_total", number(traffic.bytes_received), {type}
        );
    }
}

/// What is said of a peer that is gone is forgotten: else strangers that come and go would fill the
/// page.
void MetricsSource::gather_peers() {
    std::set<std::string> ids;
    std::map<PeerId, Traffic> before;
    before.swap(told_);
    for (const p2p::PeerStatus& peer : parts_.peers.net_info().peers) {
        ids.insert(peer.info.node.id.text());
        told_[peer.info.id] = std::move(before[peer.info.id]);
        gather_peer(peer);
    }
    for (const std::string_view name :
         {"p2p_peer_send_bytes_total",
          "p2p_peer_receive_bytes_total",
          "p2p_peer_pending_send_bytes",
          "consensus_block_parts"}) {
        parts_.metrics.retain(name, "peer_id", ids);
    }
}

/// A connection counts from 0, its peer's series go on.
void MetricsSource::gather_peer(const p2p::PeerStatus& peer) {
    const std::string id = peer.info.node.id.text();
    rpc::Metrics& metrics = parts_.metrics;
    std::size_t pending = 0;
    for (const p2p::ChannelStatus& channel : peer.channels) {
        p2p::ChannelStatus& told = told_[peer.info.id][channel.id];
        const std::string channel_id = fmt::format("{:#x}", channel.id);
        const auto count = [&](std::string_view name, std::uint64_t bytes) {
            metrics.add(name, number(bytes), {{"peer_id", id}, {"chID", channel_id}});
        };
        count("p2p_peer_send_bytes_total", channel.bytes_sent - told.bytes_sent);
        count("p2p_peer_receive_bytes_total", channel.bytes_received - told.bytes_received);
        pending += channel.send_queue_bytes;
        told = channel;
    }
    metrics.set("p2p_peer_pending_send_bytes", number(pending), {{"peer_id", id}});
}

}  // namespace steelyard::node
