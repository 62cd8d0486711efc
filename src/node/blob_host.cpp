#include "node/blob_host.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/log.h"

namespace steelyard::node {
namespace {

/// Below all other channels: whatever consensus says goes first.
constexpr int blob_priority = 1;

/// Messages: of groups, 2 MiB for each peer. More would only wait there.
constexpr std::size_t send_queue_capacity = 8;

constexpr std::size_t file_threads = 2;
constexpr std::chrono::milliseconds patience_of_questions{1'000};
constexpr std::string_view holder = "exchange";

const log::Logger& logger() {
    static const log::Logger instance("blobs");
    return instance;
}

}  // namespace

BlobHost::BlobHost(
    const blob::ExchangeConfig& config, blob::BlobStore& store, PeerLink& link, const Clock& clock
)
    : store_(store),
      clock_(clock),
      exchange_(config, link, *this, *this),
      files_(std::make_unique<ThreadPool>(file_threads)) {
    loop_.set_after_batch([this] { arm_tick(); });
}

BlobHost::~BlobHost() {
    stop();
}

void BlobHost::start() {
    CHECK(!thread_.joinable());
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "blobs");
        loop_.run();
    });
}

void BlobHost::stop() {
    loop_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
    files_.reset();
}

void BlobHost::fetch(const Hash256& id, std::chrono::seconds patience, Done done) {
    loop_.post([this, id, patience, done = std::move(done)]() mutable {
        if (waiter_count_ >= waiters_max) {
            done();
            return;
        }
        wait(id, patience, std::move(done));
    });
}

void BlobHost::keep_fetching(const Hash256& id, std::chrono::seconds patience) {
    loop_.post([this, id, patience] {
        if (const auto found = waiters_.find(id); found != waiters_.end()) {
            const auto kept = std::ranges::find_if(found->second, [](const Waiter& waiter) {
                return !waiter.done;
            });
            if (kept != found->second.end()) {
                loop_.cancel(kept->timer);
                arm_patience(id, *kept, patience);
                return;
            }
        }
        if (waiter_count_ < waiters_max) {
            wait(id, patience, {});
        }
    });
}

std::optional<blob::BlobProgress> BlobHost::progress(const Hash256& id) {
    auto progress = std::make_shared<std::optional<blob::BlobProgress>>();
    const bool is_done = loop_.run_and_wait(
        [this, id, progress] { *progress = exchange_.progress(id); }, patience_of_questions
    );
    return is_done ? *progress : std::nullopt;
}

std::optional<Error> BlobHost::recent_failure(const Hash256& id) const {
    const std::lock_guard lock(failures_mutex_);
    const auto found = failures_.find(id);
    if (found == failures_.end() || now() - found->second.at >= failure_memory) {
        return std::nullopt;
    }
    return found->second.error;
}

void BlobHost::added(const Hash256& id) {
    loop_.post([this, id] { exchange_.added(id, now()); });
}

std::optional<blob::ExchangeStats> BlobHost::stats() {
    auto stats = std::make_shared<blob::ExchangeStats>();
    const bool is_done =
        loop_.run_and_wait([this, stats] { *stats = exchange_.stats(); }, patience_of_questions);
    return is_done ? std::optional(*stats) : std::nullopt;
}

std::vector<p2p::ChannelDescriptor> BlobHost::channels() const {
    return {
        {channel::blob, blob_priority, send_queue_capacity, blob::exchange_message_size_max},
    };
}

void BlobHost::on_peer_up(const p2p::PeerInfo& peer) {
    if (peer.node.has_channel(channel::blob)) {
        loop_.post([this, id = peer.id] { exchange_.add_peer(id, now()); });
    }
}

void BlobHost::on_peer_down(PeerId peer) {
    loop_.post([this, peer] { exchange_.remove_peer(peer, now()); });
}

void BlobHost::on_message(p2p::Inbound message) {
    loop_.post([this, message = std::move(message)] {
        credit_ = message.credit;
        exchange_.receive(message.from, message.bytes, now());
        credit_.reset();
    });
}

void BlobHost::on_drained(PeerId peer, ChannelId) {
    loop_.post([this, peer] { exchange_.drained(peer, now()); });
}

// From here on everything is done by the thread, but for the jobs.

void BlobHost::wait(const Hash256& id, std::chrono::seconds patience, Done done) {
    std::vector<Waiter>& waiters = waiters_[id];
    waiters.push_back({.serial = ++waiter_serial_, .done = std::move(done)});
    ++waiter_count_;
    arm_patience(id, waiters.back(), patience);
    store_.keep(id);
    if (const auto begun = exchange_.fetch(id, now()); !begun) {
        fetched(id, begun);
    }
}

void BlobHost::arm_patience(const Hash256& id, Waiter& waiter, std::chrono::seconds patience) {
    waiter.timer =
        loop_.run_after(patience, [this, id, serial = waiter.serial] { give_up(id, serial); });
}

void BlobHost::give_up(const Hash256& id, std::uint64_t serial) {
    const auto found = waiters_.find(id);
    if (found == waiters_.end()) {
        return;
    }
    const auto waiter = std::ranges::find(found->second, serial, &Waiter::serial);
    if (waiter == found->second.end()) {
        return;
    }
    Done done = std::move(waiter->done);
    found->second.erase(waiter);
    --waiter_count_;
    if (found->second.empty()) {
        waiters_.erase(found);
        exchange_.cancel(id, now());
    }
    if (done) {
        done();
    }
}

