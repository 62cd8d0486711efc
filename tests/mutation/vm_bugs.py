"""Bugs to plant in the compute VM."""

from mutation import Mutation

PROGRAM = "vm/program/"
CHECK = "vm/check/"
BUILD = "vm/build/"
OPS = "vm/ops/"
CPU = "vm/backend/cpu/"
TRACE = "vm/trace/"
RUN = "vm/run/"
FILES = "vm/files/"
ONNX = "vm/onnx/"

PROGRAM_BUGS = [
    Mutation(
        "a constant may have any size",
        PROGRAM + "encoding.cpp",
        "    if (constant.type.bytes() > constant_bytes_max) {",
        "    if (false && constant.type.bytes() > constant_bytes_max) {",
    ),
    Mutation(
        "two inputs have one name",
        PROGRAM + "encoding.cpp",
        '    TRY(check_names("inputs", program.inputs));\n',
        "",
    ),
    Mutation(
        "operands are counted of each node alone",
        PROGRAM + "encoding.cpp",
        '    TRY(check_count("operands", operands, operand_total_max));\n',
        "",
    ),
    Mutation(
        "a loop has as many carries as a program",
        PROGRAM + "encoding.cpp",
        "++carries[carry.loop] > carry_count_max) {",
        "++carries[carry.loop] > carry_total_max) {",
    ),
    Mutation(
        "what follows a program is passed over",
        PROGRAM + "byte_reader.cpp",
        "    if (!error_ && remaining() > 0) {",
        "    if (false && !error_ && remaining() > 0) {",
    ),
    Mutation(
        "room is made for entries that no bytes pay for",
        PROGRAM + "byte_reader.cpp",
        "    if (ok() && count > remaining() / entry_bytes_min) {",
        "    if (false && ok() && count > remaining() / entry_bytes_min) {",
    ),
    Mutation(
        "negative attributes are read as positive ones",
        PROGRAM + "byte_reader.cpp",
        "(folded >> 1) ^ (~(folded & 1) + 1)",
        "(folded >> 1) ^ (folded & 1)",
    ),
    Mutation(
        "the product of dimensions overflows",
        PROGRAM + "tensor_type.cpp",
        "        if (elements > tensor_bytes_max) {",
        "        if (axis + 1 == dimensions.size() && elements > tensor_bytes_max) {",
    ),
    Mutation(
        "a tensor of wide elements has as many as one of narrow ones",
        PROGRAM + "tensor_type.cpp",
        "shape.elements() > tensor_bytes_max / size_of(dtype)",
        "shape.elements() > tensor_bytes_max",
    ),
]

