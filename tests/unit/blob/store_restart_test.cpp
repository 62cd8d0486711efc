// What a start makes of the files that it finds.
#include "tests/unit/blob/store_fixture.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>

namespace steelyard::blob {
namespace {

class BlobRestartTest : public BlobStoreTest {
protected:
    void write(const std::filesystem::path& path, ByteView bytes) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << as_text(bytes);
    }

    void flip(const std::filesystem::path& path, std::uint64_t at) {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(static_cast<std::streamoff>(at));
        const auto byte = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
    }

    void set_age(const std::filesystem::path& path, std::chrono::nanoseconds age) {
        std::filesystem::last_write_time(
            path,
            std::filesystem::file_time_type::clock::from_sys(
                std::chrono::sys_time<std::chrono::nanoseconds>(clock_.wall_now() - age)
            )
        );
    }
};

TEST_F(BlobRestartTest, uploads_go_on_where_they_were) {
    const TestBlob blob = make_blob(1'000'000, 1);
    EXPECT_EQ(append(blob, 0, 600'000).outcome, Outcome::taken);
    set_age(path(blob, ".part"), std::chrono::minutes(59));
    reopen();

    ASSERT_TRUE(store().find(blob.id));
    EXPECT_EQ(store().find(blob.id)->bytes_there, 600'000U);
    EXPECT_EQ(store().find(blob.id)->file_bytes, blob.file.size());
    EXPECT_EQ(store().stats().bytes, blob.file.size());
    EXPECT_EQ(append(blob, 600'000, 999'999).outcome, Outcome::whole);
    EXPECT_EQ(file_of(blob), blob.file);

    const TestBlob old = make_blob(1'000'000, 2);
    EXPECT_EQ(append(old, 0, 600'000).outcome, Outcome::taken);
    set_age(path(old, ".part"), upload_idle_max);
    reopen();
    EXPECT_FALSE(store().find(old.id));
    EXPECT_FALSE(std::filesystem::exists(path(old, ".part")));
    EXPECT_TRUE(store().find(blob.id)->is_whole);
}

TEST_F(BlobRestartTest, a_wrong_beginning_shows_at_the_end_of_an_upload) {
    const TestBlob blob = make_blob(1'000'000, 3);
    EXPECT_EQ(append(blob, 0, 600'000).outcome, Outcome::taken);
    flip(path(blob, ".part"), 300'000);
    set_age(path(blob, ".part"), std::chrono::seconds(0));
    reopen();

    const auto done =
        store().append(blob.id, 600'000, blob.file.size(), blob.piece(600'000, 999'999));
    EXPECT_EQ(done.error().code(), ErrorCode::corrupt);
    EXPECT_FALSE(store().find(blob.id));
    EXPECT_EQ(append(blob, 0, 9'999'999).outcome, Outcome::whole);
}

TEST_F(BlobRestartTest, groups_of_parts_are_checked_anew) {
    const TestBlob blob = make_blob(1'300'000, 4);
    begin(blob);
    for (const std::uint32_t group : {0U, 2U, 3U}) {
        EXPECT_EQ(store().add_group(blob.id, group, blob.content(group)), false);
    }
    flip(path(blob, ".part"), 128 + 2 * group_bytes_max + 5);
    flip(path(blob, ".part"), 10);
    reopen();

    EXPECT_EQ(store().missing_groups(blob.id, 9), (std::vector<std::uint32_t>{1, 2, 4}));
    EXPECT_EQ(store().find(blob.id)->header, blob.tree.header);
    for (const std::uint32_t group : {1U, 2U, 4U}) {
        EXPECT_EQ(store().add_group(blob.id, group, blob.content(group)), group == 4);
    }
    EXPECT_EQ(file_of(blob), blob.file);
}

TEST_F(BlobRestartTest, what_was_complete_but_not_renamed_becomes_whole) {
    const TestBlob uploaded = make_blob(700'000, 5);
    write(path(uploaded, ".part"), uploaded.file);
    set_age(path(uploaded, ".part"), std::chrono::seconds(9));
    const TestBlob fetched = make_blob(700'000, 6);
    begin(fetched);
    write(path(fetched, ".part"), fetched.file);
    const TestBlob wrong = make_blob(700'000, 7);
    write(path(wrong, ".part"), wrong.file);
    set_age(path(wrong, ".part"), std::chrono::seconds(9));
    flip(path(wrong, ".part"), 500);
    reopen();

    EXPECT_EQ(file_of(uploaded), uploaded.file);
    EXPECT_EQ(file_of(fetched), fetched.file);
    EXPECT_FALSE(store().find(wrong.id));
    EXPECT_EQ(store().stats().bytes, 2 * uploaded.file.size());
}

TEST_F(BlobRestartTest, removes_what_is_neither_and_leaves_what_is_not_its_own) {
    const TestBlob blob = make_blob(700'000, 8);
    begin(blob);
    write(path(blob, ".tree"), Bytes(200));
    const TestBlob headless = make_blob(700'000, 9);
    write(path(headless, ".part"), headless.piece(0, 127));
    const TestBlob treeless = make_blob(700'000, 10);
    write(path(treeless, ".tree"), Bytes(200));
    const std::string hex = to_hex(blob.id);
    write(folder() / "00" / "notes.npy", blob.file);
    write(folder() / "ab" / ("zz" + hex.substr(2) + ".npy"), blob.file);
    write(folder() / (hex.starts_with("0") ? "10" : "00") / (hex + ".npy"), blob.file);
    write(folder() / "readme", blob.file);
    std::filesystem::create_symlink("/etc/passwd", path(headless, ".npy"));
    reopen();

    EXPECT_TRUE(store().list({}, 99).empty());
    EXPECT_EQ(store().stats().bytes, 0U);
    for (const TestBlob& gone : {blob, headless, treeless}) {
        EXPECT_FALSE(std::filesystem::exists(path(gone, ".part")));
        EXPECT_FALSE(std::filesystem::exists(path(gone, ".tree")));
    }
    EXPECT_TRUE(std::filesystem::exists(folder() / "00" / "notes.npy"));
    EXPECT_TRUE(std::filesystem::exists(folder() / "readme"));
}

TEST_F(BlobRestartTest, a_lost_tree_is_computed_anew) {
    const TestBlob blob = make_blob(700'000, 11);
    ASSERT_TRUE(store().put(blob.type, blob.data));
    for (const bool is_lost : {true, false}) {
        if (is_lost) {
            std::filesystem::remove(path(blob, ".tree"));
        } else {
            flip(path(blob, ".tree"), 110);
        }
        reopen();
        EXPECT_EQ(store().find(blob.id)->header.has_value(), !is_lost);
        EXPECT_EQ(store().group(blob.id, 0), to_bytes(blob.content(0)));
        EXPECT_EQ(store().find(blob.id)->header, blob.tree.header);
        reopen();
        EXPECT_EQ(store().tree(blob.id), blob.tree);
    }
}

TEST_F(BlobRestartTest, a_blob_that_rots_is_gone_before_it_is_handed_on) {
    const TestBlob blob = make_blob(700'000, 12);
    for (const bool has_tree : {true, false}) {
        ASSERT_TRUE(store().put(blob.type, blob.data));
        flip(path(blob, ".npy"), 300'000);
        if (!has_tree) {
            std::filesystem::remove(path(blob, ".tree"));
            reopen();
            EXPECT_EQ(store().tree(blob.id).error().code(), ErrorCode::corrupt);
        }
        EXPECT_NE(store().group(blob.id, 1), to_bytes(blob.content(1)));
        EXPECT_FALSE(store().find(blob.id));
        EXPECT_FALSE(std::filesystem::exists(path(blob, ".npy")));
    }
    begin(blob);
    EXPECT_EQ(store().add_group(blob.id, 1, blob.content(1)), false);
    flip(path(blob, ".part"), 300'000);
    EXPECT_EQ(store().group(blob.id, 1).error().code(), ErrorCode::corrupt);
    EXPECT_EQ(store().missing_groups(blob.id, 9), (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST_F(BlobRestartTest, is_open_in_one_process_only) {
    const auto second = BlobStore::open(folder(), options_, clock_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::denied);
}

/// No file may grow over a size while this lives, as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
        const rlimit limit{bytes, before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
        std::signal(SIGXFSZ, handler_);
    }

private:
    using Handler = void (*)(int);
    Handler handler_;
    rlimit before_{};
};

TEST_F(BlobRestartTest, a_full_disk_is_an_error_of_the_call_that_met_it) {
    const TestBlob kept = make_blob(700'000, 13);
    ASSERT_TRUE(store().put(kept.type, kept.data));
    const TestBlob put = make_blob(700'000, 14);
    const TestBlob sent = make_blob(700'000, 15);
    const TestBlob fetched = make_blob(700'000, 16);
    EXPECT_EQ(append(sent, 0, 100'000).outcome, Outcome::taken);
    begin(fetched);
    {
        const FileSizeLimit limit(300'000);
        EXPECT_EQ(store().put(put.type, put.data).error().code(), ErrorCode::no_space);
        EXPECT_EQ(
            store()
                .append(sent.id, 100'000, sent.file.size(), sent.piece(100'000, 300'000))
                .error()
                .code(),
            ErrorCode::no_space
        );
        EXPECT_EQ(
            store().add_group(fetched.id, 1, fetched.content(1)).error().code(), ErrorCode::no_space
        );
    }
    EXPECT_FALSE(store().find(put.id));
    EXPECT_EQ(file_of(kept), kept.file);
    EXPECT_EQ(append(sent, 100'000, 999'999).outcome, Outcome::whole);
    EXPECT_EQ(store().missing_groups(fetched.id, 9).size(), 3U);
    for (const std::uint32_t group : {0U, 1U, 2U}) {
        EXPECT_EQ(store().add_group(fetched.id, group, fetched.content(group)), group == 2);
    }
    EXPECT_TRUE(store().put(put.type, put.data));
    for (const TestBlob& blob : {put, sent, fetched}) {
        EXPECT_EQ(file_of(blob), blob.file);
    }
}

}  // namespace
}  // namespace steelyard::blob
