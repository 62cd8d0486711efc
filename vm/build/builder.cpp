#include "vm/build/builder.h"

#include "base/check.h"
#include "base/endian.h"
#include "crypto/blake3.h"
#include "vm/program/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace steelyard::vm {

namespace {

constexpr std::uint32_t no_loop = ~std::uint32_t{0};

const TensorType& counter_type() {
    static const TensorType type{.dtype = DType::i64, .shape = {}};
    return type;
}

std::uint32_t size32(std::size_t size) {
    return static_cast<std::uint32_t>(size);
}

template <typename T>
Bytes bytes_of(std::span<const T> values) {
    Bytes out(values.size_bytes());
    if (!out.empty()) {
        std::memcpy(out.data(), values.data(), out.size());
    }
    return out;
}

/// Equal for equal constants, and for no others.
crypto::Hash256 id_of(const Constant& constant) {
    Bytes head = {static_cast<std::uint8_t>(constant.type.dtype)};
    head.push_back(static_cast<std::uint8_t>(constant.type.shape.rank()));
    for (const std::uint64_t dimension : constant.type.shape.dimensions()) {
        append_le(head, dimension);
    }
    return crypto::Blake3().update(head).update(constant.data).digest();
}

std::vector<std::int64_t> sizes_of(const TensorType& type) {
    const auto dimensions = type.shape.dimensions();
    return {dimensions.begin(), dimensions.end()};
}

std::string types_text(std::span<const TensorType> types) {
    std::string text;
    for (const TensorType& type : types) {
        text += (text.empty() ? "" : ", ") + type.text();
    }
    return text;
}

}  // namespace

Result<ValueRef> Builder::input(std::string_view name, const TensorType& type) {
    TRY(check_name(name));
    TRY(make_tensor_type(type.dtype, type.shape.dimensions()));
    if (input_names_.contains(name)) {
        return invalid("there is an input '{}' already", name);
    }
    if (program_.inputs.size() >= input_count_max) {
        return fail(ErrorCode::too_large, "more than {} inputs", input_count_max);
    }
    input_names_.emplace(name);
    program_.inputs.push_back({.name = std::string(name), .type = type});
    return ValueRef{ValueKind::input, size32(program_.inputs.size() - 1)};
}

Result<ValueRef> Builder::constant(const TensorType& type, ByteView data) {
    if (data.size() != type.bytes()) {
        return invalid("{} bytes for a constant {}", data.size(), type.text());
    }
    if (data.size() > constant_bytes_max) {
        return fail(
            ErrorCode::too_large,
            "a constant {} has more than {} bytes",
            type.text(),
            constant_bytes_max
        );
    }
    Constant constant{.type = type, .data = to_bytes(data)};
    const std::uint32_t count = size32(program_.constants.size());
    const crypto::Hash256 id = id_of(constant);
    const auto known = constants_.find(id);
    if (known != constants_.end()) {
        return ValueRef{ValueKind::constant, known->second};
    }
    if (count >= constant_count_max) {
        return fail(ErrorCode::too_large, "more than {} constants", constant_count_max);
    }
    constants_.emplace(id, count);
    program_.constants.push_back(std::move(constant));
    return ValueRef{ValueKind::constant, count};
}

Result<ValueRef> Builder::f32(float value) {
    return constant(
        {.dtype = DType::f32, .shape = {}}, bytes_of(std::span<const float>(&value, 1))
    );
}

Result<ValueRef> Builder::i64(std::int64_t value) {
    return constant(
        {.dtype = DType::i64, .shape = {}}, bytes_of(std::span<const std::int64_t>(&value, 1))
    );
}

Result<ValueRef> Builder::i64s(std::span<const std::int64_t> values) {
    return constant({.dtype = DType::i64, .shape = Shape{values.size()}}, bytes_of(values));
}

Result<ValueRef> Builder::add(
    OpCode op,
    std::initializer_list<ValueRef> operands,
    std::initializer_list<std::int64_t> attributes
) {
    return add(
        op,
        std::span<const ValueRef>(operands.begin(), operands.size()),
        std::span<const std::int64_t>(attributes.begin(), attributes.size())
    );
}

