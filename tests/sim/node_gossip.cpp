// How a node speaks where nodes gossip: its connections, and the production gossip upon them.
#include "consensus/engine/message_codec.h"
#include "consensus/gossip/reactor_message.h"
#include "tests/sim/node_running.h"

namespace steelyard::sim {

using chain::Height;

void Node::connect(NodeIndex peer) {
    take_up([this, peer] {
        const std::set<NodeIndex>& strangers = setup_.options.gossip->strangers;
        const bool speaks_ours = !strangers.contains(index()) && !strangers.contains(peer);
        gossip()->add_peer(peer_id(peer), speaks_ours, clock_.now());
        running_->evidence_gossip->add_peer(peer_id(peer));
        if (sync()) {
            sync()->add_peer(peer_id(peer), clock_.now(), speaks_ours);
        }
    });
}

void Node::disconnect(NodeIndex peer) {
    take_up([this, peer] {
        gossip()->remove_peer(peer_id(peer));
        running_->evidence_gossip->remove_peer(peer_id(peer));
        if (sync()) {
            sync()->remove_peer(peer_id(peer), clock_.now());
        }
        if (engine()) {
            running_->engine->disconnected(peer_id(peer));
        }
    });
}

void Node::drain(NodeIndex peer, ChannelId channel) {
    take_up([this, peer, channel] {
        if (channel == channel::evidence) {
            running_->evidence_gossip->drained(peer_id(peer));
        } else if (channel == channel::block_sync) {
            sync()->drained(peer_id(peer));
        } else {
            gossip()->drained(peer_id(peer), channel, clock_.now());
        }
    });
}

Result<void> Node::hear_gossip(const Letter& letter) {
    const ByteView framed = *letter.payload;
    const PeerId peer = peer_id(letter.from);
    if (framed[0] == channel::evidence) {
        return hear_evidence(peer, framed.subspan(1));
    }
    heard_ = {};
    if (framed[0] == channel::block_sync) {
        sync()->receive(peer, framed.subspan(1), clock_.now());
        return {};
    }
    gossip()->receive(peer, framed[0], framed.subspan(1), clock_.now());
    return std::exchange(heard_, {});
}

Result<void> Node::hear_evidence(PeerId from, ByteView bytes) {
    const evidence::Pool& pool = evidence();
    const std::size_t before = pool.pending_count();
    TRY(running_->evidence_gossip->receive(from, bytes, clock_.now()));
    if (pool.pending_count() > before && disks_.has_power()) {
        for (const chain::Evidence& pending : pool.waiting(gossip::EvidenceGossip::bytes_max)) {
            host_.on_evidence_heard(index(), pending);
        }
    }
    return {};
}

void Node::on_message(PeerId from, consensus::Message message) {
    const Bytes bytes = engine::encode_message(message);
    heard_ = hear(node_of(from), std::move(message), bytes);
    if (heard_) {
        follow_engine();
    }
}

void Node::on_peer_height(PeerId peer, Height height) {
    running_->evidence_gossip->peer_at(peer, height);
    hear_height(peer, height);
}

/// What is pending now; not while the node recovers, before it speaks to anybody.
void Node::tell_evidence() {
    if (gossip() && running_->engine && disks_.has_power()) {
        running_->evidence_gossip->pool_changed();
    }
}

gossip::Gossip* Node::gossip() {
    return running_ && running_->gossip ? &*running_->gossip : nullptr;
}

void Node::follow_engine() {
    if (gossip() && engine() && disks_.has_power()) {
        gossip()->state_changed(running_->engine->state(), clock_.now());
    }
}

void Node::wake_for_gossip() {
    const auto next = gossip() ? gossip()->next_tick() : std::nullopt;
    if (!next || (gossip_wakes_at_ && *gossip_wakes_at_ <= *next)) {
        return;
    }
    const Time when = std::max(*next, host_.scheduler().now());
    gossip_wakes_at_ = when;
    host_.scheduler().at(when, [this, when, run = run_number_] {
        if (run == run_number_ && gossip_wakes_at_ == when) {
            gossip_wakes_at_.reset();
            take_up([this] { gossip()->tick(clock_.now()); });
        }
    });
}

/// What gossip sends. A Byzantine node's gossip means well, so its strategy changes what it says.
bool Node::send(PeerId to, ChannelId channel, Bytes message) {
    if (channel == channel::block_sync) {
        return send_sync(node_of(to), message);
    }
    const auto read = gossip::decode_reactor_message(channel, message);
    const auto* said = read ? std::get_if<consensus::Message>(&*read) : nullptr;
    if (said && setup_.strategy) {
        setup_.strategy->on_saying(*this, node_of(to), *said);
        return true;
    }
    const bool sent = host_.send_on(index(), node_of(to), channel, message, clock_.now());
    if (said && sent) {
        host_.on_sent({index(), node_of(to), *said}, message);
    }
    return sent;
}

void Node::drop(PeerId peer, const Error& error) {
    host_.on_reported({index(), node_of(peer), error});
    host_.break_up(index(), node_of(peer));
}

}  // namespace steelyard::sim
