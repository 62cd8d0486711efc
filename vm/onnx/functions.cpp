#include "vm/onnx/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// Nodes by short names.
struct Body {
    const OwnFunction::Add& add;

    Name op(std::string_view op, Names inputs) const { return add(op, std::move(inputs), {}); }
    Name number(float value) const { return add("Constant", {}, {{"value_float", value}}); }
    Name mul(const Name& a, const Name& b) const { return op("Mul", {a, b}); }
    Name mul(const Name& a, float b) const { return op("Mul", {a, number(b)}); }
    Name plus(const Name& a, float b) const { return op("Add", {a, number(b)}); }
};

Name fma(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    return b.op("Add", {b.mul(x[0], x[1]), x[2]});
}

/// x * (1 + erf(x / sqrt(2))) / 2
Name gelu(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    const Name part = b.plus(b.op("Erf", {b.mul(x[0], 0.707106781F)}), 1);
    return b.mul(b.mul(x[0], part), 0.5F);
}

Name silu(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    return b.mul(x[0], b.op("Sigmoid", {x[0]}));
}

Name exp2(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    return b.op("Pow", {b.number(2), x[0]});
}

Name log2(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    return b.mul(b.op("Log", {x[0]}), 1.44269504F);
}

/// tanh(x / 2) * (exp(x) + 1): as exact near 0 as tanh is.
Name expm1(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    return b.mul(b.op("Tanh", {b.mul(x[0], 0.5F)}), b.plus(b.op("Exp", {x[0]}), 1));
}

/// 2 * atanh(x / (x + 2)) below 1, which is as exact near 0 as atanh is; log(x + 1) above.
Name log1p(const OwnFunction::Add& add, std::span<const Name> x) {
    const Body b{add};
    const Name ratio = b.op("Div", {x[0], b.plus(x[0], 2)});
    const Name near = b.mul(b.op("Atanh", {ratio}), 2);
    const Name far = b.op("Log", {b.plus(x[0], 1)});
    return b.op("Where", {b.op("Less", {x[0], b.number(1)}), near, far});
}

constexpr std::array functions = {
    OwnFunction{.name = "Fma", .op = OpCode::fma, .operands = 3, .body = fma},
    OwnFunction{.name = "Gelu", .op = OpCode::gelu, .body = gelu},
    OwnFunction{.name = "Silu", .op = OpCode::silu, .body = silu},
    OwnFunction{.name = "Exp2", .op = OpCode::exp2, .body = exp2},
    OwnFunction{.name = "Log2", .op = OpCode::log2, .body = log2},
    OwnFunction{.name = "Expm1", .op = OpCode::expm1, .body = expm1},
    OwnFunction{.name = "Log1p", .op = OpCode::log1p, .body = log1p},
};

template <typename T, typename Member>
const OwnFunction* find(const T& wanted, Member member) {
    const auto* found = std::ranges::find(functions, wanted, member);
    return found == functions.end() ? nullptr : found;
}

}  // namespace

std::span<const OwnFunction> own_functions() {
    return functions;
}

const OwnFunction* find_own_function(OpCode op) {
    return find(op, &OwnFunction::op);
}

const OwnFunction* find_own_function(std::string_view name) {
    return find(name, &OwnFunction::name);
}

Bytes encode(const OwnFunction& function, std::string_view domain, std::int64_t opset) {
    Names operands;
    for (std::size_t index = 0; index < function.operands; ++index) {
        operands.push_back(fmt::format("x{}", index));
    }
    std::vector<WrittenNode> nodes;
    const Name result = function.body(
        [&](std::string_view op, Names inputs, NodeAttributes attributes) {
            const std::string name = fmt::format("y{}", nodes.size());
            nodes.push_back(
                {.name = name,
                 .op = op,
                 .inputs = std::move(inputs),
                 .outputs = {name},
                 .attributes = std::move(attributes)}
            );
            return name;
        },
        operands
    );
    WireWriter set;
    set.text(1, "");
    set.int64(2, opset);
    WireWriter out;
    out.text(1, function.name);
    for (const Name& operand : operands) {
        out.text(4, operand);
    }
    out.text(5, result);
    for (const WrittenNode& node : nodes) {
        out.bytes(7, encode(node));
    }
    out.bytes(9, set.view());
    out.text(10, domain);
    return std::move(out).take();
}

}  // namespace steelyard::vm::onnx
