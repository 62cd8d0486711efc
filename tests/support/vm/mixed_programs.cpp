#include "tests/support/vm/mixed_programs.h"

#include "base/check.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/build/builder.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>

namespace steelyard::vm::test {

namespace {

constexpr std::uint64_t elements_max = 3000;
constexpr std::uint32_t draws_max = 20;
constexpr std::uint32_t attempts_max = 60;

template <typename T>
const T& pick(RandomSource& random, const std::vector<T>& from) {
    return from[number_below(random, from.size())];
}

class ProgramWriter {
public:
    ProgramWriter(RandomSource& random, const MixedShape& shape)
        : random_(random), faults_(shape.faults), shape_(shape) {
        if (shape_.ops.empty()) {
            shape_.ops.assign(all_op_codes().begin(), all_op_codes().end());
        }
    }

    ProgramCase write() {
        add_inputs();
        std::vector<ValueRef> scope = inputs_;
        add_body(scope, shape_.nodes, 0);
        std::uint32_t number = 0;
        for (std::uint64_t outputs = 1 + number_below(random_, 3); outputs > 0; --outputs) {
            // The last values depend on most of what is before them.
            const std::size_t tail = std::min<std::size_t>(scope.size(), 4);
            const ValueRef value = scope[scope.size() - 1 - number_below(random_, tail)];
            CHECK(builder_.output(fmt::format("out{}", number++), value).has_value());
        }
        return {.program = checked(std::move(builder_).finish()), .inputs = std::move(tensors_)};
    }

private:
    void add_inputs() {
        const std::vector<TensorType> types{
            {DType::f32, {3, 5}},
            {DType::f32, {5, 3}},
            {DType::f32, {2, 300}},
            {DType::f32, {5, 5}},
            {DType::f32, {7}},
            {DType::bf16, {2, 3, 4}},
            {DType::i64, {4}},
            {DType::i64, {2}},
            {DType::i32, {2, 2}},
            {DType::i8, {3, 5}},
            {DType::f32, {5}},
            {DType::f32, {0, 3}},
            {DType::f32, {}},
        };
        for (const TensorType& type : types) {
            if (number_below(random_, 3) == 0 && inputs_.size() >= 3) {
                continue;
            }
            const auto value = builder_.input(fmt::format("in{}", inputs_.size()), type);
            CHECK(value.has_value());
            inputs_.push_back(*value);
            TestTensor tensor = random_tensor(random_, type, Values::ordinary);
            if (type.dtype == DType::i64) {
                // As indices of three they are good mostly.
                const std::int64_t most = faults_ && number_below(random_, 6) == 0 ? 4 : 3;
                std::vector<std::int64_t> indices(type.elements());
                for (std::int64_t& index : indices) {
                    index = static_cast<std::int64_t>(
                        number_below(random_, static_cast<std::uint64_t>(most))
                    );
                }
                tensor = i64(type.shape, indices);
            }
            tensors_.push_back(std::move(tensor));
        }
    }

    void add_body(std::vector<ValueRef>& scope, std::uint32_t nodes, std::uint32_t depth) {
        for (std::uint32_t done = 0; done < nodes; ++done) {
            if (shape_.loops && depth < 3 && nodes > 1 && number_below(random_, 6) == 0) {
                add_loop(
                    scope, 1 + static_cast<std::uint32_t>(number_below(random_, nodes)), depth
                );
            } else {
                scope.push_back(add_node(scope));
            }
        }
    }

    void add_loop(std::vector<ValueRef>& scope, std::uint32_t nodes, std::uint32_t depth) {
        std::vector<ValueRef> initial;
        for (std::uint64_t carries = number_below(random_, 4); carries > 0; --carries) {
            initial.push_back(pick(random_, scope));
        }
        const auto loop = builder_.begin_loop(1 + number_below(random_, 3), initial);
        CHECK(loop.has_value());
        std::vector<ValueRef> inner = scope;
        inner.push_back(loop->counter);
        inner.insert(inner.end(), loop->carries.begin(), loop->carries.end());
        add_body(inner, nodes, depth + 1);
        std::vector<ValueRef> next;
        for (const ValueRef value : initial) {
            std::vector<ValueRef> fitting;
            for (const ValueRef candidate : inner) {
                if (builder_.type(candidate) == builder_.type(value)) {
                    fitting.push_back(candidate);
                }
            }
            // Later values are of the body more often.
            next.push_back(number_below(random_, 2) == 0 ? fitting.back() : pick(random_, fitting));
        }
        const auto results = builder_.end_loop(next);
        CHECK(results.has_value());
        scope.insert(scope.end(), results->begin(), results->end());
    }

    ValueRef add_node(const std::vector<ValueRef>& scope) {
        const bool is_tight = faults_ && number_below(random_, 12) == 0;
        builder_.set_bound(
            is_tight                        ? 0x40800000
            : number_below(random_, 3) == 0 ? unbounded_bits
                                            : default_bound_bits
        );
        // Each operator gets its chances in turn, however rarely its types fit.
        for (std::uint32_t draw = 0; draw < draws_max; ++draw) {
            const OpCode op = pick(random_, shape_.ops);
            for (std::uint32_t attempt = 0; attempt < attempts_max; ++attempt) {
                if (const std::optional<ValueRef> value = try_node(scope, op)) {
                    return *value;
                }
            }
        }
        const std::vector<std::int64_t> flat{
            static_cast<std::int64_t>(builder_.type(scope.back()).elements())
        };
        return *builder_.add(OpCode::reshape, std::vector{scope.back()}, flat);
    }

