#include "node/rpc_views.h"

namespace steelyard::node {
namespace {

rpc::RoundStep step_of(const consensus::RoundState& machine) {
    switch (machine.step) {
        case consensus::Step::waiting:
            return rpc::RoundStep::new_height;
        case consensus::Step::propose:
            return rpc::RoundStep::propose;
        case consensus::Step::prevote:
            return machine.saw_prevotes ? rpc::RoundStep::prevote_wait : rpc::RoundStep::prevote;
        case consensus::Step::precommit:
            return machine.saw_precommits ? rpc::RoundStep::precommit_wait
                                          : rpc::RoundStep::precommit;
        case consensus::Step::decided:
            return rpc::RoundStep::commit;
    }
    CHECK(false);
}

std::vector<std::optional<chain::Vote>> votes_of(const consensus::VoteSet* set, std::size_t size) {
    std::vector<std::optional<chain::Vote>> votes(size);
    for (std::size_t index = 0; set && index < size; ++index) {
        if (const auto* vote = set->vote(static_cast<chain::ValidatorIndex>(index))) {
            votes[index] = *vote;
        }
    }
    return votes;
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
        view.proposal_block = current.proposal->block_id;
    }
    if (machine.locked) {
        view.locked_round = machine.locked->round;
        view.locked_block = machine.locked->block_id;
    }
    if (machine.valid) {
        view.valid_round = machine.valid->round;
        view.valid_block = machine.valid->block_id;
    }
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
    }
    return view;
}

std::string host_of(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    return address.substr(0, colon);
}

rpc::PeerView view_of(const p2p::PeerStatus& peer) {
    rpc::PeerView view{
        .node = describe(peer.info.node),
        .is_outbound = peer.info.outbound,
        .remote_ip = host_of(peer.info.remote_address),
        .duration = peer.age,
    };
    view.sent = {
        .duration = peer.age,
        .idle = peer.idle,
        .bytes = static_cast<std::int64_t>(peer.bytes_sent),
    };
    view.received = {
        .duration = peer.age,
        .idle = peer.idle,
        .bytes = static_cast<std::int64_t>(peer.bytes_received),
    };
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
    host_.look([view](const consensus::State* state, const consensus::ChainState& chain) {
        if (state && state->current) {
            *view = view_of(*state->current, chain.last_block_time);
        }
    });
    return *view;
}

std::vector<rpc::PeerRoundView> LiveConsensus::peers() const {
    std::vector<rpc::PeerRoundView> views;
    for (const p2p::PeerStatus& peer : peers_.net_info().peers) {
        views.push_back({.address = peer.info.node.id.text() + "@" + peer.info.remote_address});
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
