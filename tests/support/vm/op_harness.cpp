#include "tests/support/vm/op_harness.h"

#include "base/check.h"
#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/second_opinion.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/ops/cost.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <xmmintrin.h>
#include <set>
#include <thread>

namespace steelyard::vm::test {

namespace {

constexpr std::uint32_t single_elements = 16;
constexpr std::size_t alignment = 64;

std::vector<TensorType> types_of(const std::vector<TestTensor>& operands) {
    std::vector<TensorType> types;
    for (const TestTensor& operand : operands) {
        types.push_back(operand.type);
    }
    return types;
}

/// A copy that begins at an odd multiple of 64 bytes.
class AlignedBytes {
public:
    explicit AlignedBytes(std::size_t size) : memory_(size + 3 * alignment) {
        const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
        const std::uintptr_t up = (address + 2 * alignment - 1) / (2 * alignment) * (2 * alignment);
        offset_ = up + alignment - address;
    }

    std::byte* data() { return memory_.data() + offset_; }

private:
    std::vector<std::byte> memory_;
    std::size_t offset_ = 0;
};

Result<OpResult> run_on(
    Backend& backend,
    OpCode op,
    const std::vector<TestTensor>& operands,
    const Attributes& attributes,
    const Parallel& parallel
) {
    const Operator* rule = find_operator(op, 1);
    CHECK(rule != nullptr);
    const std::vector<TensorType> types = types_of(operands);
    TRY_ASSIGN(const TensorType output, rule->infer(types, attributes));
    std::vector<AlignedBytes> copies;
    std::vector<const std::byte*> pointers;
    for (const TestTensor& operand : operands) {
        AlignedBytes& copy = copies.emplace_back(operand.data.size());
        if (!operand.data.empty()) {
            std::memcpy(copy.data(), operand.data.data(), operand.data.size());
        }
    }
    for (AlignedBytes& copy : copies) {
        pointers.push_back(copy.data());
    }
    AlignedBytes memory(output.bytes());
    std::memset(memory.data(), 0xa5, output.bytes());
    const NodeWork work{
        .call =
            {.op = op, .version = 1, .operands = types, .output = output, .attributes = attributes},
        .operands = pointers,
        .output = memory.data(),
    };
    OpResult result;
    result.bad_index = backend.run(work, parallel);
    const auto* begin = reinterpret_cast<const std::uint8_t*>(memory.data());
    result.output = {.type = output, .data = Bytes(begin, begin + output.bytes())};
    return result;
}

/// Two threads that take the pieces from the last to the first.
void backwards_on_two_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
    std::jthread other([&] {
        for (std::size_t index = count; index-- > 0;) {
            if (index % 2 == 1) {
                body(index);
            }
        }
    });
    for (std::size_t index = count; index-- > 0;) {
        if (index % 2 == 0) {
            body(index);
        }
    }
}

/// Flush to zero, denormals as zeros, rounding towards zero: what a host program may leave behind.
class PoisonedFloats {
public:
    PoisonedFloats() : saved_(_mm_getcsr()) { _mm_setcsr(0xffc0); }
    ~PoisonedFloats() { _mm_setcsr(saved_); }

private:
    unsigned int saved_;
};

/// Reads from memory and counts the chunks that a verifier would have to be shown.
class CountingReader final : public Reader {
public:
    explicit CountingReader(const std::vector<TestTensor>& operands) : operands_(operands) {}

    const std::byte* read(std::size_t operand, std::uint64_t first, std::uint64_t count) override {
        const TensorType& type = operands_[operand].type;
        CHECK(count > 0 && first < type.elements() && count <= type.elements() - first);
        const std::uint64_t columns = type.shape.columns();
        EXPECT_EQ(first / columns, (first + count - 1) / columns) << "a read over the end of a row";
        for (std::uint64_t at = first; at < first + count; ++at) {
            chunks_.emplace(operand, chunk_of(type, at));
        }
        return reinterpret_cast<const std::byte*>(operands_[operand].data.data()) +
               first * size_of(type.dtype);
    }

    std::size_t chunks() const { return chunks_.size(); }

private:
    static std::uint64_t chunk_of(const TensorType& type, std::uint64_t element) {
        const std::uint64_t row_bytes = type.row_bytes();
        const std::uint64_t row = element / type.shape.columns();
        const std::uint64_t byte = element % type.shape.columns() * size_of(type.dtype);
        return row_bytes > chunk_bytes / 2
                   ? row * ((row_bytes + chunk_bytes - 1) / chunk_bytes) + byte / chunk_bytes
                   : row / (chunk_bytes / row_bytes);
    }

