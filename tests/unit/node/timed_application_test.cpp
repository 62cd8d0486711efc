#include "node/timed_application.h"

#include "rpc/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::node {
namespace {

using testing::HasSubstr;

/// Says what it was asked.
class AskedApplication : public abci::Application {
public:
    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo{}; }
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc&) override {
        return abci::GenesisOutcome{};
    }
    Result<abci::CheckTxResult> check_tx(ByteView, abci::CheckType) override {
        return abci::CheckTxResult{};
    }
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest&) override {
        if (abstains) {
            return abci::Abstention{"no key"};
        }
        return std::vector<Bytes>();
    }
    Result<bool> process_proposal(const chain::Block&) override { return true; }
    Result<abci::BlockResults>
    finalize_block(const chain::Block&, const std::optional<chain::VerifiedCommit>&) override {
        return abci::BlockResults{};
    }
    Result<void> commit() override { return {}; }
    Result<abci::QueryResult> query(const abci::QueryRequest&) override {
        return abci::QueryResult{};
    }

    bool abstains = false;
};

class SnapshotApplication final : public AskedApplication {
public:
    Result<std::vector<abci::Snapshot>> list_snapshots() override {
        return std::vector{abci::Snapshot{.height = chain::Height(7), .chunks = 2}};
    }
    Result<std::optional<Bytes>> load_snapshot_chunk(
        const abci::Snapshot& snapshot, std::uint32_t index
    ) override {
        return index < snapshot.chunks ? std::optional(Bytes{1}) : std::nullopt;
    }
    Result<abci::SnapshotVerdict> offer_snapshot(const abci::Snapshot&, const chain::AppHash&)
        override {
        return abci::SnapshotVerdict::accept;
    }
    Result<abci::ChunkAnswer> apply_snapshot_chunk(
        std::uint32_t index, ByteView, std::string_view sender
    ) override {
        return abci::ChunkAnswer{
            .verdict = abci::ChunkVerdict::retry,
            .refetch = {index},
            .reject_senders = {std::string(sender)},
        };
    }
};

TEST(TimedApplication, counts_turns_without_a_proposal_apart) {
    rpc::Metrics metrics("ns", "chain", rpc::node_metrics());
    const SystemClock clock;
    auto asked = std::make_unique<AskedApplication>();
    AskedApplication& application = *asked;
    TimedApplication timed(std::move(asked), metrics, clock);

    ASSERT_TRUE(timed.prepare_proposal({}));
    application.abstains = true;
    const auto prepared = timed.prepare_proposal({});
    ASSERT_TRUE(timed.prepare_proposal({}));

    EXPECT_EQ(std::get<abci::Abstention>(prepared.value()).reason, "no key");
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("ns_consensus_proposal_create_count{chain_id=\"chain\"} 1\n"));
    EXPECT_THAT(
        text, HasSubstr("steelyard_consensus_proposals_omitted_total{chain_id=\"chain\"} 2\n")
    );
}

TEST(TimedApplication, passes_on_what_concerns_snapshots) {
    rpc::Metrics metrics("ns", "chain", rpc::node_metrics());
    const SystemClock clock;
    TimedApplication timed(std::make_unique<SnapshotApplication>(), metrics, clock);

    const auto snapshots = timed.list_snapshots().value();
    ASSERT_EQ(snapshots.size(), 1U);
    EXPECT_TRUE(timed.load_snapshot_chunk(snapshots[0], 1).value());
    EXPECT_FALSE(timed.load_snapshot_chunk(snapshots[0], 2).value());
    EXPECT_EQ(timed.offer_snapshot(snapshots[0], {}).value(), abci::SnapshotVerdict::accept);
    const auto answer = timed.apply_snapshot_chunk(3, {}, "peer").value();
    EXPECT_EQ(answer.verdict, abci::ChunkVerdict::retry);
    EXPECT_EQ(answer.refetch, std::vector<std::uint32_t>{3});
    EXPECT_EQ(answer.reject_senders, std::vector<std::string>{"peer"});
}

TEST(Application, that_makes_no_snapshots_has_none_and_takes_none) {
    AskedApplication plain;

    EXPECT_TRUE(plain.list_snapshots().value().empty());
    EXPECT_FALSE(plain.load_snapshot_chunk({}, 0).value());
    EXPECT_EQ(plain.offer_snapshot({}, {}).value(), abci::SnapshotVerdict::abort);
    EXPECT_EQ(plain.apply_snapshot_chunk(0, {}, "peer").value().verdict, abci::ChunkVerdict::abort);
}

}  // namespace
}  // namespace steelyard::node
