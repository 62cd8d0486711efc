// Switch's thread: connections that come and go, their messages, and whom to dial next.

#include "base/check.h"
#include "p2p/switch_impl.h"

namespace steelyard::p2p {

namespace {

Clock::Wall wall_now() {
    return SystemClock().wall_now();
}

void add_traffic(std::map<ChannelId, ChannelTraffic>& totals, const ConnectionStats& stats) {
    for (const ChannelStats& channel : stats.channels) {
        ChannelTraffic& total = totals[channel.id];
        total.messages_sent += channel.messages_sent;
        total.messages_received += channel.messages_received;
        total.bytes_sent += channel.bytes_sent;
        total.bytes_received += channel.bytes_received;
        total.sends_refused += channel.sends_refused;
    }
}

}  // namespace

std::shared_ptr<Switch::Impl::Peer> Switch::Impl::find(PeerId id) const {
    const std::shared_lock lock(peers_mutex_);
    const auto peer = peers_.find(id);
    return peer == peers_.end() ? nullptr : peer->second;
}

bool Switch::Impl::send(PeerId to, ChannelId channel, Bytes message) {
    const std::shared_ptr<Peer> peer = find(to);
    return peer != nullptr && peer->connection->send(channel, std::move(message));
}

void Switch::Impl::discard(PeerId to, ChannelId channel) {
    if (const std::shared_ptr<Peer> peer = find(to)) {
        peer->connection->discard(channel);
    }
}

void Switch::Impl::drop(PeerId id, const Error& error) {
    thread_.post([this, id, error] {
        const bool is_proved = error.code() != ErrorCode::insufficient;
        end_for_mistake(id, std::string(steelyard::to_string(error.code())), error, is_proved);
    });
}

void Switch::Impl::plan_soon() {
    if (!plan_posted_ && !stopping_) {
        plan_posted_ = true;
        thread_.post([this] { plan_now(); });
    }
}

void Switch::Impl::plan_now() {
    plan_posted_ = false;
    if (stopping_) {
        return;
    }
    const Moment now = IoThread::now();
    DialPlan plan = manager_->plan(wall_now(), now);
    for (const NetAddress& address : plan.dials) {
        dial(address);
    }
    for (const PeerId id : plan.hang_up) {
        if (const auto peer = find(id); peer != nullptr && !peer->finishing) {
            peer->finishing = true;
            peer->connection->finish(Error(ErrorCode::io, "a seed lets nobody stay"));
        }
    }
    if (pex_ != nullptr) {
        if (const auto ask_at = pex_->tick(now)) {
            plan.wake_at = std::min(plan.wake_at.value_or(*ask_at), *ask_at);
        }
    }
    if (plan.wake_at) {
        plan_timer_.start(
            std::max(*plan.wake_at - now, Moment(std::chrono::milliseconds(1))),
            [this] { plan_now(); }
        );
    } else {
        plan_timer_.cancel();
    }
    update_gauges();
}

void Switch::Impl::dial(const NetAddress& address) {
    {
        const std::lock_guard lock(stats_mutex_);
        ++stats_.dials;
    }
    log_.debug("dialling a peer", {{"address", to_string(address)}});
    transport_->dial(address.at, address.id, [this, address](Transport::Dialled dialled) {
        if (dialled) {
            on_connected(*dialled);
        } else {
            on_dial_failed(address, dialled.error());
        }
    });
}

void Switch::Impl::on_dial_failed(const NetAddress& address, const HandshakeFailure& failure) {
    {
        const std::lock_guard lock(stats_mutex_);
        ++stats_.dials_failed;
    }
    count_refused(to_string(failure.step));
    const bool somebody_else =
        failure.step == HandshakeStep::wrong_id || failure.step == HandshakeStep::ourselves;
    manager_->dial_failed(address.id, somebody_else, IoThread::now());
    if (manager_->is_persistent(address.id)) {
        if (const auto skipped = dial_log_.pass()) {
            log_.info(
                "a persistent peer cannot be reached",
                {{"address", to_string(address)}, {"error", failure.error}, {"skipped", *skipped}}
            );
        }
    } else {
        log_.debug("a dial failed", {{"address", to_string(address)}, {"error", failure.error}});
    }
    plan_soon();
}

bool Switch::Impl::admit(const Endpoint& from) {
    const auto ip = ip_of(from);
    const bool admitted = !stopping_ && (!ip || manager_->admits_socket(*ip, IoThread::now()));
    {
        const std::lock_guard lock(stats_mutex_);
        ++stats_.accepted;
    }
    if (!admitted) {
        count_refused("not_admitted");
    }
    return admitted;
}

void Switch::Impl::on_inbound(std::shared_ptr<Connection> connection) {
    on_connected(connection);
}

void Switch::Impl::on_inbound_failed(const Endpoint& from, const HandshakeFailure& failure) {
    count_refused(to_string(failure.step));
    if (const auto skipped = refused_log_.pass()) {
        log_.debug(
            "a handshake failed",
            {{"address", to_string(from)},
             {"step", to_string(failure.step)},
             {"error", failure.error},
             {"skipped", *skipped}}
        );
    }
}

void Switch::Impl::on_connected(const std::shared_ptr<Connection>& connection) {
    if (stopping_) {
        return;
    }
    const Moment now = IoThread::now();
    Candidate candidate{
        .id = connection->node_info().id,
        .ip = ip_of(connection->remote()),
        .outbound = connection->outbound()
    };
    if (const auto rival = manager_->connected(candidate.id)) {
        if (const auto peer = find(*rival)) {
            candidate.rival_idle = peer->connection->stats().idle;
        }
    }
    const PeerId id = ++last_id_;
    const Admission admission = manager_->admit(id, candidate, wall_now(), now);
    if (admission.refused) {
        const std::string_view reason = to_string(*admission.refused);
        count_refused(reason);
        log_.debug("a peer was refused", {{"node", candidate.id.text()}, {"reason", reason}});
        if (admission.refused == Refusal::duplicate_ip) {
            tell_of_shared_ip(*connection);
        }
        connection->close(Error(ErrorCode::denied, fmt::format("refused: {}", reason)));
    } else {
        if (admission.replaces) {
            take_down(
                *admission.replaces,
                "replaced",
                Error(ErrorCode::io, "another connection with the peer took its place")
            );
        }
        bring_up(id, connection, admission.persistent);
    }
    plan_soon();
}

/// Several nodes behind one address are no mistake of theirs: their operator has to allow it.
void Switch::Impl::tell_of_shared_ip(const Connection& connection) {
    const NodeId& id = connection.node_info().id;
    if (told_of_shared_ip_.contains(id)) {
        return;
    }
    const auto skipped = shared_ip_log_.pass();
    if (!skipped) {
        return;
    }
    if (told_of_shared_ip_.size() >= told_max) {
        told_of_shared_ip_.clear();
    }
    told_of_shared_ip_.insert(id);
    log_.info(
        "a peer was refused, since another one has its IP address",
        {{"node", id.text()},
         {"address", to_string(connection.remote())},
         {"allowed_by", "p2p.allow_duplicate_ip"},
         {"skipped", *skipped}}
    );
}

void Switch::Impl::bring_up(
    PeerId id, const std::shared_ptr<Connection>& connection, bool persistent
) {
    const auto peer = std::make_shared<Peer>(
        *this,
        PeerInfo{
            .id = id,
            .node = connection->node_info(),
            .outbound = connection->outbound(),
            .persistent = persistent,
            .remote_address = to_string(connection->remote())
        },
        connection
    );
    {
        const std::lock_guard lock(peers_mutex_);
        peers_.emplace(id, peer);
    }
    log_.info(
        "peer is up",
        {{"peer", id},
         {"node", peer->info.node.id.text()},
         {"address", peer->info.remote_address},
         {"outbound", peer->info.outbound}}
    );
    for (Reactor* const reactor : reactors) {
        reactor->on_peer_up(peer->info);
    }
    if (pex_ != nullptr && peer->info.node.has_channel(channel::pex)) {
        pex_->add_peer(
            id, dial_address(*connection), connection->outbound(), wall_now(), IoThread::now()
        );
    }
    connection->start(peer);
}

/// Where others can dial a peer: what it says, but for a host that is none or any.
std::optional<NetAddress> Switch::Impl::dial_address(const Connection& connection) const {
    const NodeInfo& info = connection.node_info();
    auto listens = parse_endpoint(info.listen_addr);
    if (!listens || listens->port == 0) {
        return std::nullopt;
    }
    const auto ip = ip_of(*listens);
    if (!ip || ip->is_unspecified()) {
        listens->host = connection.remote().host;
    }
    return NetAddress{info.id, *listens};
}

void Switch::Impl::take_down(PeerId id, const std::string& reason, const Error& error) {
    const std::shared_ptr<Peer> peer = find(id);
    if (peer == nullptr) {
        return;
    }
    peer->ended = true;
    peer->connection->close(error);
    {
        // Both at once, so that no reader of stats() misses the connection or counts it twice.
        const std::lock_guard peers_lock(peers_mutex_);
        const std::lock_guard stats_lock(stats_mutex_);
        peers_.erase(id);
        add_traffic(stats_.channels, peer->connection->stats());
        ++stats_.dropped[reason];
    }
    manager_->closed(id, IoThread::now());
    if (pex_ != nullptr) {
        pex_->remove_peer(id);
    }
    log_.info(
        "peer is down",
        {{"peer", id}, {"node", peer->info.node.id.text()}, {"reason", reason}, {"error", error}}
    );
    for (Reactor* const reactor : reactors) {
        reactor->on_peer_down(id);
    }
    plan_soon();
}

void Switch::Impl::end_for_mistake(
    PeerId id, const std::string& reason, const Error& error, bool proved
) {
    if (const auto until = manager_->misbehaved(id, proved, IoThread::now())) {
        log_.warn(
            "peer is banned", {{"peer", id}, {"error", error}, {"time", *until - IoThread::now()}}
        );
    }
    take_down(id, reason, error);
}

void Switch::Impl::on_message(PeerId id, ChannelId channel, Bytes message, ReceiveCredit credit) {
    if (Reactor* const reactor = by_channel_[channel]) {
        reactor->on_message({id, channel, std::move(message), std::move(credit)});
    } else if (channel == channel::pex && pex_ != nullptr) {
        on_pex_message(id, message);
    }
}

void Switch::Impl::on_pex_message(PeerId id, ByteView message) {
    const auto outcome = pex_->receive(id, message, wall_now(), IoThread::now());
    if (!outcome) {
        end_for_mistake(id, "pex", outcome.error(), true);
    } else if (*outcome == Pex::Outcome::hang_up) {
        const std::shared_ptr<Peer> peer = find(id);
        peer->finishing = true;
        peer->connection->finish(Error(ErrorCode::io, "addresses were exchanged"));
    } else if (*outcome == Pex::Outcome::learned) {
        plan_soon();
    }
}

void Switch::Impl::on_drained(PeerId id, ChannelId channel) {
    if (Reactor* const reactor = by_channel_[channel]) {
        reactor->on_drained(id, channel);
    }
}

void Switch::Impl::on_closed(PeerId id, CloseReason reason, const Error& error) {
    const auto peer = find(id);
    const bool hung_up = peer != nullptr && peer->finishing && reason == CloseReason::ours;
    const std::string label(hung_up ? "hung_up" : to_string(reason));
    if (reason == CloseReason::protocol) {
        end_for_mistake(id, label, error, false);
    } else {
        take_down(id, label, error);
    }
}

void Switch::Impl::count_refused(std::string_view reason) {
    const std::lock_guard lock(stats_mutex_);
    ++stats_.refused[std::string(reason)];
}

void Switch::Impl::update_gauges() {
    const TransportStats transport = transport_->stats();
    const std::lock_guard lock(stats_mutex_);
    stats_.peers_inbound = manager_->inbound();
    stats_.peers_outbound = manager_->outbound();
    stats_.handshakes = transport.half_open + transport.dialling;
    stats_.known_addresses = book_->size();
    stats_.banned = manager_->banned(IoThread::now());
}

SwitchStats Switch::Impl::stats() const {
    SwitchStats out;
    const std::shared_lock peers(peers_mutex_);
    {
        const std::lock_guard lock(stats_mutex_);
        out = stats_;
    }
    for (const auto& [id, peer] : peers_) {
        add_traffic(out.channels, peer->connection->stats());
    }
    return out;
}

}  // namespace steelyard::p2p
