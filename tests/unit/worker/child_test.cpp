#include "worker/child.h"

#include "tests/support/temporary_home.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <thread>

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Children are shell scripts: `sh -c SCRIPT VERB FOLDER`, so that $0 is the verb and $1 the
/// folder.
class ChildTest : public testing::Test {
protected:
    std::unique_ptr<Child> start(std::string script, ChildLimits limits = {}) {
        auto child = Child::start(
            {.file = "/bin/sh", .arguments = {"-c", std::move(script)}},
            {.verb = "job", .folder = home_.path(), .limits = limits, .on_end = {}}
        );
        EXPECT_TRUE(child) << child.error().message();
        return *std::move(child);
    }

    static ChildEnd wait(const Child& child) {
        for (int i = 0; i < 3'000; ++i) {
            if (const auto end = child.end()) {
                return *end;
            }
            std::this_thread::sleep_for(10ms);
        }
        ADD_FAILURE() << "it does not end";
        return {};
    }

    std::string file(std::string_view name) {
        std::ifstream in(home_.path() / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    testing_support::TemporaryHome home_{};
};

TEST_F(ChildTest, is_given_its_verb_and_folder) {
    const auto child = start("echo $0 >$1/seen; echo trouble >&2");

    EXPECT_TRUE(wait(*child).is(ChildExit::ok));
    EXPECT_EQ(file("seen"), "job\n");
    EXPECT_EQ(file("child.log"), "trouble\n");
}

TEST_F(ChildTest, ends_with_its_exit_code) {
    EXPECT_TRUE(wait(*start("exit 11")).is(ChildExit::no_memory));
    EXPECT_TRUE(wait(*start("exit 10")).is(ChildExit::bad_inputs));
    const ChildEnd other = wait(*start("exit 3"));
    EXPECT_EQ(other.code, 3);
    EXPECT_EQ(other.text(), "it ended with code 3: see its log");
}

TEST_F(ChildTest, says_why_it_fails) {
    const auto child = start("echo error first; echo error /x: disk full; echo steps 1 2; exit 14");

    const ChildEnd end = wait(*child);

    EXPECT_TRUE(end.is(ChildExit::no_disk));
    EXPECT_EQ(end.text(), "it ended with code 14: its disk is full: /x: disk full");
}

TEST(ChildEnd, knows_what_a_program_may_have_done) {
    using Kind = ChildEnd::Kind;
    EXPECT_TRUE((ChildEnd{.kind = Kind::signalled, .code = SIGKILL}.may_be_of_program()));
    EXPECT_TRUE((ChildEnd{.kind = Kind::signalled, .code = SIGSEGV}.may_be_of_program()));
    EXPECT_TRUE((ChildEnd{.kind = Kind::out_of_time}.may_be_of_program()));
    EXPECT_TRUE((ChildEnd{.kind = Kind::exited, .code = 11}.may_be_of_program()));
    EXPECT_FALSE((ChildEnd{.kind = Kind::signalled, .code = SIGTERM}.may_be_of_program()));
    EXPECT_FALSE((ChildEnd{.kind = Kind::exited, .code = 14}.may_be_of_program())) << "the disk";
    EXPECT_FALSE((ChildEnd{.kind = Kind::exited, .code = 12}.may_be_of_program())) << "the machine";
    EXPECT_FALSE((ChildEnd{.kind = Kind::stopped}.may_be_of_program()));
}

TEST_F(ChildTest, tells_the_signal_that_killed_it) {
    const auto child = start("kill -9 $$");

    const ChildEnd end = wait(*child);

    EXPECT_EQ(end.kind, ChildEnd::Kind::signalled);
    EXPECT_EQ(end.code, SIGKILL);
}

TEST_F(ChildTest, tells_its_progress) {
    const auto child = start("echo steps 3 10; echo nonsense; echo steps 7 10; echo steps 9 x");

    wait(*child);

    EXPECT_EQ(child->progress().done, 7U);
    EXPECT_EQ(child->progress().of, 10U);
}

TEST_F(ChildTest, is_killed_when_its_time_is_over) {
    const auto child = start("sleep 600", {.wall_time = 200ms});

    EXPECT_EQ(wait(*child).kind, ChildEnd::Kind::out_of_time);
}

TEST_F(ChildTest, is_killed_with_its_whole_group) {
    auto child = start("sleep 600 & echo $! >$1/inner; wait");
    for (int i = 0; i < 1'000 && file("inner").empty(); ++i) {
        std::this_thread::sleep_for(10ms);
    }
    const pid_t inner = std::stoi(file("inner"));
    const pid_t outer = child->process();

    child->stop();

    EXPECT_EQ(wait(*child).kind, ChildEnd::Kind::stopped);
    child.reset();
    for (int i = 0; i < 1'000 && ::kill(inner, 0) == 0; ++i) {
        std::this_thread::sleep_for(10ms);  // until init has reaped it
    }
    EXPECT_NE(::kill(inner, 0), 0);
    EXPECT_EQ(::waitpid(outer, nullptr, WNOHANG), -1) << "no zombie is left";
}

TEST_F(ChildTest, is_ended_by_its_owner) {
    auto child = start("sleep 600");
    const pid_t process = child->process();

    child.reset();

    EXPECT_NE(::kill(process, 0), 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(ChildTest, has_a_limit_of_memory) {
    const auto child = start(
        "ulimit -v; exec /usr/bin/python3 -c 'bytearray(512 << 20)'",
        {.memory_bytes = std::uint64_t{256} << 20}
    );

    EXPECT_EQ(wait(*child).kind, ChildEnd::Kind::exited);
    EXPECT_NE(wait(*child).code, 0);
    EXPECT_NE(file("child.log").find("MemoryError"), std::string::npos) << file("child.log");
}
#endif

TEST_F(ChildTest, has_a_limit_of_processor_time) {
    const auto child = start("while :; do :; done", {.processor_time = 1s});

    EXPECT_EQ(wait(*child).kind, ChildEnd::Kind::signalled);
}

TEST_F(ChildTest, that_cannot_be_executed_says_so) {
    auto child = Child::start(
        {.file = home_.path() / "nothing"}, {.verb = "job", .folder = home_.path(), .on_end = {}}
    );

    ASSERT_TRUE(child);
    EXPECT_EQ(wait(**child).text(), "it ended with code 127: it could not be executed");
}

TEST_F(ChildTest, inherits_no_descriptor) {
    const int leak = ::dup(STDERR_FILENO);

    wait(*start("ls /proc/self/fd >$1/seen"));

    // Three of its own, and the one that lists.
    EXPECT_EQ(file("seen"), "0\n1\n2\n3\n");
    ::close(leak);
}

}  // namespace
}  // namespace steelyard::worker
