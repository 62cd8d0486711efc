// Builder: writes a program node by node, and knows the type of every value on the way.
#pragma once

#include "crypto/hash.h"
#include "vm/ops/operator.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::vm {

/// What a loop of a builder begins with.
struct LoopStart {
    std::uint32_t loop = 0;
    ValueRef counter{};
    std::vector<ValueRef> carries{};  ///< in the order of the initial values
};

/// Builds a program from its first node to its last. Loops are begun and ended like brackets.
/// Errors name operator and types; after an error the program is as it was before the call. What
/// is finished passes vm/check, but for what only the whole decides: that there are outputs, and
/// the bounds of steps, gas, memory and probes.
class Builder {
public:
    /// Errors: a name that the format does not take or that is there already, too many inputs.
    Result<ValueRef> input(std::string_view name, const TensorType& type);

    /// An equal constant is there once. Errors: data of another size than the type's, too large.
    Result<ValueRef> constant(const TensorType& type, ByteView data);

    /// Scalars, and vectors of integers.
    Result<ValueRef> f32(float value);
    Result<ValueRef> i64(std::int64_t value);
    Result<ValueRef> i64s(std::span<const std::int64_t> values);

    /// One node of version 1; its output. Errors: what the operator's type rule says, a value of a
    /// loop that is over, too many nodes.
    Result<ValueRef> add(
        OpCode op, std::span<const ValueRef> operands, std::span<const std::int64_t> attributes = {}
    );
    Result<ValueRef> add(
        OpCode op,
        std::initializer_list<ValueRef> operands,
        std::initializer_list<std::int64_t> attributes = {}
    );

    /// The bound that float outputs of nodes added from now on declare (CHECKed: the bits of a
    /// positive f32, or unbounded_bits); default_bound_bits at first.
    void set_bound(std::uint32_t bound_bits);

    /// Errors: a trip count of 0 or over 2^31 - 1, too many loops or carries, too deep.
    Result<LoopStart> begin_loop(std::uint64_t trip_count, std::span<const ValueRef> initial);

    /// Ends the innermost loop: the carries' next values, in their order. A value that is no node
    /// of this loop's own body is passed through a reshape to its own shape, of no bound. Gives the
    /// results. Errors: a type other than the carry's, an empty body, no loop, a value of one that
    /// is over.
    Result<std::vector<ValueRef>> end_loop(std::span<const ValueRef> next);

    /// Errors: a name that the format does not take or that is there already, too many outputs, a
    /// loop that is open, a value of one that is over.
    Result<void> output(std::string_view name, ValueRef value);

    /// A place between two nodes.
    struct Mark {
        std::size_t nodes = 0;
        std::size_t operands = 0;
        std::size_t loops = 0;
        std::size_t carries = 0;
        std::size_t open = 0;
    };

    Mark mark() const;

    /// Takes back nodes and loops that were added since; inputs and constants stay. CHECKed: no
    /// loop that was open then is ended, and there are no outputs.
    void rollback(const Mark& mark);

    /// CHECKed: a value that this builder gave.
    const TensorType& type(ValueRef value) const;

    const Program& program() const { return program_; }

    /// CHECKed: all loops are ended.
    Program finish() &&;

private:
    struct OpenLoop {
        std::uint32_t loop = 0;
        std::vector<std::uint32_t> carries{};
    };

    Result<ValueRef> pass(ValueRef value);
    Result<void> check_next(std::span<const ValueRef> next) const;
    bool is_of_innermost_body(ValueRef value) const;
    bool is_in_reach(ValueRef value) const;
    bool is_open(std::uint32_t loop) const;

    Program program_{};
    std::set<std::string, std::less<>> input_names_{};
    std::map<crypto::Hash256, std::uint32_t> constants_{};
    std::size_t operand_count_ = 0;
    std::vector<TensorType> node_types_{};
    std::vector<TensorType> carry_types_{};
    std::vector<OpenLoop> open_{};
    std::vector<std::uint32_t> loop_of_node_{};    ///< the innermost when it was added; ~0: none
    std::vector<std::uint32_t> parent_of_loop_{};  ///< ~0: none
    std::uint32_t bound_bits_ = default_bound_bits;
};

}  // namespace steelyard::vm
