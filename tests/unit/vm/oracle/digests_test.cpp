// What operators of version 1 give for fixed calls never changes: tests/vectors/vm_operators.txt.

#include "base/hex.h"
#include "crypto/blake3.h"
#include "tests/support/vm/op_cases.h"
#include "tests/support/vm/second_opinion.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <fstream>
#include <map>

namespace steelyard::vm::test {
namespace {

constexpr std::uint64_t calls = 24;
constexpr std::uint64_t seed_base = std::uint64_t{7} << 60;

class Digest {
public:
    void add(const std::string& text) {
        all_ += text;
        all_ += '\n';
    }

    void add(const TestTensor& tensor) {
        add(tensor.type.text());
        all_.append(tensor.data.begin(), tensor.data.end());
    }

    void add(const OpResult& result) {
        if (result.bad_index.has_value()) {
            add(fmt::format("bad index {}", *result.bad_index));
        } else {
            add(result.output);
        }
    }

    /// 128 bits are enough to tell a change.
    std::string hex() const {
        const auto* begin = reinterpret_cast<const std::uint8_t*>(all_.data());
        const auto hash = crypto::blake3(ByteView(begin, all_.size()));
        return to_hex(ByteView(hash).first(16));
    }

private:
    std::string all_{};
};

/// The line of an operator: calls, what ours gives, and, besides, what the oracle gives.
struct Line {
    std::string text{};
    std::string said{};
};

Line line_of(OpCode op) {
    Digest drawn;
    Digest ours;
    Digest said;
    for (std::uint64_t number = 0; number < calls; ++number) {
        SeededRandom random(seed_base | static_cast<std::uint64_t>(op) << 32 | number);
        const OpCase call = random_case(random, op);
        for (const TestTensor& operand : call.operands) {
            drawn.add(operand);
        }
        for (const std::int64_t attribute : call.attributes) {
            drawn.add(fmt::format("{}", attribute));
        }
        const Result<OpResult> result = run_reference(op, call.operands, call.attributes);
        EXPECT_TRUE(result.has_value());
        ours.add(*result);
        said.add(second_opinion(op, call.operands, call.attributes));
    }
    const std::string start = fmt::format("{} 1 {} ", to_string(op), drawn.hex());
    return {.text = start + ours.hex(), .said = start + said.hex()};
}

std::map<std::string, std::string> published() {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/vm_operators.txt");
    std::map<std::string, std::string> out;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) {
            out[line.substr(0, line.find(' '))] = line;
        }
    }
    return out;
}

TEST(Digests, OfVersionOneAreAsPublished) {
    const auto wanted = published();
    EXPECT_EQ(wanted.size(), all_op_codes().size());
    for (const OpCode op : all_op_codes()) {
        const Line line = line_of(op);
        const auto found = wanted.find(std::string(to_string(op)));
        EXPECT_EQ(found == wanted.end() ? "" : found->second, line.text);
        EXPECT_EQ(line.text, line.said);
    }
}

}  // namespace
}  // namespace steelyard::vm::test