CHECK_BUGS = [
    Mutation(
        "a node reads itself",
        CHECK + "graph.cpp",
        "            if (value.index >= position) {",
        "            if (value.index > position) {",
    ),
    Mutation(
        "a loop's last node reads the loop's result",
        CHECK + "graph.cpp",
        ".end_node > position) {",
        ".end_node > position + 1) {",
    ),
    Mutation(
        "a carry's next value has another element type",
        CHECK + "graph.cpp",
        "        if (found != wanted) {",
        "        if (found.shape != wanted.shape) {",
    ),
    Mutation(
        "a bound of 0",
        CHECK + "graph.cpp",
        "bits > 0 && bits <= unbounded_bits",
        "bits <= unbounded_bits",
    ),
    Mutation(
        "loops cross",
        CHECK + "checker.cpp",
        "    if (around >= 0 && program_.loops[static_cast<std::uint32_t>(around)].end_node < it.end_node) {",
        "    if (false && program_.loops[static_cast<std::uint32_t>(around)].end_node < it.end_node) {",
    ),
    Mutation(
        "a loop runs no time",
        CHECK + "checker.cpp",
        "    if (it.trip_count == 0 || it.trip_count > trip_count_max) {",
        "    if (it.trip_count > trip_count_max) {",
    ),
    Mutation(
        "loops nest five deep",
        CHECK + "checker.cpp",
        "    if (depth > loop_depth_max) {",
        "    if (depth > loop_depth_max + 1) {",
    ),
    Mutation(
        "a step costs nothing but its bytes",
        OPS + "step_gas.cpp",
        "saturating_add(commitment_gas(call.output), gas_per_step);",
        "commitment_gas(call.output);",
    ),
    Mutation(
        "half empty chunks cost half",
        OPS + "step_gas.cpp",
        "    return saturating_mul(chunk_count(output), chunk_bytes * gas_per_hashed_byte);",
        "    return saturating_mul(output.bytes(), gas_per_hashed_byte);",
    ),
    Mutation(
        "a gather costs its whole table",
        OPS + "step_gas.cpp",
        "op.reads_part && operand == 0;",
        "op.reads_part && operand == 9;",
    ),
    Mutation(
        "a batch is one product",
        OPS + "contraction/matrices.cpp",
        "        products = saturating_mul(products, a[axis]);",
        "        products = saturating_mul(products, 1);",
    ),
    Mutation(
        "a probe does not count its own output",
        OPS + "probe.cpp",
        "        .bytes = saturating_add(read.bytes, saturating_mul(chunks, opening_bytes(call.output))),",
        "        .bytes = read.bytes,",
    ),
    Mutation(
        "a probe is held to its bytes alone",
        OPS + "probe.h",
        "    return cost.bytes <= probe_bytes_max && cost.gas <= probe_gas_max;",
        "    return cost.bytes <= probe_bytes_max;",
    ),
    Mutation(
        "the gas of a loop overflows",
        CHECK + "costs.cpp",
        "            gas = saturating_add(gas_before, saturating_mul(info.gas_per_trip, it.trip_count));",
        "            gas = gas_before + info.gas_per_trip * it.trip_count;",
    ),
    Mutation(
        "a program has a step fewer than it may",
        CHECK + "costs.cpp",
        "    if (steps > step_count_max) {",
        "    if (steps >= step_count_max) {",
    ),
    Mutation(
        "what a loop reads from outside is freed at its reader",
        CHECK + "memory.cpp",
        "        position = program_.loops[static_cast<std::size_t>(loop)].end_node - 1;",
        "        position = std::max(position, position);",
    ),
    Mutation(
        "an output is freed with its last reader",
        CHECK + "memory.cpp",
        "        extend(output.value, node_count - 1, -1);",
        "        extend(output.value, node_count - node_count, -1);",
    ),
    Mutation(
        "a program takes more memory than it may",
        CHECK + "memory.cpp",
        "    if (peak > limits_.memory_bytes_max) {",
        "    if (false && peak > limits_.memory_bytes_max) {",
    ),
    Mutation(
        "a freed place does not join the one behind it",
        CHECK + "first_fit.cpp",
        "    const bool joins_next = offset + size == next.offset;",
        "    const bool joins_next = offset + size == next.offset && next.size == endless;",
    ),
]

BUILD_BUGS = [
    Mutation(
        "constants of one value and two types are one",
        BUILD + "builder.cpp",
        "    Bytes head = {static_cast<std::uint8_t>(constant.type.dtype)};",
        "    Bytes head = {0};",
    ),
    Mutation(
        "a value that two nodes read has the gradient of one",
        BUILD + "gradients.cpp",
        "        at->second = ops_.add(at->second, gradient);",
        "        at->second = gradient;",
    ),
    Mutation(
        "an operand that a node reads twice has the gradient of one",
        BUILD + "gradients.cpp",
        "        add_to(node.operands[operand], value);",
        "        gradients_.insert_or_assign(node.operands[operand], value);",
    ),
    Mutation(
        "the gradient of rsqrt has the wrong sign",
        BUILD + "elementwise_gradients.cpp",
        "ops.scale(ops.mul(y, ops.mul(y, y)), -half);",
        "ops.scale(ops.mul(y, ops.mul(y, y)), half);",
    ),
    Mutation(
        "the gradient of log2 is that of log",
        BUILD + "elementwise_gradients.cpp",
        "            return ops.unary(OpCode::reciprocal, ops.scale(x, ln_two));",
        "            return ops.unary(OpCode::reciprocal, x);",
    ),
    Mutation(
        "of equal operands max gives the gradient to the second",
        BUILD + "elementwise_gradients.cpp",
        "            choice(back, ops.node(OpCode::less_equal, {back.operand(1), back.operand(0)}));",
        "            choice(back, ops.node(OpCode::less, {back.operand(1), back.operand(0)}));",
    ),
    Mutation(
        "the gradient of a quotient's divisor has the wrong sign",
        BUILD + "elementwise_gradients.cpp",
        "        back.give(1, ops.unary(OpCode::neg, ops.mul(back.gradient, slope)));",
        "        back.give(1, ops.mul(back.gradient, slope));",
    ),
    Mutation(
        "the gradient of a convolution's input is off by its padding",
        BUILD + "contraction_gradients.cpp",
        "        const std::int64_t before = reach - g.before(axis);",
        "        const std::int64_t before = reach;",
    ),
    Mutation(
        "layer_norm's gradient forgets the mean",
        BUILD + "row_gradients.cpp",
        "            inner = ops.sub(inner, row_mean(ops, d, columns));\n",
        "",
    ),
    Mutation(
        "softmax's gradient is not weighted",
        BUILD + "row_gradients.cpp",
        "ops.sub(weighted, ops.mul(back.output, sum))",
        "ops.sub(weighted, sum)",
    ),
    Mutation(
        "Adam's second mean is of the gradient",
        BUILD + "training.cpp",
        "1.0F - numbers.beta2, ops.mul(gradient, gradient));",
        "1.0F - numbers.beta2, gradient);",
    ),
    Mutation(
        "cross entropy is a sum",
        BUILD + "training.cpp",
        "-1.0F / static_cast<float>(dims[0])",
        "-1.0F",
    ),
]

