#include "node/mempool_host.h"

#include "base/check.h"

namespace steelyard::node {
namespace {

constexpr int mempool_priority = 5;
constexpr std::size_t send_queue_capacity = 100;
constexpr std::chrono::milliseconds patience{1'000};

/// Transactions are checked and told in batches: of one, where few come.
constexpr std::chrono::milliseconds batch_interval{2};

}  // namespace

MempoolHost::MempoolHost(
    const MempoolSettings& settings,
    abci::Application& application,
    ThreadPool& threads,
    PeerLink& link,
    const Clock& clock,
    Events events
)
    : settings_(settings),
      clock_(clock),
      events_(std::move(events)),
      loop_(batch_interval),
      gossip_(settings_.gossip, link, *this),
      pool_(settings_.pool, application, threads, callbacks()) {
    loop_.set_after_batch([this] { arm_tick(); });
}

MempoolHost::~MempoolHost() {
    stop();
}

mempool::Mempool::Callbacks MempoolHost::callbacks() {
    return {
        .on_txs_available = events_.on_txs_available,
        .on_admitted =
            [this](std::vector<mempool::Admitted> txs) {
                for (const mempool::Admitted& admitted : txs) {
                    if (events_.on_admitted) {
                        events_.on_admitted(admitted.tx->bytes.size());
                    }
                }
                loop_.post([this, txs = std::move(txs)] { gossip_.admitted(txs); });
            },
        .on_removed =
            [this](std::vector<mempool::TxKey> keys, bool committed) {
                loop_.post([this, keys = std::move(keys), committed] {
                    gossip_.removed(keys, committed);
                });
            },
        .on_failure = events_.on_failure,
    };
}

void MempoolHost::start() {
    CHECK(!thread_.joinable());
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "mempool");
        loop_.run();
    });
}

void MempoolHost::stop() {
    if (thread_.joinable()) {
        loop_.stop();
        thread_.join();
    }
    pool_.close();
}

void MempoolHost::set_peer_height(PeerId peer, chain::Height height) {
    loop_.post([this, peer, height] { gossip_.set_peer_height(peer, height); });
}

void MempoolHost::set_active(bool active) {
    loop_.post([this, active] { gossip_.set_active(active); });
}

std::optional<mempool::GossipStats> MempoolHost::gossip_stats() {
    auto stats = std::make_shared<mempool::GossipStats>();
    const bool is_done = loop_.run_and_wait([this, stats] { *stats = gossip_.stats(); }, patience);
    return is_done ? std::optional(*stats) : std::nullopt;
}

std::vector<Bytes> MempoolHost::reap(std::int64_t size_max, std::int64_t gas_max) {
    return pool_.reap(size_max, gas_max);
}

Result<void> MempoolHost::commit(
    const chain::Block& block,
    const abci::BlockResults& results,
    const std::function<Result<void>()>& commit_application
) {
    TRY(pool_.commit(block, results, commit_application));
    if (const auto& limits = results.params_update.block) {
        pool_.set_block_limits(limits->max_bytes, limits->max_gas);
    }
    return {};
}

void MempoolHost::submit(Bytes tx, rpc::SubmitDone done) {
    bool is_first = false;
    bool is_full = false;
    {
        const std::lock_guard lock(submitted_mutex_);
        is_full = submitted_.size() >= settings_.pool.pending_txs_max ||
                  (submitted_bytes_ > 0 &&
                   submitted_bytes_ + tx.size() > settings_.pool.pending_bytes_max);
        is_first = submitted_.empty();
        if (!is_full) {
            submitted_bytes_ += tx.size();
            submitted_.push_back({std::move(tx), std::exchange(done, nullptr)});
        }
    }
    if (is_full) {
        if (done) {
            done(fail(ErrorCode::too_large, "too many transactions wait to be checked"));
        }
    } else if (is_first) {
        loop_.post([this] { submit_all(); });
    }
}

void MempoolHost::submit_all() {
    std::vector<Submitted> submitted;
    {
        const std::lock_guard lock(submitted_mutex_);
        submitted.swap(submitted_);
        submitted_bytes_ = 0;
    }
    std::vector<Bytes> txs;
    std::vector<rpc::SubmitDone> waiting;
    for (Submitted& one : submitted) {
        txs.push_back(std::move(one.tx));
        waiting.push_back(std::move(one.done));
    }
    auto done = [waiting = std::move(waiting)](const std::vector<mempool::Verdict>& verdicts) {
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            if (waiting[i]) {
                waiting[i](verdicts[i].result());
            }
        }
    };
    pool_.submit(mempool::make_txs(std::move(txs)), 0, std::move(done));
}

std::vector<Bytes> MempoolHost::unconfirmed(std::size_t limit) const {
    std::vector<Bytes> txs;
    for (const mempool::TxRef& tx : pool_.first(limit)) {
        txs.push_back(tx->bytes);
    }
    return txs;
}

rpc::PoolSize MempoolHost::size() const {
    return {pool_.size(), static_cast<std::int64_t>(pool_.size_bytes())};
}

std::vector<p2p::ChannelDescriptor> MempoolHost::channels() const {
    const mempool::GossipConfig& config = settings_.gossip;
    return {
        {channel::mempool,
         mempool_priority,
         send_queue_capacity,
         mempool::txs_message_size_max(config)},
        {channel::mempool_announce,
         mempool_priority,
         send_queue_capacity,
         mempool::announce_message_size_max},
    };
}

void MempoolHost::on_peer_up(const p2p::PeerInfo& peer) {
    loop_.post([this, id = peer.id, ours = peer.node.has_channel(channel::mempool_announce)] {
        pool_.add_peer(id);
        gossip_.add_peer(id, ours, now());
    });
}

void MempoolHost::on_peer_down(PeerId peer) {
    loop_.post([this, peer] {
        gossip_.remove_peer(peer);
        pool_.remove_peer(peer);
    });
}

void MempoolHost::on_message(p2p::Inbound message) {
    loop_.post([this, message = std::move(message)] {
        credit_ = message.credit;
        gossip_.receive(message.from, message.channel, message.bytes, now());
        credit_.reset();
    });
}

void MempoolHost::on_drained(PeerId peer, ChannelId channel) {
    loop_.post([this, peer, channel] { gossip_.drained(peer, channel); });
}

/// The peer is not read from while too much of what it sent waits to be checked.
void MempoolHost::receive_txs(PeerId from, std::vector<mempool::TxRef> txs) {
    auto done = [this, from, credit = credit_](std::vector<mempool::Verdict> verdicts) {
        loop_.post([this, from, verdicts = std::move(verdicts)] {
            gossip_.checked(from, verdicts, now());
        });
    };
    pool_.submit(std::move(txs), from, std::move(done));
}

void MempoolHost::arm_tick() {
    const auto next = gossip_.deadline();
    if (next == tick_at_) {
        return;
    }
    if (tick_at_) {
        loop_.cancel(tick_timer_);
    }
    tick_at_ = next;
    if (next) {
        const auto wait = std::max(std::chrono::nanoseconds(0), *next - now());
        tick_timer_ = loop_.run_after(wait, [this] {
            tick_at_.reset();
            gossip_.tick(now());
        });
    }
}

}  // namespace steelyard::node