    const std::vector<TestTensor>& operands_;
    std::set<std::pair<std::size_t, std::uint64_t>> chunks_{};
};

void expect_single_elements(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const Attributes& attributes,
    const OpResult& wanted,
    std::uint64_t seed
) {
    const Operator* rule = find_operator(op, 1);
    const std::vector<TensorType> types = types_of(operands);
    const TensorType& output = wanted.output.type;
    const NodeCall call{
        .op = op, .version = 1, .operands = types, .output = output, .attributes = attributes
    };
    const ProbeCost cost = rule->probe(call, {.rows = 1, .columns = 1});
    SeededRandom random(seed);
    const std::size_t size = size_of(output.dtype);
    for (std::uint32_t probe = 0; probe < single_elements && output.elements() > 0; ++probe) {
        const std::uint64_t element = number_below(random, output.elements());
        CountingReader reader(operands);
        ByteArray<8> computed{};
        const auto bad = rule->evaluate(
            call,
            reader,
            element / output.shape.columns(),
            {element % output.shape.columns(), 1},
            reinterpret_cast<std::byte*>(computed.data())
        );
        EXPECT_LE(reader.chunks(), cost.chunks) << "element " << element << " opens more";
        if (bad.has_value()) {
            EXPECT_TRUE(wanted.bad_index.has_value() && *wanted.bad_index <= element);
        } else if (!wanted.bad_index.has_value()) {
            EXPECT_EQ(
                std::memcmp(computed.data(), wanted.output.data.data() + element * size, size), 0
            ) << "element "
              << element << " alone differs";
        }
    }
}

/// With a bad index the output does not matter.
bool agree(const OpResult& wanted, const OpResult& got) {
    return wanted.bad_index.has_value() ? got.bad_index == wanted.bad_index : got == wanted;
}

std::string difference(const OpResult& wanted, const OpResult& got) {
    const std::size_t size = size_of(wanted.output.type.dtype);
    const auto& a = wanted.output.data;
    const auto& b = got.output.data;
    for (std::size_t at = 0; at + size <= std::min(a.size(), b.size()); at += size) {
        if (std::memcmp(a.data() + at, b.data() + at, size) != 0) {
            std::uint64_t x = 0;
            std::uint64_t y = 0;
            std::memcpy(&x, a.data() + at, size);
            std::memcpy(&y, b.data() + at, size);
            return fmt::format("element {}: {:x}, not {:x}", at / size, y, x);
        }
    }
    return "the index out of bounds differs";
}

}  // namespace

Result<OpResult> run_reference(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes
) {
    return run_on(*make_reference_backend(), op, operands, attributes, {});
}

TestTensor run(OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes) {
    Result<OpResult> result = run_reference(op, operands, attributes);
    EXPECT_TRUE(result.has_value()) << result.error().message();
    EXPECT_FALSE(result->bad_index.has_value());
    return std::move(result->output);
}

std::string refusal(OpCode op, const std::vector<TensorType>& types, const Attributes& attributes) {
    const Result<TensorType> type = find_operator(op, 1)->infer(types, attributes);
    return type ? "" : type.error().message();
}

namespace {

/// Says at the end how much was compared, so that a nightly run tells how far it went.
class Tally {
public:
    ~Tally() {
        if (elements > 0) {
            fmt::print("{} elements of outputs, {} comparisons of one\n", elements, comparisons);
        }
    }

    std::uint64_t elements = 0;
    std::uint64_t comparisons = 0;
};

Tally& tally() {
    static Tally the_tally;
    return the_tally;
}

}  // namespace

void expect_one_answer(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const Attributes& attributes,
    std::uint64_t probe_seed
) {
    const Result<OpResult> wanted = run_reference(op, operands, attributes);
    ASSERT_TRUE(wanted.has_value()) << to_string(op) << ": " << wanted.error().message();
    expect_single_elements(op, operands, attributes, *wanted, probe_seed);
    const OpResult said = second_opinion(op, operands, attributes);
    EXPECT_TRUE(agree(*wanted, said))
        << to_string(op) << " as the text says: " << difference(*wanted, said);
    const std::uint64_t elements = wanted->output.type.elements();
    tally().elements += elements;
    tally().comparisons += elements;
    using enum cpu::Isa;
    for (const cpu::Isa isa : {scalar, scalar_soft_fma, avx2, avx512_no_vnni, avx512}) {
        if (!cpu::is_available(isa)) {
            continue;
        }
        const auto backend = cpu::make_cpu_backend(isa);
        for (const Parallel& parallel : {Parallel{}, Parallel{backwards_on_two_threads}}) {
            const PoisonedFloats poison;
            const Result<OpResult> got = run_on(*backend, op, operands, attributes, parallel);
            ASSERT_TRUE(got.has_value());
            tally().comparisons += elements;
            EXPECT_TRUE(agree(*wanted, *got))
                << to_string(op) << " on " << to_string(isa)
                << (parallel ? ", two threads: " : ": ") << difference(*wanted, *got);
        }
    }
}

}  // namespace steelyard::vm::test
