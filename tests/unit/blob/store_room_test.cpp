// Who stays and who gives way: holds, uses, room.
#include "tests/unit/blob/store_fixture.h"

#include <atomic>
#include <thread>

namespace steelyard::blob {
namespace {

constexpr std::uint64_t content = 100'000;
constexpr std::uint64_t file = content + 128;

class BlobRoomTest : public BlobStoreTest {
protected:
    /// Room for three blobs.
    BlobRoomTest() {
        reopen({.max_bytes = 3 * file, .keep = std::chrono::hours(24)});
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            blobs_.push_back(make_blob(content, seed));
        }
    }

    Result<Hash256> put(std::size_t index) {
        return store().put(blobs_[index].type, blobs_[index].data);
    }
    bool has(std::size_t index) { return store().find(blobs_[index].id).has_value(); }

    /// How long ago its file says that it was used.
    void set_age(std::size_t index, std::chrono::hours age) {
        std::filesystem::last_write_time(
            path(blobs_[index], ".npy"),
            std::filesystem::file_time_type::clock::from_sys(
                std::chrono::sys_time<std::chrono::nanoseconds>(clock_.wall_now() - age)
            )
        );
    }

    std::vector<TestBlob> blobs_{};
};

TEST_F(BlobRoomTest, the_longest_unused_gives_way_after_keep) {
    for (const std::size_t index : {0U, 1U, 2U}) {
        ASSERT_TRUE(put(index));
        clock_.pass(std::chrono::minutes(1));
    }
    EXPECT_EQ(put(3).error().code(), ErrorCode::no_space);
    EXPECT_EQ(store().stats().bytes, 3 * file);
    clock_.pass(options_.keep - std::chrono::minutes(3));
    ASSERT_TRUE(store().read(blobs_[0].id, 0, 1));
    EXPECT_EQ(put(3).error().code(), ErrorCode::no_space);
    clock_.pass(std::chrono::minutes(1));

    EXPECT_TRUE(put(3));

    EXPECT_TRUE(has(0));
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(has(2));
    EXPECT_FALSE(std::filesystem::exists(path(blobs_[1], ".npy")));
    EXPECT_FALSE(std::filesystem::exists(path(blobs_[1], ".tree")));
}

TEST_F(BlobRoomTest, what_is_held_stays) {
    for (const std::size_t index : {0U, 1U, 2U}) {
        ASSERT_TRUE(put(index));
    }
    const std::vector<Hash256> both{blobs_[0].id, blobs_[2].id};
    store().hold("one", both);
    store().hold("two", std::vector{blobs_[2].id, blobs_[4].id});
    EXPECT_EQ(store().stats().held_bytes, 2 * file);
    clock_.pass(2 * options_.keep);

    EXPECT_TRUE(put(3));
    EXPECT_FALSE(has(1));
    EXPECT_EQ(put(4).error().code(), ErrorCode::no_space);
    EXPECT_EQ(store().remove(blobs_[0].id).error().code(), ErrorCode::denied);

    store().hold("one", {});
    EXPECT_EQ(put(4).error().code(), ErrorCode::no_space);
    clock_.pass(options_.keep);
    EXPECT_TRUE(put(4));
    EXPECT_TRUE(has(2));
    EXPECT_EQ(store().remove(blobs_[2].id).error().code(), ErrorCode::denied);
    store().hold("two", std::vector{blobs_[4].id});
    EXPECT_TRUE(store().remove(blobs_[2].id));
    EXPECT_EQ(store().remove(blobs_[2].id).error().code(), ErrorCode::not_found);
    EXPECT_EQ(store().stats().held_bytes, file);
}

TEST_F(BlobRoomTest, what_is_there_when_it_is_held_is_not_being_removed) {
    reopen({.max_bytes = 3 * file, .keep = std::chrono::seconds(0)});
    std::atomic<bool> is_over = false;
    std::jthread others([&] {
        for (std::size_t round = 0; round < 300; ++round) {
            (void)put(round % blobs_.size());
        }
        is_over = true;
    });
    const TestBlob& blob = blobs_[0];

    while (!is_over) {
        store().hold("job", std::vector{blob.id});
        if (store().has(blob.id)) {
            EXPECT_TRUE(store().read(blob.id, 0, 100));
        }
        store().hold("job", {});
    }
}

TEST_F(BlobRoomTest, parts_take_the_room_of_the_whole) {
    ASSERT_TRUE(put(0));
    begin(blobs_[1]);
    EXPECT_EQ(append(blobs_[2], 0, 200).outcome, Outcome::taken);
    EXPECT_EQ(store().stats().bytes, 3 * file);
    EXPECT_EQ(
        store()
            .begin_part(blobs_[3].id, blobs_[3].tree.header, blobs_[3].tree.groups)
            .error()
            .code(),
        ErrorCode::no_space
    );
    EXPECT_EQ(
        store().append(blobs_[3].id, 0, file, blobs_[3].piece(0, 200)).error().code(),
        ErrorCode::no_space
    );
    EXPECT_FALSE(std::filesystem::exists(path(blobs_[3], ".part")));

    EXPECT_EQ(append(blobs_[2], 200, file).outcome, Outcome::whole);
    EXPECT_EQ(store().add_group(blobs_[1].id, 0, blobs_[1].content(0)), true);
    EXPECT_EQ(store().stats().bytes, 3 * file);
    EXPECT_EQ(store().stats().blobs, 3U);
}

TEST_F(BlobRoomTest, uploads_that_nothing_is_added_to_go_after_an_hour) {
    EXPECT_EQ(append(blobs_[0], 0, 200).outcome, Outcome::taken);
    EXPECT_EQ(append(blobs_[1], 0, 200).outcome, Outcome::taken);
    begin(blobs_[2]);
    clock_.pass(upload_idle_max - std::chrono::seconds(1));
    EXPECT_EQ(append(blobs_[1], 200, 100).outcome, Outcome::taken);
    EXPECT_EQ(put(3).error().code(), ErrorCode::no_space);
    clock_.pass(std::chrono::seconds(1));

    EXPECT_TRUE(put(3));

    EXPECT_FALSE(has(0));
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(2));
}

