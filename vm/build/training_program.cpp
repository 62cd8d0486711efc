#include "vm/build/training_program.h"

#include "vm/build/gradients.h"

#include <fmt/format.h>

#include <algorithm>

namespace steelyard::vm {

namespace {

using Values = std::vector<ValueRef>;

/// Carries of a step: for each weight itself and Adam's two means, then the two powers, the sum of
/// losses.
constexpr std::size_t per_weight = 3;

const Input* find_input(const Program& model, std::string_view name) {
    const auto found = std::ranges::find(model.inputs, name, &Input::name);
    return found == model.inputs.end() ? nullptr : &*found;
}

/// What is left of a shape without its first axis.
std::vector<std::uint64_t> inner_sizes(const Shape& shape) {
    std::vector<std::uint64_t> sizes;
    for (std::size_t axis = 1; axis < shape.rank(); ++axis) {
        sizes.push_back(shape[axis]);
    }
    return sizes;
}

Result<void> check_course(const Program& model, const TrainingCourse& course) {
    const Input* data = find_input(model, course.data);
    if (data == nullptr) {
        return invalid("the model has no input \"{}\"", course.data);
    }
    const Shape& batch = data->type.shape;
    const Shape& samples = course.samples.shape;
    if (batch.rank() == 0 || samples.rank() != batch.rank() ||
        inner_sizes(batch) != inner_sizes(samples) || batch[0] == 0 || samples[0] < batch[0]) {
        return invalid(
            "the data is {}, the input \"{}\" takes {} at a time",
            course.samples.text(),
            course.data,
            data->type.text()
        );
    }
    if (course.weights.empty()) {
        return invalid("the model has no weights to train");
    }
    for (const std::string& name : course.weights) {
        const Input* weight = find_input(model, name);
        if (weight == nullptr || weight->type.dtype != DType::f32 || name == course.data) {
            return invalid("\"{}\" is no f32 weight of the model", name);
        }
    }
    if (model.outputs.empty() || course.labels.shape.rank() == 0 ||
        course.labels.shape[0] != samples[0]) {
        return invalid("the labels are {} of {} samples", course.labels.text(), samples[0]);
    }
    if (course.epochs == 0 || !(course.rate > 0)) {
        return invalid("{} epochs at a rate of {}: nothing is learnt", course.epochs, course.rate);
    }
    if (!model.loops.empty()) {
        return fail(
            ErrorCode::unsupported, "no gradient through the model's {} loops", model.loops.size()
        );
    }
    return {};
}

/// The model's nodes, with these values in place of its inputs.
class Inlined {
public:
    Inlined(Builder& builder, const Program& model, Values inputs)
        : builder_(builder), model_(model), inputs_(std::move(inputs)) {}

    Result<void> run() {
        for (const Constant& constant : model_.constants) {
            TRY_ASSIGN(const ValueRef value, builder_.constant(constant.type, constant.data));
            constants_.push_back(value);
        }
        for (const Node& node : model_.nodes) {
            Values operands;
            for (const ValueRef operand : node.operands) {
                operands.push_back(value_of(operand));
            }
            builder_.set_bound(node.bound_bits);
            TRY_ASSIGN(const ValueRef value, builder_.add(node.op, operands, node.attributes));
            nodes_.push_back(value);
        }
        builder_.set_bound(default_bound_bits);
        return {};
    }

