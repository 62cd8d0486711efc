#include "tests/unit/blob/exchange_bench.h"

#include <gmock/gmock.h>

namespace steelyard::blob {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using ExchangeFetch = test::ExchangeBench;
using test::TestBlob;

TEST_F(ExchangeFetch, takes_a_blob_from_the_peer_that_has_it) {
    const TestBlob& blob = make(1, 20);
    add_peers(1, 2);

    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();

    const Want want{{blob.id}, 0};
    EXPECT_THAT(sent<Want>(1), ElementsAre(want));
    EXPECT_THAT(sent<Want>(2), ElementsAre(want));
    EXPECT_EQ(exchange_.progress(blob.id), BlobProgress{});
    EXPECT_THAT(files_.held, ElementsAre(blob.id));

    receive(2, Have{blob.id});
    EXPECT_THAT(sent<GetTree>(2), ElementsAre(GetTree{blob.id}));
    receive(2, TreeMessage{blob.id, blob.tree});
    work();
    EXPECT_EQ(give(2, blob), owed_max);
    EXPECT_EQ(exchange_.progress(blob.id), (BlobProgress{8, 20, 1, false}));
    while (give(2, blob) > 0) {
    }

    EXPECT_TRUE(is_whole(blob));
    EXPECT_EQ(exchange_.progress(blob.id), std::nullopt);
    EXPECT_THAT(sent<Cancel>(1), ElementsAre(Cancel{{blob.id}}));
    EXPECT_THAT(sent<Cancel>(2), IsEmpty());  // it has answered
    EXPECT_THAT(files_.held, IsEmpty());
    EXPECT_EQ(exchange_.stats().blobs_fetched, 1U);
    EXPECT_EQ(exchange_.stats().buffered_groups, 0U);
    EXPECT_THAT(link_.dropped, IsEmpty());
    EXPECT_THAT(files_.guests, IsEmpty());
}

TEST_F(ExchangeFetch, lets_others_ask_on_only_where_nobody_near_has_it) {
    const TestBlob& blob = make(1, 4);
    const Hash256& id = blob.id;
    add_peers(1, 2);
    ASSERT_TRUE(exchange_.fetch(id, now_));
    work();
    EXPECT_THAT(sent<Want>(1), ElementsAre(Want{{id}, 0}));

    pass(near_patience - 1s);
    EXPECT_THAT(sent<Want>(1), IsEmpty());
    pass(1s);
    EXPECT_THAT(sent<Want>(1), ElementsAre(Want{{id}, hops_max}));
    exchange_.add_peer(3, now_);
    EXPECT_THAT(sent<Want>(3), ElementsAre(Want{{id}, hops_max}));

    // Somebody has it now: the others need not fetch it.
    sent<Want>(2);
    receive(2, Have{id});
    EXPECT_THAT(sent<Want>(1), ElementsAre(Want{{id}, 0}));
    EXPECT_THAT(sent<Want>(3), ElementsAre(Want{{id}, 0}));
    EXPECT_THAT(sent<Want>(2), IsEmpty());
    receive(2, TreeMessage{id, blob.tree});
    work();
    pass(answer_timeout - 1s);
    EXPECT_THAT(sent<Want>(1), ElementsAre(Want{{id}, 0}));
}

TEST_F(ExchangeFetch, asks_nobody_further_while_somebody_near_gives) {
    const TestBlob& blob = make(1, 40);
    add_peers(1, 2);
    begin(blob, 1);

    for (int turn = 0; turn < 4; ++turn) {
        pass(answer_timeout - 1s);
        EXPECT_GT(give(1, blob), 0U);
    }

    for (const Want& want : sent<Want>(2)) {
        EXPECT_EQ(want.hops, 0U);
    }
}

TEST_F(ExchangeFetch, believes_who_only_says_that_it_has_it_once) {
    const TestBlob& blob = make(1, 4);
    const Hash256& id = blob.id;
    add_peers(1, 3);
    ASSERT_TRUE(exchange_.fetch(id, now_));
    work();
    receive(1, Have{id});

    pass(answer_timeout);
    EXPECT_THAT(sent<Want>(2), testing::Contains(Want{{id}, hops_max}));
    receive(3, Have{id});

    EXPECT_THAT(sent<Want>(2), IsEmpty());  // not narrower again
    receive(3, TreeMessage{id, blob.tree});
    work();
    EXPECT_THAT(sent<Want>(2), ElementsAre(Want{{id}, 0}));
}

TEST_F(ExchangeFetch, of_what_is_here_ends_at_once) {
    const TestBlob& blob = make(1, 2);
    files_.whole.insert(blob.id);
    add_peers(1, 1);

    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();

    EXPECT_TRUE(is_whole(blob));
    EXPECT_THAT(sent<Want>(1), IsEmpty());
}

TEST_F(ExchangeFetch, goes_on_with_what_is_there_after_a_restart) {
    const TestBlob& blob = make(1, 10);
    files_.parts[blob.id] = {.tree = blob.tree, .there = {0, 1, 2, 3, 5, 6, 7, 8}};
    add_peers(1, 1);

    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    EXPECT_EQ(exchange_.progress(blob.id), (BlobProgress{8, 10, 0, false}));
    receive(1, Have{blob.id});

    EXPECT_THAT(sent<GetTree>(1), IsEmpty());
    EXPECT_EQ(give(1, blob), 2U);
    EXPECT_TRUE(is_whole(blob));
}

TEST_F(ExchangeFetch, takes_groups_from_eight_peers_at_most_and_eight_from_each) {
    const TestBlob& blob = make(1, 200);
    add_peers(1, 12);
    begin(blob, 1);
    for (PeerId peer = 2; peer <= 12; ++peer) {
        receive(peer, Have{blob.id});
    }

    std::size_t askers = 0;
    std::set<std::uint32_t> groups;
    for (PeerId peer = 1; peer <= 12; ++peer) {
        const auto asked = sent<GetGroup>(peer);
        EXPECT_LE(asked.size(), owed_max);
        askers += asked.empty() ? 0 : 1;
        for (const GetGroup& get : asked) {
            EXPECT_TRUE(groups.insert(get.index).second);
        }
    }

    EXPECT_EQ(askers, sources_max);
    EXPECT_EQ(groups.size(), sources_max * owed_max);
}

TEST_F(ExchangeFetch, never_has_more_groups_under_way_than_the_limit) {
    add_peers(1, 50);
    std::size_t asked = 0;
    for (std::uint32_t number = 0; number < 10; ++number) {
        const TestBlob& blob = make(number, 100);
        begin(blob, 41 + number);
        for (PeerId peer = 1; peer <= 40; ++peer) {
            receive(peer, Have{blob.id});
        }
    }
    for (PeerId peer = 1; peer <= 50; ++peer) {
        const std::size_t of_peer = sent<GetGroup>(peer).size();
        EXPECT_LE(of_peer, unanswered_max);
        asked += of_peer;
    }

    EXPECT_EQ(asked, buffered_groups_max);
    EXPECT_EQ(exchange_.stats().buffered_groups, buffered_groups_max);
}

TEST_F(ExchangeFetch, drops_who_sends_a_wrong_group_and_takes_it_from_another) {
    const TestBlob& blob = make(1, 3);
    add_peers(1, 2);
    begin(blob, 1);
    GroupMessage wrong = group(blob, 0);
    wrong.content.back() ^= 1;

    receive(1, wrong);
    work();

    EXPECT_THAT(link_.dropped[1], HasSubstr("a group that is not the blob's"));
    EXPECT_EQ(exchange_.stats().bad_peers, 1U);
    receive(2, Have{blob.id});
    EXPECT_EQ(give(2, blob), 3U);
    EXPECT_TRUE(is_whole(blob));
    EXPECT_EQ(link_.dropped.count(2), 0U);
}

TEST_F(ExchangeFetch, drops_who_sends_a_group_of_another_size) {
    const TestBlob& blob = make(1, 3);
    add_peers(1, 2);
    begin(blob, 1);
    receive(2, Have{blob.id});

    receive(1, GroupMessage{blob.id, 0, Bytes(10)});

    EXPECT_THAT(link_.dropped[1], HasSubstr("10 bytes as a group"));
    EXPECT_EQ(give(2, blob), 3U);
    EXPECT_TRUE(is_whole(blob));
}

TEST_F(ExchangeFetch, drops_who_sends_a_wrong_tree_and_asks_another) {
    const TestBlob& blob = make(1, 3);
    add_peers(1, 3);
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    for (PeerId peer = 1; peer <= 3; ++peer) {
        receive(peer, Have{blob.id});
    }
    TreeMessage wrong{blob.id, blob.tree};
    wrong.tree.groups[1][0] ^= 1;
    receive(1, wrong);
    work();
    EXPECT_THAT(link_.dropped[1], HasSubstr("a tree that is not the blob's"));

    wrong = {blob.id, blob.tree};
    wrong.tree.header.root[0] ^= 1;
    EXPECT_THAT(sent<GetTree>(2), SizeIs(1));
    receive(2, wrong);
    EXPECT_THAT(link_.dropped[2], HasSubstr("whose type and root are not those"));

    EXPECT_THAT(sent<GetTree>(3), SizeIs(1));
    receive(3, TreeMessage{blob.id, blob.tree});
    work();
    EXPECT_EQ(give(3, blob), 3U);
    EXPECT_TRUE(is_whole(blob));
}

TEST_F(ExchangeFetch, gives_what_a_silent_source_owes_to_others) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 2);
    begin(blob, 1);
    EXPECT_THAT(sent<GetGroup>(1), SizeIs(4));
    receive(2, Have{blob.id});

    pass(answer_timeout - 1s);
    EXPECT_THAT(sent<GetGroup>(2), IsEmpty());
    pass(1s);

    EXPECT_EQ(exchange_.stats().timeouts, 1U);
    EXPECT_EQ(give(2, blob), 4U);
    EXPECT_TRUE(is_whole(blob));
    for (std::uint32_t index = 0; index < 4; ++index) {
        receive(1, group(blob, index));  // late, and no reason to drop it
    }
    EXPECT_THAT(link_.dropped, IsEmpty());
    EXPECT_TRUE(files_.answers.empty());
}

