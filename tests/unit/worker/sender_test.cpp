#include "worker/sender.h"

#include "chain/txs.h"
#include "cosmos/auth/v1beta1/query.pb.h"
#include "cosmos/tx/v1beta1/service.pb.h"
#include "crypto/sha256.h"
#include "steelyard/params/v1/query.pb.h"

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>

namespace steelyard::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A chain with one account: what it takes, loses and refuses is the test's to say.
class ScriptedNode final : public NodePort {
public:
    std::optional<ChainMoment> moment() const override { return now; }
    void on_news(std::function<void()>) override {}

    Result<void> query(
        std::string_view method,
        const google::protobuf::Message& request,
        google::protobuf::Message& answer
    ) override {
        if (is_away) {
            return fail(ErrorCode::io, "no session");
        }
        if (method.ends_with("/Account")) {
            if (!has_account) {
                return fail(ErrorCode::not_found, "account not found");
            }
            cosmos::auth::v1beta1::BaseAccount account;
            account.set_account_number(7);
            account.set_sequence(committed);
            auto& any =
                *static_cast<cosmos::auth::v1beta1::QueryAccountResponse&>(answer).mutable_account(
                );
            any.set_type_url("/cosmos.auth.v1beta1.BaseAccount");
            any.set_value(account.SerializeAsString());
        } else if (method.ends_with("/Simulate")) {
            if (!failure.empty()) {
                return invalid("{}", failure);
            }
            const auto& bytes =
                static_cast<const cosmos::tx::v1beta1::SimulateRequest&>(request).tx_bytes();
            const auto tx = tx::decode_tx(as_bytes(bytes)).value();
            if (tx.signers.at(0).sequence != committed) {
                return invalid("{}", mismatch(committed, tx.signers.at(0).sequence));
            }
            static_cast<cosmos::tx::v1beta1::SimulateResponse&>(answer)
                .mutable_gas_info()
                ->set_gas_used(100'000);
        } else if (method.ends_with("/Params")) {
            static_cast<steelyard::params::v1::QueryParamsResponse&>(answer)
                .mutable_params()
                ->mutable_fees()
                ->set_min_gas_price("10000000000000000");
        }
        return {};
    }

    Result<SubmitAnswer> broadcast(ByteView bytes) override {
        if (is_away) {
            return fail(ErrorCode::io, "no session");
        }
        const auto tx = tx::decode_tx(bytes).value();
        const std::uint64_t sequence = tx.signers.at(0).sequence;
        broadcasts.push_back(sequence);
        gas = tx.fee.gas_limit;
        if (!refusal.empty()) {
            return SubmitAnswer{.code = 5, .codespace = "sdk", .log = refusal};
        }
        const std::uint64_t expected = committed + pool.size();
        if (sequence != expected) {
            return SubmitAnswer{
                .code = 32,
                .codespace = "sdk",
                .log = mismatch(expected, sequence),
            };
        }
        pool.push_back(to_bytes(bytes));
        return SubmitAnswer{.hash = crypto::sha256(bytes)};
    }

    Result<std::optional<TxAnswer>> find_tx(const Hash256& hash) override {
        const auto found = included.find(hash);
        return found == included.end() ? std::optional<TxAnswer>() : found->second;
    }

    Result<BlobProgress> fetch_blob(const Hash256&) override { return BlobProgress(); }
    Result<Bytes> read_blob(const Hash256&, std::uint64_t, std::size_t) override { return Bytes(); }
    Result<WriteProgress> write_blob(const Hash256&, std::uint64_t, std::uint64_t, ByteView)
        override {
        return WriteProgress();
    }
    Result<void> keep_blobs(std::uint64_t, std::uint32_t, std::span<const Hash256>) override {
        return {};
    }
    Result<void> report(const JobProgress&) override { return {}; }

    static std::string mismatch(std::uint64_t expected, std::uint64_t got) {
        return fmt::format(
            "account sequence mismatch, expected {}, got {}: incorrect account sequence",
            expected,
            got
        );
    }

    /// A block with all that waits, or with nothing.
    void end_block(bool takes = true, std::uint32_t code = 0) {
        ++now.height;
        if (takes) {
            for (const Bytes& tx : pool) {
                included[crypto::sha256(tx)] = {
                    .height = now.height, .code = code, .log = code == 0 ? "" : "too late"
                };
            }
            committed += pool.size();
            pool.clear();
        }
    }

    ChainMoment now{.chain_id = "test-chain", .height = 10, .unix_ms = 1'000};
    bool is_away = false;
    bool has_account = true;
    std::string failure{};
    std::string refusal{};
    std::uint64_t committed = 3;
    std::uint64_t gas = 0;
    std::vector<Bytes> pool{};
    std::map<Hash256, TxAnswer> included{};
    std::vector<std::uint64_t> broadcasts{};  ///< sequences
};

class SenderTest : public testing::Test {
protected:
    static crypto::PrivateKey key() {
        return crypto::PrivateKey::parse(
                   crypto::KeyType::secp256k1, crypto::sha256(as_bytes("worker"))
        )
            .value();
    }

    Wish wish(std::uint64_t order, Step step = Step::start) {
        return {
            .job = {.order = order},
            .step = step,
            .message = start_message(sender_.address(), {.order = order}),
        };
    }

    Result<void> turn(std::vector<Wish> wishes) {
        TRY(sender_.look(node_.now));
        return sender_.send(wishes, node_.now);
    }

    /// "sent 1/0", ...
    std::vector<std::string> events() {
        constexpr std::string_view kinds[] = {"sent", "included", "failed", "refused", "trouble"};
        std::vector<std::string> out;
        for (const SendEvent& event : sender_.take_events()) {
            texts_ += event.text + "\n";
            out.push_back(
                fmt::format("{} {}", kinds[static_cast<std::size_t>(event.kind)], event.job.text())
            );
        }
        return out;
    }

    ScriptedNode node_{};
    Sender sender_{node_, key()};
    std::string texts_{};
};

TEST_F(SenderTest, sends_what_is_wanted_once) {
    ASSERT_TRUE(turn({wish(1)}));
    ASSERT_TRUE(turn({wish(1)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3));
    EXPECT_EQ(node_.gas, 150'000U);
    EXPECT_THAT(events(), ElementsAre("sent 1/0"));
    EXPECT_TRUE(sender_.is_waiting());
}

TEST_F(SenderTest, numbers_what_is_under_way_together) {
    ASSERT_TRUE(turn({wish(1), wish(2), wish(3)}));
    node_.end_block();
    ASSERT_TRUE(turn({wish(4)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 4, 5, 6));
    EXPECT_THAT(
        events(),
        ElementsAre(
            "sent 1/0",
            "sent 2/0",
            "sent 3/0",
            "included 1/0",
            "included 2/0",
            "included 3/0",
            "sent 4/0"
        )
    );
}

TEST_F(SenderTest, tells_what_a_block_took_without_effect) {
    ASSERT_TRUE(turn({wish(1)}));
    node_.end_block(true, 26);
    ASSERT_TRUE(turn({}));

    EXPECT_THAT(events(), ElementsAre("sent 1/0", "failed 1/0"));
    EXPECT_FALSE(sender_.is_waiting());
}

/// A mempool has lost it, and no block can take it after its timeout height: it is signed anew.
TEST_F(SenderTest, sends_again_what_was_lost) {
    ASSERT_TRUE(turn({wish(1)}));
    const Bytes first = node_.pool.at(0);
    node_.pool.clear();
    for (std::int64_t block = 1; block < tx_blocks_max; ++block) {
        node_.end_block(false);
        ASSERT_TRUE(turn({wish(1)}));
    }
    EXPECT_THAT(node_.broadcasts, ElementsAre(3));

    node_.end_block(false);
    ASSERT_TRUE(turn({wish(1)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 3));
    EXPECT_NE(node_.pool.at(0), first);
}

TEST_F(SenderTest, waits_for_a_block_that_comes_late) {
    ASSERT_TRUE(turn({wish(1)}));
    for (int block = 0; block < 7; ++block) {
        node_.end_block(false);
        ASSERT_TRUE(turn({wish(1)}));
    }
    node_.end_block();
    ASSERT_TRUE(turn({}));

    EXPECT_THAT(events(), ElementsAre("sent 1/0", "included 1/0"));
}

/// Those that were to follow a lost one are lost with it.
TEST_F(SenderTest, signs_anew_at_once_where_the_sequence_is_refused) {
    ASSERT_TRUE(turn({wish(1), wish(2)}));
    node_.pool.clear();
    ASSERT_TRUE(turn({wish(1), wish(2), wish(3)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 4, 5, 3));
    ASSERT_TRUE(turn({wish(1), wish(2), wish(3)}));
    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 4, 5, 3, 4, 5));
    EXPECT_EQ(node_.pool.size(), 3U);
}

/// Somebody else signs with the key.
TEST_F(SenderTest, follows_a_sequence_that_went_on_without_it) {
    ASSERT_TRUE(turn({wish(1)}));
    node_.end_block();
    node_.committed += 5;
    ASSERT_TRUE(turn({wish(2)}));
    node_.end_block();
    ASSERT_TRUE(turn({}));
    node_.committed += 5;
    ASSERT_TRUE(turn({wish(3)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 9, 15));
    EXPECT_TRUE(node_.pool.size() == 1);
}

TEST_F(SenderTest, tells_once_what_would_fail) {
    node_.failure = "job 1/0 is started: job is in another state";
    ASSERT_TRUE(turn({wish(1)}));
    ASSERT_TRUE(turn({wish(1)}));

    EXPECT_TRUE(node_.broadcasts.empty());
    EXPECT_THAT(events(), ElementsAre("refused 1/0"));
    EXPECT_THAT(texts_, HasSubstr("another state"));
}

TEST_F(SenderTest, tries_again_what_was_refused) {
    node_.refusal = "1 is smaller than 2: insufficient funds";
    ASSERT_TRUE(turn({wish(1)}));
    ASSERT_TRUE(turn({wish(1)}));
    EXPECT_THAT(events(), ElementsAre("refused 1/0"));

    node_.refusal.clear();
    ASSERT_TRUE(turn({wish(1)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 3, 3));
    EXPECT_THAT(events(), ElementsAre("sent 1/0"));
}

TEST_F(SenderTest, waits_for_its_account) {
    node_.has_account = false;
    ASSERT_TRUE(turn({wish(1)}));
    ASSERT_TRUE(turn({wish(1)}));
    EXPECT_THAT(events(), ElementsAre("trouble 0/0"));

    node_.has_account = true;
    ASSERT_TRUE(turn({wish(1)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3));
}

TEST_F(SenderTest, loses_nothing_while_its_node_is_away) {
    ASSERT_TRUE(turn({wish(1)}));
    node_.is_away = true;
    EXPECT_FALSE(turn({wish(1), wish(2)}));
    node_.is_away = false;
    node_.end_block();

    ASSERT_TRUE(turn({wish(2)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 4));
    EXPECT_THAT(events(), ElementsAre("sent 1/0", "included 1/0", "sent 2/0"));
}

/// A decline that takes the place of a start does not wait for it.
TEST_F(SenderTest, sends_another_step_of_the_same_job) {
    ASSERT_TRUE(turn({wish(1)}));
    ASSERT_TRUE(turn({wish(1, Step::decline)}));

    EXPECT_THAT(node_.broadcasts, ElementsAre(3, 4));
}

}  // namespace
}  // namespace steelyard::worker
