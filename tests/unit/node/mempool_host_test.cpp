#include "node/mempool_host.h"

#include "kvstore/application.h"
#include "storage/memory_store.h"

#include <gtest/gtest.h>

#include <future>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;

class NoLink final : public PeerLink {
public:
    bool send(PeerId, ChannelId, Bytes) override { return true; }
    void drop(PeerId, const Error&) override {}
};

class MempoolHostTest : public testing::Test {
protected:
    void SetUp() override {
        auto application = kvstore::Application::open(store_);
        ASSERT_TRUE(application);
        application_ = *std::move(application);
        host_ = std::make_unique<MempoolHost>(
            MempoolSettings{},
            *application_,
            threads_,
            link_,
            clock_,
            MempoolHost::Events{
                .on_txs_available = [this] { told_after_stop_ = told_after_stop_ || is_stopped_; },
                .on_failure = [](const Error& error) { ADD_FAILURE() << error.message(); },
            }
        );
        host_->start();
    }

    bool accepts(std::string_view tx) {
        std::promise<bool> promise;
        host_->submit(
            to_bytes(as_bytes(tx)),
            [&promise](const Result<abci::CheckTxResult>& result) {
                promise.set_value(result && result->result.code == 0);
            }
        );
        return promise.get_future().get();
    }

    storage::MemoryStore store_{};
    ThreadPool threads_{2};
    NoLink link_{};
    SystemClock clock_{};
    std::unique_ptr<abci::Application> application_{};
    std::atomic<bool> is_stopped_ = false;
    std::atomic<bool> told_after_stop_ = false;
    std::unique_ptr<MempoolHost> host_{};
};

TEST_F(MempoolHostTest, follows_the_limits_that_a_block_changes) {
    const std::string large = "name=" + std::string(2'000, 'x');
    EXPECT_TRUE(accepts(large));
    host_->flush();
    abci::BlockResults results{};
    results.params_update.block = chain::BlockParams{.max_bytes = 1'000, .max_gas = -1};

    ASSERT_TRUE(host_->commit({}, results, [] { return Result<void>(); }));

    EXPECT_FALSE(accepts(large));
    EXPECT_TRUE(accepts("name=small"));
}

TEST_F(MempoolHostTest, holds_only_so_many_bytes_that_wait_to_be_checked) {
    MempoolSettings settings;
    settings.pool.pending_bytes_max = 1'000;
    MempoolHost idle(settings, *application_, threads_, link_, clock_, {});  // not started
    std::vector<std::string> refusals;
    const auto note = [&](const Result<abci::CheckTxResult>& result) {
        refusals.push_back(result ? "" : result.error().message());
    };

    idle.submit(Bytes(600, 'a'), note);
    EXPECT_TRUE(refusals.empty());
    idle.submit(Bytes(600, 'b'), note);

    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_NE(refusals.front().find("wait to be checked"), std::string::npos);
}

TEST_F(MempoolHostTest, tells_nobody_of_anything_after_its_end) {
    for (int i = 0; i < 200; ++i) {
        host_->submit(to_bytes(as_bytes("key" + std::to_string(i) + "=x")), {});
    }

    host_->stop();
    is_stopped_ = true;

    host_.reset();
    EXPECT_FALSE(told_after_stop_);
}

}  // namespace
}  // namespace steelyard::node
