// A program that trains a model, out of the model's own program.
#pragma once

#include "vm/build/training.h"

#include <string>
#include <vector>

namespace steelyard::vm {

enum class TrainingLoss : std::uint8_t {
    cross_entropy,       ///< labels: i64 or i32 [samples], the class of each
    mean_squared_error,  ///< labels: f32 [samples, ...], of the model's output
};

struct TrainingCourse {
    std::string data{};                  ///< the model's input that batches go into: [batch, ...]
    std::vector<std::string> weights{};  ///< the model's inputs that are trained: f32
    TensorType samples{};                ///< of all the data: [samples, ...]
    TensorType labels{};
    TrainingLoss loss = TrainingLoss::cross_entropy;
    std::uint64_t epochs = 1;
    float rate = 1e-3F;  ///< of Adam
    AdamNumbers adam{};
};

/// The names of a training program that are not the model's.
struct TrainingNames {
    std::string labels{};  ///< of the input
    std::string loss{};    ///< of the output
};
TrainingNames training_names(const Program& model);

/// Inputs: the data under its name, the labels, then the model's other inputs in its order. Goes
/// through the samples in their order, batch after batch as large as the model's data, what is left
/// of them unused; data of another type is cast to the model's. A softmax that ends the model is
/// left out of cross entropy, which has its own. Outputs: the trained weights by their names, and
/// the mean loss of the last epoch. Errors: names and types that do not fit; loops in the model,
/// and nodes between weights and loss that have no gradient, all of them by the model's numbers
/// (unsupported).
Result<Program> make_training_program(const Program& model, const TrainingCourse& course);

}  // namespace steelyard::vm
