#include "worker/bad_programs.h"

#include "tests/support/temporary_home.h"

#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::worker {
namespace {

Hash256 hash(std::size_t number) {
    Hash256 out{};
    out[0] = static_cast<std::uint8_t>(number);
    out[1] = static_cast<std::uint8_t>(number >> 8);
    return out;
}

const Refusal killed{.reason = Decline::other, .why = "it was killed by signal 9"};

class BadProgramsTest : public testing::Test {
protected:
    BadPrograms reopened() const {
        BadPrograms out(file_);
        const auto opened = out.open();
        EXPECT_TRUE(opened) << opened.error().message();
        return out;
    }

    void write(std::string_view text) const {
        std::ofstream(file_, std::ios::binary) << text;
        std::filesystem::permissions(file_, std::filesystem::perms::owner_read);
    }

    testing_support::TemporaryHome home_{};
    std::filesystem::path file_ = home_.path() / bad_programs_file_name;
    BadPrograms programs_{file_};
};

TEST_F(BadProgramsTest, knows_nothing_at_first) {
    EXPECT_TRUE(programs_.open());
    EXPECT_FALSE(programs_.find(hash(1), 10));
}

TEST_F(BadProgramsTest, remembers_over_a_restart) {
    ASSERT_TRUE(programs_.add(hash(1), killed, 10));
    ASSERT_TRUE(programs_.add(hash(2), {.reason = Decline::no_memory, .why = "11\nlines"}, 11));

    const BadPrograms again = reopened();

    ASSERT_TRUE(again.find(hash(1), 12));
    EXPECT_EQ(again.find(hash(1), 12)->reason, Decline::other);
    EXPECT_EQ(again.find(hash(1), 12)->why, killed.why);
    EXPECT_EQ(again.find(hash(2), 12)->reason, Decline::no_memory);
    EXPECT_EQ(again.find(hash(2), 12)->why, "11?lines");
    EXPECT_FALSE(again.find(hash(3), 12));
}

TEST_F(BadProgramsTest, gives_a_program_another_chance_after_a_while) {
    ASSERT_TRUE(programs_.add(hash(1), killed, 10));

    EXPECT_TRUE(programs_.find(hash(1), 10 + bad_program_blocks - 1));
    EXPECT_FALSE(programs_.find(hash(1), 10 + bad_program_blocks));
    EXPECT_TRUE(programs_.find(hash(1), 9)) << "matched before, and not started yet";

    ASSERT_TRUE(programs_.add(hash(2), killed, 10 + bad_program_blocks));
    EXPECT_EQ(programs_.size(), 1U);
}

TEST_F(BadProgramsTest, remembers_so_many) {
    for (std::size_t i = 0; i <= bad_programs_max; ++i) {
        ASSERT_TRUE(programs_.add(hash(i), killed, 10));
    }

    EXPECT_EQ(reopened().size(), bad_programs_max);
    EXPECT_FALSE(programs_.find(hash(0), 10)) << "the oldest";
    EXPECT_TRUE(programs_.find(hash(1), 10));
}

TEST_F(BadProgramsTest, has_a_program_once) {
    ASSERT_TRUE(programs_.add(hash(1), killed, 10));
    ASSERT_TRUE(programs_.add(hash(1), {.reason = Decline::no_memory, .why = "memory"}, 20));

    EXPECT_EQ(programs_.size(), 1U);
    EXPECT_EQ(programs_.find(hash(1), 20)->reason, Decline::no_memory);
}

TEST_F(BadProgramsTest, remembers_what_it_cannot_write) {
    BadPrograms programs(home_.path() / "nothing" / "file");

    EXPECT_FALSE(programs.add(hash(1), killed, 10));
    EXPECT_TRUE(programs.find(hash(1), 10));
}

TEST_F(BadProgramsTest, refuses_lines_that_it_did_not_write) {
    const std::string program(64, 'a');
    for (const std::string& line :
         {std::string("nonsense"),
          program + " 5",
          program + " 6 10 why",
          program + " 0 10 why",
          program + " 5 99999999999999999999 why",
          "zz" + program.substr(2) + " 5 10 why"}) {
        std::filesystem::remove(file_);
        write(line + "\n");
        const auto opened = programs_.open();
        ASSERT_FALSE(opened) << line;
        EXPECT_TRUE(opened.error().message().contains("PROGRAM REASON HEIGHT WHY"));
        EXPECT_EQ(programs_.size(), 0U);
    }
}

}  // namespace
}  // namespace steelyard::worker
