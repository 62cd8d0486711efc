// Two hosts with real stores, whose messages go straight to each other.
#include "node/blob_host.h"

#include "base/check.h"
#include "tests/support/temporary_home.h"
#include "tests/unit/blob/test_blob.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;
using steelyard::test::make_blob;
using steelyard::test::TestBlob;

constexpr auto patience = 20s;

/// One side of a connection: what is sent is handed to the other side's host.
class Wire final : public PeerLink {
public:
    bool send(PeerId to, ChannelId channel, Bytes message) override {
        ++sent;
        if (BlobHost* const host = other.load(); host != nullptr && to == 1) {
            host->on_message({.from = 1, .channel = channel, .bytes = std::move(message)});
        }
        return true;
    }

    void drop(PeerId, const Error& error) override { dropped.set_value(error.message()); }

    std::atomic<BlobHost*> other = nullptr;
    std::atomic<int> sent = 0;
    std::promise<std::string> dropped;
};

class Side {
public:
    explicit Side(const Clock& clock) : clock_(clock) { begin(); }

    void begin() {
        auto store = blob::BlobStore::open(home_.path() / "blobs", {}, clock_);
        CHECK(store);
        store_ = *std::move(store);
        host_ = std::make_unique<BlobHost>(blob::ExchangeConfig{}, *store_, wire, clock_);
        host_->start();
    }

    void end() {
        host_.reset();
        store_.reset();
    }

    void meet(Side& other, bool lists_channel = true) {
        wire.other = other.host_.get();
        p2p::PeerInfo peer{.id = 1};
        peer.node.channels = {channel::pex, channel::mempool};
        if (lists_channel) {
            peer.node.channels.push_back(channel::blob);
        }
        host_->on_peer_up(peer);
    }

    /// Whether it is there in the end.
    bool fetch(const blob::Hash256& id, std::chrono::seconds time = patience) {
        std::promise<void> done;
        host_->fetch(id, time, [&done] { done.set_value(); });
        EXPECT_EQ(done.get_future().wait_for(time + patience), std::future_status::ready);
        return has(id);
    }

    bool has(const blob::Hash256& id) const {
        const auto status = store_->find(id);
        return status && status->is_whole;
    }

    /// Nothing can be written any more.
    void break_folder() {
        std::filesystem::remove_all(home_.path() / "blobs");
        std::ofstream(home_.path() / "blobs") << "no folder";
    }

    BlobHost& host() { return *host_; }
    blob::BlobStore& store() { return *store_; }

    Wire wire;

private:
    const Clock& clock_;
    testing_support::TemporaryHome home_;
    std::unique_ptr<blob::BlobStore> store_;
    std::unique_ptr<BlobHost> host_;
};

bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(5ms);
    }
    return condition();
}

class BlobHostTest : public testing::Test {
protected:
    ~BlobHostTest() override {
        a_.host().stop();
        b_.host().stop();
    }

    void connect() {
        a_.meet(b_);
        b_.meet(a_);
    }

    static void put(Side& side, const TestBlob& blob) {
        ASSERT_TRUE(side.store().put(blob.id, blob.type, blob.data));
    }

    SystemClock clock_{};
    Side a_{clock_};
    Side b_{clock_};
};