OPS_BUGS = [
    Mutation(
        "f16 rounds ties away from zero",
        OPS + "narrow_floats.h",
        "magnitude + 0xfff + ((magnitude >> 13) & 1)",
        "magnitude + 0x1000",
    ),
    Mutation(
        "bf16 rounds ties away from zero",
        OPS + "narrow_floats.h",
        "(bits + 0x7fff + ((bits >> 16) & 1)) >> 16",
        "(bits + 0x8000) >> 16",
    ),
    Mutation(
        "a NaN is stored as it is",
        OPS + "numbers.h",
        "            value = canonical(value);\n",
        "",
    ),
    Mutation(
        "lanes are added to their neighbours",
        OPS + "tree_sum.h",
        "add(lanes[lane], lanes[lane + half]);",
        "add(lanes[2 * lane], lanes[2 * lane + 1]);",
    ),
    Mutation(
        "a tail is summed from its end",
        OPS + "contraction/dot.cpp",
        "        sum = Fma::fma(a[i], b[i], sum);",
        "        sum = Fma::fma(a[count - 1 - i], b[count - 1 - i], sum);",
    ),
    Mutation(
        "the first chain is added to zero",
        OPS + "contraction/dot.cpp",
        "        total_ = started_ ? total_ + sums[c] : sums[c];",
        "        total_ = total_ + sums[c];",
    ),
    Mutation(
        "a bias is added to what is activated",
        OPS + "contraction/epilogue.cpp",
        "    float value = sum;",
        "    float value = activate(activation, mode, sum);",
    ),
    Mutation(
        "a bias has any length",
        OPS + "contraction/gemm_f32.cpp",
        "        TRY(expect_float_bias(operands[2], dimensions.back()));\n",
        "",
    ),
    Mutation(
        "both factors have one zero point",
        OPS + "contraction/gemm_i8.cpp",
        "    const ByteFactor b(call.operands[1].dtype, call.attributes[1]);",
        "    const ByteFactor b(call.operands[1].dtype, call.attributes[0]);",
    ),
    Mutation(
        "a fixed-point sum overflows",
        OPS + "contraction/gemm_fx.cpp",
        "(63 - 2 * bits)",
        "(64 - 2 * bits)",
    ),
    Mutation(
        "softmax does not look at the last element",
        OPS + "row/softmax.cpp",
        "    for (std::uint64_t i = 1; i < count; ++i) {",
        "    for (std::uint64_t i = 1; i + 1 < count; ++i) {",
    ),
    Mutation(
        "a norm forgets its epsilon",
        OPS + "norm.cpp",
        "squares / static_cast<float>(count) + epsilon_of(call)",
        "squares / static_cast<float>(count)",
    ),
    Mutation(
        "rms_norm stores a NaN as it is",
        OPS + "norm.cpp",
        "        store(out, canonical(scaled * parameter(reader, 1, column)));",
        "        store(out, scaled * parameter(reader, 1, column));",
    ),
    Mutation(
        "an index of its size is good",
        OPS + "index/index_value.h",
        "    if (index < -end || index >= end) {",
        "    if (index < -end || index > end) {",
    ),
    Mutation(
        "a fixed-point update rounds ties up",
        OPS + "index/fixed_point.h",
        "rest > half || (rest == half && (magnitude & 1) != 0) ? 1 : 0;",
        "rest >= half ? 1 : 0;",
    ),
    Mutation(
        "a probe of scatter_add opens one index",
        OPS + "index/scatter_add.cpp",
        "        .reads_all(1)\n",
        "        .reads(1, 1)\n",
    ),
    Mutation(
        "a dynamic slice ends beyond its axis",
        OPS + "index/dynamic.cpp",
        "static_cast<std::uint64_t>(start) > x[axis] - part[axis]) {",
        "static_cast<std::uint64_t>(start) > x[axis] - part[axis] + 1) {",
    ),
    Mutation(
        "avg_pool counts padding where it should not",
        OPS + "window/avg_pool.cpp",
        "divisor(geometry, window, call.attributes.back() != 0)",
        "divisor(geometry, window, call.attributes.back() == 0)",
    ),
    Mutation(
        "a window's last output is missing",
        OPS + "window_geometry.cpp",
        "    axis.out = (padded - reach) / axis.stride + 1;",
        "    axis.out = (padded - reach + axis.stride - 1) / axis.stride;",
    ),
    Mutation(
        "a gradient forgets the first window over a place",
        OPS + "window/places.cpp",
        "        .first = last > reach ? (last - reach + axis.stride - 1) / axis.stride : 0,",
        "        .first = last > reach ? (last - reach) / axis.stride + 1 : 0,",
    ),
    Mutation(
        "a remainder has the sign of the dividend",
        OPS + "elementwise/integer_rules.h",
        "(rest < T{0}) != (b < T{0}) ?",
        "(rest < T{0}) == (b < T{0}) ?",
    ),
    Mutation(
        "an f16 is cast as if it were a bf16",
        OPS + "elementwise/conversion_rows.h",
        "            return find_cast_from<Policy, F16>(out);",
        "            return find_cast_from<Policy, Bf16>(out);",
    ),
    Mutation(
        "an f64 is rounded twice on its way to f16",
        OPS + "elementwise/cast_rules.h",
        "            return to_odd_f32(x);",
        "            return static_cast<float>(x);",
    ),
    Mutation(
        "a cast to i32 takes 2^31",
        OPS + "elementwise/cast_rules.h",
        "    const bool inside = x > least && x < end;",
        "    const bool inside = x > least && x <= end;",
    ),
    Mutation(
        "a row of random numbers begins with the row before",
        OPS + "random.cpp",
        "        .first = row * call.output.shape.columns() + columns.first,",
        "        .first = row + columns.first,",
    ),
    Mutation(
        "argmax passes over a NaN",
        OPS + "row/order.cpp",
        "        return is_nan(candidate) && (last_wins || !is_nan(best));",
        "        return !is_nan(candidate) && (last_wins || is_nan(best));",
    ),
    Mutation(
        "an f16's bound is rounded up",
        OPS + "bounds.cpp",
        "f32_from_f16(nearest) > bound ? nearest - 1 : nearest",
        "f32_from_f16(nearest) > bound ? nearest : nearest",
    ),
    Mutation(
        "an f64 is within its bound as the nearest f32",
        OPS + "bounds.cpp",
        "is_within(load<double>(element), static_cast<double>(bound));",
        "is_within(static_cast<float>(load<double>(element)), bound);",
    ),
    Mutation(
        "a range begins with a chunk",
        OPS + "cost.cpp",
        "(count - 1) / in_chunk + ((count - 1) % in_chunk != 0 ? 2 : 1);",
        "(count - 1) / in_chunk + 1;",
    ),
]

