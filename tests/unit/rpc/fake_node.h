// A node that stands still, behind the ports of the routes.
#pragma once

#include "base/check.h"
#include "rpc/dispatcher.h"
#include "rpc/routes.h"
#include "storage/memory_store.h"
#include "tests/support/test_chain.h"

#include <gtest/gtest.h>

#include <future>

namespace steelyard::test {

/// A chain of real blocks, each with the results that a test gives it.
class FakeChain final : public rpc::ChainReader {
public:
    struct Entry {
        chain::Block block;
        chain::BlockMeta meta;
        chain::Commit seen;
        abci::BlockResults results;
        chain::ValidatorSet validators;
    };

    std::vector<Entry> entries{};  ///< of heights from 1
    std::optional<chain::ValidatorSet> next_validators{};

    storage::BlockRange range() const override {
        return entries.empty()
                   ? storage::BlockRange()
                   : storage::BlockRange{
                         chain::Height(1), chain::Height(static_cast<std::int64_t>(entries.size()))
                     };
    }
    Result<chain::Block> load_block(chain::Height height) const override {
        TRY_ASSIGN(const Entry* entry, at(height));
        return entry->block;
    }
    Result<abci::BlockResults> load_results(chain::Height height) const override {
        TRY_ASSIGN(const Entry* entry, at(height));
        return entry->results;
    }
    Result<chain::BlockMeta> load_meta(chain::Height height) const override {
        TRY_ASSIGN(const Entry* entry, at(height));
        return entry->meta;
    }
    Result<chain::Commit> load_commit(chain::Height height) const override {
        TRY_ASSIGN(const Entry* next, at(height.next()));
        return next->block.last_commit.value();
    }
    Result<chain::Commit> load_seen_commit(chain::Height height) const override {
        TRY_ASSIGN(const Entry* entry, at(height));
        return entry->seen;
    }
    Result<chain::Height> height_of(const chain::Hash256& hash) const override {
        for (const Entry& entry : entries) {
            if (entry.meta.block_id.hash == hash) {
                return entry.block.header.height;
            }
        }
        return fail(ErrorCode::not_found, "no such block");
    }
    Result<chain::ValidatorSet> load_validators(chain::Height) const override {
        return next_validators.value();
    }
    Result<chain::ConsensusParams> load_params(chain::Height) const override {
        return chain::ConsensusParams();
    }

private:
    Result<const Entry*> at(chain::Height height) const {
        if (!range().contains(height)) {
            return fail(ErrorCode::not_found, "no block {}", height);
        }
        return &entries[static_cast<std::size_t>(height.value() - 1)];
    }
};

class FakeNode final : public rpc::ConsensusView,
                       public rpc::TxPoolView,
                       public rpc::NetView,
                       public rpc::AppView,
                       public rpc::EvidenceView,
                       public rpc::StatusView {
public:
    explicit FakeNode(bool has_unsafe_routes = true) {
        rpc::add_routes(
            table_,
            {chain,
             *this,
             *this,
             *this,
             *this,
             *this,
             *this,
             blocks,
             indexer.get(),
             &searcher,
             waits},
            genesis_doc(set.validators, chain::Height(1)),
            {.unsafe = has_unsafe_routes, .commit_timeout = std::chrono::milliseconds(20)}
        );
        dispatcher = std::make_unique<rpc::Dispatcher>(std::move(table_), rpc::DispatchLimits());
        chain.next_validators = set.validators;
    }

    /// The next block; its results have one entry a transaction.
    const FakeChain::Entry& append(std::vector<Bytes> txs, abci::BlockResults results = {}) {
        results.tx_results.resize(txs.size());
        const auto block = model.make_block(std::move(txs));
        const auto parts = chain::make_part_set(block);
        model.append(block, {.app_hash = chain::Hash256{1}});
        chain.entries.push_back(
            {block,
             chain::make_block_meta(block, parts),
             model.last_commit()->commit(),
             results,
             set.validators}
        );
        CHECK(indexer->add(block, results));
        return chain.entries.back();
    }

    /// What a POST of a call answers, from "result" or "error" on.
    std::string call(std::string_view method, std::string_view params = "{}");

    std::optional<rpc::RoundView> round() const override { return round_view; }
    std::vector<rpc::PeerRoundView> peers() const override { return peer_views; }
    void submit(Bytes tx, rpc::SubmitDone done) override {
        submitted.push_back(tx);
        if (done) {
            done(check);
        }
    }
    std::vector<Bytes> unconfirmed(std::size_t limit) const override {
        return {
            submitted.begin(),
            submitted.begin() + static_cast<std::ptrdiff_t>(std::min(limit, submitted.size()))
        };
    }
    rpc::PoolSize size() const override { return {submitted.size(), 3}; }
    void flush() override { submitted.clear(); }
    rpc::NetInfo info() const override { return {true, {"Listener(@)"}, {}}; }
    Result<void> dial_seeds(const std::vector<std::string>&) override { return {}; }
    Result<void> dial_peers(const std::vector<std::string>&, const rpc::DialOptions&) override {
        return {};
    }
    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo{}; }
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        return abci::QueryResult{.log = "exists", .key = request.data, .value = {1}};
    }
    Result<abci::CheckTxResult> check_tx(ByteView) override { return check; }
    Result<void> submit(const chain::Evidence& evidence) override {
        evidence_submitted.push_back(evidence);
        return {};
    }
    rpc::NodeDescription node() const override { return {.id = "ab", .network = "net"}; }
    bool catching_up() const override { return is_catching_up; }
    std::optional<crypto::PublicKey> validator_key() const override {
        return set.keys[0].public_key();
    }

    SigningSet set = validators_with_power({10});
    TestChain model{set};
    FakeChain chain;
    storage::MemoryStore store;
    std::unique_ptr<index::Indexer> indexer = index::Indexer::open(store).value();
    index::BlockCache blocks{chain};
    SystemClock clock;
    index::Searcher searcher{*indexer, blocks, clock};
    rpc::TxWaits waits;
    std::vector<Bytes> submitted;
    std::vector<chain::Evidence> evidence_submitted;
    Result<abci::CheckTxResult> check;
    bool is_catching_up = false;
    std::optional<rpc::RoundView> round_view;
    std::vector<rpc::PeerRoundView> peer_views;
    std::unique_ptr<rpc::Dispatcher> dispatcher;

private:
    struct Asker final : rpc::Client {
        rpc::ClientId id() const override { return 1; }
        std::string_view remote_address() const override { return "here"; }
    };

    rpc::MethodTable table_;
};

inline std::string FakeNode::call(std::string_view method, std::string_view params) {
    const std::string body =
        fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params);
    std::promise<std::string> answer;
    dispatcher->post(body, std::make_shared<Asker>(), [&](rpc::HttpReply reply) {
        answer.set_value(std::move(reply.body));
    });
    const std::string text = answer.get_future().get();
    const std::string_view head = R"({"jsonrpc":"2.0","id":1,)";
    EXPECT_TRUE(text.starts_with(head)) << text;
    return text.substr(head.size(), text.rfind('}') - head.size());
}

}  // namespace steelyard::test