TEST_F(BlobRoomTest, nothing_goes_where_it_would_not_be_enough) {
    const TestBlob large = make_blob(2 * content, 9);
    ASSERT_TRUE(put(0));
    clock_.pass(options_.keep);
    ASSERT_TRUE(put(1));
    ASSERT_TRUE(put(2));

    EXPECT_EQ(store().put(large.type, large.data).error().code(), ErrorCode::no_space);
    EXPECT_TRUE(has(0));
    const TestBlob vast = make_blob(4 * content, 10);
    EXPECT_EQ(store().put(vast.type, vast.data).error().code(), ErrorCode::too_large);
}

TEST_F(BlobRoomTest, guests_give_way_at_once_unless_somebody_here_wants_them) {
    const auto invite = [&](std::size_t index) {
        const TestBlob& blob = blobs_[index];
        ASSERT_TRUE(store().begin_part(blob.id, blob.tree.header, blob.tree.groups, true));
    };
    invite(0);
    invite(1);
    invite(2);
    ASSERT_EQ(store().add_group(blobs_[0].id, 0, blobs_[0].content(0)), true);
    store().keep(blobs_[1].id);
    store().hold("relays", std::vector{blobs_[2].id});
    EXPECT_EQ(store().stats().guests, 2U);
    ASSERT_TRUE(store().group(blobs_[0].id, 0));  // for a peer: that keeps nothing

    EXPECT_TRUE(put(3));
    EXPECT_FALSE(has(0));
    EXPECT_EQ(put(4).error().code(), ErrorCode::no_space);
    store().hold("relays", {});
    EXPECT_TRUE(put(4));

    EXPECT_FALSE(has(2));
    EXPECT_TRUE(has(1));
    EXPECT_EQ(store().stats().guests, 0U);
    invite(1);  // what is kept is no guest again
    EXPECT_EQ(store().stats().guests, 0U);
    EXPECT_EQ(put(0).error().code(), ErrorCode::no_space);
}

TEST_F(BlobRoomTest, an_upload_makes_a_guest_one_of_ours) {
    begin(blobs_[0]);
    const TestBlob& blob = blobs_[1];
    ASSERT_TRUE(store().begin_part(blob.id, blob.tree.header, blob.tree.groups, true));
    EXPECT_EQ(append(blob, 0, 200).outcome, Outcome::taken);
    EXPECT_EQ(store().stats().guests, 0U);
    EXPECT_EQ(append(blobs_[2], 0, 200).outcome, Outcome::taken);
    const TestBlob& uploaded = blobs_[2];
    ASSERT_TRUE(store().begin_part(uploaded.id, uploaded.tree.header, uploaded.tree.groups, true));
    EXPECT_EQ(store().stats().guests, 0U);
}

TEST_F(BlobRoomTest, what_was_held_until_a_restart_is_not_old_after_it) {
    for (const std::size_t index : {0U, 1U, 2U}) {
        ASSERT_TRUE(put(index));
        set_age(index, std::chrono::hours(0));
    }
    clock_.pass(2 * options_.keep);
    store().hold("job", std::vector{blobs_[0].id});
    reopen();

    EXPECT_TRUE(put(3));
    EXPECT_TRUE(put(4));
    EXPECT_TRUE(has(0));
    EXPECT_FALSE(has(1));
    EXPECT_FALSE(has(2));
}

TEST_F(BlobRoomTest, a_restart_knows_who_was_used_last) {
    for (const std::size_t index : {0U, 1U, 2U}) {
        ASSERT_TRUE(put(index));
        ASSERT_TRUE(store().tree(blobs_[index].id));
        set_age(index, std::chrono::hours(30 - 10 * (index == 1)));
    }
    set_age(0, std::chrono::hours(29));
    reopen();

    EXPECT_TRUE(put(3));
    EXPECT_FALSE(has(2));
    EXPECT_TRUE(put(4));
    EXPECT_FALSE(has(0));
    EXPECT_EQ(put(0).error().code(), ErrorCode::no_space);

    ASSERT_TRUE(store().read(blobs_[1].id, 0, 1));
    reopen();
    EXPECT_EQ(put(0).error().code(), ErrorCode::no_space);
    clock_.pass(std::chrono::hours(4));
    EXPECT_EQ(put(0).error().code(), ErrorCode::no_space);
}

}  // namespace
}  // namespace steelyard::blob