BACKEND_BUGS = [
    Mutation(
        "threads round as their host does",
        CPU + "cpu_backend.cpp",
        "                const FloatEnvironment environment;\n                body(index);",
        "                body(index);",
    ),
    Mutation(
        "the first element of a thread's piece is not looked at",
        CPU + "bound_kernels.cpp",
        "        const std::uint64_t at = first_larger(bits, first, end, largest);",
        "        const std::uint64_t at = first_larger(bits, first + (index > 0 ? 1 : 0), end, largest);",
    ),
    Mutation(
        "an f16 at its bound is beyond it",
        CPU + "bound_kernels.cpp",
        "f32_from_f16(middle) <= bound",
        "f32_from_f16(middle) < bound",
    ),
    Mutation(
        "a bf16's bound is rounded up",
        CPU + "bound_kernels.cpp",
        "static_cast<std::uint16_t>(bound_bits >> 16)",
        "static_cast<std::uint16_t>((bound_bits + 0xffff) >> 16)",
    ),
    Mutation(
        "a fast mean multiplies",
        CPU + "row_kernels.cpp",
        "            return with.sum(x, count) / static_cast<float>(count);",
        "            return with.sum(x, count) * (1.0F / static_cast<float>(count));",
    ),
    Mutation(
        "a fast reduction stores a NaN as it is",
        CPU + "row_kernels.cpp",
        "            return store(to, canonical(value));",
        "            return store(to, value);",
    ),
    Mutation(
        "a fast batch_norm adds its epsilon behind the root",
        CPU + "row_kernels.cpp",
        "1.0F / square_root(variance + epsilon_of(work));",
        "1.0F / (square_root(variance) + epsilon_of(work));",
    ),
]

