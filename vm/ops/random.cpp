#include "vm/ops/random.h"

#include "vm/ops/cost.h"
#include "vm/ops/elementwise_types.h"
#include "vm/ops/families.h"
#include "vm/ops/fma.h"
#include "vm/ops/type_rules.h"

#include <array>
#include <cstring>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t philox_gas = 36;
constexpr std::uint64_t normal_gas = 64;
constexpr std::uint64_t verification_gas = 16;

template <DType dtype>
Result<TensorType> infer_random(
    std::span<const TensorType> operands, std::span<const std::int64_t> attributes
) {
    TRY(expect_operands(operands, 1));
    if (operands[0] != TensorType{.dtype = DType::u32, .shape = Shape({2})}) {
        return invalid("a key of {}, not u32[2]", operands[0].text());
    }
    TRY_ASSIGN(const auto dimensions, sizes_of_attributes(attributes));
    return make_tensor_type(dtype, dimensions);
}

template <RandomFunction fill>
std::optional<std::uint64_t> evaluate_random(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    if (columns.count == 0) {
        return std::nullopt;
    }
    RandomArguments arguments{
        .op = call.op,
        .first = row * call.output.shape.columns() + columns.first,
        .count = columns.count,
        .output = out,
    };
    std::memcpy(arguments.key, reader.read(0, 0, 2), sizeof(arguments.key));
    reader.release();
    fill(arguments);
    return std::nullopt;
}

std::uint64_t random_gas(const NodeCall& call) {
    return saturating_mul(
        call.output.elements(), call.op == OpCode::normal ? normal_gas : philox_gas
    );
}

ProbeCost random_probe(const NodeCall& call, Grid grid) {
    const TensorType& key = call.operands[0];
    const std::uint64_t elements = saturating_mul(grid.rows, grid.columns);
    return {
        .chunks = 1,
        .bytes = opening_bytes(key),
        .gas = saturating_add(opening_gas(key), saturating_mul(elements, verification_gas)),
    };
}

template <DType dtype>
constexpr Operator random_operator(OpCode code) {
    return {
        .code = code,
        .version = 1,
        .infer = infer_random<dtype>,
        .evaluate = evaluate_random<fill_random_reference>,
        .evaluate_software_fma = evaluate_random<fill_random_software_fma>,
        .gas = random_gas,
        .probe = random_probe,
    };
}

constexpr auto table = std::to_array<Operator>({
    random_operator<DType::u32>(OpCode::philox),
    random_operator<DType::f32>(OpCode::uniform),
    random_operator<DType::f32>(OpCode::normal),
});

}  // namespace

void fill_random_reference(const RandomArguments& arguments) {
    fill_random<ProcessorFma>(arguments);
}

void fill_random_software_fma(const RandomArguments& arguments) {
    fill_random<SoftwareFma>(arguments);
}

std::span<const Operator> random_operators() {
    return table;
}

}  // namespace steelyard::vm
