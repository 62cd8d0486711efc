// Emitter: nodes of the program, folded and simplified on the way.
#pragma once

#include "vm/backend/backend.h"
#include "vm/build/builder.h"
#include "vm/onnx/import.h"
#include "vm/onnx/names.h"

#include <deque>

namespace steelyard::vm::onnx {

/// The elements of a value that import knows, and the name to give them as an input.
struct Known {
    Tensor tensor{};
    std::string name{};
    std::optional<ValueRef> ref{};  ///< once a node reads it
};

/// A tensor on its way from the model into the program: a value of the program, or known elements.
struct Value {
    TensorType type{};
    std::optional<ValueRef> ref{};
    Known* known = nullptr;  ///< owned by the emitter

    const Shape& shape() const { return type.shape; }
    DType dtype() const { return type.dtype; }
    std::size_t rank() const { return type.shape.rank(); }
};

using Values = std::vector<Value>;
using Integers = std::vector<std::int64_t>;

/// Adds nodes to a program. A node whose operands are all known is computed instead. The first
/// error sticks until `take_error`: values are meaningless then but harmless (f32 scalars), so that
/// a lowering reads as an expression and is asked once, at its end.
class Emitter {
public:
    /// A loop's counter, an i64 scalar, and its carries.
    struct LoopValues {
        Value counter{};
        Values carries{};
    };

    /// A place between two nodes.
    struct Mark {
        Builder::Mark builder{};
        std::set<std::uint32_t> needed_inputs{};
        std::uint64_t fold_gas_left = 0;
        std::uint64_t fold_bytes_left = 0;
    };

    Emitter(const ImportOptions& options, Backend& backend);

    /// An input of the program that is not known.
    Value input(std::string_view name, const TensorType& type);

    /// Known elements; `name` is for the case that they become an input.
    Value constant(Tensor tensor, std::string_view name = {});

    /// Known elements out of a TensorProto of the file: each is decoded once, however often a loop
    /// comes by. What folding may spend grows with them. Errors: as read_tensor.
    Result<Value> from_file(const TensorMessage& message);

    /// A node that could not be proven (doc/spec/vm.md, W3) becomes several if there is a way.
    /// Errors: what the operator's type rule says; a node that could not be proven.
    Value op(
        OpCode code, std::span<const Value> operands, std::span<const std::int64_t> attributes
    );
    Value op(OpCode code, std::initializer_list<Value> operands, const Integers& attributes = {});

    /// The value as the program has it: what is known becomes a constant or an input now.
    ValueRef ref(const Value& value);

    /// x * scale + shift by channels [C], where x is a convolution's output, channels first or
    /// last, and all weights are known: the convolution with scaled weights. Whoever asks knows
    /// that nobody else reads x. Nothing if it is another node's output.
    std::optional<Value> scaled_convolution(const Value& x, const Value& scale, const Value& shift);

    template <typename... Args>
    void fail(fmt::format_string<Args...> format, Args&&... args) {
        set_error(fmt::format(format, std::forward<Args>(args)...));
    }

    /// An error about a value that has to be known; remembers the inputs behind it.
    void need_known(const Value& value, std::string_view what);

    /// Something differs from the model: `take_notes` gives it to whoever imports the node.
    void note(std::string_view text) { notes_.emplace(text); }
    std::set<std::string> take_notes() { return std::exchange(notes_, {}); }

    /// Whether loops of the model may become loops of the program.
    bool makes_loops() const { return !options_.unrolls; }

    /// A loop of the program; nothing, and an error, where there can be none.
    std::optional<LoopValues> begin_loop(std::int64_t trip_count, const Values& initial);

    /// The results; none, and an error, where the next values do not fit.
    Values end_loop(const Values& next);

    Mark mark() const;

    /// Takes back nodes, loops and errors since then. Values of them may not be used any more.
    void rollback(const Mark& mark);

    /// The bound that float outputs of nodes declare from now on; gives the one before.
    std::uint32_t set_bound(std::uint32_t bound_bits);

    bool ok() const { return !error_.has_value(); }
    std::optional<std::string> take_error() { return std::exchange(error_, std::nullopt); }

    /// Inputs of the program, by index, whose elements something had to know.
    const std::set<std::uint32_t>& needed_inputs() const { return needed_inputs_; }

    /// Errors: too many outputs.
    Result<void> output(std::string_view name, const Value& value);

    const Program& program() const { return builder_.program(); }

    /// The program without what nothing reads, and the inputs that are weights, in their order.
    Program finish(std::vector<Weight>& weights) &&;

private:
    bool may_fold(const Operator& rule, const NodeCall& call, std::span<const Value> operands);
    Value fold(const NodeCall& call, std::span<const Value> operands);
    Value add(
        OpCode code, std::span<const Value> operands, std::span<const std::int64_t> attributes
    );
    void set_error(std::string text);
    Value split(
        OpCode code,
        std::span<const Value> operands,
        std::span<const std::int64_t> attributes,
        const TensorType& type
    );

    // emitter_simplify.cpp: the same value by fewer nodes, if there is a way.
    std::optional<Value> simplified(
        OpCode code,
        std::span<const Value> operands,
        std::span<const std::int64_t> attributes,
        const TensorType& type
    );
    std::optional<Value> sunk(
        OpCode code,
        std::span<const Value> operands,
        std::span<const std::int64_t> attributes,
        const TensorType& type
    );
    std::optional<Value> permuted_operand(const Value& operand, const Integers& permutation);
    const vm::Node* node_of(const Value& value, OpCode code) const;
    Value value_of(ValueRef ref) const { return {.type = builder_.type(ref), .ref = ref}; }

    const ImportOptions& options_;
    Backend& backend_;
    Builder builder_{};
    NameTable input_names_{};
    NameTable output_names_{};
    std::deque<Known> known_{};
    std::map<std::uint32_t, Known*> weights_{};  ///< by the program's input
    std::map<const std::uint8_t*, Known*> from_file_{};
    std::map<ValueRef, Known*> known_refs_{};  ///< constants and weights that nodes read
    std::set<std::uint32_t> needed_inputs_{};
    std::set<std::string> notes_{};
    std::vector<bool> searched_nodes_{};  ///< for inputs behind them
    std::optional<std::string> error_{};
    std::uint32_t bound_bits_;
    std::uint64_t fold_gas_left_;
    std::uint64_t fold_bytes_left_;
};

}  // namespace steelyard::vm::onnx
