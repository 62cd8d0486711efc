#include "ledger/app/application.h"

#include "ledger/block/beacon_tx.h"
#include "proto/codec.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"
#include "storage/memory_store.h"
#include "tests/unit/ledger/genesis_builder.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace steelyard::ledger {
namespace {

using testing::HasSubstr;

class TestProver final : public BeaconProver {
public:
    explicit TestProver(crypto::PrivateKey key) : key_(std::move(key)) {}

    Result<crypto::vrf::Proof> prove(const ByteArray<33>& key, ByteView alpha) const override {
        if (!equal(key_.public_key().bytes(), key)) {
            return fail(ErrorCode::not_found, "another key is in force");
        }
        return crypto::vrf::prove(key_.secret(), alpha);
    }

private:
    crypto::PrivateKey key_;
};

/// The application of validator 0, over a store that outlives it.
class LedgerApplication : public testing::Test {
protected:
    LedgerApplication() { open(GenesisBuilder::key('b', 0)); }

    void open(std::optional<crypto::PrivateKey> beacon_key, ApplicationOptions options = {}) {
        application_.reset();
        auto prover = beacon_key ? std::make_unique<TestProver>(*std::move(beacon_key)) : nullptr;
        application_ = Application::open(store_, std::move(prover), std::move(options)).value();
    }

    abci::GenesisOutcome begin() { return application_->init_chain(doc_).value(); }

    abci::ProposalRequest request(std::vector<Bytes> txs = {}) const {
        return {
            .height = chain::Height(height_ + 1),
            .time = doc_.genesis_time,
            .proposer_address = GenesisBuilder::validator(0).consensus_key.address(),
            .txs_size_max = 1'000'000,
            .txs = std::move(txs),
        };
    }

    std::vector<Bytes> propose(std::vector<Bytes> txs = {}) {
        return std::get<std::vector<Bytes>>(*application_->prepare_proposal(request(std::move(txs)))
        );
    }

    chain::Block block_of(std::vector<Bytes> txs) const {
        chain::Block block;
        block.header.chain_id = doc_.chain_id;
        block.header.height = chain::Height(height_ + 1);
        block.header.time = doc_.genesis_time;
        block.header.proposer_address = GenesisBuilder::validator(0).consensus_key.address();
        block.txs = std::move(txs);
        return block;
    }

    abci::BlockResults execute(std::vector<Bytes> txs) {
        const chain::Block block = block_of(propose(std::move(txs)));
        EXPECT_TRUE(*application_->process_proposal(block));
        auto results = application_->finalize_block(block, std::nullopt).value();
        EXPECT_TRUE(application_->commit());
        ++height_;
        return results;
    }

    abci::CheckTxResult check(const Bytes& tx, abci::CheckType type = abci::CheckType::fresh) {
        return application_->check_tx(tx, type).value();
    }

    Bytes transfer(std::uint64_t sequence) {
        wallet_.sequence = sequence;
        return make_transfer(wallet_, GenesisBuilder::wallet(1).address).sign();
    }

    abci::QueryResult query(std::string path, Bytes data = {}, std::int64_t height = 0) {
        return *application_->query(
            {.path = std::move(path),
             .data = std::move(data),
             .height = chain::Height(height),
             .prove = true}
        );
    }