TRACE_BUGS = [
    Mutation(
        "rows of half a chunk are not packed",
        TRACE + "commitment.cpp",
        "constexpr std::size_t packed_row_bytes_max = chunk_bytes / 2;",
        "constexpr std::size_t packed_row_bytes_max = chunk_bytes / 2 - 1;",
    ),
    Mutation(
        "padding is what was there",
        TRACE + "commitment.cpp",
        "    std::memset(out.data() + payload.size, 0, out.size() - payload.size);\n",
        "",
    ),
    Mutation(
        "the trace is hashed in the mode of tensors",
        TRACE + "commitment.cpp",
        'Blake3Mode::derive_key("steelyard 2026 vm trace");',
        'Blake3Mode::derive_key("steelyard 2026 vm tensor data");',
    ),
    Mutation(
        "an id has 32 bits of a dimension",
        TRACE + "commitment.cpp",
        "        append_le(text, dimension);",
        "        append_le(text, static_cast<std::uint32_t>(dimension));",
    ),
    Mutation(
        "an id says nothing of the element type",
        TRACE + "commitment.cpp",
        "        static_cast<std::uint8_t>(type.dtype),",
        "        static_cast<std::uint8_t>(size_of(type.dtype)),",
    ),
    Mutation(
        "a leaf has 16 bits of its step's number",
        TRACE + "commitment.cpp",
        "    append_le(text, step);",
        "    append_le(text, std::uint64_t{static_cast<std::uint16_t>(step)});",
    ),
    Mutation(
        "all pieces of a tensor's leaves begin with the first",
        TRACE + "commitment.cpp",
        "        const std::size_t first = index * piece;",
        "        const std::size_t first = index * 0;",
    ),
    Mutation(
        "a tree is halved",
        TRACE + "hash_tree.cpp",
        "std::bit_floor(size - 1)",
        "size - size / 2",
    ),
    Mutation(
        "an opening has a hash too many",
        TRACE + "hash_tree.cpp",
        "    if (siblings.size() != needed) {",
        "    if (siblings.size() < needed) {",
    ),
    Mutation(
        "a draw is not uniform",
        TRACE + "draws.cpp",
        "    while (drawn > ~left_over) {",
        "    while (false && drawn > ~left_over) {",
    ),
    Mutation(
        "the steps of outputs are not pinned",
        TRACE + "probes.cpp",
        "        out.push_back(source.index);\n",
        "",
    ),
    Mutation(
        "of an input every reader is pinned",
        TRACE + "probes.cpp",
        "                is_read[*input] = true;\n",
        "",
    ),
    Mutation(
        "a step is not drawn by its gas",
        TRACE + "probes.cpp",
        "            return program_.step_at_gas(draws.below(gas_));",
        "            return draws.below(gas_) % steps_;",
    ),
    Mutation(
        "after a fault the gas of all steps counts",
        TRACE + "probes.cpp",
        "          gas_(gas_before(program, steps)),",
        "          gas_(std::max(gas_before(program, steps), program.gas())),",
    ),
    Mutation(
        "padding in a proof is anything",
        TRACE + "judge.cpp",
        "    TRY(check_padding());\n",
        "",
    ),
    Mutation(
        "chunks are not held to their root",
        TRACE + "judge.cpp",
        "        if (*root != tensor.root) {",
        "        if (false && *root != tensor.root) {",
    ),
    Mutation(
        "an input is any",
        TRACE + "judge.cpp",
        "        } else if (ids_.back() != claim_.input_ids[index]) {",
        "        } else if (false && ids_.back() != claim_.input_ids[index]) {",
    ),
    Mutation(
        "steps are not held to the trace",
        TRACE + "judge.cpp",
        "    return *root == outcome.trace_root ? Result<void>()",
        "    return root.has_value() ? Result<void>()",
    ),
    Mutation(
        "the trace of no steps has any root",
        TRACE + "judge.cpp",
        "    if (outcome.steps == 0 && outcome.trace_root != trace_root({})) {",
        "    if (false && outcome.steps == 0 && outcome.trace_root != trace_root({})) {",
    ),
    Mutation(
        "outputs are not held to the result",
        TRACE + "judge.cpp",
        "    return output_root(ids) == outcome.output_root",
        "    return !ids.empty()",
    ),
    Mutation(
        "a fault is not held to the result",
        TRACE + "judge.cpp",
        "        return fault_root(*outcome.fault) == outcome.output_root",
        "        return outcome.fault.has_value()",
    ),
    Mutation(
        "steps follow a fault",
        TRACE + "judge.cpp",
        "fault.step >= program_.step_count() || outcome.steps != fault.step) {",
        "fault.step >= program_.step_count() || outcome.steps < fault.step) {",
    ),
    Mutation(
        "a run has fewer steps than its program",
        TRACE + "judge.cpp",
        "        return outcome.steps == program_.step_count()\n",
        "        return outcome.steps <= program_.step_count()\n",
    ),
    Mutation(
        "a bad index is no difference",
        TRACE + "judge.cpp",
        "            if (bad.has_value()) {",
        "            if (false && bad.has_value()) {",
    ),
    Mutation(
        "a fault out of bound is believed",
        TRACE + "judge.cpp",
        "    const bool is_beyond = !is_bad && !within_bound(call.output.dtype, computed.data(), bound);",
        "    const bool is_beyond = !is_bad && (true || !within_bound(call.output.dtype, computed.data(), bound));",
    ),
    Mutation(
        "opened outputs are not held to their bounds",
        TRACE + "judge.cpp",
        "        check_bounds(index);\n",
        "        static_cast<void>(index);\n",
    ),
    Mutation(
        "a NaN is within every bound",
        OPS + "bounds.cpp",
        "            return are_at_most(elements, bound_bits);",
        "            return are_at_most(elements, bound_bits) || !are_at_most(elements, unbounded_bits);",
    ),
    Mutation(
        "a proof opens what it likes",
        TRACE + "judge.cpp",
        "    return check_use();",
        "    return {};",
    ),
    Mutation(
        "a proof has any size",
        TRACE + "judge.cpp",
        "    if (proof_.tensors.size() > tensors_max || chunks > chunks_max) {",
        "    if (false && (proof_.tensors.size() > tensors_max || chunks > chunks_max)) {",
    ),
    Mutation(
        "verification takes any gas",
        TRACE + "judge.cpp",
        "    if (total > gas_max_) {",
        "    if (false && total > gas_max_) {",
    ),
    Mutation(
        "computing the probed elements is free",
        TRACE + "judge.cpp",
        "    TRY(charge(evaluation_gas(program_.probe_cost(step.node))));\n",
        "",
    ),
    Mutation(
        "the trace's siblings are hashed for nothing",
        TRACE + "judge.cpp",
        "    std::uint64_t nodes = proof_.trace_siblings.size();",
        "    std::uint64_t nodes = 0;",
    ),
    Mutation(
        "a verifier rounds as its host does",
        TRACE + "verify_proof.cpp",
        "        CHECK(fesetenv(FE_DFL_ENV) == 0);\n",
        "",
    ),
    Mutation(
        "chunks between the first and the last need not be open",
        TRACE + "opened_reader.cpp",
        "        chunks[begin + count - 1] != last) {",
        "        chunks[begin + count - 1] < first) {",
    ),
    Mutation(
        "tensors of a proof stand in any order",
        TRACE + "proof_encoding.cpp",
        "            if (!out.tensors.empty() && !precedes(out.tensors.back().source, tensor.source)) {",
        "            if (false && !precedes(out.tensors.back().source, tensor.source)) {",
    ),
    Mutation(
        "a chunk's number overflows",
        TRACE + "proof_encoding.cpp",
        "            if (step >= tree_leaves_max || least + step >= tree_leaves_max) {",
        "            if (least + step >= tree_leaves_max) {",
    ),
    Mutation(
        "room is made for hashes that are not there",
        TRACE + "proof_encoding.cpp",
        "        if (count > rest_.size() / size) {",
        "        if (count > rest_.size() * size) {",
    ),
]