TEST_F(ExchangeFetch, takes_a_late_answer_where_nobody_else_has_given_it) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 1);
    begin(blob, 1);

    pass(answer_timeout + 1s);
    EXPECT_EQ(give(1, blob), 4U);

    EXPECT_TRUE(is_whole(blob));
}

TEST_F(ExchangeFetch, asks_another_for_the_tree_after_a_while) {
    const TestBlob& blob = make(1, 2);
    add_peers(1, 2);
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    receive(1, Have{blob.id});
    receive(2, Have{blob.id});
    EXPECT_THAT(sent<GetTree>(1), SizeIs(1));

    pass(answer_timeout);

    EXPECT_THAT(sent<GetTree>(2), SizeIs(1));
    receive(1, TreeMessage{blob.id, blob.tree});
    work();
    receive(2, TreeMessage{blob.id, blob.tree});
    work();
    while (give(1, blob) + give(2, blob) > 0) {
    }
    EXPECT_TRUE(is_whole(blob));
    EXPECT_THAT(link_.dropped, IsEmpty());
}

TEST_F(ExchangeFetch, asks_no_more_after_three_times_in_vain_while_there_are_others) {
    const TestBlob& blob = make(1, 100);
    add_peers(1, 2);
    begin(blob, 1);
    receive(2, Have{blob.id});
    give(2, blob);
    for (std::size_t strike = 0; strike < strikes_max; ++strike) {
        const auto asked = sent<GetGroup>(1);
        ASSERT_FALSE(asked.empty()) << strike;
        pass(answer_timeout - 5s);
        give(2, blob);
        pass(5s);
        for (const GetGroup& get : asked) {
            receive(1, group(blob, get.index));
        }
    }
    work();

    EXPECT_THAT(sent<GetGroup>(1), IsEmpty());
}

