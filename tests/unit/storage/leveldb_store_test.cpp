// LevelDbStore on the system's files: opening, its errors, and what is LevelDB's own.
#include "storage/leveldb_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

namespace steelyard::storage {
namespace {

class LevelDbStoreTest : public testing::Test {
protected:
    LevelDbStoreTest() {
        std::string name = (std::filesystem::temp_directory_path() / "steelyard-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
    }

    ~LevelDbStoreTest() override { std::filesystem::remove_all(root_); }

    Result<std::unique_ptr<LevelDbStore>> open(LevelDbOptions options = {}) const {
        return LevelDbStore::open(folder(), options);
    }

    std::filesystem::path folder() const { return root_ / "store"; }

    /// The names of all files of the store, and what is in them.
    std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder())) {
            std::ifstream file(entry.path(), std::ios::binary);
            found[entry.path().filename()].assign(std::istreambuf_iterator<char>(file), {});
        }
        return found;
    }

    /// Writes `count` records of 1000 bytes and more.
    static void fill(KvStore& store, int count) {
        WriteBatch batch;
        for (int i = 0; i < count; ++i) {
            batch.put(as_bytes(std::to_string(10000 + i)), as_bytes(std::string(1000, 'v')));
        }
        ASSERT_TRUE(store.write(batch, Durability::synced));
    }

    std::filesystem::path root_;
};

using LevelDbStoreDeathTest = LevelDbStoreTest;

TEST_F(LevelDbStoreTest, keeps_its_records_from_one_opening_to_the_next) {
    fill(**open(), 10);

    LevelDbOptions options;
    options.create_if_missing = false;
    const auto store = open(options);
    ASSERT_TRUE(store);
    EXPECT_EQ((*store)->verify(), (ScanReport{10, 10 * 1005}));
    EXPECT_EQ((*store)->get(as_bytes("10009")), to_bytes(as_bytes(std::string(1000, 'v'))));
}

TEST_F(LevelDbStoreTest, says_that_it_does_not_exist_unless_it_may_be_created) {
    LevelDbOptions options;
    options.create_if_missing = false;
    const auto store = open(options);

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::not_found);
}

TEST_F(LevelDbStoreTest, says_that_the_parent_folder_does_not_exist) {
    const auto store = LevelDbStore::open(root_ / "no" / "store", {});

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::not_found);
}

TEST_F(LevelDbStoreTest, says_that_it_is_open_already) {
    const auto first = open();
    const auto second = open();

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::denied);
    EXPECT_NE(second.error().message().find("in use by another process"), std::string::npos);
}

TEST_F(LevelDbStoreDeathTest, says_that_another_process_has_it_open) {
    const auto first = open();
    EXPECT_EXIT(
        {
            const auto second = open();
            std::fputs(second.error().message().c_str(), stderr);
            std::_Exit(second.error().code() == ErrorCode::denied ? 0 : 1);
        },
        testing::ExitedWithCode(0),
        "in use by another process"
    );
}

TEST_F(LevelDbStoreTest, says_that_the_path_is_not_a_folder) {
    std::ofstream(folder()) << "a file";
    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::invalid);
    EXPECT_NE(store.error().message().find("not a folder"), std::string::npos);
}

TEST_F(LevelDbStoreDeathTest, says_that_it_lacks_the_permission) {
    constexpr ::uid_t nobody = 65534;  // root would be let in
    std::filesystem::create_directory(folder());
    std::filesystem::permissions(folder(), std::filesystem::perms::none);
    EXPECT_EXIT(
        {
            const bool ready = ::geteuid() != 0 || ::seteuid(nobody) == 0;
            const auto store = open();
            std::_Exit(ready && store.error().code() == ErrorCode::denied ? 0 : 1);
        },
        testing::ExitedWithCode(0),
        ""
    );
    std::filesystem::permissions(folder(), std::filesystem::perms::owner_all);
}

TEST_F(LevelDbStoreTest, does_not_begin_anew_where_its_current_file_was_lost) {
    fill(**open(), 1);
    std::filesystem::remove(folder() / "CURRENT");
    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::corrupt);
    EXPECT_NE(store.error().message().find("CURRENT"), std::string::npos);
}

TEST_F(LevelDbStoreTest, reports_a_table_that_went_missing) {
    {
        const auto store = open();
        fill(**store, 10);
        (*store)->compact();
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        if (entry.path().extension() == ".ldb") {
            std::filesystem::remove(entry.path());
        }
    }
    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::corrupt);
}

