// steelyard-histories: runs random histories of the ledger by their seeds.
#include "base/decimal.h"
#include "tests/support/ledger/app_witness.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace steelyard::test {
namespace {

constexpr std::string_view usage = R"(usage: steelyard-histories A..B [BLOCKS]

Runs the histories of these seeds, BLOCKS (100) blocks each, on all cores, and tells what happened
how often. Ends with 1 where a promise was broken, after one line for each such seed.
)";

struct Arguments {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t blocks = 100;
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
    const auto value = parse_decimal(text);
    return value && *value < 1'000'000'000 ? std::optional(static_cast<std::uint64_t>(*value))
                                           : std::nullopt;
}

std::optional<Arguments> parse(std::span<char* const> words) {
    if (words.empty() || words.size() > 2) {
        return std::nullopt;
    }
    const std::string_view seeds = words[0];
    const auto dots = seeds.find("..");
    if (dots == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = parse_number(seeds.substr(0, dots));
    const auto last = parse_number(seeds.substr(dots + 2));
    const auto blocks = words.size() > 1 ? parse_number(words[1]) : 100;
    if (!first || !last || !blocks || *last < *first) {
        return std::nullopt;
    }
    return Arguments{*first, *last, *blocks};
}

using Tally = std::map<std::string, std::uint64_t>;

/// Lines "COUNT what".
void write_tally(std::FILE* out, const Tally& tally) {
    for (const auto& [what, count] : tally) {
        fmt::print(out, "{} {}\n", count, what);
    }
}

void read_tally(std::FILE* in, Tally& tally) {
    std::array<char, 200> line{};
    while (std::fgets(line.data(), line.size(), in) != nullptr) {
        const std::string_view text = line.data();
        const auto space = text.find(' ');
        CHECK(space != std::string_view::npos);
        const auto count = parse_number(text.substr(0, space));
        CHECK(count.has_value());
        tally[std::string(text.substr(space + 1, text.size() - space - 2))] += *count;
    }
}

/// A process that runs one seed.
struct Child {
    std::uint64_t seed = 0;
    pid_t process = 0;
    std::FILE* tally = nullptr;
};

Child start(std::uint64_t seed, std::uint64_t blocks) {
    std::array<int, 2> ends{};
    CHECK(::pipe2(ends.data(), 0) == 0);
    std::fflush(stdout);
    const pid_t process = ::fork();
    CHECK(process >= 0);
    if (process == 0) {
        ::close(ends[0]);
        LedgerChain chain({.seed = seed});
        chain.add_witness(std::make_unique<AppWitness>(chain.people(), seed));
        for (std::uint64_t i = 0; i < blocks && chain.advance(); ++i) {
        }
        if (chain.violation()) {
            fmt::print("{}\n", *chain.violation());
            std::fflush(stdout);
        }
        std::FILE* const out = ::fdopen(ends[1], "w");
        write_tally(out, chain.tally());
        std::fclose(out);
        ::_exit(chain.violation() ? 1 : 0);
    }
    ::close(ends[1]);
    return {seed, process, ::fdopen(ends[0], "r")};
}

/// Whether all was well.
bool finish(const Child& child, Tally& tally) {
    read_tally(child.tally, tally);
    std::fclose(child.tally);
    int status = 0;
    CHECK(::waitpid(child.process, &status, 0) == child.process);
    if (WIFSIGNALED(status)) {
        fmt::print("seed {}: ended by signal {}\n", child.seed, WTERMSIG(status));
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int run(const Arguments& arguments) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<Child> children;
    Tally tally;
    std::uint64_t failed = 0;
    const auto finish_first = [&] {
        failed += finish(children.front(), tally) ? 0 : 1;
        children.erase(children.begin());
    };
    for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
        if (children.size() == cores) {
            finish_first();
        }
        children.push_back(start(seed, arguments.blocks));
    }
    while (!children.empty()) {
        finish_first();
    }
    write_tally(stdout, tally);
    fmt::print("seeds {}, failed {}\n", arguments.last - arguments.first + 1, failed);
    return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace steelyard::test

int main(int count, char** words) {
    using namespace steelyard;
    const auto arguments = test::parse(std::span(words + 1, words + count));
    if (!arguments) {
        fmt::print(stderr, "{}", test::usage);
        return 2;
    }
    return test::run(*arguments);
}