TEST_F(ExchangeFetch, goes_on_elsewhere_when_a_source_vanishes) {
    const TestBlob& blob = make(1, 6);
    add_peers(1, 2);
    begin(blob, 1);
    receive(2, Have{blob.id});

    exchange_.remove_peer(1, now_);

    EXPECT_EQ(give(2, blob), 6U);
    EXPECT_TRUE(is_whole(blob));
}

TEST_F(ExchangeFetch, asks_who_says_gone_no_more_until_it_has_it_again) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 1);
    begin(blob, 1);
    for (int round = 0; round < 2; ++round) {
        const auto asked = sent<GetGroup>(1);
        ASSERT_THAT(asked, SizeIs(4)) << round;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            receive(1, Gone{blob.id});
        }
        EXPECT_THAT(sent<GetGroup>(1), IsEmpty());
        receive(1, Have{blob.id});
    }
    EXPECT_EQ(give(1, blob), 4U);
    EXPECT_TRUE(is_whole(blob));
    EXPECT_THAT(link_.dropped, IsEmpty());
}

TEST_F(ExchangeFetch, does_not_turn_in_circles_with_who_says_have_and_gone) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 1);
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    std::size_t asked = 0;
    for (int round = 0; round < 100; ++round) {
        receive(1, Have{blob.id});
        const std::size_t count = sent<GetTree>(1).size();
        asked += count;
        for (std::size_t i = 0; i < count; ++i) {
            receive(1, Gone{blob.id});
        }
    }

    EXPECT_EQ(asked, strikes_max);
    pass(want_interval);  // with nobody else left it is tried again
    receive(1, Have{blob.id});
    EXPECT_THAT(sent<GetTree>(1), SizeIs(1));
}

