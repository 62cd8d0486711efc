#include "contrib/examples/fashion-mnist/network.h"

#include "base/random.h"
#include "vm/build/gradients.h"
#include "vm/build/training.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace steelyard::vm::fashion {

namespace {

constexpr std::uint64_t seed = 20260101;
constexpr std::uint64_t first_channels = 8;
constexpr std::uint64_t second_channels = 16;
constexpr std::uint64_t pooled_side = image_side / 4;
constexpr std::uint64_t features = pooled_side * pooled_side * second_channels;

TensorType f32(const Shape& shape) {
    return {.dtype = DType::f32, .shape = shape};
}

/// Images and labels of one batch, from those of the whole set.
struct Batch {
    ValueRef images{};
    ValueRef labels{};
};

struct DataSet {
    ValueRef images{};
    ValueRef labels{};
};

Result<ValueRef> image_input(Builder& builder, std::uint64_t images) {
    return builder.input(
        "images", {.dtype = DType::u8, .shape = Shape{images, image_side, image_side, 1}}
    );
}

Result<DataSet> data_inputs(Builder& builder, std::uint64_t images) {
    DataSet set;
    TRY_ASSIGN(set.images, image_input(builder, images));
    TRY_ASSIGN(set.labels, builder.input("labels", {.dtype = DType::i64, .shape = Shape{images}}));
    return set;
}

Result<std::vector<ValueRef>> weight_inputs(Builder& builder) {
    std::vector<ValueRef> out;
    for (const WeightInfo& weight : weights()) {
        TRY_ASSIGN(const ValueRef value, builder.input(weight.name, weight.type));
        out.push_back(value);
    }
    return out;
}

/// From 0 to 1.
ValueRef brightness(Ops& ops, ValueRef pixels) {
    const ValueRef floats =
        ops.node(OpCode::cast, {pixels}, {static_cast<std::int64_t>(DType::f32)});
    return ops.scale(floats, 1.0F / 255);
}

/// Number `number` (i64[]) of the batches, pixels from 0 to 1.
Batch take_batch(Ops& ops, const DataSet& set, ValueRef number, std::uint64_t batch) {
    const auto size = static_cast<std::int64_t>(batch);
    const auto side = static_cast<std::int64_t>(image_side);
    const ValueRef first = ops.reshape(ops.mul(number, ops.i64(size)), {1});
    const ValueRef zero = ops.reshape(ops.i64(0), {1});
    const ValueRef pixels = ops.node(
        OpCode::dynamic_slice,
        {set.images, ops.concat({first, zero, zero, zero}, 0)},
        {size, side, side, 1}
    );
    return {
        .images = brightness(ops, pixels),
        .labels = ops.node(OpCode::dynamic_slice, {set.labels, first}, {size}),
    };
}

/// Two convolutions with pools and a layer of all features: logits [batch, 10].
ValueRef network(Ops& ops, ValueRef images, const std::vector<ValueRef>& w) {
    const Window five = {{5, 1, 1, 2, 2}, {5, 1, 1, 2, 2}};
    const Window three = {{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}};
    const Integers halves = window_numbers({{2, 2}, {2, 2}});
    ValueRef x = ops.unary(OpCode::relu, ops.conv(images, w[0], w[1], five));
    x = ops.node(OpCode::max_pool, {x}, halves);
    x = ops.unary(OpCode::relu, ops.conv(x, w[2], w[3], three));
    x = ops.node(OpCode::max_pool, {x}, halves);
    return ops.linear(ops.reshape(x, {ops.dims(x)[0], features}), w[4], w[5]);
}

/// Carries: for each weight itself and Adam's two means, then the two powers, the rate, the loss.
constexpr std::size_t per_weight = 3;

std::vector<ValueRef> first_carries(
    Ops& ops, const std::vector<ValueRef>& w, const Course& course
) {
    std::vector<ValueRef> carries;
    for (const ValueRef weight : w) {
        const ValueRef zeros = ops.zeros(ops.type(weight));
        carries.insert(carries.end(), {weight, zeros, zeros});
    }
    const ValueRef one = ops.f32(1.0F);
    carries.insert(carries.end(), {one, one, ops.f32(course.rate), ops.f32(0.0F)});
    return carries;
}

/// One step of training: the carries after it.
Result<std::vector<ValueRef>> train_step(
    Ops& ops, const Batch& batch, const std::vector<ValueRef>& carries, const Course& course
) {
    const AdamNumbers adam;
    const std::size_t count = weights().size();
    std::vector<ValueRef> w;
    for (std::size_t index = 0; index < count; ++index) {
        w.push_back(carries[per_weight * index]);
    }
    const ValueRef loss = cross_entropy(ops, network(ops, batch.images, w), batch.labels);
    TRY(ops.done());
    TRY_ASSIGN(const auto slopes, gradients(ops.builder(), loss, w));
    const AdamPowers powers =
        next_powers(ops, {carries[per_weight * count], carries[per_weight * count + 1]}, adam);
    const ValueRef rate = carries[per_weight * count + 2];
    std::vector<ValueRef> next;
    for (std::size_t index = 0; index < count; ++index) {
        const AdamState state = adam_step(
            ops,
            {w[index], carries[per_weight * index + 1], carries[per_weight * index + 2]},
            slopes[index],
            powers,
            rate,
            adam
        );
        next.insert(next.end(), {state.weight, state.first, state.second});
    }
    next.insert(next.end(), {powers.beta1, powers.beta2, ops.scale(rate, course.decay), loss});
    TRY(ops.done());
    return next;
}

}  // namespace