Result<ValueRef> Builder::add(
    OpCode op, std::span<const ValueRef> operands, std::span<const std::int64_t> attributes
) {
    const Operator* rule = find_operator(op, 1);
    if (rule == nullptr) {
        return fail(ErrorCode::unsupported, "operator {} is not known", to_string(op));
    }
    if (operands.size() > operand_count_max || attributes.size() > attribute_count_max) {
        return fail(
            ErrorCode::too_large,
            "{} with {} operands and {} attributes",
            to_string(op),
            operands.size(),
            attributes.size()
        );
    }
    if (program_.nodes.size() >= node_count_max ||
        operand_count_ + operands.size() > operand_total_max) {
        return fail(
            ErrorCode::too_large,
            "more than {} nodes or {} operands",
            node_count_max,
            operand_total_max
        );
    }
    std::vector<TensorType> types;
    for (const ValueRef operand : operands) {
        types.push_back(type(operand));
        if (!is_in_reach(operand)) {
            return invalid(
                "{}: operand {} is in a loop that is over", to_string(op), types.size() - 1
            );
        }
    }
    Result<TensorType> output = rule->infer(types, attributes);
    if (!output) {
        return std::unexpected(
            std::move(output).error().in(fmt::format("{}({})", to_string(op), types_text(types)))
        );
    }
    program_.nodes.push_back({
        .op = op,
        .version = 1,
        .operands = {operands.begin(), operands.end()},
        .attributes = {attributes.begin(), attributes.end()},
        .bound_bits = is_float(output->dtype) ? bound_bits_ : unbounded_bits,
    });
    operand_count_ += operands.size();
    node_types_.push_back(*output);
    loop_of_node_.push_back(open_.empty() ? no_loop : open_.back().loop);
    return ValueRef{ValueKind::node, size32(program_.nodes.size() - 1)};
}

/// Whatever the bound: the value was held to one where it was computed, or to none.
Result<ValueRef> Builder::pass(ValueRef value) {
    TRY_ASSIGN(
        const ValueRef passed,
        add(OpCode::reshape, std::span<const ValueRef>(&value, 1), sizes_of(type(value)))
    );
    program_.nodes.back().bound_bits = unbounded_bits;
    return passed;
}

Result<LoopStart> Builder::begin_loop(std::uint64_t trip_count, std::span<const ValueRef> initial) {
    if (trip_count == 0 || trip_count > trip_count_max) {
        return invalid("a loop of {} iterations, 1 to {} are allowed", trip_count, trip_count_max);
    }
    if (open_.size() >= loop_depth_max || program_.loops.size() >= loop_count_max) {
        return fail(
            ErrorCode::too_large,
            "more than {} loops in one another or {} loops",
            loop_depth_max,
            loop_count_max
        );
    }
    if (initial.size() > carry_count_max ||
        program_.carries.size() + initial.size() > carry_total_max) {
        return fail(
            ErrorCode::too_large,
            "more than {} carries of a loop or {} altogether",
            carry_count_max,
            carry_total_max
        );
    }
    if (!std::ranges::all_of(initial, [&](ValueRef value) { return is_in_reach(value); })) {
        return invalid("an initial value is in a loop that is over");
    }
    const std::uint32_t loop = size32(program_.loops.size());
    const std::uint32_t first = size32(program_.nodes.size());
    program_.loops.push_back(
        {.first_node = first,
         .end_node = first,
         .trip_count = static_cast<std::uint32_t>(trip_count)}
    );
    parent_of_loop_.push_back(open_.empty() ? no_loop : open_.back().loop);
    LoopStart start{.loop = loop, .counter = {ValueKind::counter, loop}};
    OpenLoop open{.loop = loop};
    for (const ValueRef value : initial) {
        const std::uint32_t carry = size32(program_.carries.size());
        carry_types_.push_back(type(value));
        program_.carries.push_back({.loop = loop, .initial = value, .next = {}});
        open.carries.push_back(carry);
        start.carries.push_back({ValueKind::carry, carry});
    }
    open_.push_back(std::move(open));
    return start;
}

bool Builder::is_open(std::uint32_t loop) const {
    return std::ranges::find(open_, loop, &OpenLoop::loop) != open_.end();
}

/// Whether a node that came next could read the value.
bool Builder::is_in_reach(ValueRef value) const {
    (void)type(value);  // CHECKs that there is such a value.
    const auto is_around = [&](std::uint32_t loop) { return loop == no_loop || is_open(loop); };
    switch (value.kind) {
        case ValueKind::input:
        case ValueKind::constant:
            return true;
        case ValueKind::node:
            return is_around(loop_of_node_[value.index]);
        case ValueKind::carry:
            return is_open(program_.carries[value.index].loop);
        case ValueKind::result: {
            const std::uint32_t loop = program_.carries[value.index].loop;
            return !is_open(loop) && is_around(parent_of_loop_[loop]);
        }
        case ValueKind::counter:
            return is_open(value.index);
    }
    return false;
}

