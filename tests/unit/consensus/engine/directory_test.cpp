// What every Directory does, on the system's files and on simulated ones.
#include "consensus/engine/posix_files.h"
#include "tests/support/sim_files.h"
#include "tests/unit/consensus/engine/temporary_folder.h"

namespace steelyard::engine {
namespace {

struct PosixFiles {
    test::TemporaryFolder folder{};
    std::unique_ptr<PosixDirectory> directory =
        PosixDirectory::lock(folder.path() / "files").value();

    Directory& get() { return *directory; }
};

struct SimulatedFiles {
    test::SimDirectory directory{1};

    Directory& get() { return directory; }
};

template <typename Files>
class DirectoryTest : public testing::Test {
protected:
    Directory& directory() { return files_.get(); }

    std::string content(std::string_view name) {
        const auto bytes = read_file(directory(), name, 1000);
        return bytes ? std::string(as_text(*bytes)) : bytes.error().message();
    }

private:
    Files files_;
};

using Implementations = testing::Types<PosixFiles, SimulatedFiles>;
TYPED_TEST_SUITE(DirectoryTest, Implementations);

TYPED_TEST(DirectoryTest, appends_and_reads) {
    const auto file = this->directory().create("log").value();
    ASSERT_TRUE(file->append(as_bytes("steel")));
    ASSERT_TRUE(file->append(as_bytes("yard")));
    ASSERT_TRUE(file->sync());

    EXPECT_EQ(file->size(), 9U);
    Bytes middle(4);
    EXPECT_EQ(file->read(3, middle), 4U);
    EXPECT_EQ(as_text(middle), "elya");
    EXPECT_EQ(file->read(7, middle), 2U);
    EXPECT_EQ(file->read(9, middle), 0U);
    EXPECT_EQ(file->read(99, middle), 0U);
}

TYPED_TEST(DirectoryTest, appends_to_what_is_there) {
    ASSERT_TRUE(this->directory().create("log").value()->append(as_bytes("a")));
    const auto file = this->directory().open("log").value();
    EXPECT_EQ(file->size(), 1U);

    ASSERT_TRUE(file->append(as_bytes("b")));

    EXPECT_EQ(this->content("log"), "ab");
}

TYPED_TEST(DirectoryTest, empties_a_file_that_it_creates_again) {
    ASSERT_TRUE(this->directory().create("log").value()->append(as_bytes("a")));

    EXPECT_EQ(this->directory().create("log").value()->size(), 0U);

    EXPECT_EQ(this->content("log"), "");
}

TYPED_TEST(DirectoryTest, lists_renames_and_removes) {
    Directory& directory = this->directory();
    for (const std::string_view name : {"c", "a", "b"}) {
        ASSERT_TRUE(directory.create(name).value()->append(as_bytes(name)));
    }
    EXPECT_EQ(directory.list(), (std::vector<std::string>{"a", "b", "c"}));

    ASSERT_TRUE(directory.rename("c", "a"));
    ASSERT_TRUE(directory.remove("b"));
    ASSERT_TRUE(directory.sync());

    EXPECT_EQ(directory.list(), (std::vector<std::string>{"a"}));
    EXPECT_EQ(this->content("a"), "c");
}

TYPED_TEST(DirectoryTest, tells_a_missing_file) {
    Directory& directory = this->directory();

    EXPECT_EQ(directory.open("none").error().code(), ErrorCode::not_found);
    EXPECT_EQ(directory.remove("none").error().code(), ErrorCode::not_found);
    EXPECT_EQ(directory.rename("none", "other").error().code(), ErrorCode::not_found);
}

TYPED_TEST(DirectoryTest, writes_to_a_file_that_has_got_another_name) {
    const auto file = this->directory().create("temporary").value();
    ASSERT_TRUE(this->directory().rename("temporary", "log"));

    ASSERT_TRUE(file->append(as_bytes("a")));

    EXPECT_EQ(this->content("log"), "a");
}

TYPED_TEST(DirectoryTest, replaces_a_file_as_a_whole) {
    Directory& directory = this->directory();
    ASSERT_TRUE(replace_file(directory, "state", as_bytes("old")));
    ASSERT_TRUE(directory.create(temporary_name("state")).value()->append(as_bytes("left over")));

    ASSERT_TRUE(replace_file(directory, "state", as_bytes("new")));

    EXPECT_EQ(this->content("state"), "new");
    EXPECT_EQ(directory.list(), (std::vector<std::string>{"state"}));
}

TYPED_TEST(DirectoryTest, reads_no_file_over_the_limit) {
    ASSERT_TRUE(replace_file(this->directory(), "state", Bytes(1001)));

    const auto content = read_file(this->directory(), "state", 1000);

    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace steelyard::engine