void BlobHost::fetched(const Hash256& id, const Result<void>& result) {
    if (result) {
        store_.keep(id);  // perhaps a peer had asked for it first
    } else {
        logger().warn(
            "a blob could not be fetched", {{"id", to_hex(id)}, {"why", result.error().message()}}
        );
        note_failure(id, result.error());
    }
    const auto found = waiters_.find(id);
    if (found == waiters_.end()) {
        return;
    }
    std::vector<Waiter> waiters = std::move(found->second);
    waiters_.erase(found);
    waiter_count_ -= waiters.size();
    for (Waiter& waiter : waiters) {
        loop_.cancel(waiter.timer);
        if (waiter.done) {
            waiter.done();
        }
    }
}

void BlobHost::note_failure(const Hash256& id, const Error& error) {
    const std::lock_guard lock(failures_mutex_);
    std::erase_if(failures_, [this](const auto& entry) {
        return now() - entry.second.at >= failure_memory;
    });
    if (failures_.size() < failures_max) {
        failures_.insert_or_assign(id, Failure{error, now()});
    }
}

void BlobHost::arm_tick() {
    const auto next = exchange_.deadline();
    if (next == tick_at_) {
        return;
    }
    if (tick_at_) {
        loop_.cancel(tick_timer_);
    }
    tick_at_ = next;
    if (next) {
        const auto delay = std::max(std::chrono::nanoseconds(0), *next - now());
        tick_timer_ = loop_.run_after(delay, [this] {
            tick_at_.reset();
            exchange_.tick(now());
        });
    }
}

/// Runs the job on a thread for files, and what it returns on this one.
void BlobHost::work(std::move_only_function<EventLoop::Task()> job) {
    auto shared = std::make_shared<std::move_only_function<EventLoop::Task()>>(std::move(job));
    files_->submit([this, shared = std::move(shared)] { loop_.post((*shared)()); });
}

/// No files are read for this.
void BlobHost::find(PeerId asker, std::vector<Hash256> ids) {
    std::erase_if(ids, [&](const Hash256& id) { return !store_.has(id); });
    loop_.post([this, asker, ids = std::move(ids)] { exchange_.found(asker, ids, now()); });
}

void BlobHost::load_tree(PeerId asker, const Hash256& id) {
    work([this, asker, id]() -> EventLoop::Task {
        return [this, asker, id, tree = read_tree(id)]() mutable {
            exchange_.tree_loaded(asker, id, std::move(tree));
        };
    });
}

void BlobHost::load_group(PeerId asker, const Hash256& id, std::uint32_t index) {
    work([this, asker, id, index]() -> EventLoop::Task {
        return [this, asker, id, index, group = read_group(id, index)]() mutable {
            exchange_.group_loaded(asker, {id, index}, std::move(group));
        };
    });
}

void BlobHost::open_part(blob::FetchTicket ticket, const Hash256& id) {
    work([this, ticket, id]() -> EventLoop::Task {
        return [this, ticket, part = look_at_part(id)]() mutable {
            exchange_.part_opened(ticket, std::move(part), now());
        };
    });
}

void BlobHost::begin_part(
    blob::FetchTicket ticket, PeerId from, blob::TreeMessage tree, bool is_for_peers
) {
    work(
        [this, ticket, from, tree = std::move(tree), is_for_peers, credit = credit_](
        ) -> EventLoop::Task {
            return [this, ticket, from, part = take_tree(tree, is_for_peers)]() mutable {
                exchange_.part_begun(ticket, from, std::move(part), now());
            };
        }
    );
}

/// The peer is not read from while too much of what it sent waits to be written.
void BlobHost::add_group(blob::FetchTicket ticket, PeerId from, blob::GroupMessage group) {
    work([this, ticket, from, group = std::move(group), credit = credit_]() -> EventLoop::Task {
        auto added = store_.add_group(group.id, group.index, group.content);
        return [this, ticket, from, index = group.index, added = std::move(added)]() mutable {
            exchange_.group_added(ticket, from, index, std::move(added), now());
        };
    });
}

void BlobHost::hold(std::vector<Hash256> ids) {
    store_.hold(holder, ids);
}

Result<blob::TreeMessage> BlobHost::read_tree(const Hash256& id) {
    TRY_ASSIGN(auto tree, store_.tree(id));
    return blob::TreeMessage{id, std::move(tree)};
}

Result<blob::GroupMessage> BlobHost::read_group(const Hash256& id, std::uint32_t index) const {
    TRY_ASSIGN(auto content, store_.group(id, index));
    return blob::GroupMessage{id, index, std::move(content)};
}

Result<blob::PartState> BlobHost::take_tree(const blob::TreeMessage& message, bool is_for_peers) {
    const blob::BlobTree& tree = message.tree;
    TRY(store_.begin_part(message.id, tree.header, tree.groups, is_for_peers));
    return look_at_part(message.id);
}

Result<blob::PartState> BlobHost::look_at_part(const Hash256& id) const {
    const auto status = store_.find(id);
    if (!status) {
        return blob::PartState{};
    }
    if (status->is_whole || !status->header) {
        return blob::PartState{.is_whole = status->is_whole};
    }
    return blob::PartState{
        .header = status->header, .missing = store_.missing_groups(id, blob::groups_max)
    };
}

}  // namespace steelyard::node