TEST_F(LevelDbStoreTest, names_itself_where_a_record_is_damaged) {
    {
        const auto store = open();
        fill(**store, 10);
        (*store)->compact();
    }
    for (const auto& [name, bytes] : files()) {
        if (name.ends_with(".ldb")) {
            std::fstream file(folder() / name, std::ios::binary | std::ios::in | std::ios::out);
            file.seekp(100);
            file.put(static_cast<char>(~bytes[100]));
        }
    }
    const auto store = open();
    ASSERT_TRUE(store);
    const auto walk = (*store)->iterate();
    walk->seek_to_first();

    for (const Error& error : {walk->status().error(), (*store)->verify().error()}) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
        EXPECT_NE(error.message().find(folder().native()), std::string::npos) << error.message();
    }
}

TEST_F(LevelDbStoreTest, compresses_only_if_asked) {
    const auto bytes_after = [&](LevelDbOptions::Compression compression) {
        LevelDbOptions options;
        options.compression = compression;
        const auto store = LevelDbStore::open(
            root_ / (compression == LevelDbOptions::Compression::none ? "plain" : "packed"), options
        );
        fill(**store, 1000);
        (*store)->compact();
        return (*store)->approximate_bytes(as_bytes("1"), as_bytes("2"));
    };

    EXPECT_GT(bytes_after(LevelDbOptions::Compression::none), 900'000U);
    EXPECT_LT(bytes_after(LevelDbOptions::Compression::snappy), 200'000U);
}

TEST_F(LevelDbStoreTest, gives_the_space_of_erased_records_back) {
    const auto store = open();
    fill(**store, 1000);
    (*store)->compact();
    WriteBatch batch;
    for (int i = 0; i < 1000; ++i) {
        batch.erase(as_bytes(std::to_string(10000 + i)));
    }
    ASSERT_TRUE((*store)->write(batch, Durability::buffered));
    (*store)->compact();

    EXPECT_EQ((*store)->approximate_bytes(as_bytes("1"), as_bytes("2")), 0U);
    EXPECT_EQ((*store)->verify(), (ScanReport{0, 0}));
}

TEST_F(LevelDbStoreTest, only_reads_if_asked) {
    {
        LevelDbOptions small;
        small.write_buffer_bytes = 64 << 10;  // some tables, and the rest in the log
        const auto store = open(small);
        for (int i = 0; i < 10; ++i) {
            fill(**store, 100);
        }
    }
    const auto before = files();

    const auto store = open({.read_only = true, .write_buffer_bytes = 64 << 10});
    ASSERT_TRUE(store) << store.error().message();
    (*store)->compact();
    EXPECT_EQ((*store)->verify(), (ScanReport{100, 100 * 1005}));
    EXPECT_EQ((*store)->get(as_bytes("10099")), to_bytes(as_bytes(std::string(1000, 'v'))));
    WriteBatch batch;
    batch.put(as_bytes("1"), as_bytes("2"));
    const auto written = (*store)->write(batch, Durability::buffered);

    EXPECT_EQ(written.error().code(), ErrorCode::denied);
    EXPECT_EQ((*store)->get(as_bytes("1")), std::nullopt);
    EXPECT_EQ(files(), before);
}

TEST_F(LevelDbStoreDeathTest, reads_where_it_may_not_write) {
    fill(**open(), 10);
    const auto readable = [&](std::filesystem::perms mode) {
        std::filesystem::permissions(root_, mode);
        std::filesystem::permissions(folder(), mode);
        for (const auto& entry : std::filesystem::directory_iterator(folder())) {
            std::filesystem::permissions(entry.path(), mode);
        }
    };
    readable(std::filesystem::perms(0555));
    constexpr ::uid_t nobody = 65534;  // root may write everywhere
    EXPECT_EXIT(
        {
            const bool ready = ::geteuid() != 0 || ::seteuid(nobody) == 0;
            const auto store = open({.read_only = true});
            const auto all = ScanReport(10, 10 * 1005);
            const bool read = store && (*store)->verify() == all;
            std::_Exit(ready && !open() && read ? 0 : 1);
        },
        testing::ExitedWithCode(0),
        ""
    );
    readable(std::filesystem::perms::owner_all);
}

TEST_F(LevelDbStoreTest, makes_no_store_to_read_from) {
    const auto store = open({.read_only = true});

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::not_found);
    EXPECT_FALSE(std::filesystem::exists(folder()));
}

}  // namespace
}  // namespace steelyard::storage
