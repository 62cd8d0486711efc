#include "ledger/app/read_txs.h"

#include "base/random.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/ledger/tx_draft.h"

#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <thread>

namespace steelyard::ledger {
namespace {

constexpr std::size_t plenty = std::size_t{1} << 20;

class ReadTransactions : public testing::Test {
protected:
    Bytes transfer(std::uint64_t sequence, std::string_view memo = "") {
        from_.sequence = sequence;
        TxDraft draft = make_transfer(from_, to_.address);
        draft.body.set_memo(std::string(memo));
        return draft.sign();
    }

    Bench bench_;
    Params params_;
    Wallet from_ = make_wallet(bench_.state, 1, "100uyard");
    Wallet to_ = make_wallet(bench_.state, 2, "100uyard");
};

TEST_F(ReadTransactions, are_read_once) {
    ReadTxs txs(plenty);
    const Bytes tx = transfer(1);

    const auto first = txs.read(tx, params_);
    const auto second = txs.reader()(tx, params_);

    ASSERT_TRUE(first && second);
    EXPECT_EQ(&(*first)->tx, second->get());
    EXPECT_EQ(txs.size(), 1U);
    EXPECT_EQ((*second)->size, tx.size());
}

TEST_F(ReadTransactions, are_told_apart_by_each_bit) {
    ReadTxs txs(plenty);
    const Bytes tx = transfer(1);
    const auto known = txs.read(tx, params_);
    Bytes other = tx;
    other.back() ^= 1;

    const auto read = txs.read(other, params_);

    ASSERT_TRUE(known && read);
    EXPECT_NE(*known, *read);
    EXPECT_NE((*known)->tx.decoded.raw.signatures, (*read)->tx.decoded.raw.signatures);
}

TEST_F(ReadTransactions, are_not_kept_where_a_rule_refuses_them) {
    ReadTxs txs(plenty);

    EXPECT_EQ(txs.read(Bytes{1, 2, 3}, params_).error().kind, kinds::tx_decode);

    EXPECT_EQ(txs.size(), 0U);
    EXPECT_EQ(txs.size_bytes(), 0U);
}

/// Parameters may change between two steps of a transaction's way.
TEST_F(ReadTransactions, keep_to_the_parameters_that_hold) {
    ReadTxs txs(plenty);
    const Bytes tx = transfer(1, "a memo");
    ASSERT_TRUE(txs.read(tx, params_));
    Params strict = params_;
    strict.auth.max_memo_characters = 5;
    Params stingy = params_;
    stingy.fees.tx_gas_max = 1;
    Params both = strict;
    both.fees.tx_gas_max = 1;

    for (const Params& params : {strict, stingy, both}) {
        const auto expected = pipeline::read_tx(tx, params);
        const auto known = txs.read(tx, params);
        ASSERT_FALSE(known);
        EXPECT_EQ(known.error().kind, expected.error().kind);
        EXPECT_EQ(known.error().log, expected.error().log);
    }
    EXPECT_TRUE(txs.read(tx, params_));
}

TEST_F(ReadTransactions, are_forgotten_with_their_block) {
    ReadTxs txs(plenty);
    const Bytes tx = transfer(1);
    const auto known = txs.read(tx, params_);

    const auto last = txs.last_reader()(tx, params_);

    EXPECT_EQ(last->get(), &(*known)->tx);
    EXPECT_EQ(txs.size(), 0U);
    EXPECT_EQ(txs.size_bytes(), 0U);
    EXPECT_TRUE(txs.last_reader()(tx, params_));
    EXPECT_EQ(txs.size(), 0U);
}

TEST_F(ReadTransactions, take_no_more_memory_than_they_may) {
    ReadTxs one(plenty);
    ASSERT_TRUE(one.read(transfer(100), params_));
    const std::size_t size = one.size_bytes();
    ReadTxs txs(3 * size);
    const Bytes oldest = transfer(100);
    const auto known = txs.read(oldest, params_);

    for (std::uint64_t sequence = 101; sequence < 110; ++sequence) {
        EXPECT_TRUE(txs.read(transfer(sequence), params_));
        EXPECT_LE(txs.size_bytes(), 3 * size);
    }

    EXPECT_EQ(txs.size(), 3U);
    EXPECT_NE(*txs.read(oldest, params_), *known);
    EXPECT_EQ((*known)->tx.signers.at(0), from_.address);  // who holds it has it still
}

TEST_F(ReadTransactions, are_read_each_time_where_one_has_no_room) {
    ReadTxs txs(1'000);

    EXPECT_TRUE(txs.read(transfer(1, std::string(200, 'm')), params_));

    EXPECT_EQ(txs.size(), 0U);
}

TEST_F(ReadTransactions, count_what_they_hold) {
    ReadTxs txs(plenty);
    ASSERT_TRUE(txs.read(transfer(100), params_));
    const std::size_t size = txs.size_bytes();
    const Bytes tx = transfer(101, std::string(200, 'm'));
    ASSERT_TRUE(txs.read(tx, params_));

    EXPECT_GT(size, tx.size());
    EXPECT_GE(txs.size_bytes(), 2 * size + 400);  // in the body, and beside it
}

/// Whatever is done to the bytes, in whichever order: the verdict is that of reading them anew.
TEST_F(ReadTransactions, have_the_verdict_of_reading_anew) {
    SeededRandom random(7);
    ReadTxs txs(plenty / 64);
    std::vector<Bytes> all;
    for (std::uint64_t sequence = 0; sequence < 8; ++sequence) {
        all.push_back(transfer(sequence, "memo"));
    }
    for (int round = 0; round < 4'000; ++round) {
        Bytes tx = all[random.next_u64() % all.size()];
        if (random.next_u64() % 3 == 0) {
            tx[random.next_u64() % tx.size()] ^= static_cast<std::uint8_t>(random.next_u64());
            all[random.next_u64() % all.size()] = random.next_u64() % 8 == 0 ? tx : all[0];
        }
        Params params = params_;
        params.auth.max_memo_characters = random.next_u64() % 4 == 0 ? 3 : 256;
        params.fees.tx_gas_max = random.next_u64() % 4 == 0 ? 3 : 1'000'000;

        const auto expected = pipeline::read_tx(tx, params);
        const auto known =
            random.next_u64() % 8 == 0 ? txs.last_reader()(tx, params) : txs.reader()(tx, params);

        ASSERT_EQ(known.has_value(), expected.has_value());
        if (!known) {
            ASSERT_EQ(known.error().kind, expected.error().kind);
            ASSERT_EQ(known.error().log, expected.error().log);
            continue;
        }
        ASSERT_EQ((*known)->decoded.raw.body, expected->decoded.raw.body);
        ASSERT_EQ((*known)->decoded.raw.auth_info, expected->decoded.raw.auth_info);
        ASSERT_EQ((*known)->decoded.raw.signatures, expected->decoded.raw.signatures);
        ASSERT_EQ((*known)->signers, expected->signers);
        ASSERT_EQ((*known)->payer, expected->payer);
    }
}

TEST_F(ReadTransactions, are_shared_by_threads) {
    ReadTxs txs(20'000);
    std::vector<Bytes> all;
    for (std::uint64_t sequence = 0; sequence < 20; ++sequence) {
        all.push_back(transfer(sequence));
    }
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::size_t i = 0; i < 400; ++i) {
                const Bytes& tx = all[(i * (thread + 1)) % all.size()];
                const auto& read = i % 16 == 0 ? txs.last_reader() : txs.reader();
                failures += read(tx, params_) ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }

    EXPECT_EQ(failures, 0);
    EXPECT_LE(txs.size_bytes(), 20'000U);
}

}  // namespace
}  // namespace steelyard::ledger
