// Places in the arena: against the rule as it is written, and against a run that looks for what
// was overwritten.
#include "tests/support/vm/random_programs.h"
#include "tests/unit/vm/check/unrolled.h"
#include "vm/build/builder.h"
#include "vm/check/first_fit.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

CheckedProgram checked(Program program) {
    Result<CheckedProgram> result = CheckedProgram::check(std::move(program));
    EXPECT_TRUE(result.has_value()) << result.error().message();
    return *std::move(result);
}

/// Memory of which every 64 bytes remember what was written last.
class MarkedArena {
public:
    explicit MarkedArena(const CheckedProgram& program)
        : program_(program), blocks_(program.arena_bytes() / arena_alignment) {}

    void write(const Place& place, const Source& content) {
        ASSERT_EQ(place.offset % arena_alignment, 0U);
        ASSERT_LE(place.offset + place.bytes, program_.arena_bytes());
        for (std::uint64_t at = place.offset; at < place.offset + place.bytes;
             at += arena_alignment) {
            blocks_[at / arena_alignment] = content;
        }
    }

    /// Of what is not in the arena nothing is expected.
    void expect(ValueRef value, const Source& content) const {
        Place place;
        if (value.kind == ValueKind::node) {
            place = program_.node_place(value.index);
        } else if (value.kind == ValueKind::carry || value.kind == ValueKind::result) {
            place = program_.carry_place(value.index);
        }
        for (std::uint64_t at = place.offset; at < place.offset + place.bytes;
             at += arena_alignment) {
            ASSERT_EQ(blocks_[at / arena_alignment], content) << "at " << at;
        }
    }

private:
    const CheckedProgram& program_;
    std::vector<Source> blocks_;
};

/// Nothing is overwritten that is read later: outputs do not lie on operands, carries and values
/// from outside survive the trips.
void expect_run_keeps_what_it_needs(const CheckedProgram& program) {
    MarkedArena arena(program);
    std::uint64_t steps = 0;
    // One carry after the other, as a runner does: it must be as if all at once.
    const auto on_copy = [&](std::uint32_t carry, ValueRef from, const Source& content) {
        arena.expect(from, content);
        arena.write(program.carry_place(carry), content);
    };
    const auto on_step = [&](const Step& step, const std::vector<Source>& operands) {
        arena.write(program.node_place(step.node), {.kind = Source::Kind::step, .index = steps++});
        const auto& refs = program.program().nodes[step.node].operands;
        for (std::size_t operand = 0; operand < operands.size(); ++operand) {
            arena.expect(refs[operand], operands[operand]);
        }
    };
    const auto outputs = test::unroll(program.program(), {.on_copy = on_copy, .on_step = on_step});
    for (std::size_t output = 0; output < outputs.size(); ++output) {
        arena.expect(program.program().outputs[output].value, outputs[output]);
    }
}

/// Rule M1 word by word, without any thought for time.
class SlowPlanner {
public:
    explicit SlowPlanner(const CheckedProgram& checked)
        : checked_(checked), program_(checked.program()) {}

    void expect_same_places() {
        std::vector<Block> taken;
        std::uint64_t highest = 0;
        const auto place = [&](ValueRef value, std::uint32_t from) {
            const std::uint64_t bytes = (checked_.type(value).bytes() + 63) / 64 * 64;
            std::erase_if(taken, [&](const Block& block) { return block.last < from; });
            std::uint64_t offset = 0;
            for (bool moved = bytes > 0; moved;) {
                moved = false;
                for (const Block& block : taken) {
                    if (offset < block.end && block.start < offset + bytes) {
                        offset = block.end;
                        moved = true;
                    }
                }
            }
            if (bytes > 0) {
                taken.push_back({offset, offset + bytes, last_reader(value)});
                highest = std::max(highest, offset + bytes);
            }
            return Place{.offset = offset, .bytes = checked_.type(value).bytes()};
        };
        for (std::uint32_t node = 0; node < program_.nodes.size(); ++node) {
            for (std::uint32_t carry = 0; carry < program_.carries.size(); ++carry) {
                if (program_.loops[program_.carries[carry].loop].first_node == node) {
                    ASSERT_EQ(checked_.carry_place(carry), place({ValueKind::result, carry}, node))
                        << "carry " << carry;
                }
            }
            ASSERT_EQ(checked_.node_place(node), place({ValueKind::node, node}, node))
                << "node " << node;
        }
        ASSERT_EQ(checked_.arena_bytes(), highest);
    }

private:
    struct Block {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        std::uint32_t last = 0;
    };