TEST_F(BlobHostTest, brings_blobs_from_one_store_to_another) {
    connect();
    for (const std::uint64_t bytes : {0ULL, 1ULL, 262'144ULL, 5'000'001ULL}) {
        const TestBlob blob = make_blob(bytes, bytes + 1);
        put(a_, blob);

        ASSERT_TRUE(b_.fetch(blob.id)) << bytes;

        EXPECT_TRUE(equal(*b_.store().read(blob.id, 0, blob.file.size()), blob.file));
    }
    EXPECT_EQ(b_.host().stats()->blobs_fetched, 4U);
    EXPECT_EQ(a_.host().stats()->bytes_served, 262'144U + 5'000'001U + 1U);
}

TEST_F(BlobHostTest, remembers_why_a_fetch_failed) {
    connect();
    const TestBlob blob = make_blob(1'000, 1);
    put(a_, blob);
    b_.break_folder();

    EXPECT_FALSE(b_.fetch(blob.id));

    ASSERT_TRUE(b_.host().recent_failure(blob.id));
    EXPECT_FALSE(b_.host().recent_failure(blob.id)->message().empty());
    EXPECT_FALSE(b_.host().recent_failure(make_blob(1'000, 2).id));
}

TEST_F(BlobHostTest, asks_for_what_is_missing_only_after_a_restart) {
    const TestBlob blob = make_blob(2'000'000, 1);
    put(a_, blob);
    ASSERT_TRUE(b_.store().begin_part(blob.id, blob.tree.header, blob.tree.groups));
    for (const std::uint32_t group : {0U, 1U, 4U}) {
        ASSERT_TRUE(b_.store().add_group(blob.id, group, blob.content(group)));
    }
    b_.end();
    b_.begin();
    connect();

    EXPECT_TRUE(b_.fetch(blob.id));

    EXPECT_EQ(b_.host().stats()->bytes_fetched, 2'000'000U - 3 * blob::group_bytes_max);
}

TEST_F(BlobHostTest, tells_when_the_time_is_over_and_stops_looking) {
    connect();
    const TestBlob blob = make_blob(1'000, 1);

    EXPECT_FALSE(b_.fetch(blob.id, 1s));

    EXPECT_EQ(b_.host().progress(blob.id), std::nullopt);
    EXPECT_EQ(b_.host().stats()->fetches, 0U);
}

TEST_F(BlobHostTest, is_told_when_a_blob_that_it_looks_for_is_put_elsewhere) {
    connect();
    const TestBlob blob = make_blob(1'000, 1);
    b_.host().keep_fetching(blob.id, patience);
    b_.host().keep_fetching(blob.id, patience);
    std::promise<void> done;
    b_.host().fetch(blob.id, patience, [&done] { done.set_value(); });
    EXPECT_EQ(b_.host().progress(blob.id), blob::BlobProgress{});

    put(a_, blob);
    a_.host().added(blob.id);

    // Before the next time that all peers are asked.
    EXPECT_EQ(done.get_future().wait_for(blob::want_interval / 2), std::future_status::ready);
    EXPECT_TRUE(b_.has(blob.id));
}

TEST_F(BlobHostTest, keeps_the_longest_patience_of_those_that_wait) {
    connect();
    const TestBlob blob = make_blob(1'000, 1);
    b_.host().keep_fetching(blob.id, patience);

    EXPECT_FALSE(b_.fetch(blob.id, 1s));

    EXPECT_TRUE(b_.host().progress(blob.id));
}

TEST_F(BlobHostTest, makes_guests_of_what_it_fetches_for_peers) {
    connect();
    const TestBlob relayed = make_blob(3'000, 1);
    const TestBlob both = make_blob(3'000, 2);
    put(a_, relayed);
    put(a_, both);
    p2p::PeerInfo asker{.id = 2};
    asker.node.channels = {channel::blob};
    b_.host().on_peer_up(asker);
    for (const TestBlob* const blob : {&relayed, &both}) {
        b_.host().on_message(
            {.from = 2,
             .channel = channel::blob,
             .bytes = blob::encode_exchange_message(blob::Want{{blob->id}, 1})}
        );
    }
    EXPECT_TRUE(b_.fetch(both.id));
    EXPECT_TRUE(eventually([&] { return b_.has(relayed.id); }));
    EXPECT_EQ(b_.store().stats().guests, 1U);
    EXPECT_TRUE(b_.fetch(relayed.id));

    EXPECT_EQ(b_.store().stats().guests, 0U);
}

TEST_F(BlobHostTest, says_nothing_to_peers_that_do_not_list_the_channel) {
    b_.meet(a_, false);

    EXPECT_FALSE(b_.fetch(make_blob(1'000, 1).id, 1s));

    EXPECT_EQ(b_.wire.sent, 0);
}

TEST_F(BlobHostTest, drops_who_sends_garbage) {
    connect();

    b_.host().on_message({.from = 1, .channel = channel::blob, .bytes = {1, 2, 3}});

    auto dropped = b_.wire.dropped.get_future();
    ASSERT_EQ(dropped.wait_for(patience), std::future_status::ready);
    EXPECT_NE(dropped.get().find("ExchangeMessage"), std::string::npos);
    EXPECT_EQ(b_.host().stats()->bad_peers, 1U);
}

TEST_F(BlobHostTest, speaks_on_one_channel_below_all_others) {
    const auto channels = a_.host().channels();

    ASSERT_EQ(channels.size(), 1U);
    EXPECT_EQ(channels[0].id, channel::blob);
    EXPECT_EQ(channels[0].priority, 1);
    EXPECT_GE(channels[0].receive_size_max, blob::exchange_message_size_max);
}

}  // namespace
}  // namespace steelyard::node
