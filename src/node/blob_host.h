// BlobHost: the exchange of blobs with peers, its thread, and the threads that read and write
// files.
#pragma once

#include "base/clock.h"
#include "base/thread_pool.h"
#include "blob/exchange.h"
#include "blob/store.h"
#include "node/event_loop.h"
#include "p2p/reactor.h"

#include <map>
#include <mutex>
#include <thread>

namespace steelyard::node {

/// Public functions may be called by any thread.
class BlobHost final : public p2p::Reactor,
                       private blob::ExchangeFiles,
                       private blob::Exchange::Sink {
public:
    using Hash256 = blob::Hash256;
    using Done = std::move_only_function<void()>;

    /// Those that wait for blobs at a time.
    static constexpr std::size_t waiters_max = 4'096;

    /// Fetches that failed, whose errors are remembered, and for how long.
    static constexpr std::size_t failures_max = 256;
    static constexpr std::chrono::seconds failure_memory{10};

    /// All of them outlive the host.
    BlobHost(
        const blob::ExchangeConfig& config,
        blob::BlobStore& store,
        PeerLink& link,
        const Clock& clock
    );
    ~BlobHost() override;

    void start();

    /// Ends the threads; nobody is called from then on.
    void stop();

    /// Looks for a blob among the peers, `patience` long unless somebody else waits longer. `done`
    /// is called once, by the host's thread: when the blob is there, when it cannot be had, when
    /// the time is over, or at once where too many wait.
    void fetch(const Hash256& id, std::chrono::seconds patience, Done done);

    /// The same for somebody who asks again and again: a call takes the place of the one before.
    void keep_fetching(const Hash256& id, std::chrono::seconds patience);

    /// Nothing if the blob is not being fetched, or the thread does not come to it in time.
    std::optional<blob::BlobProgress> progress(const Hash256& id);

    /// Why a fetch of it failed not long ago, such as for want of disk; nothing if it did not.
    std::optional<Error> recent_failure(const Hash256& id) const;

    /// A blob became whole by other means than a fetch: peers that want it are told.
    void added(const Hash256& id);

    /// Nothing if the thread does not come to it in time.
    std::optional<blob::ExchangeStats> stats();

    // p2p::Reactor
    std::vector<p2p::ChannelDescriptor> channels() const override;
    void on_peer_up(const p2p::PeerInfo& peer) override;
    void on_peer_down(PeerId peer) override;
    void on_message(p2p::Inbound message) override;
    void on_drained(PeerId peer, ChannelId channel) override;

private:
    struct Waiter {
        std::uint64_t serial = 0;
        Done done{};  ///< nothing: of keep_fetching
        EventLoop::TimerId timer = 0;
    };

    void wait(const Hash256& id, std::chrono::seconds patience, Done done);
    void arm_patience(const Hash256& id, Waiter& waiter, std::chrono::seconds patience);
    void give_up(const Hash256& id, std::uint64_t serial);
    void note_failure(const Hash256& id, const Error& error);
    void work(std::move_only_function<EventLoop::Task()> job);
    Result<blob::TreeMessage> read_tree(const Hash256& id);
    Result<blob::GroupMessage> read_group(const Hash256& id, std::uint32_t index) const;
    Result<blob::PartState> take_tree(const blob::TreeMessage& message, bool is_for_peers);
    Result<blob::PartState> look_at_part(const Hash256& id) const;
    void arm_tick();
    std::chrono::nanoseconds now() const { return clock_.monotonic_now(); }

    // blob::ExchangeFiles
    void find(PeerId asker, std::vector<Hash256> ids) override;
    void load_tree(PeerId asker, const Hash256& id) override;
    void load_group(PeerId asker, const Hash256& id, std::uint32_t index) override;
    void open_part(blob::FetchTicket ticket, const Hash256& id) override;
    void begin_part(
        blob::FetchTicket ticket, PeerId from, blob::TreeMessage tree, bool is_for_peers
    ) override;
    void add_group(blob::FetchTicket ticket, PeerId from, blob::GroupMessage group) override;
    void hold(std::vector<Hash256> ids) override;

    // blob::Exchange::Sink
    void fetched(const Hash256& id, const Result<void>& result) override;

    blob::BlobStore& store_;
    const Clock& clock_;
    EventLoop loop_;
    blob::Exchange exchange_;
    std::map<Hash256, std::vector<Waiter>> waiters_;
    std::size_t waiter_count_ = 0;
    std::uint64_t waiter_serial_ = 0;
    struct Failure {
        Error error;
        std::chrono::nanoseconds at{};
    };
    mutable std::mutex failures_mutex_{};
    std::map<Hash256, Failure> failures_{};
    p2p::ReceiveCredit credit_{};  ///< of the message that is being handled
    std::optional<std::chrono::nanoseconds> tick_at_{};
    EventLoop::TimerId tick_timer_ = 0;
    std::thread thread_{};
    std::unique_ptr<ThreadPool> files_;  ///< first to end
};

}  // namespace steelyard::node