std::vector<WeightInfo> weights() {
    return {
        {"conv1.weight", f32(Shape{first_channels, 5, 5, 1}), 25},
        {"conv1.bias", f32(Shape{first_channels}), 0},
        {"conv2.weight", f32(Shape{second_channels, 3, 3, first_channels}), 9 * first_channels},
        {"conv2.bias", f32(Shape{second_channels}), 0},
        {"full.weight", f32(Shape{classes, features}), features},
        {"full.bias", f32(Shape{classes}), 0},
    };
}

std::vector<FileTensor> first_weights() {
    SeededRandom random(seed);
    std::vector<FileTensor> out;
    for (const WeightInfo& info : weights()) {
        FileTensor tensor{
            .name = info.name, .type = info.type, .data = Bytes(info.type.bytes(), 0)
        };
        const float reach =
            info.fan_in == 0 ? 0.0F : std::sqrt(6.0F / static_cast<float>(info.fan_in));
        for (std::uint64_t at = 0; at < info.type.elements(); ++at) {
            ByteArray<4> bytes;
            random.fill(bytes);
            const auto word = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(bytes)) >> 8;
            const float value = static_cast<float>(word) * 0x1p-23F * reach;
            std::memcpy(tensor.data.data() + at * sizeof(float), &value, sizeof(float));
        }
        out.push_back(std::move(tensor));
    }
    return out;
}

Result<Program> training_program(const Course& course) {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const DataSet set, data_inputs(builder, course.images));
    TRY_ASSIGN(const std::vector<ValueRef> w, weight_inputs(builder));
    const std::uint64_t batches = course.images / course.batch;
    const std::vector<ValueRef> initial = first_carries(ops, w, course);
    TRY(ops.done());
    TRY_ASSIGN(const LoopStart epochs, builder.begin_loop(course.epochs, initial));
    TRY_ASSIGN(const LoopStart steps, builder.begin_loop(batches, epochs.carries));
    const Batch batch = take_batch(ops, set, steps.counter, course.batch);
    TRY_ASSIGN(const auto next, train_step(ops, batch, steps.carries, course));
    TRY_ASSIGN(const auto after_steps, builder.end_loop(next));
    TRY_ASSIGN(const auto after_epochs, builder.end_loop(after_steps));
    const std::vector<WeightInfo> infos = weights();
    for (std::size_t index = 0; index < infos.size(); ++index) {
        TRY(builder.output(infos[index].name, after_epochs[per_weight * index]));
    }
    TRY(builder.output("loss", after_epochs.back()));
    return std::move(builder).finish();
}

Result<Program> test_program(std::uint64_t images, std::uint64_t batch) {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const DataSet set, data_inputs(builder, images));
    TRY_ASSIGN(const std::vector<ValueRef> w, weight_inputs(builder));
    const std::vector<ValueRef> initial = {ops.i64(0)};
    TRY(ops.done());
    TRY_ASSIGN(const LoopStart loop, builder.begin_loop(images / batch, initial));
    const Batch some = take_batch(ops, set, loop.counter, batch);
    const ValueRef guess = ops.node(OpCode::argmax, {network(ops, some.images, w)}, {0});
    const ValueRef is_right = ops.node(
        OpCode::cast,
        {ops.node(OpCode::equal, {guess, some.labels})},
        {static_cast<std::int64_t>(DType::i64)}
    );
    const ValueRef right = ops.add(loop.carries.front(), ops.node(OpCode::reduce_sum, {is_right}));
    TRY(ops.done());
    const std::vector<ValueRef> next = {right};
    TRY_ASSIGN(const auto results, builder.end_loop(next));
    TRY(builder.output("right", results.front()));
    return std::move(builder).finish();
}

Result<Program> classify_program(std::uint64_t images) {
    Builder builder;
    Ops ops(builder);
    TRY_ASSIGN(const ValueRef pixels, image_input(builder, images));
    TRY_ASSIGN(const std::vector<ValueRef> w, weight_inputs(builder));
    const ValueRef logits = network(ops, brightness(ops, pixels), w);
    const ValueRef label = ops.node(OpCode::argmax, {logits}, {0});
    const ValueRef probability = ops.unary(OpCode::softmax, logits);
    TRY(ops.done());
    TRY(builder.output("label", label));
    TRY(builder.output("probability", probability));
    return std::move(builder).finish();
}

}  // namespace steelyard::vm::fashion
