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
        default:
            return "other";
    }
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

}  // namespace

std::string MetricsSource::text() {
    gather_validators();
    gather_consensus();
    gather_mempool();
    gather_peers();
    return parts_.metrics.text();
}

void MetricsSource::gather_validators() {
    const auto set = parts_.states.load_validators(parts_.blocks.range().tip);
    if (set) {
        parts_.metrics.set("consensus_validators", number(set->size()));
        const auto power = static_cast<double>(set->total_power());
        parts_.metrics.set("consensus_validators_power", power);
    }
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

void MetricsSource::gather_peers() {
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

}  // namespace steelyard::node
