#include "vm/onnx/fuse.h"

#include "vm/onnx/program_view.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

constexpr std::size_t operands_without_bias = 2;

/// Where the activation of a product or convolution is among its attributes: before its type.
std::int64_t& activation_of(Node& node) {
    return node.attributes[node.attributes.size() - 2];
}

bool is_activation(OpCode op) {
    return op == OpCode::relu || op == OpCode::gelu || op == OpCode::silu || op == OpCode::tanh ||
           op == OpCode::sigmoid;
}

/// The innermost loop around each node, -1 outside of all. Loops stand with outer ones first.
std::vector<std::int64_t> loops_of_nodes(const Program& program) {
    std::vector<std::int64_t> out(program.nodes.size(), -1);
    for (std::size_t index = 0; index < program.loops.size(); ++index) {
        const Loop& loop = program.loops[index];
        std::fill(
            out.begin() + loop.first_node,
            out.begin() + loop.end_node,
            static_cast<std::int64_t>(index)
        );
    }
    return out;
}

class Fuser {
public:
    Fuser(Program& program, const std::vector<TensorType>& types)
        : program_(program),
          types_(types),
          view_(program, types),
          readers_(count_readers(program)),
          loops_(loops_of_nodes(program)) {}

    void run() {
        for (std::uint32_t index = 0; index < program_.nodes.size(); ++index) {
            const OpCode op = program_.nodes[index].op;
            if (readers_[index] == 0) {
                continue;  // dead: it must not take a product from those who need it
            }
            if (op == OpCode::add) {
                join_bias(index);
            } else if (is_activation(op)) {
                join_activation(index);
            }
        }
    }

private:
    /// A product or convolution without activation that only node `reader` reads.
    Node* joinable(ValueRef ref, std::uint32_t reader, bool with_convolutions) {
        if (ref.kind != ValueKind::node || readers_[ref.index] != 1 ||
            loops_[ref.index] != loops_[reader]) {
            return nullptr;
        }
        Node& node = program_.nodes[ref.index];
        const bool is_one =
            node.op == OpCode::gemm_f32 || (with_convolutions && node.op == OpCode::conv_f32);
        return is_one && activation_of(node) == 0 ? &node : nullptr;
    }

    void join_bias(std::uint32_t index) {
        Node& sum = program_.nodes[index];
        for (const std::size_t side : {0U, 1U}) {
            const ValueRef product = sum.operands[side];
            const ValueRef bias = sum.operands[1 - side];
            Node* node = joinable(product, index, false);
            const TensorType* type = view_.type_of(bias);
            if (node == nullptr || type == nullptr || types_[product.index].dtype != DType::f32 ||
                node->operands.size() != operands_without_bias || type->shape.rank() != 1 ||
                type->shape.columns() != types_[product.index].shape.columns()) {
                continue;
            }
            Node joined = *node;
            joined.operands.push_back(bias);
            joined.bound_bits = sum.bound_bits;
            if (!view_.is_probeable(joined)) {
                return;
            }
            replace(index, product.index, std::move(joined));
            return;
        }
    }

    /// A product of 16 bits rounds behind its activation, for which only relu does not care.
    void join_activation(std::uint32_t index) {
        const OpCode op = program_.nodes[index].op;
        if (op != OpCode::relu && types_[index].dtype != DType::f32) {
            return;
        }
        const ValueRef source = program_.nodes[index].operands[0];
        const Node* node = joinable(source, index, true);
        if (node == nullptr) {
            return;
        }
        Node joined = *node;
        activation_of(joined) = static_cast<std::int64_t>(op);
        joined.bound_bits = program_.nodes[index].bound_bits;
        if (!view_.is_probeable(joined)) {
            return;
        }
        replace(index, source.index, std::move(joined));
    }

    /// Node `index` does what it did and what its operand `old` did.
    void replace(std::uint32_t index, std::uint32_t old, Node joined) {
        program_.nodes[index] = std::move(joined);
        readers_[old] = 0;
    }

    Program& program_;
    const std::vector<TensorType>& types_;
    ProgramView view_;
    std::vector<std::uint32_t> readers_;
    std::vector<std::int64_t> loops_;
};

}  // namespace

void fuse(Program& program, const std::vector<TensorType>& node_types) {
    Fuser(program, node_types).run();
}

}  // namespace steelyard::vm::onnx