    static bool holds(const Loop& loop, std::uint32_t first, std::uint32_t end) {
        return loop.first_node <= first && end <= loop.end_node;
    }

    /// Whether a value stands in a loop: a node by itself, a result by its carry's loop.
    bool is_in(ValueRef value, std::uint32_t loop) const {
        const Loop& it = program_.loops[loop];
        if (value.kind == ValueKind::node) {
            return holds(it, value.index, value.index + 1);
        }
        const std::uint32_t own = program_.carries[value.index].loop;
        return own > loop &&
               holds(it, program_.loops[own].first_node, program_.loops[own].end_node);
    }

    /// To where a reader lets a value live; loops from `loops_end` on are not around the reader.
    std::uint32_t life(ValueRef value, std::uint32_t reader, std::uint32_t loops_end) const {
        for (std::uint32_t loop = 0; loop < loops_end; ++loop) {
            const bool around_reader = holds(program_.loops[loop], reader, reader + 1);
            if (around_reader && !is_in(value, loop)) {
                return program_.loops[loop].end_node - 1;
            }
        }
        return reader;
    }

    std::uint32_t last_reader(ValueRef value) const {
        const auto all_loops = static_cast<std::uint32_t>(program_.loops.size());
        std::uint32_t last = value.kind == ValueKind::node
                                 ? value.index
                                 : program_.loops[program_.carries[value.index].loop].end_node - 1;
        for (std::uint32_t node = 0; node < program_.nodes.size(); ++node) {
            for (const ValueRef operand : program_.nodes[node].operands) {
                if (operand == value) {
                    last = std::max(last, life(value, node, all_loops));
                }
            }
        }
        for (const Carry& carry : program_.carries) {
            const Loop& loop = program_.loops[carry.loop];
            if (carry.initial == value) {
                last = std::max(last, life(value, loop.first_node, carry.loop));
            }
            if (carry.next == value) {
                last = std::max(last, loop.end_node - 1);
            }
        }
        for (const Output& output : program_.outputs) {
            if (output.value == value) {
                last = static_cast<std::uint32_t>(program_.nodes.size() - 1);
            }
        }
        return last;
    }

    const CheckedProgram& checked_;
    const Program& program_;
};

TEST(CheckedProgramMemory, KeepsEveryValueUntilItsLastReader) {
    SeededRandom random(1);
    for (int round = 0; round < 400; ++round) {
        const test::ProgramShape shape{.nodes = 1 + random.below(60), .trips_max = 3};
        const CheckedProgram program = checked(test::random_program(random, shape));
        expect_run_keeps_what_it_needs(program);
        ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    }
}

TEST(CheckedProgramMemory, IsPlacedByTheRuleAsItIsWritten) {
    SeededRandom random(2);
    for (int round = 0; round < 400; ++round) {
        const test::ProgramShape shape{.nodes = 1 + random.below(60)};
        const CheckedProgram program = checked(test::random_program(random, shape));
        SlowPlanner(program).expect_same_places();
        ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    }
}

TEST(CheckedProgramMemory, UsesTheBytesOfDeadValuesAgain) {
    Builder builder;
    ValueRef value = *builder.input("x", {.dtype = DType::u8, .shape = {1000}});
    for (int node = 0; node < 50; ++node) {
        value = *builder.add(OpCode::reshape, {value}, {1000});
    }
    ASSERT_TRUE(builder.output("y", value).has_value());
    const CheckedProgram program = checked(std::move(builder).finish());

    EXPECT_EQ(program.arena_bytes(), 2048U);
    EXPECT_EQ(program.resident_bytes(), 1000U);
    EXPECT_EQ(program.peak_bytes(), 3048U);
    EXPECT_EQ(program.node_place(48), (Place{.offset = 0, .bytes = 1000}));
    EXPECT_EQ(program.node_place(49), (Place{.offset = 1024, .bytes = 1000}));
}

TEST(CheckedProgramMemory, IsLimited) {
    Builder builder;
    const ValueRef x = *builder.input("x", {.dtype = DType::u8, .shape = {1000}});
    const ValueRef y = *builder.add(OpCode::reshape, {x}, {1000});
    ASSERT_TRUE(builder.output("y", y).has_value());
    const Program program = std::move(builder).finish();

    EXPECT_TRUE(CheckedProgram::check(program, {.memory_bytes_max = 2024}).has_value());
    const auto over = CheckedProgram::check(program, {.memory_bytes_max = 2023});
    ASSERT_FALSE(over.has_value());
    EXPECT_EQ(over.error().message(), "2024 bytes of memory, at most 2023");
}

}  // namespace
}  // namespace steelyard::vm
