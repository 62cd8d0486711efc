#include "blob/exchange.h"

#include "blob/exchange_serving.h"

namespace steelyard::blob {

class Exchange::Impl final : Fetches::Owner {
public:
    Impl(const ExchangeConfig& config, PeerLink& link, ExchangeFiles& files, Sink& sink)
        : link_(link),
          sink_(sink),
          sender_(link),
          fetches_(config, sender_, files, *this),
          serving_(sender_, files, fetches_) {}

    void add_peer(PeerId id, Time now) {
        serving_.add_peer(id);
        peers_.insert(id);
        fetches_.add_peer(id, now);
    }

    void remove_peer(PeerId id, Time now) {
        peers_.erase(id);
        sender_.remove_peer(id);
        serving_.remove_peer(id, now);
        fetches_.remove_peer(id, now);
        tell_whole();
    }

    void receive(PeerId from, ByteView bytes, Time now) {
        if (peers_.contains(from)) {
            judge(from, handle(from, bytes, now), now);
        }
    }

    /// Small words of ours go first: they make others send.
    void drained(PeerId id, Time now) {
        sender_.drained(id);
        fetches_.drained(id, now);
        serving_.drained(id);
    }

    /// Drops the peer if it broke a rule.
    void judge(PeerId peer, const Result<void>& result, Time now) {
        tell_whole();
        if (!result && peers_.contains(peer)) {
            ++bad_peers_;
            remove_peer(peer, now);
            link_.drop(peer, result.error());
        } else if (!result) {
            fetches_.remove_peer(peer, now);  // what it gave is asked of others
        }
    }

    void ended(const Hash256& id, bool is_own, const Result<void>& result) override {
        if (result) {
            whole_.push_back(id);
        }
        if (is_own) {
            sink_.fetched(id, result);
        }
    }

    /// Peers hear of what became whole when the fetches are done with it.
    void tell_whole() {
        for (const Hash256& id : std::exchange(whole_, {})) {
            serving_.became_whole(id);
        }
    }

    void cancel(const Hash256& id, Time now) {
        fetches_.cancel(id, now);
        serving_.review_relay(id, now);
    }

    Fetches& fetches() { return fetches_; }
    Serving& serving() { return serving_; }

    ExchangeStats stats() const {
        ExchangeStats stats{.bad_peers = bad_peers_};
        fetches_.add_to(stats);
        serving_.add_to(stats);
        return stats;
    }

private:
    Result<void> handle(PeerId from, ByteView bytes, Time now);

    PeerLink& link_;
    Sink& sink_;
    ExchangeSender sender_;
    Fetches fetches_;
    Serving serving_;
    std::set<PeerId> peers_;
    std::vector<Hash256> whole_;  ///< since peers were told last
    std::uint64_t bad_peers_ = 0;
};

namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

}  // namespace

Result<void> Exchange::Impl::handle(PeerId from, ByteView bytes, Time now) {
    TRY_ASSIGN(ExchangeMessage message, decode_exchange_message(bytes));
    return std::visit(
        Overloaded{
            [&](const Want& want) -> Result<void> {
                serving_.receive(from, want, now);
                return {};
            },
            [&](const Cancel& cancel) -> Result<void> {
                serving_.receive(from, cancel, now);
                return {};
            },
            [&](const GetTree& get) { return serving_.receive(from, get); },
            [&](const GetGroup& get) { return serving_.receive(from, get); },
            [&](const Have& have) { return fetches_.receive(from, have, now); },
            [&](const Gone& gone) { return fetches_.receive(from, gone, now); },
            [&](TreeMessage& tree) { return fetches_.receive(from, std::move(tree), now); },
            [&](GroupMessage& group) { return fetches_.receive(from, std::move(group), now); },
        },
        message
    );
}

Exchange::Exchange(const ExchangeConfig& config, PeerLink& link, ExchangeFiles& files, Sink& sink)
    : impl_(std::make_unique<Impl>(config, link, files, sink)) {
}

Exchange::~Exchange() = default;

void Exchange::add_peer(PeerId peer, Time now) {
    impl_->add_peer(peer, now);
}

void Exchange::remove_peer(PeerId peer, Time now) {
    impl_->remove_peer(peer, now);
}

void Exchange::receive(PeerId from, ByteView message, Time now) {
    impl_->receive(from, message, now);
}

void Exchange::drained(PeerId peer, Time now) {
    impl_->drained(peer, now);
}

Result<void> Exchange::fetch(const Hash256& id, Time now) {
    return impl_->fetches().fetch(id, now);
}

void Exchange::cancel(const Hash256& id, Time now) {
    impl_->cancel(id, now);
}

std::optional<BlobProgress> Exchange::progress(const Hash256& id) const {
    return impl_->fetches().progress(id);
}

void Exchange::added(const Hash256& id, Time now) {
    impl_->fetches().added(id, now);
    impl_->tell_whole();
    impl_->serving().became_whole(id);
}

void Exchange::tick(Time now) {
    impl_->fetches().tick(now);
}

std::optional<Exchange::Time> Exchange::deadline() const {
    return impl_->fetches().deadline();
}

ExchangeStats Exchange::stats() const {
    return impl_->stats();
}

void Exchange::found(PeerId asker, std::span<const Hash256> whole, Time now) {
    impl_->serving().found(asker, whole, now);
}

void Exchange::tree_loaded(PeerId asker, const Hash256& id, Result<TreeMessage> tree) {
    impl_->serving().tree_loaded(asker, id, std::move(tree));
}

void Exchange::group_loaded(PeerId asker, const GetGroup& asked, Result<GroupMessage> group) {
    impl_->serving().group_loaded(asker, asked, std::move(group));
}

void Exchange::part_opened(FetchTicket ticket, Result<PartState> part, Time now) {
    impl_->fetches().part_opened(ticket, std::move(part), now);
    impl_->tell_whole();
}

void Exchange::part_begun(FetchTicket ticket, PeerId from, Result<PartState> part, Time now) {
    impl_->judge(from, impl_->fetches().part_begun(ticket, std::move(part), now), now);
}

void Exchange::group_added(
    FetchTicket ticket, PeerId from, std::uint32_t index, Result<bool> added, Time now
) {
    impl_->judge(from, impl_->fetches().group_added(ticket, index, std::move(added), now), now);
}

}  // namespace steelyard::blob
