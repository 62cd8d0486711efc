#include "vm/samples/known.h"

#include "base/hex.h"
#include "vm/build/ops.h"

#include <array>

namespace steelyard::vm {
namespace {

TensorType of(DType dtype, std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = dtype, .shape = Shape(dimensions)};
}

TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return of(DType::f32, dimensions);
}

/// A formula of inputs of some types.
template <typename Formula>
Result<Subject> subject(
    std::string name, const std::vector<TensorType>& types, const Formula& formula
) {
    Builder builder;
    Ops ops(builder);
    std::vector<ValueRef> inputs;
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < types.size(); ++i) {
        TRY_ASSIGN(inputs.emplace_back(), builder.input(fmt::format("x{}", i), types[i]));
        tensors.push_back(filled(types[i]));
    }
    const ValueRef value = formula(ops, inputs);
    TRY(ops.done());
    TRY(builder.output("out", value));
    TRY_ASSIGN(auto checked, CheckedProgram::check(std::move(builder).finish()));
    TRY_ASSIGN(HeldInputs held, HeldInputs::hold(std::move(tensors)));
    return Subject{std::move(name), std::move(checked), std::move(held)};
}

using Values = std::vector<ValueRef>;

Result<Subject> product_of_floats() {
    return subject(
        "product of matrices, f32",
        {f32({70, 300}), f32({50, 300})},
        [](Ops& ops, const Values& x) { return ops.gemm(x[0], x[1]); }
    );
}

Result<Subject> product_of_bytes() {
    return subject(
        "product of matrices, i8",
        {of(DType::i8, {33, 129}), of(DType::i8, {17, 129})},
        [](Ops& ops, const Values& x) { return ops.node(OpCode::gemm_i8, {x[0], x[1]}, {3, -5}); }
    );
}

Result<Subject> convolution() {
    return subject(
        "convolution",
        {f32({1, 15, 15, 8}), f32({16, 3, 3, 8})},
        [](Ops& ops, const Values& x) {
            const Window window = {{3, 1, 1, 1, 1}, {3, 2, 1, 1, 1}};
            return ops.conv(x[0], x[1], std::nullopt, window);
        }
    );
}

Result<Subject> elementwise() {
    return subject(
        "element by element",
        {f32({37, 101}), f32({37, 101})},
        [](Ops& ops, const Values& x) {
            const auto a = ops.unary(OpCode::gelu, ops.add(ops.mul(x[0], x[1]), x[0]));
            const auto b = ops.div(ops.unary(OpCode::exp, x[1]), ops.unary(OpCode::exp, x[0]));
            return ops.select(ops.positive(x[0]), a, b);
        }
    );
}

Result<Subject> softmax_of_rows() {
    return subject("softmax of rows", {f32({19, 1500})}, [](Ops& ops, const Values& x) {
        return ops.unary(OpCode::softmax, ops.scale(x[0], 4.0F));
    });
}

Result<Subject> sums_of_rows() {
    return subject("sums of rows", {f32({23, 5000})}, [](Ops& ops, const Values& x) {
        return ops.sum_last(x[0]);
    });
}

Result<Subject> movement() {
    return subject("movement", {f32({12, 20, 30})}, [](Ops& ops, const Values& x) {
        const auto turned = ops.transpose(x[0], {2, 0, 1});
        const auto part = ops.slice(turned, 0, 7, 11);
        return ops.concat({part, ops.unary(OpCode::neg, part)}, 1);
    });
}

Result<Subject> loop() {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const auto x, builder.input("x0", f32({9, 9})));
    TRY_ASSIGN(const auto loop, builder.begin_loop(40, std::array{x}));
    const auto next = ops.scale(ops.add(ops.gemm(loop.carries[0], x), x), 0.125F);
    TRY_ASSIGN(const auto results, builder.end_loop(std::array{next}));
    TRY(ops.done());
    TRY(builder.output("out", results[0]));
    TRY_ASSIGN(auto checked, CheckedProgram::check(std::move(builder).finish()));
    TRY_ASSIGN(HeldInputs held, HeldInputs::hold({filled(f32({9, 9}))}));
    return Subject{"loop", std::move(checked), std::move(held)};
}

struct Known {
    Result<Subject> (*make)() = nullptr;
    std::string_view output_root;
    std::string_view trace_root;
};

constexpr std::array known = {
    Known{
        product_of_floats,
        "31769e4f88b70594adabbf24a5285955bf02bae5aedaf77ca73b6fd1e07ad074",
        "a0d149c7ca4280f988dc221b18964586f774d790b66649207b5dfc2e9aa6391b"
    },
    Known{
        product_of_bytes,
        "71de64e82ed5dd358750de51fca9e12820d38652a7088bdc8fb0dc79fcb6e823",
        "92c6858548a9026e09d2cb0d6e9aecd7a6b247ee1d75aa4f2251bc59640185fa"
    },
    Known{
        convolution,
        "56486d253d8d466f1458ff7dc45ee3a28733d3c479a8819b3959a6ddef63caa1",
        "70124de503c054e5f0f01042a29a3574be912c7c70fac5452a4eff7e0ff05f6c"
    },
    Known{
        elementwise,
        "806f7cabeceac670c97ae23bba8614d2c1bf606ba584fe1c618fe69c05f722c9",
        "43cc034b7e198080f029db6822c88ad2864165adaba73b3ac005f44489160633"
    },
    Known{
        softmax_of_rows,
        "f56253517ca158cb14bd178645473058ddb745b63239ecaec914475a06799dcc",
        "8d6ab9da8c8612df5386482d34765e7977f5bb90556431a8986515c1bbe00f17"
    },
    Known{
        sums_of_rows,
        "fef736dffc7bea88e384ff4294cde774797d264d480655ae7f0234d35018a660",
        "f382322d69070dd83981038492517b382502fd5bf22fb4a02fb3cb33a8bc30ec"
    },
    Known{
        movement,
        "62c340aeb282cbb8454071c0c3ac6f284807638404b8a6de6ec48b66a6d91307",
        "4343532a77099fd4ce968079ebd5015fdb6959223f41c996518c33c3e3707beb"
    },
    Known{
        loop,
        "fe15ef297ff4a74b0ff4fd9fdc98d6c0d447e92a91fef9551c44cda63e5ba6b7",
        "78da4e315b0b70b8eccb929c12e8d7a210d70a73eb56b75dd3a3611153ea7fcf"
    },
};

Result<Hash256> root_of(std::string_view text) {
    Hash256 out{};
    TRY(from_hex(text, out));
    return out;
}

}  // namespace

Result<std::vector<KnownAnswer>> known_answers() {
    std::vector<KnownAnswer> out;
    for (const Known& one : known) {
        TRY_ASSIGN(Subject made, one.make());
        TRY_ASSIGN(const Hash256 output_root, root_of(one.output_root));
        TRY_ASSIGN(const Hash256 trace_root, root_of(one.trace_root));
        out.push_back({std::move(made), output_root, trace_root});
    }
    return out;
}

}  // namespace steelyard::vm
