#include "rpc/json_node.h"

#include "base/hex.h"
#include "rpc/json_chain.h"

#include <fmt/format.h>

namespace steelyard::rpc {
namespace {

void write_flow(JsonWriter& out, const FlowView& flow) {
    out.begin_object();
    out.key("Start").time(flow.start);
    out.key("Bytes").quoted(flow.bytes);
    out.key("Samples").quoted(flow.samples);
    out.key("InstRate").quoted(flow.rate_now);
    out.key("CurRate").quoted(flow.rate_now);
    out.key("AvgRate").quoted(flow.rate_average);
    out.key("PeakRate").quoted(flow.rate_peak);
    out.key("BytesRem").quoted(0);
    out.key("Duration").quoted(flow.duration.count());
    out.key("Idle").quoted(flow.idle.count());
    out.key("TimeRem").quoted(0);
    out.key("Progress").number(0);
    out.key("Active").boolean(true);
    out.end_object();
}

void write_peer(JsonWriter& out, const PeerView& peer) {
    out.begin_object();
    out.key("node_info");
    write_node_description(out, peer.node);
    out.key("is_outbound").boolean(peer.is_outbound);
    out.key("connection_status").begin_object();
    out.key("Duration").quoted(peer.duration.count());
    out.key("SendMonitor");
    write_flow(out, peer.sent);
    out.key("RecvMonitor");
    write_flow(out, peer.received);
    out.key("Channels").begin_array();
    for (const ChannelView& channel : peer.channels) {
        out.begin_object();
        out.key("ID").number(channel.id);
        out.key("SendQueueCapacity").quoted(channel.queue_capacity);
        out.key("SendQueueSize").quoted(channel.queue_size);
        out.key("Priority").quoted(channel.priority);
        out.key("RecentlySent").quoted(channel.recently_sent);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    out.key("remote_ip").string(peer.remote_ip);
    out.end_object();
}

/// CometBFT shows the first six bytes of names in votes.
std::string fingerprint(ByteView bytes) {
    constexpr std::size_t size = 6;
    ByteArray<size> first{};
    std::copy_n(bytes.begin(), std::min(size, bytes.size()), first.begin());
    return to_hex_upper(first);
}

std::string vote_text(const std::optional<chain::Vote>& vote) {
    if (!vote) {
        return "nil-Vote";
    }
    const bool is_prevote = vote->type == chain::SignedMsgType::prevote;
    return fmt::format(
        "Vote{{{}:{} {}/{:02}/{}({}) {} {} {} @ {}}}",
        vote->validator_index,
        fingerprint(vote->validator_address),
        vote->height,
        vote->round.value(),
        is_prevote ? "SIGNED_MSG_TYPE_PREVOTE" : "SIGNED_MSG_TYPE_PRECOMMIT",
        is_prevote ? "Prevote" : "Precommit",
        fingerprint(vote->block_id ? ByteView(vote->block_id->hash) : ByteView()),
        fingerprint(vote->signature),
        fingerprint(vote->extension),
        chain::to_string(vote->timestamp)
    );
}

void write_votes(JsonWriter& out, const std::vector<std::optional<chain::Vote>>& votes) {
    out.begin_array();
    for (const auto& vote : votes) {
        out.string(vote_text(vote));
    }
    out.end_array();
}

/// "BA{4:xx__} 20/40 = 0.50": who has voted, and their power of the whole.
std::string votes_bit_array(
    const std::vector<std::optional<chain::Vote>>& votes,
    const std::optional<chain::ValidatorSet>& validators
) {
    std::string bits;
    std::int64_t voted = 0;
    for (std::size_t i = 0; i < votes.size(); ++i) {
        bits += votes[i] ? 'x' : '_';
        if (votes[i] && validators && i < validators->size()) {
            voted += (*validators)[static_cast<chain::ValidatorIndex>(i)].voting_power();
        }
    }
    const std::int64_t total = validators ? validators->total_power() : 0;
    const std::int64_t percent =
        total == 0 ? 0 : static_cast<std::int64_t>(static_cast<__int128>(voted) * 100 / total);
    return fmt::format(
        "BA{{{}:{}}} {}/{} = {}.{:02}",
        votes.size(),
        bits,
        voted,
        total,
        percent / 100,
        percent % 100
    );
}

void write_round_votes(JsonWriter& out, const RoundView& round) {
    out.begin_array();
    for (const RoundVotes& votes : round.rounds) {
        out.begin_object();
        out.key("round").number(votes.round.value());
        out.key("prevotes");
        write_votes(out, votes.prevotes);
        out.key("prevotes_bit_array").string(votes_bit_array(votes.prevotes, round.validators));
        out.key("precommits");
        write_votes(out, votes.precommits);
        out.key("precommits_bit_array").string(votes_bit_array(votes.precommits, round.validators));
        out.end_object();
    }
    out.end_array();
}

void write_hash(JsonWriter& out, const std::optional<CandidateView>& candidate) {
    if (candidate && candidate->block) {
        out.hex(candidate->id.hash);
    } else {
        out.string("");
    }
}

void write_proposal(JsonWriter& out, const std::optional<chain::Proposal>& proposal) {
    if (!proposal) {
        out.null();
        return;
    }
    out.begin_object();
    out.key("Type").number(static_cast<std::int64_t>(chain::SignedMsgType::proposal));
    out.key("height").quoted(proposal->height.value());
    out.key("round").number(proposal->round.value());
    out.key("pol_round").number(proposal->pol_round ? proposal->pol_round->value() : -1);
    out.key("block_id");
    write_block_id(out, proposal->block_id);
    out.key("timestamp").time(proposal->timestamp);
    out.key("signature").base64(proposal->signature);
    out.end_object();
}

/// "x__"; null for none.
void write_bits(JsonWriter& out, const chain::BitArray& bits) {
    if (bits.size() == 0) {
        out.null();
        return;
    }
    std::string text;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        text += bits.test(i) ? 'x' : '_';
    }
    out.string(text);
}

void write_set(JsonWriter& out, const std::optional<chain::ValidatorSet>& set) {
    if (set) {
        write_validator_set(out, *set);
    } else {
        out.null();
    }
}

void write_round(JsonWriter& out, const std::optional<chain::Round>& round) {
    out.number(round ? round->value() : -1);
}

/// The members `{name}_hash`, `{name}` and `{name}_parts`.
void write_candidate(
    JsonWriter& out, const std::string& name, const std::optional<CandidateView>& candidate
) {
    out.key(name + "_hash");
    write_hash(out, candidate);
    out.key(name);
    if (candidate && candidate->block) {
        write_block(out, *candidate->block);
    } else {
        out.null();
    }
    out.key(name + "_parts");
    if (!candidate) {
        out.null();
        return;
    }
    out.begin_object();
    out.key("count/total")
        .string(fmt::format("{}/{}", candidate->parts.count(), candidate->id.parts.total));
    out.key("parts_bit_array");
    write_bits(out, candidate->parts);
    out.end_object();
}

/// There is none at the first height.
void write_last_commit(JsonWriter& out, const RoundView& round) {
    if (!round.last_validators) {
        out.null();
        return;
    }
    out.begin_object();
    out.key("votes");
    write_votes(out, round.last_commit);
    out.key("votes_bit_array").string(votes_bit_array(round.last_commit, round.last_validators));
    out.key("peer_maj_23s").raw("{}");
    out.end_object();
}

void write_parts_header(JsonWriter& out, const std::optional<chain::PartSetHeader>& parts) {
    out.begin_object();
    out.key("total").number(parts ? parts->total : 0);
    out.key("hash");
    if (parts) {
        out.hex(parts->hash);
    } else {
        out.string("");
    }
    out.end_object();
}

void write_peer_round(JsonWriter& out, const PeerRoundView& peer) {
    out.begin_object();
    out.key("node_address").string(peer.address);
    out.key("peer_state").begin_object();
    out.key("round_state").begin_object();
    out.key("height").quoted(peer.height.value());
    out.key("round").number(peer.round.value());
    out.key("step").number(static_cast<std::int64_t>(peer.step));
    out.key("start_time").time(peer.start_time);
    out.key("proposal").boolean(peer.has_proposal);
    out.key("proposal_block_part_set_header");
    write_parts_header(out, peer.proposal_parts_header);
    out.key("proposal_block_parts");
    write_bits(out, peer.proposal_parts);
    out.key("proposal_pol_round");
    write_round(out, peer.pol_round);
    out.key("proposal_pol");
    write_bits(out, peer.pol);
    out.key("prevotes");
    write_bits(out, peer.prevotes);
    out.key("precommits");
    write_bits(out, peer.precommits);
    out.key("last_commit_round");
    write_round(out, peer.last_commit_round);
    out.key("last_commit");
    write_bits(out, peer.last_commit);
    out.key("catchup_commit_round");
    write_round(out, peer.commit_round);
    out.key("catchup_commit");
    write_bits(out, peer.commit);
    out.end_object();
    out.key("stats").begin_object();
    out.key("votes").quoted(peer.votes_sent_to_us);
    out.key("block_parts").quoted(peer.parts_sent_to_us);
    out.end_object();
    out.end_object();
    out.end_object();
}

std::string place_text(const RoundView& round) {
    return fmt::format("{}/{}/{}", round.height, round.round.value(), static_cast<int>(round.step));
}

}  // namespace

void write_node_description(JsonWriter& out, const NodeDescription& node) {
    out.begin_object();
    out.key("protocol_version").begin_object();
    out.key("p2p").quoted_unsigned(node.p2p_version);
    out.key("block").quoted_unsigned(node.block_version);
    out.key("app").quoted_unsigned(node.app_version);
    out.end_object();
    out.key("id").string(node.id);
    out.key("listen_addr").string(node.listen_addr);
    out.key("network").string(node.network);
    out.key("version").string(node.version);
    out.key("channels").hex(node.channels);
    out.key("moniker").string(node.moniker);
    out.key("other").begin_object();
    out.key("tx_index").string(node.tx_index);
    out.key("rpc_address").string(node.rpc_address);
    for (const auto& [name, value] : node.other) {
        out.key(name).string(value);
    }
    out.end_object();
    out.end_object();
}

void write_net_info(JsonWriter& out, const NetInfo& info) {
    out.begin_object();
    out.key("listening").boolean(info.listening);
    out.key("listeners").begin_array();
    for (const std::string& listener : info.listeners) {
        out.string(listener);
    }
    out.end_array();
    out.key("n_peers").quoted(static_cast<std::int64_t>(info.peers.size()));
    out.key("peers").begin_array();
    for (const PeerView& peer : info.peers) {
        write_peer(out, peer);
    }
    out.end_array();
    out.end_object();
}

void write_round_summary(JsonWriter& out, const RoundView& round) {
    out.begin_object();
    out.key("round_state").begin_object();
    out.key("height/round/step").string(place_text(round));
    out.key("start_time").time(round.start_time);
    out.key("proposal_block_hash");
    write_hash(out, round.proposal_block);
    out.key("locked_block_hash");
    write_hash(out, round.locked_block);
    out.key("valid_block_hash");
    write_hash(out, round.valid_block);
    out.key("height_vote_set");
    write_round_votes(out, round);
    out.key("proposer").begin_object();
    out.key("address");
    if (round.validators) {
        out.hex(round.validators->proposer().address());
    } else {
        out.string("");
    }
    out.key("index").number(round.validators ? round.validators->proposer_index() : 0);
    out.end_object();
    out.end_object();
    out.end_object();
}

void write_round_dump(
    JsonWriter& out, const RoundView& round, const std::vector<PeerRoundView>& peers
) {
    out.begin_object();
    out.key("round_state").begin_object();
    out.key("height").quoted(round.height.value());
    out.key("round").number(round.round.value());
    out.key("step").number(static_cast<std::int64_t>(round.step));
    out.key("start_time").time(round.start_time);
    out.key("commit_time").time(round.commit_time);
    out.key("validators");
    write_set(out, round.validators);
    out.key("proposal");
    write_proposal(out, round.proposal);
    write_candidate(out, "proposal_block", round.proposal_block);
    out.key("locked_round");
    write_round(out, round.locked_round);
    write_candidate(out, "locked_block", round.locked_block);
    out.key("valid_round");
    write_round(out, round.valid_round);
    write_candidate(out, "valid_block", round.valid_block);
    out.key("votes");
    write_round_votes(out, round);
    out.key("commit_round");
    write_round(out, round.commit_round);
    out.key("last_commit");
    write_last_commit(out, round);
    out.key("last_validators");
    write_set(out, round.last_validators);
    out.key("triggered_timeout_precommit").boolean(round.triggered_timeout_precommit);
    out.end_object();
    out.key("peers").begin_array();
    for (const PeerRoundView& peer : peers) {
        write_peer_round(out, peer);
    }
    out.end_array();
    out.end_object();
}

void write_status(JsonWriter& out, const StatusData& status) {
    out.begin_object();
    out.key("node_info");
    write_node_description(out, status.node);
    out.key("sync_info").begin_object();
    out.key("latest_block_hash").hex(status.latest.block_id.hash);
    out.key("latest_app_hash").hex(status.latest.header.app_hash.view());
    out.key("latest_block_height").quoted(status.latest.header.height.value());
    out.key("latest_block_time").time(status.latest.header.time);
    out.key("earliest_block_hash").hex(status.earliest.block_id.hash);
    out.key("earliest_app_hash").hex(status.earliest.header.app_hash.view());
    out.key("earliest_block_height").quoted(status.earliest.header.height.value());
    out.key("earliest_block_time").time(status.earliest.header.time);
    out.key("catching_up").boolean(status.catching_up);
    out.end_object();
    out.key("validator_info").begin_object();
    out.key("address");
    if (status.validator_key) {
        out.hex(status.validator_key->address());
    } else {
        out.string("");
    }
    out.key("pub_key");
    if (status.validator_key) {
        write_public_key(out, *status.validator_key);
    } else {
        out.null();
    }
    out.key("voting_power").quoted(status.voting_power);
    out.end_object();
    out.end_object();
}

}  // namespace steelyard::rpc