    GenesisBuilder builder_;
    chain::GenesisDoc doc_ = builder_.build();
    Wallet wallet_ = GenesisBuilder::wallet(0);
    storage::MemoryStore store_;
    std::unique_ptr<Application> application_;
    std::int64_t height_ = 0;
};

TEST_F(LedgerApplication, answers_a_genesis_with_validators_and_the_same_hash_each_time) {
    const auto first = begin();
    open(std::nullopt);
    const auto second = begin();

    EXPECT_EQ(first.validators.size(), 2U);
    EXPECT_EQ(first.app_hash, second.app_hash);
    EXPECT_EQ(application_->info()->last_height, chain::Height());
    EXPECT_THAT(query("/store/auth/key", {'c'}).log, HasSubstr("no block yet"));
}

TEST_F(LedgerApplication, executes_blocks_and_keeps_them_over_a_restart) {
    begin();
    const auto results = execute({transfer(1)});
    const auto hash = results.app_hash;

    open(GenesisBuilder::key('b', 0));

    ASSERT_EQ(results.tx_results.size(), 2U);
    EXPECT_EQ(results.tx_results[1].code, 0U) << results.tx_results[1].log;
    EXPECT_EQ(application_->info()->last_height, chain::Height(1));
    EXPECT_EQ(application_->info()->app_hash, hash);
    EXPECT_EQ(execute({transfer(2)}).tx_results.at(1).code, 0U);
}

TEST_F(LedgerApplication, abstains_without_the_key_that_is_in_force) {
    begin();
    open(std::nullopt);
    begin();
    EXPECT_THAT(
        std::get<abci::Abstention>(*application_->prepare_proposal(request())).reason,
        HasSubstr("this node has no beacon key")
    );

    open(GenesisBuilder::key('b', 1));
    begin();
    EXPECT_THAT(
        std::get<abci::Abstention>(*application_->prepare_proposal(request())).reason,
        HasSubstr("another key is in force")
    );
}

TEST_F(LedgerApplication, refuses_blocks_without_a_good_beacon) {
    begin();
    const Bytes beacon = propose().at(0);
    const auto accepts = [&](std::vector<Bytes> txs) {
        return *application_->process_proposal(block_of(std::move(txs)));
    };

    EXPECT_TRUE(accepts({beacon}));
    EXPECT_TRUE(accepts({beacon, transfer(1)}));
    EXPECT_FALSE(accepts({}));
    EXPECT_FALSE(accepts({transfer(1)}));
    EXPECT_FALSE(accepts({beacon, beacon}));
    EXPECT_FALSE(accepts({beacon, {1, 2, 3}}));
    execute({});
    EXPECT_FALSE(accepts({beacon}));
}

TEST_F(LedgerApplication, admits_the_next_sequence_of_what_waits) {
    begin();

    EXPECT_EQ(check(transfer(1)).result.code, 0U);
    EXPECT_EQ(check(transfer(2)).result.code, 0U);
    EXPECT_EQ(check(transfer(2)).result.code, kinds::wrong_sequence.code);
    EXPECT_EQ(check(transfer(4)).result.code, kinds::wrong_sequence.code);

    execute({});
    EXPECT_EQ(check(transfer(2), abci::CheckType::recheck).result.code, kinds::wrong_sequence.code);
    EXPECT_EQ(check(transfer(1), abci::CheckType::recheck).result.code, 0U);
    EXPECT_EQ(check(transfer(2), abci::CheckType::recheck).result.code, 0U);
}

TEST_F(LedgerApplication, tells_the_mempool_who_pays_how_much) {
    begin();

    const auto check_result = check(transfer(1));

    EXPECT_EQ(check_result.sender, as_text(wallet_.address));
    EXPECT_EQ(check_result.sequence, 1U);
    EXPECT_EQ(check_result.priority, std::int64_t{3'000} * 1'000'000 / 200'000);
}

TEST_F(LedgerApplication, finds_bad_signatures_with_and_without_preparation) {
    begin();
    Bytes bad = transfer(1);
    bad.back() ^= 1;

    application_->prepare_tx(bad);

    EXPECT_EQ(check(bad).result.code, kinds::unauthorized.code);
    const auto beacon = propose().at(0);
    const auto results = application_->finalize_block(block_of({beacon, bad}), std::nullopt);
    EXPECT_EQ(results->tx_results.at(1).code, kinds::unauthorized.code);
}

TEST_F(LedgerApplication, proposes_what_passes_in_its_order_and_fits) {
    begin();
    const std::vector<Bytes> waiting = {transfer(1), transfer(3), transfer(2)};
    EXPECT_EQ(propose(waiting).size(), 3U);

    auto small = request(waiting);
    small.txs_size_max =
        block::beacon_tx_size + 2 + static_cast<std::int64_t>(waiting[0].size()) + 10;
    const auto txs = std::get<std::vector<Bytes>>(*application_->prepare_proposal(small));
    EXPECT_EQ(txs.size(), 2U);
}

/// To propose more than there is room for stops the node.
TEST_F(LedgerApplication, proposes_nothing_where_the_beacon_does_not_fit) {
    begin();
    auto small = request();
    small.txs_size_max = block::beacon_tx_size + 2;
    EXPECT_EQ(std::get<std::vector<Bytes>>(*application_->prepare_proposal(small)).size(), 1U);

    small.txs_size_max -= 1;

    EXPECT_THAT(
        std::get<abci::Abstention>(*application_->prepare_proposal(small)).reason,
        HasSubstr("room for 126 bytes")
    );
}

TEST_F(LedgerApplication, proves_records_and_their_absence_at_heights_in_history) {
    begin();
    execute({transfer(1)});
    const auto before = application_->info()->app_hash;
    execute({transfer(2)});
    const Bytes key = {'n', 0, 0, 0, 0, 0, 0, 0, 0};

    for (const Bytes& asked : {key, Bytes{'n', 9}}) {
        const auto found = query("/store/auth/key", asked, 1);
        ASSERT_EQ(found.code, 0U) << found.log;
        ASSERT_EQ(found.proof_ops.size(), 2U);
        EXPECT_EQ(found.proof_ops[0].type, "ics23:iavl");
        EXPECT_EQ(found.proof_ops[1].type, "ics23:simple");
        EXPECT_EQ(found.height, chain::Height(1));
        const auto of_store = crypto::decode_commitment_proof(found.proof_ops[1].data).value();
        const auto in_store = crypto::decode_commitment_proof(found.proof_ops[0].data).value();
        const auto& exists = std::get<crypto::ExistenceProof>(of_store);
        const auto root = to_array<32>(ByteView(exists.value).first<32>());
        const auto app_hash = to_array<32>(before.view().first<32>());
        EXPECT_TRUE(crypto::verify_membership(
            crypto::ProofSpec::tendermint, app_hash, of_store, as_bytes("auth"), exists.value
        ));
        if (asked == key) {
            EXPECT_TRUE(crypto::verify_membership(
                crypto::ProofSpec::iavl, root, in_store, asked, found.value
            ));
        } else {
            EXPECT_TRUE(
                crypto::verify_non_membership(crypto::ProofSpec::iavl, root, in_store, asked)
            );
        }
    }
}

TEST_F(LedgerApplication, proves_at_once_after_a_restart_what_the_last_header_shows) {
    begin();
    execute({transfer(1)});
    execute({transfer(2)});
    const Bytes key = {'n', 0, 0, 0, 0, 0, 0, 0, 0};
    const auto before = query("/store/auth/key", key, 1);

    open(GenesisBuilder::key('b', 0));

    const auto after = query("/store/auth/key", key, 1);
    ASSERT_EQ(after.code, 0U) << after.log;
    EXPECT_EQ(after.value, before.value);
    ASSERT_EQ(after.proof_ops.size(), 2U);
    EXPECT_EQ(after.proof_ops[0].data, before.proof_ops[0].data);
    EXPECT_EQ(after.proof_ops[1].data, before.proof_ops[1].data);
    EXPECT_EQ(execute({transfer(3)}).tx_results.at(1).code, 0U);
}

TEST_F(LedgerApplication, says_what_it_cannot_be_asked) {
    begin();
    execute({});

    EXPECT_THAT(query("/store/auth/key", {'c'}, 9).log, HasSubstr("at heights 1 to 1, not 9"));
    EXPECT_THAT(query("/store/nosuch/key", {'c'}).log, HasSubstr("is no path"));
    EXPECT_THAT(query("/store/auth/subspace", {'c'}).log, HasSubstr("is no path"));
    EXPECT_THAT(query("/store/auth/key").log, HasSubstr("a key has 1 to 255 bytes"));
    EXPECT_THAT(query("/nosuch.Service/Method").log, HasSubstr("unknown query path"));
    EXPECT_EQ(query("/store/book/key", {'c'}).proof_ops.size(), 1U);
    EXPECT_EQ(query("/cosmos.staking.v1beta1.Query/Params").code, 0U);
}

TEST_F(LedgerApplication, refuses_a_second_block_before_the_commit) {
    begin();
    const chain::Block block = block_of(propose());

    EXPECT_TRUE(application_->finalize_block(block, std::nullopt));

    EXPECT_FALSE(application_->finalize_block(block, std::nullopt));
    EXPECT_TRUE(application_->commit());
    EXPECT_FALSE(application_->commit());
}

/// The mempool waits for a check to end before it lets a block be committed.
TEST_F(LedgerApplication, lets_no_check_wait_for_a_commit) {
    open(GenesisBuilder::key('b', 0), {.patience = std::chrono::milliseconds(1)});
    begin();
    EXPECT_TRUE(application_->finalize_block(block_of(propose({transfer(1)})), std::nullopt));

    const auto between = application_->check_tx(transfer(2), abci::CheckType::fresh);

    ASSERT_TRUE(between) << between.error().message();
    EXPECT_EQ(between->result.code, 0U) << between->result.log;
    EXPECT_FALSE(application_->query({.path = "/app/version"}));
    EXPECT_TRUE(application_->commit());
    EXPECT_EQ(check(transfer(2), abci::CheckType::recheck).result.code, 0U);
    EXPECT_TRUE(application_->query({.path = "/app/version"}));
}

/// What is listed follows each block, also the genesis's, and is there after a restart.
TEST_F(LedgerApplication, lists_what_accounts_have_in_the_market) {
    namespace pb = ::steelyard::market::v1;
    const auto listed = [&] {
        pb::QueryAsksRequest request;
        request.set_provider(wallet_.text());
        const auto answer = query("/steelyard.market.v1.Query/Asks", proto::serialize(request));
        EXPECT_EQ(answer.code, 0U) << answer.log;
        pb::QueryAsksResponse response;
        EXPECT_TRUE(
            response.ParseFromArray(answer.value.data(), static_cast<int>(answer.value.size()))
        );
        return response;
    };
    const auto send = [&](const std::vector<const google::protobuf::Message*>& messages) {
        TxDraft draft;
        for (const auto* const message : messages) {
            draft.message(*message);
        }
        const Bytes tx = draft.fee("30000uyard", 1'000'000).signer(wallet_).sign();
        ASSERT_EQ(check(tx).result.log, "");
        const auto results = execute({tx});
        ++wallet_.sequence;
        EXPECT_EQ(results.tx_results.at(1).code, 0U) << results.tx_results[1].log;
    };
    pb::MsgCreateClass new_class;
    new_class.set_creator(wallet_.text());
    new_class.set_name("cpu.small");
    new_class.set_kind("cpu");
    new_class.set_wu_per_second_floor(1);
    pb::MsgRegisterProvider provider;
    provider.set_provider(wallet_.text());
    provider.set_moniker("P");
    provider.set_region("eu");
    provider.mutable_bond()->set_denom("uyard");
    provider.mutable_bond()->set_amount("5000000");
    pb::MsgPostAsk ask;
    ask.set_provider(wallet_.text());
    ask.set_class_id(1);
    ask.set_product(1);
    ask.set_price(25);
    ask.set_work_units(1'000);
    ask.set_lifetime(100);

    begin();
    send({&new_class, &provider, &ask});
    ASSERT_EQ(listed().asks_size(), 1) << "of the first block";
    ask.set_price(30);
    send({&ask});
    ASSERT_EQ(listed().asks_size(), 2) << "of another";
    open(GenesisBuilder::key('b', 0));
    const auto asks = listed();
    ASSERT_EQ(asks.asks_size(), 2) << "after a restart";
    pb::MsgCancelAsk cancel;
    cancel.set_provider(wallet_.text());
    cancel.set_class_id(1);
    cancel.set_product(1);
    cancel.set_price(asks.asks(0).price());
    cancel.set_posted_height(asks.asks(0).posted_height());
    cancel.set_ask_id(asks.asks(0).ask_id());
    send({&cancel});
    ASSERT_EQ(listed().asks_size(), 1);
    EXPECT_EQ(listed().asks(0).price(), 30U);
}

TEST_F(LedgerApplication, is_asked_by_threads_while_blocks_are_executed) {
    constexpr int blocks = 20;
    begin();
    execute({});
    std::vector<Bytes> txs;
    for (std::uint64_t sequence = 1; sequence <= blocks; ++sequence) {
        txs.push_back(transfer(sequence));
    }
    std::atomic<bool> is_over = false;
    std::atomic<int> failures = 0;
    const auto until_over = [&](auto&& ask) {
        return std::thread([&is_over, &failures, ask] {
            for (std::size_t i = 0; !is_over; ++i) {
                failures += ask(i) ? 0 : 1;
            }
        });
    };
    std::vector<std::thread> threads;
    threads.push_back(until_over([&](std::size_t i) {
        return application_->check_tx(txs[i % txs.size()], abci::CheckType::fresh).has_value();
    }));
    threads.push_back(until_over([&](std::size_t i) {
        application_->prepare_tx(txs[i % txs.size()]);
        return application_->info().has_value();
    }));
    threads.push_back(until_over([&](std::size_t) {
        const auto answer = application_->query({.path = "/cosmos.bank.v1beta1.Query/TotalSupply"});
        return answer && answer->code == 0;
    }));
    threads.push_back(until_over([&](std::size_t) {
        const auto answer =
            application_->query({.path = "/store/auth/key", .data = {'c'}, .prove = true});
        return answer && answer->code == 0;
    }));

    for (const Bytes& tx : txs) {
        EXPECT_EQ(execute({tx}).tx_results.at(1).code, 0U);
    }
    is_over = true;
    for (std::thread& thread : threads) {
        thread.join();
    }

    EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace steelyard::ledger
