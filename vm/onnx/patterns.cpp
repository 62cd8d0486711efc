#include "vm/onnx/patterns.h"

#include "vm/onnx/program_view.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace steelyard::vm::onnx {

namespace {

constexpr float constant_error_max = 1e-6F;

bool is_near(std::optional<float> value, float wanted) {
    return value.has_value() && std::abs(*value - wanted) <= constant_error_max;
}

/// Operands of a commutative node: this one, and the other.
struct Sides {
    ValueRef one{};
    ValueRef other{};
};

std::array<Sides, 2> both_ways(const Node& node) {
    return {Sides{node.operands[0], node.operands[1]}, Sides{node.operands[1], node.operands[0]}};
}

class Patterns {
public:
    Patterns(Program& program, const std::vector<TensorType>& types)
        : program_(program),
          types_(types),
          view_(program, types),
          readers_(count_readers(program)) {}

    /// Layer norms first: an RMS norm of centred rows is one that lacks its end.
    void run() {
        join([this](const Node& node) -> std::optional<Node> {
            if (node.op == OpCode::add) {
                return layer_norm(node);
            }
            if (node.op != OpCode::mul) {
                return std::nullopt;
            }
            const std::optional<Node> joined = gelu(node);
            return joined ? joined : silu(node);
        });
        readers_ = count_readers(program_);
        join([this](const Node& node) {
            return node.op == OpCode::mul ? rms_norm(node) : std::nullopt;
        });
    }

private:
    template <typename Pattern>
    void join(const Pattern& pattern) {
        for (std::uint32_t index = 0; index < program_.nodes.size(); ++index) {
            if (readers_[index] == 0 || types_[index].dtype != DType::f32) {
                continue;
            }
            if (std::optional<Node> joined = pattern(program_.nodes[index])) {
                replace(index, *std::move(joined));
            }
        }
    }

    /// Operands' types are known and take each other's shapes; the output's must be the first's.
    void replace(std::uint32_t index, Node joined) {
        const TensorType* type = view_.type_of(joined.operands[0]);
        joined.bound_bits = program_.nodes[index].bound_bits;
        if (type != nullptr && *type == types_[index] && view_.is_probeable(joined)) {
            program_.nodes[index] = std::move(joined);
        }
    }

    /// A node that only one operand of another reads.
    const Node* inner(ValueRef ref, OpCode op) const {
        const Node* node = view_.made_by(ref, op);
        return node != nullptr && readers_[ref.index] == 1 ? node : nullptr;
    }

    /// What is multiplied, inner products taken apart: three at most, else none.
    std::vector<ValueRef> factors_of(const Node& product) const {
        std::vector<ValueRef> out(product.operands);
        for (const ValueRef operand : product.operands) {
            if (const Node* node = inner(operand, OpCode::mul); node != nullptr) {
                std::erase(out, operand);
                out.insert(out.end(), node->operands.begin(), node->operands.end());
                break;
            }
        }
        return out;
    }

    /// x of 1 + erf(x / sqrt(2)).
    std::optional<ValueRef> distributed(ValueRef ref) const {
        const Node* sum = inner(ref, OpCode::add);
        if (sum == nullptr) {
            return std::nullopt;
        }
        for (const auto& [one, other] : both_ways(*sum)) {
            const Node* erf = inner(one, OpCode::erf);
            if (erf == nullptr || !is_near(view_.number(other), 1)) {
                continue;
            }
            const Node* quotient = inner(erf->operands[0], OpCode::div);
            if (quotient != nullptr &&
                is_near(view_.number(quotient->operands[1]), std::numbers::sqrt2_v<float>)) {
                return quotient->operands[0];
            }
            const Node* product = inner(erf->operands[0], OpCode::mul);
            for (const std::size_t side : {0U, 1U}) {
                if (product != nullptr &&
                    is_near(view_.number(product->operands[1 - side]), 1 / std::numbers::sqrt2_v<float>)) {
                    return product->operands[side];
                }
            }
        }
        return std::nullopt;
    }

    /// x * (1 + erf(x / sqrt(2))) * 0.5, multiplied in any order.
    std::optional<Node> gelu(const Node& product) const {
        std::vector<ValueRef> factors = factors_of(product);
        if (factors.size() != 3) {
            return std::nullopt;
        }
        std::ranges::sort(factors);
        do {
            const std::optional<ValueRef> x = distributed(factors[1]);
            if (x == factors[0] && is_near(view_.number(factors[2]), 0.5F)) {
                return Node{.op = OpCode::gelu, .operands = {*x}};
            }
        } while (std::ranges::next_permutation(factors).found);
        return std::nullopt;
    }

    /// x * sigmoid(x)
    std::optional<Node> silu(const Node& product) const {
        for (const auto& [one, other] : both_ways(product)) {
            const Node* sigmoid = inner(one, OpCode::sigmoid);
            if (sigmoid != nullptr && sigmoid->operands[0] == other) {
                return Node{.op = OpCode::silu, .operands = {other}};
            }
        }
        return std::nullopt;
    }

