#include "mempool/pool.h"

#include <gtest/gtest.h>

namespace steelyard::mempool {
namespace {

TxRef tx(std::string_view text) {
    return make_tx(to_bytes(as_bytes(text)));
}

/// What an application says of a transaction.
struct Terms {
    std::string sender{};
    std::uint64_t sequence = 0;
    std::int64_t priority = 0;
    std::int64_t gas = 1;
    std::uint32_t code = 0;
    PeerId source = 0;
};

abci::CheckTxResult answer(const Terms& terms) {
    abci::CheckTxResult check{
        .sender = terms.sender, .sequence = terms.sequence, .priority = terms.priority
    };
    check.result.code = terms.code;
    check.result.gas_wanted = terms.gas;
    return check;
}

class TxPool : public testing::Test {
protected:
    explicit TxPool(const Config& config = {.max_txs = 4, .max_txs_bytes = 100, .max_tx_bytes = 50})
        : pool_(config) {}

    Verdict add(std::string_view text, const Terms& terms = {}) {
        removed_.clear();
        Verdict verdict = pool_.begin(tx(text));
        if (verdict.outcome == Outcome::accepted) {
            verdict = pool_.finish(verdict.tx, answer(terms), terms.source, removed_);
        }
        return verdict;
    }

    void commit(
        std::int64_t height, const std::vector<std::string>& texts, std::uint32_t code = 0
    ) {
        std::vector<TxKey> keys;
        for (const std::string& text : texts) {
            keys.push_back(tx(text)->key);
        }
        const std::vector<std::uint32_t> codes(keys.size(), code);
        removed_.clear();
        pool_.commit(chain::Height(height), keys, codes, removed_);
    }

    static std::string texts(const std::vector<TxRef>& txs) {
        std::string joined;
        for (const TxRef& each : txs) {
            joined += std::string(joined.empty() ? "" : " ") + std::string(as_text(each->bytes));
        }
        return joined;
    }