RUN_BUGS = [
    Mutation(
        "a run takes more memory than it may",
        RUN + "machine.cpp",
        "    if (taken > options.memory_bytes_max) {",
        "    if (false && taken > options.memory_bytes_max) {",
    ),
    Mutation(
        "copies of inputs take no memory",
        RUN + "machine.cpp",
        "program.peak_bytes() + copied_bytes(inputs) + besides;",
        "program.peak_bytes() + besides;",
    ),
    Mutation(
        "leaves of a trace take no memory",
        RUN + "runner.cpp",
        "options.trace ? program.step_count() * sizeof(Hash256) : 0;",
        "options.trace ? 0 : 0;",
    ),
    Mutation(
        "a proof's trees take no memory",
        RUN + "prover.cpp",
        "            bytes += tree_bytes_per_chunk * chunk_count(type);",
        "            bytes += tree_bytes_per_chunk * 0 * chunk_count(type);",
    ),
    Mutation(
        "an input has another element type",
        RUN + "machine.cpp",
        "    if (given.type != input.type) {",
        "    if (given.type.shape != input.type.shape) {",
    ),
    Mutation(
        "a carry begins with its next value",
        RUN + "machine.cpp",
        "        const ValueRef from = initial ? carry.initial : carry.next;",
        "        const ValueRef from = initial && carry.loop > 0 ? carry.initial : carry.next;",
    ),
    Mutation(
        "a bound is not looked at in the last element",
        RUN + "machine.cpp",
        "            if (beyond.has_value()) {",
        "            if (beyond.has_value() && *beyond + 1 < type.elements()) {",
    ),
    Mutation(
        "taking an output gives back a page of its neighbour",
        RUN + "arena.cpp",
        "(offset + page_bytes - 1) / page_bytes * page_bytes;",
        "offset / page_bytes * page_bytes;",
    ),
    Mutation(
        "results have the order of their steps",
        RUN + "runner.cpp",
        "            ids[result.output] = result.id;",
        "            ids[static_cast<std::size_t>(&result - results_.data())] = result.id;",
    ),
    Mutation(
        "a machine signs for what it computes wrongly",
        RUN + "prover.cpp",
        "    if (verification.verdict != Verdict::right) {",
        "    if (verification.verdict == Verdict::malformed) {",
    ),
    Mutation(
        "a second run need not be as the first",
        RUN + "recorder.cpp",
        "        TRY(check_step(source, tensor.type, tree.root()));\n",
        "",
    ),
    Mutation(
        "a range opens its first chunk",
        RUN + "recorder.cpp",
        "    const std::uint64_t last = place_of(type, first + count - 1).chunk;",
        "    const std::uint64_t last = place_of(type, first).chunk;",
    ),
]

