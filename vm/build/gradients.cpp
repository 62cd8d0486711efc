#include "vm/build/gradients.h"

#include "vm/build/gradient_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace steelyard::vm {

namespace {

constexpr std::size_t gaps_told_max = 20;

/// Walks the nodes before the loss from the last to the first.
class Reverse {
public:
    Reverse(Builder& builder, ValueRef loss, std::span<const ValueRef> parameters)
        : builder_(builder),
          ops_(builder),
          loss_(loss),
          parameters_(parameters),
          is_parameter_(parameters.begin(), parameters.end()) {}

    Result<std::vector<ValueRef>> run();

private:
    bool depends(ValueRef value) const;
    void mark();
    void pass_on(std::uint32_t index, ValueRef gradient);
    void add_to(ValueRef value, ValueRef gradient);
    void skip(const Node& node, Error error);
    Result<void> check_gaps() const;

    Builder& builder_;
    Ops ops_;
    ValueRef loss_;
    std::span<const ValueRef> parameters_;
    std::set<ValueRef> is_parameter_;
    std::vector<bool> depends_{};  ///< of the nodes up to the loss: on some parameter
    std::map<ValueRef, ValueRef> gradients_{};
    std::vector<Error> gaps_{};  ///< nodes that have no derivative
};

bool Reverse::depends(ValueRef value) const {
    return is_parameter_.contains(value) ||
           (value.kind == ValueKind::node && value.index < depends_.size() && depends_[value.index]
           );
}

void Reverse::mark() {
    const std::vector<Node>& nodes = builder_.program().nodes;
    depends_.assign(loss_.index + 1, false);
    for (std::uint32_t index = 0; index <= loss_.index; ++index) {
        depends_[index] = std::ranges::any_of(nodes[index].operands, [&](ValueRef operand) {
            return depends(operand);
        });
    }
}

void Reverse::add_to(ValueRef value, ValueRef gradient) {
    const auto [at, is_first] = gradients_.try_emplace(value, gradient);
    if (!is_first) {
        at->second = ops_.add(at->second, gradient);
    }
}

void Reverse::pass_on(std::uint32_t index, ValueRef gradient) {
    // A copy: the builder's nodes move when more are added.
    const Node node = builder_.program().nodes[index];
    std::vector<bool> wanted;
    for (const ValueRef operand : node.operands) {
        wanted.push_back(depends(operand));
    }
    Ops ops(builder_);
    Backward back{
        .ops = ops,
        .node = node,
        .output = {ValueKind::node, index},
        .gradient = gradient,
        .wanted = std::move(wanted),
    };
    const bool known = elementwise_backward(back) || movement_backward(back) ||
                       row_backward(back) || contraction_backward(back);
    if (!known) {
        back.refuse("it has no derivative");
    }
    if (auto done = ops.done(); !done) {
        skip(node, std::move(done).error());
        return;
    }
    for (const auto& [operand, value] : back.given) {
        add_to(node.operands[operand], value);
    }
}

/// Goes on behind a node without a derivative, so that all of them are found.
void Reverse::skip(const Node& node, Error error) {
    gaps_.push_back(std::move(error));
    for (const ValueRef operand : node.operands) {
        if (depends(operand) && builder_.type(operand).dtype == DType::f32) {
            add_to(operand, ops_.zeros(builder_.type(operand)));
        }
    }
}

/// Each gap, the first nodes first.
Result<void> Reverse::check_gaps() const {
    if (gaps_.empty()) {
        return {};
    }
    std::string list;
    for (std::size_t at = gaps_.size(); at-- > 0;) {
        if (gaps_.size() - at > gaps_told_max) {
            list += fmt::format("; and {} more", at + 1);
            break;
        }
        list += (list.empty() ? "" : "; ") + gaps_[at].message();
    }
    return std::unexpected(Error(gaps_.back().code(), std::move(list)));
}

Result<std::vector<ValueRef>> Reverse::run() {
    const TensorType scalar{.dtype = DType::f32, .shape = {}};
    if (loss_.kind != ValueKind::node || builder_.type(loss_) != scalar) {
        return invalid("the loss is {} and no f32[] of a node", builder_.type(loss_).text());
    }
    for (const ValueRef parameter : parameters_) {
        if (builder_.type(parameter).dtype != DType::f32) {
            return invalid("a parameter is {}, not f32", builder_.type(parameter).text());
        }
    }
    mark();
    add_to(loss_, ops_.f32(1.0F));
    for (std::uint32_t index = loss_.index + 1; index-- > 0;) {
        const auto gradient = gradients_.find({ValueKind::node, index});
        if (gradient != gradients_.end() && depends_[index]) {
            pass_on(index, gradient->second);
        }
    }
    TRY(check_gaps());
    std::vector<ValueRef> out;
    for (const ValueRef parameter : parameters_) {
        const auto gradient = gradients_.find(parameter);
        out.push_back(
            gradient != gradients_.end() ? gradient->second : ops_.zeros(builder_.type(parameter))
        );
    }
    TRY(ops_.done());
    return out;
}

}  // namespace

void Backward::give(std::size_t index, ValueRef value) {
    if (!wants(index)) {
        return;
    }
    const ValueRef fitted = ops.sum_to(value, ops.dims(operand(index)));
    const auto [at, is_first] = given.try_emplace(index, fitted);
    if (!is_first) {
        at->second = ops.add(at->second, fitted);
    }
}

void Backward::refuse(std::string_view why) {
    ops.fail_with(Error(
        ErrorCode::unsupported,
        fmt::format("no gradient through node {} ({}): {}", output.index, to_string(node.op), why)
    ));
}

Result<std::vector<ValueRef>> gradients(
    Builder& builder, ValueRef loss, std::span<const ValueRef> parameters
) {
    return Reverse(builder, loss, parameters).run();
}

}  // namespace steelyard::vm
