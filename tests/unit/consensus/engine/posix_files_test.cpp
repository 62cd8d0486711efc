// What only the system's files can show: locks, modes, limits, and the log and the signer on them.
#include "consensus/engine/posix_files.h"

#include "consensus/engine/file_signer.h"
#include "tests/unit/consensus/engine/temporary_folder.h"
#include "tests/unit/consensus/engine/wal_history.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

namespace steelyard::engine {
namespace {

class PosixFilesTest : public testing::Test {
protected:
    std::filesystem::path path(std::string_view name) const { return folder_.path() / name; }

    static unsigned mode_of(const std::filesystem::path& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777;
    }

private:
    test::TemporaryFolder folder_;
};

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

TEST_F(PosixFilesTest, are_for_their_owner_only) {
    const auto directory = PosixDirectory::lock(path("files")).value();
    ASSERT_TRUE(directory->create("log"));

    EXPECT_EQ(mode_of(path("files")), 0700U);
    EXPECT_EQ(mode_of(path("files/log")), 0600U);
}

TEST_F(PosixFilesTest, are_open_in_one_process_only) {
    auto first = PosixDirectory::lock(path("files"));
    ASSERT_TRUE(first);

    const auto second = PosixDirectory::lock(path("files"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::denied);
    EXPECT_NE(second.error().message().find("another process"), std::string::npos);

    first->reset();
    EXPECT_TRUE(PosixDirectory::lock(path("files")));
}

TEST_F(PosixFilesTest, tell_a_folder_that_cannot_be) {
    std::ofstream(path("file")) << "x";

    EXPECT_EQ(PosixDirectory::lock(path("none/files")).error().code(), ErrorCode::not_found);
    EXPECT_EQ(PosixDirectory::lock(path("file")).error().code(), ErrorCode::io);
}

TEST_F(PosixFilesTest, are_regular_files_and_no_links) {
    const auto directory = PosixDirectory::lock(path("files")).value();
    std::filesystem::create_symlink(path("elsewhere"), path("files/link"));
    std::filesystem::create_directory(path("files/folder"));
    ASSERT_EQ(::mkfifo(path("files/pipe").c_str(), 0600), 0);

    EXPECT_EQ(directory->list(), std::vector<std::string>());
    EXPECT_FALSE(directory->open("link"));
    EXPECT_FALSE(directory->create("link"));
    EXPECT_FALSE(directory->open("folder"));
    EXPECT_EQ(directory->open("pipe").error().code(), ErrorCode::invalid);
    EXPECT_FALSE(std::filesystem::exists(path("elsewhere")));
}

TEST_F(PosixFilesTest, refuse_everything_after_a_failed_append) {
    const auto directory = PosixDirectory::lock(path("files")).value();
    const auto file = directory->create("log").value();
    {
        const FileSizeLimit limit(10);
        const auto full = file->append(Bytes(11));
        ASSERT_FALSE(full);
        EXPECT_EQ(full.error().code(), ErrorCode::no_space) << full.error().message();
    }

    EXPECT_EQ(file->append(as_bytes("a")).error().code(), ErrorCode::io);
    EXPECT_EQ(file->sync().error().code(), ErrorCode::io);
    EXPECT_EQ(std::filesystem::file_size(path("files/log")), 10U);
}

TEST_F(PosixFilesTest, carry_a_log_over_a_full_disk) {
    std::vector<Bytes> records;
    {
        const auto directory = PosixDirectory::lock(path("wal")).value();
        const auto wal = open_wal(*directory).value();
        const FileSizeLimit limit(5000);
        for (std::uint64_t i = 1; i < 200; ++i) {
            if (!wal->append(wal_record(i))) {
                break;
            }
            records.push_back(wal_record(i));
        }
        ASSERT_GT(records.size(), 10U);
        ASSERT_LT(records.size(), 199U);
        EXPECT_FALSE(wal->sync());
    }
    const auto directory = PosixDirectory::lock(path("wal")).value();

    const auto wal = open_wal(*directory);

    ASSERT_TRUE(wal) << wal.error().message();
    EXPECT_EQ(replayed(**wal), records);
    EXPECT_GT((*wal)->recovery().bytes_cut, 0U);
}

TEST_F(PosixFilesTest, carry_a_log_through_heights_and_openings) {
    WalModel model;
    for (int opening = 0; opening < 10; ++opening) {
        const auto directory = PosixDirectory::lock(path("wal")).value();
        const auto wal = open_wal(*directory);
        ASSERT_TRUE(wal) << wal.error().message();
        model.expect_recovered(**wal);
        for (int i = 0; i < 17; ++i) {
            ASSERT_TRUE(model.step(**wal));
        }
        EXPECT_EQ(directory->list()->size(), 1U);
    }
    EXPECT_EQ(model.finished(), chain::Height(17));
}

TEST_F(PosixFilesTest, carry_the_state_of_a_signer) {
    const auto key = [] {
        return std::make_unique<LocalSigningKey>(test::private_key(0, crypto::KeyType::ed25519));
    };
    const auto chain_id = test::chain_id("steelyard-1");
    chain::Vote vote;
    vote.height = chain::Height(3);
    vote.validator_address = key()->public_key().address();
    {
        const auto directory = PosixDirectory::lock(path("data")).value();
        ASSERT_TRUE(FileSigner::create(*directory, key(), chain_id).value()->sign_vote(vote));
    }
    const auto directory = PosixDirectory::lock(path("data")).value();

    const auto signer = FileSigner::open(*directory, key(), chain_id);

    ASSERT_TRUE(signer) << signer.error().message();
    EXPECT_TRUE((*signer)->sign_vote(vote));
    vote.block_id = test::block_id(1);
    EXPECT_FALSE((*signer)->sign_vote(vote));
    EXPECT_EQ(mode_of(path("data") / sign_state_file_name), 0600U);
}

}  // namespace
}  // namespace steelyard::engine