    std::optional<ValueRef> try_node(const std::vector<ValueRef>& scope, OpCode op) {
        const Operator* rule = find_operator(op, 1);
        std::vector<ValueRef> operands;
        std::vector<TensorType> types;
        for (std::uint64_t count = number_below(random_, 4); count > 0; --count) {
            const bool again = !operands.empty() && number_below(random_, 3) == 0;
            operands.push_back(again ? operands.back() : operand(scope));
            types.push_back(builder_.type(operands.back()));
        }
        const Attributes attributes = attributes_for(op, types);
        if (rule == nullptr) {
            return std::nullopt;
        }
        const Result<TensorType> type = rule->infer(types, attributes);
        if (!type || type->elements() > elements_max) {
            return std::nullopt;
        }
        const auto value = builder_.add(op, operands, attributes);
        CHECK(value.has_value());
        return *value;
    }

    ValueRef operand(const std::vector<ValueRef>& scope) {
        if (number_below(random_, 12) == 0) {
            return *builder_.f32(static_cast<float>(number_below(random_, 5)) - 1.5F);
        }
        return number_below(random_, 3) == 0 && scope.size() > 4
                   ? scope[scope.size() - 1 - number_below(random_, 4)]
                   : pick(random_, scope);
    }

    std::int64_t small(std::uint64_t limit) {
        return static_cast<std::int64_t>(number_below(random_, limit));
    }

    Attributes attributes_for(OpCode op, const std::vector<TensorType>& types) {
        const Shape shape = types.empty() ? Shape{} : types[0].shape;
        switch (op) {
            case OpCode::reshape:
                return reshaped(shape);
            case OpCode::broadcast: {
                Attributes out{1 + small(3)};
                out.insert(out.end(), shape.dimensions().begin(), shape.dimensions().end());
                return out;
            }
            case OpCode::transpose: {
                Attributes out(shape.rank());
                std::iota(out.begin(), out.end(), 0);
                for (std::size_t at = out.size(); at > 1; --at) {
                    std::swap(out[at - 1], out[number_below(random_, at)]);
                }
                return out;
            }
            case OpCode::slice:
                return sliced(shape);
            case OpCode::pad: {
                Attributes out{0};
                for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
                    out.insert(out.end(), {small(3), small(3), small(2)});
                }
                return out;
            }
            case OpCode::gemm_f32:
                return {0, 1};
            case OpCode::gemm_i8:
                return {small(3), small(3)};
            case OpCode::gemm_fx:
                return {20};
            case OpCode::dynamic_slice: {
                Attributes out;
                for (const std::uint64_t dimension : shape.dimensions()) {
                    out.push_back(static_cast<std::int64_t>(std::min<std::uint64_t>(dimension, 2)));
                }
                return out;
            }
            case OpCode::layer_norm:
            case OpCode::rms_norm:
            case OpCode::batch_norm:
                return {0x3727c5ac};  // 1e-5
            case OpCode::iota:
                return {types.empty() ? 1 : 9, 0, 1 + small(9), 1 + small(9)};
            default:
                break;
        }
        Attributes out;
        for (std::int64_t count = small(4); count > 0; --count) {
            out.push_back(small(3));
        }
        return out;
    }

    Attributes reshaped(const Shape& shape) {
        Attributes out(shape.dimensions().begin(), shape.dimensions().end());
        switch (number_below(random_, 3)) {
            case 0:
                return {static_cast<std::int64_t>(shape.elements())};
            case 1:
                std::ranges::reverse(out);
                return out;
            default:
                out.insert(out.begin(), 1);
                return out;
        }
    }

    Attributes sliced(const Shape& shape) {
        Attributes out;
        for (const std::uint64_t dimension : shape.dimensions()) {
            const std::int64_t start = dimension == 0 ? 0 : small(dimension);
            const bool forwards = number_below(random_, 3) != 0;
            const std::int64_t room =
                forwards ? static_cast<std::int64_t>(dimension) - start : start + 1;
            const std::int64_t size =
                dimension == 0 ? 0 : 1 + small(static_cast<std::uint64_t>(room));
            out.insert(out.end(), {start, forwards ? 1 : -1, size});
        }
        return out;
    }

    RandomSource& random_;
    bool faults_;
    MixedShape shape_;
    Builder builder_{};
    std::vector<ValueRef> inputs_{};
    std::vector<TestTensor> tensors_{};
};

}  // namespace

ProgramCase mixed_program(RandomSource& random, std::uint32_t nodes, bool faults) {
    return mixed_program(random, {.nodes = nodes, .faults = faults});
}

ProgramCase mixed_program(RandomSource& random, const MixedShape& shape) {
    return ProgramWriter(random, shape).write();
}

CheckedProgram checked(Program program) {
    Result<CheckedProgram> out = CheckedProgram::check(std::move(program));
    if (!out) {
        std::fprintf(stderr, "%s\n", out.error().message().c_str());
    }
    CHECK(out.has_value());
    return *std::move(out);
}

}  // namespace steelyard::vm::test
