#include "p2p/switch.h"

#include "base/check.h"
#include "p2p/address_book_file.h"
#include "p2p/switch_impl.h"

#include <future>

namespace steelyard::p2p {

namespace {

constexpr auto save_interval = std::chrono::minutes(2);

/// What a channel of peer exchange needs (CometBFT's figures).
constexpr ChannelDescriptor pex_channel{
    .id = channel::pex,
    .priority = 1,
    .send_queue_capacity = 10,
    .receive_size_max = pex_message_size_max
};

}  // namespace

Result<std::unique_ptr<Switch>> Switch::create(
    SwitchConfig config, NodeKey key, NodeInfo node, RandomSource& random
) {
    TRY_ASSIGN(SwitchOptions options, read_options(config, key.id()));
    std::unique_ptr<Switch> out(new Switch);
    out->impl_ = std::make_unique<Impl>(
        *out, std::move(config), std::move(options), std::move(key), std::move(node), random
    );
    return out;
}

Switch::Switch() = default;

Switch::~Switch() {
    impl_->stop();
}

void Switch::add_reactor(Reactor& reactor) {
    CHECK(!impl_->is_open());
    impl_->reactors.push_back(&reactor);
}

Result<void> Switch::open() {
    return impl_->open();
}

Result<void> Switch::start() {
    return impl_->start();
}

void Switch::stop() {
    impl_->stop();
}

bool Switch::send(PeerId to, ChannelId channel, Bytes message) {
    return impl_->send(to, channel, std::move(message));
}

void Switch::discard(PeerId to, ChannelId channel) {
    impl_->discard(to, channel);
}

void Switch::drop(PeerId peer, const Error& error) {
    impl_->drop(peer, error);
}

Result<void> Switch::dial(std::string_view address, bool persistent) {
    TRY_ASSIGN(const NetAddress parsed, parse_net_address(address));
    impl_->request_dial(parsed, persistent);
    return {};
}

const NodeInfo& Switch::node_info() const {
    return impl_->node;
}

std::uint16_t Switch::listen_port() const {
    return impl_->listen_port;
}

bool Switch::answers(std::chrono::milliseconds within) {
    return impl_->answers(within);
}

NetInfo Switch::net_info() const {
    return impl_->net_info();
}

SwitchStats Switch::stats() const {
    return impl_->stats();
}

Switch::Impl::Impl(
    Switch& link,
    SwitchConfig config,
    SwitchOptions options,
    NodeKey key,
    NodeInfo info,
    RandomSource& random
)
    : node(std::move(info)),
      link_(link),
      config_(std::move(config)),
      options_(std::move(options)),
      key_(std::move(key)),
      random_(random),
      plan_timer_(thread_),
      save_timer_(thread_) {
    node.id = key_.id();
}

std::vector<ChannelDescriptor> Switch::Impl::collect_channels() {
    std::vector<ChannelDescriptor> channels;
    if (config_.pex) {
        channels.push_back(pex_channel);
    }
    for (Reactor* const reactor : reactors) {
        for (const ChannelDescriptor& descriptor : reactor->channels()) {
            CHECK(by_channel_[descriptor.id] == nullptr);
            CHECK(!config_.pex || descriptor.id != channel::pex);
            by_channel_[descriptor.id] = reactor;
            channels.push_back(descriptor);
        }
    }
    node.channels.clear();
    for (const ChannelDescriptor& descriptor : channels) {
        node.channels.push_back(descriptor.id);
        stats_.channels[descriptor.id];
    }
    return channels;
}

Result<void> Switch::Impl::open() {
    CHECK(!is_open());
    transport_ = std::make_unique<Transport>(
        thread_, options_.transport, key_.clone(), collect_channels(), random_
    );
    Endpoint at{.host = "0.0.0.0", .port = 0};
    if (options_.listen) {
        TRY_ASSIGN(at, transport_->listen(*options_.listen));
        listen_port = at.port;
        log_.info("listening for peers", {{"address", to_string(at)}, {"node", key_.id().text()}});
    }
    node.listen_addr = "tcp://" + to_string(options_.external.value_or(at));
    transport_->set_node_info(node);
    load_address_book();
    for (const NodeId& id : options_.private_ids) {
        book_->exclude(id, AddOutcome::hidden);
    }
    manager_ = std::make_unique<PeerManager>(options_.manager, *book_, random_);
    if (config_.pex) {
        pex_ = std::make_unique<Pex>(config_.seed_mode, *book_, link_, random_);
    }
    return {};
}

Result<void> Switch::Impl::start() {
    CHECK(!started_);
    if (!is_open()) {
        TRY(open());
    }
    started_ = true;
    if (options_.listen) {
        transport_->accept(*this);
    }
    thread_.start();
    thread_.post([this] {
        plan_now();
        if (!config_.addr_book_file.empty()) {
            save_timer_.start(save_interval, [this] { save_address_book(); });
        }
    });
    return {};
}

/// A thread that does not run yet, or not any more, is not stuck.
bool Switch::Impl::answers(std::chrono::milliseconds within) {
    const auto answered = std::make_shared<std::promise<void>>();
    auto answer = answered->get_future();
    if (!started_ || stopped_) {
        return true;
    }
    thread_.post([answered] { answered->set_value(); });
    return answer.wait_for(within) == std::future_status::ready || stopped_;
}

void Switch::Impl::stop() {
    if (!started_ || stopped_) {
        return;
    }
    stopped_ = true;
    CHECK(!thread_.is_safe_here());
    std::promise<void> done;
    thread_.post([&] {
        shut_down();
        // What was closed closes in tasks of its own, which wait before this one.
        thread_.post([&] { done.set_value(); });
    });
    done.get_future().wait();
    thread_.stop();
    transport_.reset();
    if (saver_.joinable()) {
        saver_.join();
    }
}

void Switch::Impl::shut_down() {
    stopping_ = true;
    plan_timer_.cancel();
    save_timer_.cancel();
    transport_->close();
    const Error error(ErrorCode::io, "this node stops");
    while (!peers_.empty()) {
        take_down(peers_.begin()->first, "stopping", error);
    }
    if (!config_.addr_book_file.empty()) {
        if (saver_.joinable()) {
            saver_.join();
        }
        save_address_book();
    }
}

void Switch::Impl::load_address_book() {
    StoredAddresses stored;
    if (!config_.addr_book_file.empty()) {
        auto loaded = read_address_book(config_.addr_book_file);
        if (loaded) {
            stored = *std::move(loaded);
        } else if (loaded.error().code() != ErrorCode::not_found) {
            // Addresses can be had again: better to go on without them than not to start.
            const auto aside = move_aside(config_.addr_book_file);
            log_.warn(
                "the address book is damaged; a new one is begun",
                {{"error", loaded.error()},
                 {"kept_as", aside ? aside->string() : aside.error().message()}}
            );
        }
    }
    const BookKey key = stored.key ? *stored.key : AddressBook::new_key(random_);
    book_ = std::make_unique<AddressBook>(config_.addr_book_strict, key, random_);
    for (const KnownAddress& known : stored.addresses) {
        book_->restore(known);
    }
}

void Switch::Impl::save_address_book() {
    if (!stopping_) {
        save_timer_.start(save_interval, [this] { save_address_book(); });
    }
    if (saving_) {
        return;
    }
    if (saver_.joinable()) {
        saver_.join();  // it has ended, or is about to
    }
    std::string text = print_address_book(*book_);
    if (text == saved_book_) {
        return;
    }
    saved_book_ = text;
    // The disk may be slow, and this thread serves every peer.
    saving_ = true;
    saver_ = std::thread([this, text = std::move(text)] {
        if (const auto written = write_text_atomically(config_.addr_book_file, text); !written) {
            log_.warn("the address book cannot be saved", {{"error", written.error()}});
        }
        saving_ = false;
    });
}

void Switch::Impl::request_dial(const NetAddress& address, bool persistent) {
    thread_.post([this, address, persistent] {
        if (!stopping_ && !manager_->request_dial(address, persistent)) {
            log_.warn("a dial was not taken on", {{"address", to_string(address)}});
        }
        plan_soon();
    });
}

NetInfo Switch::Impl::net_info() const {
    NetInfo out;
    out.listening = listen_port != 0 && started_ && !stopped_;
    if (out.listening) {
        out.listeners.push_back(fmt::format("Listener(@{})", config_.external_address));
    }
    std::vector<std::shared_ptr<Peer>> peers;
    {
        const std::shared_lock lock(peers_mutex_);
        for (const auto& [id, peer] : peers_) {
            peers.push_back(peer);
        }
    }
    std::ranges::sort(peers, {}, [](const auto& peer) { return peer->info.id; });
    for (const auto& peer : peers) {
        const ConnectionStats stats = peer->connection->stats();
        PeerStatus status{.info = peer->info, .age = stats.age, .idle = stats.idle};
        for (const ChannelStats& channel : stats.channels) {
            status.bytes_sent += channel.bytes_sent;
            status.bytes_received += channel.bytes_received;
            status.channels.push_back(
                {.id = channel.id,
                 .priority = channel.priority,
                 .send_queue_capacity = channel.send_queue_capacity,
                 .send_queue_size = channel.send_queue_size,
                 .send_queue_bytes = channel.send_queue_bytes,
                 .recently_sent = channel.recently_sent,
                 .bytes_sent = channel.bytes_sent,
                 .bytes_received = channel.bytes_received}
            );
        }
        out.peers.push_back(std::move(status));
    }
    return out;
}

}  // namespace steelyard::p2p
