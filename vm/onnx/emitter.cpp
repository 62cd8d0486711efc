#include "vm/onnx/emitter.h"

#include "base/check.h"
#include "vm/onnx/dead_code.h"
#include "vm/onnx/fuse.h"
#include "vm/onnx/patterns.h"
#include "vm/onnx/split.h"

#include <cstring>

namespace steelyard::vm::onnx {

namespace {

// What folding may spend, and what each byte of the file's tensors adds to that: so that a small
// file costs little, and all weights of a large one can be brought into another layout.
constexpr std::uint64_t fold_gas_free = std::uint64_t{1} << 28;
constexpr std::uint64_t fold_gas_per_byte = 16;
constexpr std::uint64_t fold_bytes_free = std::uint64_t{1} << 28;
constexpr std::uint64_t fold_bytes_per_byte = 2;

/// A folded output is at most as large as its operands, or this: repeating a constant is left to
/// the program.
constexpr std::uint64_t fold_growth_bytes_max = 64 * 1024;

constexpr std::size_t known_count_max = std::size_t{1} << 22;
constexpr std::size_t alignment = 64;  ///< that backends ask for

/// Memory at an aligned address, and one byte at least.
class AlignedBytes {
public:
    explicit AlignedBytes(std::size_t size) : memory_(size + alignment) {
        void* start = memory_.data();
        std::size_t space = memory_.size();
        data_ = static_cast<std::byte*>(std::align(alignment, size, start, space));
        CHECK(data_ != nullptr);
    }