FILES_BUGS = [
    Mutation(
        "a Fortran array is read as a C one",
        FILES + "npy.cpp",
        "            header.is_fortran = true;",
        "            header.is_fortran = false;",
    ),
    Mutation(
        "a header of an array has any size",
        FILES + "npy.cpp",
        "    if (size > header_bytes_max || size > file.size() - offset) {",
        "    if (size > file.size() - offset) {",
    ),
    Mutation(
        "a member is not held to its checksum",
        FILES + "zip.cpp",
        "out.size() != entry.size || crc32_of(out) != entry.crc32) {",
        "out.size() != entry.size) {",
    ),
    Mutation(
        "members share bytes",
        FILES + "zip.cpp",
        "        if (ranges[index].first < ranges[index - 1].second) {",
        "        if (false && ranges[index].first < ranges[index - 1].second) {",
    ),
    Mutation(
        "a member may say any size",
        FILES + "zip.cpp",
        "    if (entry.size > size_max || entry.size > most) {",
        "    if (entry.size > size_max) {",
    ),
    Mutation(
        "sizes of 64 bits are not read",
        FILES + "zip.cpp",
        "                if (*value == elsewhere32 && values.size() >= 8) {",
        "                if (false && *value == elsewhere32 && values.size() >= 8) {",
    ),
    Mutation(
        "a directory of 64 bits is not read",
        FILES + "zip.cpp",
        "    if (is_elsewhere && *at >= locator_bytes) {",
        "    if (false && is_elsewhere && *at >= locator_bytes) {",
    ),
    Mutation(
        "each member of an archive has the room of all",
        FILES + "npz.cpp",
        "        bytes_max -= data.size();\n",
        "",
    ),
    Mutation(
        "tensors of a file overlap",
        FILES + "safetensors.cpp",
        "        if (entry->begin != at) {",
        "        if (entry->begin > at) {",
    ),
    Mutation(
        "bytes behind the tensors are passed over",
        FILES + "safetensors.cpp",
        "    if (at != size) {",
        "    if (at > size) {",
    ),
]