bool Builder::is_of_innermost_body(ValueRef value) const {
    const std::uint32_t loop = open_.back().loop;
    if (value.kind == ValueKind::node) {
        return loop_of_node_[value.index] == loop;
    }
    return value.kind == ValueKind::result &&
           parent_of_loop_[program_.carries[value.index].loop] == loop;
}

Result<void> Builder::check_next(std::span<const ValueRef> next) const {
    if (open_.empty()) {
        return invalid("no loop is open");
    }
    const OpenLoop& open = open_.back();
    if (next.size() != open.carries.size()) {
        return invalid("{} next values for {} carries", next.size(), open.carries.size());
    }
    std::size_t passed = 0;
    for (std::size_t index = 0; index < next.size(); ++index) {
        const TensorType& wanted = carry_types_[open.carries[index]];
        const TensorType& found = type(next[index]);
        if (found != wanted) {
            return invalid("carry {} is {}, its next value {}", index, wanted.text(), found.text());
        }
        if (!is_in_reach(next[index])) {
            return invalid("the next value of carry {} is in a loop that is over", index);
        }
        passed += is_of_innermost_body(next[index]) ? 0 : 1;
    }
    const std::size_t nodes = program_.nodes.size() + passed;
    if (nodes == program_.loops[open.loop].first_node) {
        return invalid("a loop without nodes");
    }
    if (nodes > node_count_max || operand_count_ + passed > operand_total_max) {
        return fail(ErrorCode::too_large, "more than {} nodes", node_count_max);
    }
    return {};
}

Result<std::vector<ValueRef>> Builder::end_loop(std::span<const ValueRef> next) {
    TRY(check_next(next));
    const OpenLoop open = open_.back();
    std::vector<ValueRef> results;
    for (std::size_t index = 0; index < next.size(); ++index) {
        ValueRef value = next[index];
        if (!is_of_innermost_body(value)) {
            const Result<ValueRef> passed = pass(value);
            CHECK(passed.has_value());
            value = *passed;
        }
        program_.carries[open.carries[index]].next = value;
        results.push_back({ValueKind::result, open.carries[index]});
    }
    program_.loops[open.loop].end_node = size32(program_.nodes.size());
    open_.pop_back();
    return results;
}

Result<void> Builder::output(std::string_view name, ValueRef value) {
    TRY(check_name(name));
    if (std::ranges::find(program_.outputs, name, &Output::name) != program_.outputs.end()) {
        return invalid("there is an output '{}' already", name);
    }
    if (program_.outputs.size() >= output_count_max) {
        return fail(ErrorCode::too_large, "more than {} outputs", output_count_max);
    }
    if (!open_.empty() || !is_in_reach(value)) {
        return invalid("output '{}' is in a loop", name);
    }
    if (value.kind != ValueKind::node && value.kind != ValueKind::result) {
        TRY_ASSIGN(value, pass(value));
    }
    program_.outputs.push_back({.name = std::string(name), .value = value});
    return {};
}

Builder::Mark Builder::mark() const {
    return {
        .nodes = program_.nodes.size(),
        .operands = operand_count_,
        .loops = program_.loops.size(),
        .carries = program_.carries.size(),
        .open = open_.size(),
    };
}

void Builder::rollback(const Mark& mark) {
    CHECK(mark.open <= open_.size() && program_.outputs.empty());
    program_.nodes.resize(mark.nodes);
    node_types_.resize(mark.nodes);
    loop_of_node_.resize(mark.nodes);
    operand_count_ = mark.operands;
    program_.loops.resize(mark.loops);
    parent_of_loop_.resize(mark.loops);
    program_.carries.resize(mark.carries);
    carry_types_.resize(mark.carries);
    open_.resize(mark.open);
}

void Builder::set_bound(std::uint32_t bound_bits) {
    CHECK(bound_bits > 0 && bound_bits <= unbounded_bits);
    bound_bits_ = bound_bits;
}

const TensorType& Builder::type(ValueRef value) const {
    switch (value.kind) {
        case ValueKind::input:
            CHECK(value.index < program_.inputs.size());
            return program_.inputs[value.index].type;
        case ValueKind::constant:
            CHECK(value.index < program_.constants.size());
            return program_.constants[value.index].type;
        case ValueKind::node:
            CHECK(value.index < node_types_.size());
            return node_types_[value.index];
        case ValueKind::carry:
        case ValueKind::result:
            CHECK(value.index < carry_types_.size());
            return carry_types_[value.index];
        case ValueKind::counter:
            CHECK(value.index < program_.loops.size());
            return counter_type();
    }
    CHECK(false);
}

Program Builder::finish() && {
    CHECK(open_.empty());
    return std::move(program_);
}

}  // namespace steelyard::vm