    /// What a value is the mean of, along rows, with an axis of size 1 for them.
    std::optional<ValueRef> averaged(ValueRef ref) const {
        const Node* shaped = inner(ref, OpCode::reshape);
        const Node* mean =
            shaped == nullptr ? nullptr : inner(shaped->operands[0], OpCode::reduce_mean);
        const TensorType* type = mean == nullptr ? nullptr : view_.type_of(mean->operands[0]);
        if (type == nullptr) {
            return std::nullopt;
        }
        std::vector<std::uint64_t> kept(
            type->shape.dimensions().begin(), type->shape.dimensions().end()
        );
        if (kept.empty()) {
            return std::nullopt;
        }
        kept.back() = 1;
        return std::ranges::equal(types_[ref.index].shape.dimensions(), kept)
                   ? std::optional(mean->operands[0])
                   : std::nullopt;
    }

    /// x of x - mean(x)
    std::optional<ValueRef> centred(ValueRef ref) const {
        const Node* difference = view_.made_by(ref, OpCode::sub);
        if (difference == nullptr || averaged(difference->operands[1]) != difference->operands[0]) {
            return std::nullopt;
        }
        return difference->operands[0];
    }

    /// A row's elements over the root of the mean of their squares.
    struct Normalised {
        ValueRef elements{};
        ValueRef squared{};  ///< the same elements, perhaps of another node
        float epsilon = 0;
    };

    /// sqrt(mean(x * x) + epsilon)
    std::optional<Normalised> root(ValueRef ref) const {
        const Node* sqrt = inner(ref, OpCode::sqrt);
        const Node* sum = sqrt == nullptr ? nullptr : inner(sqrt->operands[0], OpCode::add);
        if (sum == nullptr) {
            return std::nullopt;
        }
        for (const auto& [one, other] : both_ways(*sum)) {
            const std::optional<float> epsilon = view_.number(other);
            const std::optional<ValueRef> squares = averaged(one);
            const Node* square = squares ? inner(*squares, OpCode::mul) : nullptr;
            if (epsilon && *epsilon > 0 && square != nullptr &&
                square->operands[0] == square->operands[1]) {
                return Normalised{.squared = square->operands[0], .epsilon = *epsilon};
            }
        }
        return std::nullopt;
    }

    /// x / root, or x times the root's reciprocal.
    std::optional<Normalised> normalised(ValueRef ref) const {
        if (const Node* quotient = inner(ref, OpCode::div); quotient != nullptr) {
            std::optional<Normalised> out = root(quotient->operands[1]);
            if (out) {
                out->elements = quotient->operands[0];
            }
            return out;
        }
        const Node* product = inner(ref, OpCode::mul);
        if (product == nullptr) {
            return std::nullopt;
        }
        for (const auto& [one, other] : both_ways(*product)) {
            const Node* inverse = inner(one, OpCode::reciprocal);
            const Node* quotient = inner(one, OpCode::div);
            std::optional<Normalised> out;
            if (inverse != nullptr) {
                out = root(inverse->operands[0]);
            } else if (quotient != nullptr && view_.number(quotient->operands[0]) == 1.0F) {
                out = root(quotient->operands[1]);
            }
            if (out) {
                out->elements = other;
                return out;
            }
        }
        return std::nullopt;
    }

    /// A vector as long as the rows of x.
    bool is_row_of(ValueRef ref, ValueRef x) const {
        const TensorType* type = view_.type_of(ref);
        const TensorType* rows = view_.type_of(x);
        return type != nullptr && rows != nullptr && type->dtype == DType::f32 &&
               type->shape.rank() == 1 && type->shape.columns() == rows->shape.columns();
    }

    static std::int64_t bits_of(float value) {
        return static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(value));
    }

    /// (x - mean) / root of its mean square * gamma + beta
    std::optional<Node> layer_norm(const Node& sum) const {
        for (const auto& [scaled, beta] : both_ways(sum)) {
            const Node* product = inner(scaled, OpCode::mul);
            if (product == nullptr) {
                continue;
            }
            for (const auto& [quotient, gamma] : both_ways(*product)) {
                const std::optional<Normalised> rows = normalised(quotient);
                const std::optional<ValueRef> x = rows ? centred(rows->elements) : std::nullopt;
                if (x && centred(rows->squared) == x && is_row_of(gamma, *x) &&
                    is_row_of(beta, *x)) {
                    return Node{
                        .op = OpCode::layer_norm,
                        .operands = {*x, gamma, beta},
                        .attributes = {bits_of(rows->epsilon)}
                    };
                }
            }
        }
        return std::nullopt;
    }

    /// x / root of its mean square * gamma
    std::optional<Node> rms_norm(const Node& product) const {
        for (const auto& [quotient, gamma] : both_ways(product)) {
            const std::optional<Normalised> rows = normalised(quotient);
            if (rows && rows->elements == rows->squared && is_row_of(gamma, rows->elements)) {
                return Node{
                    .op = OpCode::rms_norm,
                    .operands = {rows->elements, gamma},
                    .attributes = {bits_of(rows->epsilon)}
                };
            }
        }
        return std::nullopt;
    }

    Program& program_;
    const std::vector<TensorType>& types_;
    ProgramView view_;
    std::vector<std::uint32_t> readers_;
};

}  // namespace

void join_patterns(Program& program, const std::vector<TensorType>& node_types) {
    Patterns(program, node_types).run();
}

}  // namespace steelyard::vm::onnx
