#include "node/rpc_views.h"

#include "node/round_watch.h"

namespace steelyard::node {
namespace {

std::vector<std::optional<chain::Vote>> votes_of(const consensus::VoteSet* set, std::size_t size) {
    std::vector<std::optional<chain::Vote>> votes(size);
    for (std::size_t index = 0; set && index < size; ++index) {
        if (const auto* vote = set->vote(static_cast<chain::ValidatorIndex>(index))) {
            votes[index] = *vote;
        }
    }
    return votes;
}

rpc::CandidateView candidate_of(const consensus::HeightState& current, const chain::BlockId& id) {
    rpc::CandidateView view{.id = id};
    if (const auto* candidate = current.candidates.find(id)) {
        view.block = candidate->block;
        view.parts = candidate->parts.present();
    }
    return view;
}

/// Where the peer is, as far as gossip knows.
rpc::PeerRoundView view_of(const gossip::PeerState& peer) {
    return {
        .height = peer.height(),
        .round = peer.round(),
        .step = peer.step(),
        .has_proposal = peer.has_proposal(),
        .proposal_parts_header = peer.parts_header(),
        .proposal_parts = peer.parts(),
        .pol_round = peer.pol_round(),
        .pol = peer.pol(),
        .prevotes = peer.prevotes(),
        .precommits = peer.precommits(),
        .last_commit_round = peer.last_commit_round(),
        .last_commit = peer.last_commit(),
        .commit_round = peer.commit_round(),
        .commit = peer.commit(),
    };
}

rpc::RoundView view_of(const consensus::HeightState& current, chain::Timestamp last_block_time) {
    const consensus::RoundState& machine = current.machine;
    rpc::RoundView view{
        .height = current.height,
        .round = machine.round,
        .step = step_of(machine),
        .start_time = last_block_time,
        .commit_time = last_block_time,
        .validators = current.validators(),
        .proposal = current.proposal,
    };
    if (current.proposal) {
        view.proposal_block = candidate_of(current, current.proposal->block_id);
    }
    if (machine.locked) {
        view.locked_round = machine.locked->round;
        view.locked_block = candidate_of(current, machine.locked->block_id);
    }
    if (machine.valid) {
        view.valid_round = machine.valid->round;
        view.valid_block = candidate_of(current, machine.valid->block_id);
    }
    if (const auto decided = current.decided()) {
        view.commit_round = decided->round;
    }
    view.triggered_timeout_precommit = machine.saw_precommits;
    const std::size_t size = current.validators().size();
    for (chain::Round round; round <= machine.round; round = round.next()) {
        const auto* prevotes = current.votes.prevotes(round);
        const auto* precommits = current.votes.precommits(round);
        if (prevotes || precommits || round == machine.round) {
            view.rounds.push_back({round, votes_of(prevotes, size), votes_of(precommits, size)});
        }
    }
    if (current.last_commit) {
        const auto& last = *current.last_commit;
        view.last_commit = votes_of(&last.precommits, last.validators.size());
        view.last_validators = last.validators;
    }
    return view;
}

std::string host_of(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    return address.substr(0, colon);
}

/// Averages over the whole connection; nothing is known of shorter times.
rpc::FlowView flow_of(const p2p::PeerStatus& peer, std::uint64_t bytes) {
    const double seconds = std::chrono::duration<double>(peer.age).count();
    const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
    return {
        .start = chain::Timestamp::from_wall(SystemClock().wall_now() - peer.age),
        .duration = peer.age,
        .idle = peer.idle,
        .bytes = static_cast<std::int64_t>(bytes),
        .rate_average = static_cast<std::int64_t>(rate),
    };
}

rpc::PeerView view_of(const p2p::PeerStatus& peer) {
    rpc::PeerView view{
        .node = describe(peer.info.node),
        .is_outbound = peer.info.outbound,
        .remote_ip = host_of(peer.info.remote_address),
        .duration = peer.age,
    };
    view.sent = flow_of(peer, peer.bytes_sent);
    view.received = flow_of(peer, peer.bytes_received);
    for (const p2p::ChannelStatus& status : peer.channels) {
        view.channels.push_back(
            {.id = status.id,
             .queue_capacity = static_cast<std::int64_t>(status.send_queue_capacity),
             .queue_size = static_cast<std::int64_t>(status.send_queue_size),
             .priority = status.priority,
             .recently_sent = static_cast<std::int64_t>(status.recently_sent)}
        );
    }
    return view;
}

}  // namespace

std::optional<rpc::RoundView> LiveConsensus::round() const {
    auto view = std::make_shared<std::optional<rpc::RoundView>>();
    const auto look = [view](const consensus::State* state, const consensus::ChainState& chain) {
        if (state && state->current) {
            *view = view_of(*state->current, chain.last_block_time);
        }
    };
    // Without an answer in time the thread may be writing just now.
    return host_.look(look) ? *view : std::nullopt;
}

std::vector<rpc::PeerRoundView> LiveConsensus::peers() const {
    std::vector<rpc::PeerRoundView> views;
    const auto states = host_.peer_states();
    for (const p2p::PeerStatus& peer : peers_.net_info().peers) {
        const auto state = states.find(peer.info.id);
        views.push_back(state == states.end() ? rpc::PeerRoundView() : view_of(state->second));
        views.back().address = peer.info.node.id.text() + "@" + peer.info.remote_address;
    }
    return views;
}

Result<void> LiveConsensus::submit(const chain::Evidence& evidence) {
    TRY(host_.add_evidence(evidence));
    return {};
}

rpc::NetInfo LivePeers::info() const {
    const p2p::NetInfo info = switch_.net_info();
    rpc::NetInfo view{.listening = info.listening, .listeners = info.listeners};
    for (const p2p::PeerStatus& peer : info.peers) {
        view.peers.push_back(view_of(peer));
    }
    return view;
}

Result<void> LivePeers::dial_seeds(const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) {
        TRY(switch_.dial(address, false));
    }
    return {};
}

Result<void> LivePeers::dial_peers(
    const std::vector<std::string>& addresses, const rpc::DialOptions& options
) {
    for (const std::string& address : addresses) {
        TRY(switch_.dial(address, options.persistent));
    }
    return {};
}

rpc::NodeDescription describe(const p2p::NodeInfo& info) {
    return {
        .p2p_version = info.protocol_version.p2p,
        .block_version = info.protocol_version.block,
        .app_version = info.protocol_version.app,
        .id = info.id.text(),
        .listen_addr = info.listen_addr,
        .network = info.network,
        .version = info.version,
        .channels = info.channels,
        .moniker = info.moniker,
        .tx_index = info.tx_index,
        .rpc_address = info.rpc_address,
    };
}

}  // namespace steelyard::node