    ValueRef value_of(ValueRef of) const {
        switch (of.kind) {
            case ValueKind::input:
                return inputs_[of.index];
            case ValueKind::constant:
                return constants_[of.index];
            case ValueKind::node:
                return nodes_[of.index];
            case ValueKind::carry:
            case ValueKind::result:
            case ValueKind::counter:
                break;  // there are no loops
        }
        return {};
    }

private:
    Builder& builder_;
    const Program& model_;
    Values inputs_;
    Values constants_{};
    Values nodes_{};
};

/// The model's first output; before its softmax where the loss has one of its own.
ValueRef scored_value(const Program& model, TrainingLoss loss) {
    const ValueRef output = model.outputs.front().value;
    if (loss == TrainingLoss::cross_entropy && output.kind == ValueKind::node) {
        const Node& node = model.nodes[output.index];
        if (node.op == OpCode::softmax) {
            return node.operands.front();
        }
    }
    return output;
}

/// The loss of one batch, from the values of the model's inputs.
Result<ValueRef> loss_of(
    Ops& ops, const Program& model, TrainingLoss loss, const Values& inputs, ValueRef labels
) {
    Inlined inlined(ops.builder(), model, inputs);
    TRY(inlined.run());
    const ValueRef scored = inlined.value_of(scored_value(model, loss));
    const ValueRef value = loss == TrainingLoss::cross_entropy
                               ? cross_entropy(ops, scored, labels)
                               : mean_squared_error(ops, scored, labels);
    TRY(ops.done());
    return value;
}

/// Number `number` (i64[]) of the batches, of the type that it should have.
ValueRef take_batch(Ops& ops, ValueRef set, ValueRef number, const TensorType& type) {
    const auto size = static_cast<std::int64_t>(type.shape[0]);
    Values starts = {ops.reshape(ops.mul(number, ops.i64(size)), {1})};
    Integers sizes = {size};
    for (std::size_t axis = 1; axis < type.shape.rank(); ++axis) {
        starts.push_back(ops.reshape(ops.i64(0), {1}));
        sizes.push_back(static_cast<std::int64_t>(type.shape[axis]));
    }
    const ValueRef start = starts.size() == 1 ? starts.front() : ops.concat(starts, 0);
    const ValueRef batch = ops.node(OpCode::dynamic_slice, {set, start}, sizes);
    return ops.type(batch).dtype == type.dtype
               ? batch
               : ops.node(OpCode::cast, {batch}, {static_cast<std::int64_t>(type.dtype)});
}

/// A training program while it is written.
class Trainer {
public:
    Trainer(const Program& model, const TrainingCourse& course)
        : model_(model), course_(course), names_(training_names(model)), ops_(builder_) {}

    Result<Program> run() &&;

private:
    Result<void> add_inputs();
    Values first_carries();
    Result<Values> step(ValueRef number, const Values& carries);

    TensorType batch_labels() const;
    std::uint64_t batch_size() const { return data_type_.shape[0]; }
    std::uint64_t batches() const { return course_.samples.shape[0] / batch_size(); }