    std::byte* data() { return data_; }

private:
    std::vector<std::byte> memory_;
    std::byte* data_ = nullptr;
};

std::vector<TensorType> types_of(std::span<const Value> operands) {
    std::vector<TensorType> types;
    for (const Value& operand : operands) {
        types.push_back(operand.type);
    }
    return types;
}

}  // namespace

Emitter::Emitter(const ImportOptions& options, Backend& backend)
    : options_(options),
      backend_(backend),
      bound_bits_(options.bound_bits),
      fold_gas_left_(fold_gas_free),
      fold_bytes_left_(fold_bytes_free) {
    builder_.set_bound(options.bound_bits);
}

Value Emitter::input(std::string_view name, const TensorType& type) {
    Result<ValueRef> ref = builder_.input(input_names_.unique(name), type);
    if (!ref) {
        set_error(ref.error().message());
        return {};
    }
    return {.type = type, .ref = *ref};
}

Value Emitter::constant(Tensor tensor, std::string_view name) {
    if (known_.size() >= known_count_max) {
        fail("more than {} constants", known_count_max);
        return {};
    }
    known_.push_back({.tensor = std::move(tensor), .name = std::string(name)});
    return {.type = known_.back().tensor.type, .known = &known_.back()};
}

Result<Value> Emitter::from_file(const TensorMessage& message) {
    if (const auto found = from_file_.find(message.bytes.data()); found != from_file_.end()) {
        return Value{.type = found->second->tensor.type, .known = found->second};
    }
    TRY_ASSIGN(Tensor tensor, read_tensor(message.bytes, options_.external));
    fold_gas_left_ += fold_gas_per_byte * tensor.data.size();
    fold_bytes_left_ += fold_bytes_per_byte * tensor.data.size();
    const Value value = constant(std::move(tensor), message.name);
    if (value.known != nullptr) {
        from_file_[message.bytes.data()] = value.known;
    }
    return value;
}

Value Emitter::op(OpCode code, std::initializer_list<Value> operands, const Integers& attributes) {
    return op(code, std::span<const Value>(operands.begin(), operands.size()), attributes);
}

Value Emitter::op(
    OpCode code, std::span<const Value> operands, std::span<const std::int64_t> attributes
) {
    if (!ok()) {
        return {};
    }
    for (const Value& operand : operands) {
        if (!operand.ref.has_value() && operand.known == nullptr) {
            fail("{}: an operand that is no tensor", to_string(code));
            return {};
        }
    }
    const Operator* rule = find_operator(code, 1);
    if (rule == nullptr) {
        fail("the VM has no operator {}", to_string(code));
        return {};
    }
    const std::vector<TensorType> types = types_of(operands);
    Result<TensorType> type = rule->infer(types, attributes);
    if (!type) {
        fail("{}: {}", to_string(code), type.error().message());
        return {};
    }
    const NodeCall call{
        .op = code, .version = 1, .operands = types, .output = *type, .attributes = attributes
    };
    if (code == OpCode::cast && operands[0].dtype() == DType::f64 && is_float(type->dtype) &&
        type->dtype != DType::f64) {
        note("f64 goes through f32");
    }
    if (std::optional<Value> value = simplified(code, operands, attributes, *type)) {
        return *value;
    }
    if (may_fold(*rule, call, operands)) {
        return fold(call, operands);
    }
    if (std::optional<Value> value = sunk(code, operands, attributes, *type)) {
        return *value;
    }
    return is_probeable(code, types, attributes) ? add(code, operands, attributes)
                                                 : split(code, operands, attributes, *type);
}

Value Emitter::split(
    OpCode code,
    std::span<const Value> operands,
    std::span<const std::int64_t> attributes,
    const TensorType& type
) {
    const PlannedNode node{
        .code = code, .operands = operands, .attributes = attributes, .type = type
    };
    Ops ops(*this);
    std::optional<Value> out = split_node(ops, node);
    if (!out) {
        set_error(probe_refusal(node));
        return {};
    }
    return *out;
}

std::optional<Emitter::LoopValues> Emitter::begin_loop(
    std::int64_t trip_count, const Values& initial
) {
    std::vector<ValueRef> refs;
    for (const Value& value : initial) {
        refs.push_back(ref(value));
    }
    if (!ok()) {
        return std::nullopt;
    }
    const Result<LoopStart> start =
        builder_.begin_loop(static_cast<std::uint64_t>(trip_count), refs);
    if (!start) {
        set_error(start.error().message());
        return std::nullopt;
    }
    LoopValues out{.counter = value_of(start->counter)};
    for (const ValueRef carry : start->carries) {
        out.carries.push_back(value_of(carry));
    }
    return out;
}

Values Emitter::end_loop(const Values& next) {
    std::vector<ValueRef> refs;
    for (const Value& value : next) {
        refs.push_back(ref(value));
    }
    if (!ok()) {
        return {};
    }
    const Result<std::vector<ValueRef>> results = builder_.end_loop(refs);
    if (!results) {
        set_error(results.error().message());
        return {};
    }
    Values out;
    for (const ValueRef result : *results) {
        out.push_back(value_of(result));
    }
    return out;
}

Emitter::Mark Emitter::mark() const {
    return {
        .builder = builder_.mark(),
        .needed_inputs = needed_inputs_,
        .fold_gas_left = fold_gas_left_,
        .fold_bytes_left = fold_bytes_left_,
    };
}

void Emitter::rollback(const Mark& mark) {
    builder_.rollback(mark.builder);
    needed_inputs_ = mark.needed_inputs;
    fold_gas_left_ = mark.fold_gas_left;
    fold_bytes_left_ = mark.fold_bytes_left;
    searched_nodes_.resize(std::min(searched_nodes_.size(), mark.builder.nodes));
    error_.reset();
}

std::uint32_t Emitter::set_bound(std::uint32_t bound_bits) {
    builder_.set_bound(bound_bits);
    return std::exchange(bound_bits_, bound_bits);
}

bool Emitter::may_fold(
    const Operator& rule, const NodeCall& call, std::span<const Value> operands
) {
    std::uint64_t operand_bytes = 0;
    for (const Value& operand : operands) {
        if (operand.known == nullptr) {
            return false;
        }
        operand_bytes += operand.type.bytes();
    }
    const std::uint64_t bytes = call.output.bytes();
    const std::uint64_t gas = rule.gas(call);
    if (bytes > std::max(operand_bytes, fold_growth_bytes_max) || bytes > fold_bytes_left_ ||
        gas > fold_gas_left_) {
        return false;
    }
    fold_bytes_left_ -= bytes;
    fold_gas_left_ -= gas;
    return true;
}

Value Emitter::fold(const NodeCall& call, std::span<const Value> operands) {
    std::deque<AlignedBytes> memory;
    std::vector<const std::byte*> pointers;
    std::string name;
    for (const Value& operand : operands) {
        const Known& known = *operand.known;
        AlignedBytes& copy = memory.emplace_back(known.tensor.data.size());
        if (!known.tensor.data.empty()) {
            std::memcpy(copy.data(), known.tensor.data.data(), known.tensor.data.size());
        }
        pointers.push_back(copy.data());
        name = name.empty() ? known.name : name;
    }
    AlignedBytes& output = memory.emplace_back(static_cast<std::size_t>(call.output.bytes()));
    const NodeWork work{.call = call, .operands = pointers, .output = output.data()};
    if (const auto bad = backend_.run(work, {})) {
        fail("{}: an index is out of bounds at element {}", to_string(call.op), *bad);
        return {};
    }
    const auto* data = reinterpret_cast<const std::uint8_t*>(output.data());
    return constant({.type = call.output, .data = Bytes(data, data + call.output.bytes())}, name);
}

Value Emitter::add(
    OpCode code, std::span<const Value> operands, std::span<const std::int64_t> attributes
) {
    std::vector<ValueRef> refs;
    for (const Value& operand : operands) {
        refs.push_back(ref(operand));
    }
    if (!ok()) {
        return {};
    }
    Result<ValueRef> node = builder_.add(code, refs, attributes);
    if (!node) {
        set_error(node.error().message());
        return {};
    }
    return value_of(*node);
}

ValueRef Emitter::ref(const Value& value) {
    if (value.ref.has_value()) {
        return *value.ref;
    }
    if (!ok()) {
        return {};
    }
    if (value.known == nullptr) {
        fail("it is no tensor");
        return {};
    }
    Known& known = *value.known;
    if (known.ref.has_value()) {
        return *known.ref;
    }
    const bool is_small =
        known.tensor.data.size() <= std::min(options_.constant_bytes_max, constant_bytes_max);
    Result<ValueRef> made =
        is_small ? builder_.constant(known.tensor.type, known.tensor.data)
                 : builder_.input(
                       input_names_.unique(known.name.empty() ? "constant" : known.name),
                       known.tensor.type
                   );
    if (!made) {
        set_error(made.error().message());
        return {};
    }
    if (!is_small) {
        weights_[made->index] = &known;
    }
    known.ref = *made;
    known_refs_[*made] = &known;
    return *made;
}

void Emitter::need_known(const Value& value, std::string_view what) {
    if (!ok()) {
        return;
    }
    fail("{} must be known at import", what);
    std::vector<ValueRef> open;
    if (value.ref.has_value()) {
        open.push_back(*value.ref);
    }
    // What was looked through once is not again: all calls together are linear.
    searched_nodes_.resize(program().nodes.size());
    while (!open.empty()) {
        const ValueRef ref = open.back();
        open.pop_back();
        if (ref.kind == ValueKind::input && !weights_.contains(ref.index)) {
            needed_inputs_.insert(ref.index);
        }
        if (ref.kind == ValueKind::carry || ref.kind == ValueKind::result) {
            open.push_back(program().carries[ref.index].initial);
        }
        if (ref.kind == ValueKind::node && !searched_nodes_[ref.index]) {
            searched_nodes_[ref.index] = true;
            const auto& operands = program().nodes[ref.index].operands;
            open.insert(open.end(), operands.begin(), operands.end());
        }
    }
}

Result<void> Emitter::output(std::string_view name, const Value& value) {
    const ValueRef from = ref(value);
    if (std::optional<std::string> error = take_error()) {
        return invalid("{}", *error);
    }
    return builder_.output(output_names_.unique(name), from);
}

Program Emitter::finish(std::vector<Weight>& weights) && {
    std::vector<TensorType> node_types;
    for (std::uint32_t index = 0; index < this->program().nodes.size(); ++index) {
        node_types.push_back(builder_.type({ValueKind::node, index}));
    }
    Program program = std::move(builder_).finish();
    join_patterns(program, node_types);
    fuse(program, node_types);
    std::vector<bool> is_weight(program.inputs.size());
    for (const auto& [input, known] : weights_) {
        is_weight[input] = true;
    }
    const std::vector<std::uint32_t> kept = remove_dead_code(program, is_weight);
    for (std::uint32_t index = 0; index < kept.size(); ++index) {
        if (const auto weight = weights_.find(kept[index]); weight != weights_.end()) {
            weights.push_back(
                {.name = program.inputs[index].name, .tensor = std::move(weight->second->tensor)}
            );
        }
    }
    return program;
}

void Emitter::set_error(std::string text) {
    if (ok()) {
        error_ = std::move(text);
    }
}

}  // namespace steelyard::vm::onnx