TEST_F(ExchangeFetch, drops_who_answers_what_nobody_asked) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 6);
    begin(blob, 1);

    receive(2, group(blob, 0));
    receive(3, TreeMessage{blob.id, blob.tree});
    receive(4, Gone{blob.id});
    receive(5, Have{make(2, 1).id});
    receive(1, group(blob, 1));  // not the first that it was asked

    for (PeerId peer = 1; peer <= 5; ++peer) {
        EXPECT_EQ(link_.dropped.count(peer), 1U) << peer;
    }
    EXPECT_THAT(link_.dropped[2], HasSubstr("not what it was asked"));
    exchange_.receive(6, Bytes{1, 2, 3}, now_);
    EXPECT_EQ(link_.dropped.count(6), 1U);
    EXPECT_EQ(exchange_.stats().bad_peers, 6U);
}

TEST_F(ExchangeFetch, drops_who_sends_a_group_twice) {
    const TestBlob& blob = make(1, 2);
    add_peers(1, 1);
    begin(blob, 1);

    receive(1, group(blob, 0));
    receive(1, group(blob, 0));

    EXPECT_EQ(link_.dropped.count(1), 1U);
}

TEST_F(ExchangeFetch, takes_no_offence_at_answers_to_what_was_cancelled) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 2);
    begin(blob, 1);
    const auto asked = sent<GetGroup>(1);

    exchange_.cancel(blob.id, now_);
    receive(2, Have{blob.id});
    for (const GetGroup& get : asked) {
        receive(1, group(blob, get.index));
    }
    work();

    EXPECT_THAT(link_.dropped, IsEmpty());
    EXPECT_THAT(ended_, IsEmpty());
    EXPECT_EQ(exchange_.stats().fetches, 0U);
    EXPECT_EQ(exchange_.stats().buffered_groups, 0U);
}

TEST_F(ExchangeFetch, can_be_cancelled_and_begun_again_at_any_time) {
    const TestBlob& blob = make(1, 12);
    add_peers(1, 1);
    begin(blob, 1);
    const auto asked = sent<GetGroup>(1);
    receive(1, group(blob, 0));

    exchange_.cancel(blob.id, now_);
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    for (std::size_t i = 1; i < asked.size(); ++i) {
        receive(1, group(blob, asked[i].index));
    }
    work();
    receive(1, Have{blob.id});
    while (give(1, blob) > 0) {
    }

    EXPECT_TRUE(is_whole(blob));
    EXPECT_THAT(link_.dropped, IsEmpty());
}