    std::string order() const { return texts(pool_.first(1'000)); }

    Pool pool_;
    std::vector<TxKey> removed_;
};

TEST_F(TxPool, keeps_the_order_of_arrival_where_nothing_else_is_known) {
    for (const auto* const text : {"c", "a", "b"}) {
        EXPECT_EQ(add(text).outcome, Outcome::accepted);
    }

    EXPECT_EQ(order(), "c a b");
    EXPECT_EQ(pool_.size(), 3U);
    EXPECT_EQ(pool_.size_bytes(), 3U);
}

TEST_F(TxPool, puts_higher_priority_first_but_keeps_a_senders_sequence) {
    add("low", {.priority = 1});
    add("x2", {.sender = "x", .sequence = 2, .priority = 9});
    add("x1", {.sender = "x", .sequence = 1, .priority = 3});
    add("mid", {.priority = 5});

    EXPECT_EQ(order(), "mid x1 x2 low");
}

TEST_F(TxPool, refuses_in_cometbfts_words) {
    add("a");
    EXPECT_EQ(add("a").result().error().message(), "tx already exists in cache");
    EXPECT_EQ(
        add(std::string(51, 'x')).result().error().message(),
        "Tx too large. Max size is 50, but got 51"
    );
    add("b");
    add("c");
    add("d");
    EXPECT_EQ(
        add("e").result().error().message(),
        "mempool is full: number of txs 4 (max: 4), total txs bytes 4 (max: 100)"
    );
}

TEST_F(TxPool, gives_what_the_application_refuses_another_chance) {
    EXPECT_EQ(add("a", {.code = 5}).outcome, Outcome::invalid);
    EXPECT_EQ(add("a", {.code = 5}).result()->result.code, 5U);
    EXPECT_EQ(add("a").outcome, Outcome::accepted);
    EXPECT_EQ(pool_.stats().invalid, 2U);
}

TEST_F(TxPool, gives_what_had_no_room_another_chance) {
    for (const auto* const text : {"a", "b", "c", "d"}) {
        add(text);
    }
    EXPECT_EQ(add("e").outcome, Outcome::full);

    commit(1, {"a"});

    EXPECT_EQ(add("e").outcome, Outcome::accepted);
}

TEST_F(TxPool, lets_the_lowest_give_way_to_a_higher_one_only) {
    add("a", {.priority = 1});
    add("b", {.priority = 3});
    add("c", {.priority = 1});
    add("d", {.priority = 2});

    EXPECT_EQ(add("same", {.priority = 1}).outcome, Outcome::full);
    EXPECT_EQ(add("more", {.priority = 2}).outcome, Outcome::accepted);

    EXPECT_EQ(order(), "b d more a");
    EXPECT_EQ(removed_, std::vector{tx("c")->key});
    EXPECT_EQ(add("c", {.priority = 9}).outcome, Outcome::accepted);
}

TEST_F(TxPool, lets_several_give_way_to_a_large_one_or_none) {
    add(std::string(40, 'a'), {.priority = 1});
    add(std::string(40, 'b'), {.priority = 2});
    add(std::string(20, 'c'), {.priority = 5});

    EXPECT_EQ(add(std::string(50, 'd'), {.priority = 2}).outcome, Outcome::full);
    EXPECT_EQ(pool_.size(), 3U);
    EXPECT_EQ(add(std::string(50, 'd'), {.priority = 3}).outcome, Outcome::accepted);
    EXPECT_EQ(removed_.size(), 2U);
    EXPECT_EQ(pool_.size_bytes(), 70U);
}

TEST_F(TxPool, lets_the_last_of_a_sender_give_way_before_those_it_needs) {
    add("x1", {.sender = "x", .sequence = 1, .priority = 1});
    add("x2", {.sender = "x", .sequence = 2, .priority = 2});
    add("y1", {.sender = "y", .sequence = 1, .priority = 8});
    add("y2", {.sender = "y", .sequence = 2, .priority = 8});

    add("z1", {.sender = "z", .sequence = 1, .priority = 5});
    EXPECT_EQ(removed_, std::vector{tx("x2")->key});
    add("z2", {.sender = "z", .sequence = 2, .priority = 5});
    EXPECT_EQ(removed_, std::vector{tx("x1")->key});
    EXPECT_EQ(order(), "y1 y2 z1 z2");
}

TEST_F(TxPool, lets_no_transaction_drive_out_its_own_sender) {
    for (std::uint64_t i = 1; i <= 4; ++i) {
        add(fmt::format("x{}", i), {.sender = "x", .sequence = i, .priority = 1});
    }

    EXPECT_EQ(add("x5", {.sender = "x", .sequence = 5, .priority = 9}).outcome, Outcome::full);
}

TEST_F(TxPool, lets_the_newest_of_who_holds_most_give_way_among_equals) {
    pool_.add_source(7);
    for (const auto* const text : {"a", "b", "c", "d"}) {
        EXPECT_EQ(add(text, {.source = 7}).outcome, Outcome::accepted);
    }
    EXPECT_EQ(add("e", {.source = 7}).outcome, Outcome::full);

    EXPECT_EQ(add("mine").outcome, Outcome::accepted);
    EXPECT_EQ(removed_, std::vector{tx("d")->key});
    EXPECT_EQ(add("too").outcome, Outcome::accepted);
    EXPECT_EQ(removed_, std::vector{tx("c")->key});

    EXPECT_EQ(order(), "a b mine too");
    EXPECT_EQ(add("more").outcome, Outcome::full) << "shares are equal";
    EXPECT_EQ(add("c", {.source = 7}).outcome, Outcome::full);
    EXPECT_EQ(pool_.stats().evicted, 2U);
}

TEST_F(TxPool, shares_bytes_where_those_are_scarce) {
    pool_.add_source(7);
    add(std::string(48, 'a'), {.source = 7});
    add(std::string(48, 'b'), {.source = 7});

    EXPECT_EQ(add(std::string(40, 'c')).outcome, Outcome::accepted);
    EXPECT_EQ(removed_, std::vector{tx(std::string(48, 'b'))->key});
    EXPECT_EQ(add(std::string(20, 'd')).outcome, Outcome::full);
    EXPECT_EQ(pool_.size_bytes(), 88U);
}

TEST_F(TxPool, shares_nothing_with_a_lower_priority) {
    for (const auto* const text : {"a", "b", "c", "d"}) {
        add(text, {.priority = 2, .source = 7});
    }

    EXPECT_EQ(add("poor", {.priority = 1}).outcome, Outcome::full);
    EXPECT_EQ(add("equal", {.priority = 2}).outcome, Outcome::accepted);
}

TEST_F(TxPool, gives_those_that_went_one_share_together) {
    pool_.add_source(7);
    pool_.add_source(8);
    add("a", {.source = 7});
    add("b", {.source = 8});
    add("c", {.source = 9});  // nobody knows this one
    add("d");
    pool_.remove_source(7);
    pool_.remove_source(8);
    pool_.add_source(10);

    EXPECT_EQ(add("e", {.source = 8}).outcome, Outcome::full);
    EXPECT_EQ(add("f", {.source = 10}).outcome, Outcome::accepted);

    EXPECT_EQ(removed_, std::vector{tx("c")->key});
    EXPECT_EQ(order(), "a b d f");
}

TEST_F(TxPool, lets_of_a_sender_the_last_give_way_whichever_came_last) {
    for (std::uint64_t sequence = 4; sequence > 0; --sequence) {
        add(fmt::format("x{}", sequence), {.sender = "x", .sequence = sequence, .source = 7});
    }

    EXPECT_EQ(add("mine").outcome, Outcome::accepted);
    EXPECT_EQ(removed_, std::vector{tx("x4")->key});
    EXPECT_EQ(add("x5", {.sender = "x", .sequence = 5}).outcome, Outcome::full) << "its own sender";
}

TEST_F(TxPool, replaces_for_a_tenth_more) {
    add("old", {.sender = "x", .sequence = 1, .priority = 100});

    EXPECT_EQ(add("same", {.sender = "x", .sequence = 1, .priority = 109}).outcome, Outcome::full);
    EXPECT_EQ(
        add("new", {.sender = "x", .sequence = 1, .priority = 110}).outcome, Outcome::accepted
    );

    EXPECT_EQ(order(), "new");
    EXPECT_EQ(removed_, std::vector{tx("old")->key});
    EXPECT_EQ(pool_.stats().replaced, 1U);
}

TEST_F(TxPool, reaps_what_fits_with_tag_and_length) {
    add(std::string(10, 'a'));
    add(std::string(20, 'b'));
    add(std::string(5, 'c'));

    EXPECT_EQ(pool_.reap(-1, -1).size(), 3U);
    EXPECT_EQ(pool_.reap(12 + 22 + 7, -1).size(), 3U);
    EXPECT_EQ(texts(pool_.reap(12 + 22 + 6, -1)), "aaaaaaaaaa bbbbbbbbbbbbbbbbbbbb");
    EXPECT_EQ(texts(pool_.reap(12 + 21, -1)), "aaaaaaaaaa ccccc");
    EXPECT_EQ(pool_.reap(-1, 2).size(), 2U);
    EXPECT_EQ(pool_.reap(0, -1).size(), 0U);
}

TEST_F(TxPool, reaps_nothing_of_a_sender_after_what_does_not_fit) {
    add(std::string(30, 'a'), {.sender = "x", .sequence = 1});
    add("x2", {.sender = "x", .sequence = 2});
    add("other");

    EXPECT_EQ(texts(pool_.reap(20, -1)), "other");
}

TEST_F(TxPool, refuses_what_no_block_can_hold) {
    pool_.set_block_limits(12, 5);

    EXPECT_EQ(add(std::string(10, 'a')).outcome, Outcome::accepted);
    EXPECT_EQ(
        add(std::string(11, 'b')).result().error().message(),
        "tx pre check: tx size is too big: 13, max: 12"
    );
    EXPECT_EQ(
        add("c", {.gas = 6}).result().error().message(), "gas wanted 6 is greater than max gas 5"
    );
    EXPECT_EQ(add("d", {.gas = -1}).result().error().message(), "gas wanted -1 is negative");
}

TEST_F(TxPool, knows_what_a_block_held_again) {
    add("a");
    add("b");

    commit(1, {"a", "strange"});

    EXPECT_EQ(order(), "b");
    EXPECT_EQ(add("a").outcome, Outcome::duplicate);
    EXPECT_EQ(add("strange").outcome, Outcome::duplicate);
    EXPECT_EQ(pool_.stats().committed, 1U);
}

TEST_F(TxPool, does_not_take_what_a_block_held_while_it_was_checked) {
    const Verdict begun = pool_.begin(tx("a"));
    ASSERT_EQ(begun.outcome, Outcome::accepted);
    EXPECT_EQ(pool_.begin(tx("a")).outcome, Outcome::duplicate);

    commit(1, {"a"});

    EXPECT_EQ(pool_.finish(begun.tx, answer({}), 0, removed_).outcome, Outcome::duplicate);
    EXPECT_EQ(add("a").outcome, Outcome::duplicate);
    EXPECT_EQ(order(), "");
}

TEST_F(TxPool, remembers_a_blocks_transaction_whose_check_ends_badly) {
    const Verdict refused = pool_.begin(tx("a"));
    const Verdict without_room = pool_.begin(tx("b"));
    commit(1, {"a", "b"});

    EXPECT_EQ(
        pool_.finish(refused.tx, answer({.code = 1}), 0, removed_).outcome, Outcome::duplicate
    );
    for (const auto* const text : {"c", "d", "e", "f"}) {
        EXPECT_EQ(add(text).outcome, Outcome::accepted);
    }
    EXPECT_EQ(pool_.finish(without_room.tx, answer({}), 0, removed_).outcome, Outcome::duplicate);

    EXPECT_EQ(add("a").outcome, Outcome::duplicate);
    EXPECT_EQ(add("b").outcome, Outcome::duplicate);
    EXPECT_EQ(order(), "c d e f");
}

TEST_F(TxPool, takes_what_failed_in_a_block_while_it_was_checked) {
    const Verdict begun = pool_.begin(tx("a"));

    commit(1, {"a"}, 1);

    EXPECT_EQ(pool_.finish(begun.tx, answer({}), 0, removed_).outcome, Outcome::accepted);
    EXPECT_EQ(order(), "a");
}

TEST_F(TxPool, takes_what_failed_in_a_block_again) {
    add("a");

    commit(1, {"a"}, 7);

    EXPECT_EQ(pool_.size(), 0U);
    EXPECT_EQ(add("a").outcome, Outcome::accepted);
}

TEST_F(TxPool, rechecks_what_waited_in_sequence_and_once) {
    add("p");
    add("x2", {.sender = "x", .sequence = 2});
    add("x1", {.sender = "x", .sequence = 1});
    commit(1, {});
    add("late");

    EXPECT_TRUE(pool_.has_senders_to_recheck());
    EXPECT_EQ(texts(pool_.next_to_recheck(1)), "x1");
    EXPECT_EQ(texts(pool_.next_to_recheck(5)), "x2 p");
    EXPECT_FALSE(pool_.has_to_recheck());
}

TEST_F(TxPool, throws_out_what_fails_a_recheck) {
    add("a");
    add("b");
    commit(1, {});
    const auto due = pool_.next_to_recheck(10);

    EXPECT_FALSE(pool_.finish_recheck(due[0], answer({.code = 1})));
    EXPECT_TRUE(pool_.finish_recheck(due[1], answer({})));

    EXPECT_EQ(order(), "b");
    EXPECT_EQ(add("a").outcome, Outcome::accepted);
}

TEST_F(TxPool, goes_on_rechecking_where_what_was_next_has_gone) {
    for (const auto* const text : {"a", "b", "c"}) {
        add(text);
    }
    commit(1, {});
    EXPECT_EQ(texts(pool_.next_to_recheck(1)), "a");
    EXPECT_FALSE(pool_.finish_recheck(tx("b"), answer({.code = 1})));
    EXPECT_FALSE(pool_.finish_recheck(tx("a"), answer({.code = 1})));

    EXPECT_EQ(texts(pool_.next_to_recheck(5)), "c");
}

TEST_F(TxPool, forgets_everything_when_flushed) {
    add("a", {.sender = "x"});
    add("b");

    EXPECT_EQ(pool_.flush().size(), 2U);

    EXPECT_EQ(pool_.size() + pool_.size_bytes(), 0U);
    EXPECT_EQ(order(), "");
    EXPECT_EQ(add("a").outcome, Outcome::accepted);
}

class TxPoolWithOtherLimits : public TxPool {
protected:
    TxPoolWithOtherLimits()
        : TxPool({
              .max_txs_per_sender = 2,
              .keep_invalid_txs_in_cache = true,
              .recheck = false,
              .ttl_blocks = 2,
          }) {}
};

TEST_F(TxPoolWithOtherLimits, takes_so_many_of_a_sender) {
    add("x1", {.sender = "x", .sequence = 1});
    add("x2", {.sender = "x", .sequence = 2});

    EXPECT_EQ(add("x3", {.sender = "x", .sequence = 3}).outcome, Outcome::full);
    EXPECT_EQ(add("y1", {.sender = "y", .sequence = 1}).outcome, Outcome::accepted);
}

TEST_F(TxPoolWithOtherLimits, remembers_what_was_invalid) {
    add("a", {.code = 1});

    EXPECT_EQ(add("a").outcome, Outcome::duplicate);
}

TEST_F(TxPoolWithOtherLimits, lets_go_what_waited_too_long) {
    commit(10, {});
    add("a");
    commit(11, {});
    EXPECT_TRUE(removed_.empty());

    commit(12, {});

    EXPECT_EQ(removed_, std::vector{tx("a")->key});
    EXPECT_EQ(pool_.size(), 0U);
    EXPECT_FALSE(pool_.has_to_recheck());
}

}  // namespace
}  // namespace steelyard::mempool