    const Program& model_;
    const TrainingCourse& course_;
    TrainingNames names_;
    Builder builder_{};
    Ops ops_;
    ValueRef data_{};
    ValueRef labels_{};
    TensorType data_type_{};              ///< of a batch
    std::vector<ValueRef> inputs_{};      ///< of the model, in its order
    std::vector<std::size_t> weights_{};  ///< places of `inputs_`, in the course's order
};

Result<void> Trainer::add_inputs() {
    data_type_ = find_input(model_, course_.data)->type;
    TRY_ASSIGN(data_, builder_.input(course_.data, course_.samples));
    TRY_ASSIGN(labels_, builder_.input(names_.labels, course_.labels));
    for (const Input& input : model_.inputs) {
        if (input.name == course_.data) {
            inputs_.push_back(data_);
            continue;
        }
        TRY_ASSIGN(const ValueRef value, builder_.input(input.name, input.type));
        inputs_.push_back(value);
    }
    for (const std::string& name : course_.weights) {
        const auto found = std::ranges::find(model_.inputs, name, &Input::name);
        weights_.push_back(static_cast<std::size_t>(found - model_.inputs.begin()));
    }
    return {};
}

Values Trainer::first_carries() {
    Values carries;
    for (const std::size_t weight : weights_) {
        const ValueRef zeros = ops_.zeros(ops_.type(inputs_[weight]));
        carries.insert(carries.end(), {inputs_[weight], zeros, zeros});
    }
    const ValueRef one = ops_.f32(1.0F);
    carries.insert(carries.end(), {one, one, ops_.f32(0.0F)});
    return carries;
}

TensorType Trainer::batch_labels() const {
    std::vector<std::uint64_t> sizes = inner_sizes(course_.labels.shape);
    sizes.insert(sizes.begin(), batch_size());
    return {.dtype = course_.labels.dtype, .shape = Shape::make(sizes).value()};
}

Result<Values> Trainer::step(ValueRef number, const Values& carries) {
    const std::size_t count = weights_.size();
    Values inputs = inputs_;
    Values weights;
    for (std::size_t at = 0; at < count; ++at) {
        weights.push_back(carries[per_weight * at]);
        inputs[weights_[at]] = weights.back();
    }
    for (std::size_t at = 0; at < inputs.size(); ++at) {
        if (model_.inputs[at].name == course_.data) {
            inputs[at] = take_batch(ops_, data_, number, data_type_);
        }
    }
    const ValueRef labels = take_batch(ops_, labels_, number, batch_labels());
    TRY_ASSIGN(const ValueRef loss, loss_of(ops_, model_, course_.loss, inputs, labels));
    TRY_ASSIGN(const Values slopes, gradients(builder_, loss, weights));
    const AdamPowers powers = next_powers(
        ops_, {carries[per_weight * count], carries[per_weight * count + 1]}, course_.adam
    );
    const ValueRef rate = ops_.f32(course_.rate);
    Values next;
    for (std::size_t at = 0; at < count; ++at) {
        const AdamState state = adam_step(
            ops_,
            {weights[at], carries[per_weight * at + 1], carries[per_weight * at + 2]},
            slopes[at],
            powers,
            rate,
            course_.adam
        );
        next.insert(next.end(), {state.weight, state.first, state.second});
    }
    next.insert(next.end(), {powers.beta1, powers.beta2, ops_.add(carries.back(), loss)});
    TRY(ops_.done());
    return next;
}

Result<Program> Trainer::run() && {
    TRY(add_inputs());
    const Values initial = first_carries();
    const ValueRef zero = ops_.f32(0.0F);
    TRY(ops_.done());
    TRY_ASSIGN(const LoopStart epochs, builder_.begin_loop(course_.epochs, initial));
    Values before_steps = epochs.carries;
    before_steps.back() = zero;  // each epoch sums its own losses
    TRY_ASSIGN(const LoopStart steps, builder_.begin_loop(batches(), before_steps));
    TRY_ASSIGN(const Values next, step(steps.counter, steps.carries));
    TRY_ASSIGN(Values after_steps, builder_.end_loop(next));
    after_steps.back() = ops_.scale(after_steps.back(), 1.0F / static_cast<float>(batches()));
    TRY(ops_.done());
    TRY_ASSIGN(const Values after_epochs, builder_.end_loop(after_steps));
    for (std::size_t at = 0; at < weights_.size(); ++at) {
        TRY(builder_.output(course_.weights[at], after_epochs[per_weight * at]));
    }
    TRY(builder_.output(names_.loss, after_epochs.back()));
    return std::move(builder_).finish();
}

/// Looks for gaps in a program of the model alone, whose nodes have the model's numbers.
Result<void> check_gradients(const Program& model, const TrainingCourse& course) {
    Builder builder;
    Ops ops(builder);
    Values inputs;
    Values weights;
    TensorType labels = course.labels;
    for (const Input& input : model.inputs) {
        TRY_ASSIGN(const ValueRef value, builder.input(input.name, input.type));
        inputs.push_back(value);
        if (input.name == course.data) {
            std::vector<std::uint64_t> sizes = inner_sizes(labels.shape);
            sizes.insert(sizes.begin(), input.type.shape[0]);
            TRY_ASSIGN(labels.shape, Shape::make(sizes));
        }
    }
    for (const std::string& name : course.weights) {
        const auto found = std::ranges::find(model.inputs, name, &Input::name);
        weights.push_back(inputs[static_cast<std::size_t>(found - model.inputs.begin())]);
    }
    TRY_ASSIGN(const ValueRef label, builder.input(training_names(model).labels, labels));
    TRY_ASSIGN(const ValueRef loss, loss_of(ops, model, course.loss, inputs, label));
    TRY(gradients(builder, loss, weights));
    return {};
}

}  // namespace

TrainingNames training_names(const Program& model) {
    const auto is_taken = [&](std::string_view name) { return find_input(model, name) != nullptr; };
    TrainingNames names{.labels = "labels", .loss = "loss"};
    while (is_taken(names.labels)) {
        names.labels += "_";
    }
    while (is_taken(names.loss)) {
        names.loss += "_";
    }
    return names;
}

Result<Program> make_training_program(const Program& model, const TrainingCourse& course) {
    TRY(check_course(model, course));
    TRY(check_gradients(model, course));
    return Trainer(model, course).run();
}

}  // namespace steelyard::vm