TEST_F(ExchangeFetch, asks_all_again_every_ten_seconds_and_who_comes_later_at_once) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 2);
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    sent<Want>(1);
    receive(2, Have{blob.id});
    sent<Want>(2);

    pass(want_interval);
    EXPECT_THAT(sent<Want>(1), SizeIs(1));
    EXPECT_THAT(sent<Want>(2), IsEmpty());  // it has said so already
    exchange_.add_peer(3, now_);

    EXPECT_THAT(sent<Want>(3), SizeIs(1));
}

TEST_F(ExchangeFetch, waits_for_its_turn_when_too_many_are_under_way) {
    std::vector<Hash256> ids;
    for (std::uint32_t i = 0; i < fetches_max + line_max; ++i) {
        ids.push_back(Hash256{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)});
        ASSERT_TRUE(exchange_.fetch(ids.back(), now_));
    }
    EXPECT_FALSE(exchange_.fetch(Hash256{1, 2, 3}, now_));
    EXPECT_EQ(exchange_.stats().fetches, fetches_max);
    EXPECT_TRUE(exchange_.progress(ids[fetches_max])->in_line);

    exchange_.cancel(ids[fetches_max + 1], now_);
    exchange_.cancel(ids[0], now_);

    EXPECT_FALSE(exchange_.progress(ids[fetches_max])->in_line);
    EXPECT_FALSE(exchange_.progress(ids[fetches_max + 1]));
    EXPECT_EQ(exchange_.stats().in_line, line_max - 2);
}

TEST_F(ExchangeFetch, ends_with_the_error_of_a_disk_and_blames_nobody) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 1);
    begin(blob, 1);
    files_.failure = Error(ErrorCode::no_space, "the disk is full");

    give(1, blob);

    ASSERT_EQ(ended_.count(blob.id), 1U);
    EXPECT_EQ(ended_.at(blob.id).error().code(), ErrorCode::no_space);
    EXPECT_THAT(link_.dropped, IsEmpty());
    EXPECT_EQ(exchange_.stats().buffered_groups, 0U);
}

TEST_F(ExchangeFetch, begins_anew_when_its_part_is_removed) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 1);
    begin(blob, 1);
    receive(1, group(blob, 0));
    work();
    files_.parts.clear();

    give(1, blob);
    EXPECT_THAT(sent<GetTree>(1), SizeIs(1));
}

TEST_F(ExchangeFetch, goes_on_where_a_full_queue_stopped_it) {
    const TestBlob& blob = make(1, 4);
    link_.full.insert(1);
    add_peers(1, 1);
    ASSERT_TRUE(exchange_.fetch(blob.id, now_));
    work();
    EXPECT_THAT(sent<Want>(1), IsEmpty());

    link_.full.clear();
    exchange_.drained(1, now_);
    EXPECT_THAT(sent<Want>(1), SizeIs(1));

    receive(1, Have{blob.id});
    receive(1, TreeMessage{blob.id, blob.tree});
    link_.full.insert(1);
    work();
    EXPECT_THAT(sent<GetGroup>(1), IsEmpty());
    link_.full.clear();
    exchange_.drained(1, now_);
    EXPECT_EQ(give(1, blob), 4U);
    EXPECT_TRUE(is_whole(blob));
}

TEST_F(ExchangeFetch, ends_when_the_blob_comes_another_way) {
    const TestBlob& blob = make(1, 4);
    add_peers(1, 1);
    begin(blob, 1);
    files_.whole.insert(blob.id);

    exchange_.added(blob.id, now_);
    give(1, blob);

    EXPECT_TRUE(is_whole(blob));
    EXPECT_THAT(link_.dropped, IsEmpty());
}

}  // namespace
}  // namespace steelyard::blob
