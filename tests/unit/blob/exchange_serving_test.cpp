#include "tests/unit/blob/exchange_bench.h"

#include <gmock/gmock.h>

namespace steelyard::blob {
namespace {

using namespace std::chrono_literals;
using test::TestBlob;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ExchangeServing : public test::ExchangeBench {
protected:
    const TestBlob& make_whole(std::uint32_t number, std::uint32_t groups) {
        const TestBlob& blob = make(number, groups);
        files_.whole.insert(blob.id);
        return blob;
    }

    static Hash256 unknown(std::uint32_t number) {
        return {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8), 7};
    }
};

TEST_F(ExchangeServing, gives_what_is_here) {
    const TestBlob& blob = make_whole(1, 3);
    add_peers(1, 2);

    receive(1, Want{{unknown(1), blob.id}, 0});
    work();
    EXPECT_THAT(sent<Have>(1), ElementsAre(Have{blob.id}));
    receive(1, GetTree{blob.id});
    receive(1, GetGroup{blob.id, 2});
    receive(1, GetGroup{blob.id, 0});
    work();

    EXPECT_THAT(sent<TreeMessage>(1), ElementsAre(TreeMessage{blob.id, blob.tree}));
    EXPECT_THAT(sent<GroupMessage>(1), ElementsAre(group(blob, 2), group(blob, 0)));
    EXPECT_EQ(exchange_.stats().bytes_served, blob.groups[0].size() + blob.groups[2].size());
    EXPECT_EQ(exchange_.stats().loaded_bytes, 0U);
    EXPECT_THAT(link_.sent[2], IsEmpty());
}

TEST_F(ExchangeServing, answers_in_the_order_of_the_questions) {
    const TestBlob& blob = make_whole(1, 3);
    add_peers(1, 1);
    receive(1, GetGroup{blob.id, 0});
    receive(1, GetGroup{unknown(1), 0});
    ASSERT_EQ(files_.answers.size(), 2U);

    std::swap(files_.answers[0], files_.answers[1]);
    work();

    ASSERT_THAT(link_.sent[1], SizeIs(2));
    EXPECT_TRUE(std::holds_alternative<GroupMessage>(link_.sent[1][0]));
    EXPECT_TRUE(std::holds_alternative<Gone>(link_.sent[1][1]));
}

TEST_F(ExchangeServing, says_gone_of_what_is_not_here) {
    const TestBlob& blob = make_whole(1, 3);
    add_peers(1, 1);

    receive(1, GetTree{unknown(1)});
    receive(1, GetGroup{blob.id, 3});
    work();

    EXPECT_THAT(sent<Gone>(1), ElementsAre(Gone{unknown(1)}, Gone{blob.id}));
}

TEST_F(ExchangeServing, says_have_when_a_wanted_blob_comes) {
    const TestBlob& blob = make(1, 3);
    const TestBlob& other = make(2, 3);
    add_peers(1, 2);
    receive(1, Want{{blob.id, other.id}, 0});
    receive(1, Cancel{{other.id}});
    work();
    EXPECT_THAT(sent<Have>(1), IsEmpty());

    exchange_.added(blob.id, now_);
    exchange_.added(other.id, now_);
    exchange_.added(blob.id, now_);

    EXPECT_THAT(sent<Have>(1), ElementsAre(Have{blob.id}));
    EXPECT_THAT(sent<Have>(2), IsEmpty());
}

TEST_F(ExchangeServing, keeps_the_youngest_256_wants_of_a_peer) {
    add_peers(1, 1);
    for (std::uint32_t i = 0; i < 6; ++i) {
        Want want;
        for (std::uint32_t j = 0; j < ids_per_message_max; ++j) {
            want.ids.push_back(unknown(i * 64 + j));
        }
        receive(1, want);
        EXPECT_LE(files_.answers.size(), 1U);  // one question to the files at a time
    }
    work();

    for (std::uint32_t i = 0; i < 6 * 64; ++i) {
        exchange_.added(unknown(i), now_);
    }

    const auto haves = sent<Have>(1);
    ASSERT_THAT(haves, SizeIs(wanted_max));
    EXPECT_EQ(haves.front().id, unknown(128));
}

TEST_F(ExchangeServing, drops_who_asks_for_more_than_32_at_a_time) {
    const TestBlob& blob = make_whole(1, 3);
    add_peers(1, 2);
    for (std::size_t i = 0; i < unanswered_max; ++i) {
        receive(1, GetGroup{blob.id, 0});
        receive(2, GetGroup{blob.id, 0});
    }
    EXPECT_THAT(link_.dropped, IsEmpty());

    receive(1, GetTree{blob.id});

    EXPECT_THAT(link_.dropped[1], HasSubstr("more than 32"));
    work();
    EXPECT_THAT(sent<GroupMessage>(2), SizeIs(unanswered_max));
    EXPECT_EQ(exchange_.stats().loaded_bytes, 0U);
}

TEST_F(ExchangeServing, reads_only_so_much_at_a_time_and_for_peers_in_turns) {
    const TestBlob& blob = make_whole(1, 3);
    add_peers(1, 30);
    for (PeerId peer = 1; peer <= 30; ++peer) {
        for (std::size_t i = 0; i < unanswered_max; ++i) {
            receive(peer, GetGroup{blob.id, 0});
        }
    }
    std::size_t most = 0;
    std::size_t least_served = 0;
    while (!files_.answers.empty()) {
        most = std::max(most, exchange_.stats().loaded_bytes);
        EXPECT_LE(files_.answers.size(), loaded_bytes_max / group_bytes_max);
        const auto answer = std::move(files_.answers.front());
        files_.answers.pop_front();
        answer(exchange_, now_);
        std::size_t fewest = unanswered_max;
        std::size_t highest = 0;
        for (PeerId peer = 1; peer <= 30; ++peer) {
            fewest = std::min(fewest, link_.sent[peer].size());
            highest = std::max(highest, link_.sent[peer].size());
        }
        EXPECT_LE(highest, fewest + 4);
        least_served = fewest;
    }

    EXPECT_EQ(most, loaded_bytes_max);
    EXPECT_EQ(least_served, unanswered_max);
}

TEST_F(ExchangeServing, keeps_nothing_in_memory_for_peers_that_do_not_take_it) {
    const TestBlob& blob = make_whole(1, 3);
    add_peers(1, 21);
    for (PeerId peer = 1; peer <= 20; ++peer) {
        link_.full.insert(peer);
        for (std::size_t i = 0; i < unanswered_max; ++i) {
            receive(peer, GetGroup{blob.id, 0});
        }
    }
    work();
    EXPECT_EQ(exchange_.stats().loaded_bytes, 0U);

    receive(21, GetGroup{blob.id, 1});
    work();
    EXPECT_THAT(sent<GroupMessage>(21), ElementsAre(group(blob, 1)));

    link_.full.erase(1);
    exchange_.drained(1, now_);
    work();
    EXPECT_THAT(sent<GroupMessage>(1), SizeIs(unanswered_max));
}

TEST_F(ExchangeServing, fetches_for_others_with_a_hop_less) {
    const TestBlob& blob = make(1, 3);
    add_peers(1, 2);

    receive(1, Want{{blob.id}, 2});
    work();
    EXPECT_THAT(sent<Want>(2), ElementsAre(Want{{blob.id}, 0}));
    EXPECT_EQ(exchange_.stats().relays, 1U);
    pass(near_patience);
    EXPECT_THAT(sent<Want>(2), ElementsAre(Want{{blob.id}, 1}));
    receive(2, Have{blob.id});
    receive(2, TreeMessage{blob.id, blob.tree});
    work();
    EXPECT_THAT(sent<Have>(1), IsEmpty());
    give(2, blob);

    EXPECT_THAT(sent<Have>(1), ElementsAre(Have{blob.id}));
    EXPECT_THAT(ended_, IsEmpty());  // nobody here waited
    EXPECT_TRUE(files_.whole.contains(blob.id));
    EXPECT_THAT(files_.guests, ElementsAre(blob.id));
}

TEST_F(ExchangeServing, ends_what_it_fetches_for_who_has_found_it_near) {
    const Hash256 id = unknown(1);
    add_peers(1, 2);
    receive(1, Want{{id}, 2});
    work();
    EXPECT_EQ(exchange_.stats().relays, 1U);

    receive(1, Want{{id}, 0});

    EXPECT_EQ(exchange_.stats().relays, 0U);
    EXPECT_THAT(sent<Cancel>(2), ElementsAre(Cancel{{id}}));
    work();
    exchange_.added(id, now_);
    EXPECT_THAT(sent<Have>(1), ElementsAre(Have{id}));  // it still wants it
}

/// Two nodes that relay for a third one ask each other, too.
TEST_F(ExchangeServing, lets_another_relay_go_when_only_it_wants_the_same) {
    const Hash256 id = unknown(1);
    add_peers(1, 3);
    receive(1, Want{{id}, 2});
    receive(2, Want{{id}, 1});
    work();
    pass(near_patience);
    sent<Want>(2);
    sent<Want>(3);

    receive(1, Want{{id}, 0});

    EXPECT_THAT(sent<Want>(2), ElementsAre(Want{{id}, 0}));
    EXPECT_EQ(exchange_.stats().relays, 1U);
    receive(2, Want{{id}, 0});  // as it hears the same
    EXPECT_EQ(exchange_.stats().relays, 0U);
}

TEST_F(ExchangeServing, fetches_nothing_for_others_without_hops_left) {
    add_peers(1, 2);

    receive(1, Want{{unknown(1)}, 0});
    work();

    EXPECT_EQ(exchange_.stats().relays, 0U);
    EXPECT_THAT(sent<Want>(2), IsEmpty());
}

TEST_F(ExchangeServing, fetches_so_many_for_others_and_none_that_nobody_wants_any_more) {
    add_peers(1, 4);
    Want want{{}, 1};
    for (std::uint32_t i = 0; i < 20; ++i) {
        want.ids.push_back(unknown(i));
    }
    receive(1, want);
    work();
    EXPECT_EQ(exchange_.stats().relays, relays_per_peer_max);
    receive(2, Want{{unknown(0)}, 1});
    receive(3, Want{{want.ids.begin() + 10, want.ids.end()}, 1});
    receive(4, Want{{unknown(30), unknown(31)}, 1});
    work();
    EXPECT_EQ(exchange_.stats().relays, relays_max);

    receive(1, Cancel{want.ids});
    exchange_.remove_peer(3, now_);
    EXPECT_EQ(exchange_.stats().relays, 1U);
    exchange_.remove_peer(2, now_);
    EXPECT_EQ(exchange_.stats().relays, 0U);
}

TEST_F(ExchangeServing, gives_up_what_does_not_move_for_others) {
    add_peers(1, 2);
    receive(1, Want{{unknown(1)}, 1});
    work();

    pass(relay_patience - 1s);
    EXPECT_EQ(exchange_.stats().relays, 1U);
    pass(1s);
    EXPECT_EQ(exchange_.stats().relays, 0U);
}

TEST_F(ExchangeServing, fetches_nothing_longer_than_its_limit_for_others) {
    const TestBlob& blob = make(1, 30);
    Exchange small({.relay_bytes = 1'000'000}, link_, files_, *this);
    const auto tell = [&](PeerId from, const ExchangeMessage& message) {
        small.receive(from, encode_exchange_message(message), now_);
        while (!files_.answers.empty()) {
            const auto answer = std::move(files_.answers.front());
            files_.answers.pop_front();
            answer(small, now_);
        }
    };
    small.add_peer(1, now_);
    small.add_peer(2, now_);

    tell(1, Want{{blob.id}, 1});
    tell(2, Have{blob.id});
    tell(2, TreeMessage{blob.id, blob.tree});

    EXPECT_EQ(small.stats().relays, 0U);
    EXPECT_THAT(sent<GetGroup>(2), IsEmpty());
    sent<Want>(2);
    tell(1, Want{{blob.id}, 1});
    EXPECT_THAT(sent<Want>(2), IsEmpty());  // it is remembered
    ASSERT_TRUE(small.fetch(blob.id, now_));
    tell(1, Have{blob.id});
    tell(1, TreeMessage{blob.id, blob.tree});
    EXPECT_THAT(sent<GetGroup>(1), SizeIs(owed_max));
    EXPECT_THAT(link_.dropped, IsEmpty());
}

TEST_F(ExchangeServing, gives_up_what_is_too_long_for_others_when_nobody_here_waits_any_more) {
    const TestBlob& blob = make(1, 30);
    Exchange small({.relay_bytes = 1'000'000}, link_, files_, *this);
    const auto work_of_small = [&] {
        for (; !files_.answers.empty(); files_.answers.pop_front()) {
            files_.answers.front()(small, now_);
        }
    };
    small.add_peer(1, now_);
    small.add_peer(2, now_);
    small.receive(1, encode_exchange_message(Want{{blob.id}, 1}), now_);
    work_of_small();
    ASSERT_TRUE(small.fetch(blob.id, now_));
    small.receive(2, encode_exchange_message(Have{blob.id}), now_);
    small.receive(2, encode_exchange_message(TreeMessage{blob.id, blob.tree}), now_);
    work_of_small();
    EXPECT_EQ(small.stats().fetches, 1U);

    small.cancel(blob.id, now_);

    EXPECT_EQ(small.stats().fetches, 0U);
}

TEST_F(ExchangeServing, fetches_nothing_for_others_where_that_is_off) {
    Exchange off({.relay_bytes = 0}, link_, files_, *this);
    off.add_peer(1, now_);
    off.receive(1, encode_exchange_message(Want{{unknown(1)}, 2}), now_);
    files_.answers.front()(off, now_);

    EXPECT_EQ(off.stats().relays, 0U);
}

TEST_F(ExchangeServing, goes_on_for_peers_when_nobody_here_waits_any_more) {
    const TestBlob& blob = make(1, 3);
    add_peers(1, 2);
    receive(1, Want{{blob.id}, 1});
    work();
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    pass(near_patience);
    EXPECT_THAT(sent<Want>(2), testing::Contains(Want{{blob.id}, 2}));

    exchange_.cancel(blob.id, now_);
    EXPECT_EQ(exchange_.stats().relays, 1U);
    EXPECT_THAT(sent<Want>(2), ElementsAre(Want{{blob.id}, 0}));  // no further than for the peer
}

}  // namespace
}  // namespace steelyard::blob