ONNX_BUGS = [
    Mutation(
        "a leaky relu leaks a tenth",
        ONNX + "lowerings/activations.cpp",
        'c.real("alpha", 0.01)',
        'c.real("alpha", 0.1)',
    ),
    Mutation(
        "a hard sigmoid has the slope of its successor",
        ONNX + "lowerings/activations.cpp",
        'c.real("alpha", 0.2)',
        'c.real("alpha", 1.0 / 6)',
    ),
    Mutation(
        "the bias of a product counts half",
        ONNX + "lowerings/products.cpp",
        'c.real("beta", 1)',
        'c.real("beta", 0.5)',
    ),
    Mutation(
        "a mean counts padding",
        ONNX + "lowerings/pooling.cpp",
        'c.integer("count_include_pad", 0)',
        'c.integer("count_include_pad", 1)',
    ),
    Mutation(
        "running statistics forget at once",
        ONNX + "lowerings/normalisation.cpp",
        'c.real("momentum", 0.9)',
        'c.real("momentum", 0.1)',
    ),
    Mutation(
        "a local response is ten times as strong",
        ONNX + "lowerings/normalisation.cpp",
        'c.real("alpha", 1e-4)',
        'c.real("alpha", 1e-3)',
    ),
    Mutation(
        "reductions drop their axes",
        ONNX + "lowerings/reductions.cpp",
        'c.integer("keepdims", 1)',
        'c.integer("keepdims", 0)',
    ),
    Mutation(
        "flattened is from the first axis on",
        ONNX + "lowerings/shapes.cpp",
        '    const std::int64_t wanted = c.integer("axis", 1);',
        '    const std::int64_t wanted = c.integer("axis", 0);',
    ),
    Mutation(
        "the least are chosen",
        ONNX + "lowerings/indexing.cpp",
        'c.integer("largest", 1)',
        'c.integer("largest", 0)',
    ),
    Mutation(
        "a cubic resize has another coefficient",
        ONNX + "lowerings/resize.cpp",
        'c.real("cubic_coeff_a", -0.75)',
        'c.real("cubic_coeff_a", -0.5)',
    ),
    Mutation(
        "a field has number 0",
        ONNX + "wire_reader.cpp",
        "    if (tag >> 3 == 0 || tag >> 3 > field_max) {",
        "    if (tag >> 3 > field_max) {",
    ),
    Mutation(
        "external data has any length",
        ONNX + "tensor_reader.cpp",
        "    if (size != type.bytes()) {",
        "    if (false && size != type.bytes()) {",
    ),
    Mutation(
        "a tensor need not have all its elements",
        ONNX + "tensor_reader.cpp",
        "    if (out.data.size() != type.bytes()) {",
        "    if (out.data.size() > type.bytes()) {",
    ),
    Mutation(
        "dead code keeps its loops' carries from numbering",
        ONNX + "dead_code.cpp",
        "        carry.loop = numbers.loops[carry.loop];\n",
        "",
    ),
]

VM_BUGS = [
    *PROGRAM_BUGS,
    *CHECK_BUGS,
    *BUILD_BUGS,
    *OPS_BUGS,
    *BACKEND_BUGS,
    *TRACE_BUGS,
    *RUN_BUGS,
    *FILES_BUGS,
    *ONNX_BUGS,
]
