// A small convolutional network, its training, its test and its use, as programs of the VM.
#pragma once

#include "vm/build/builder.h"
#include "vm/files/tensor.h"

#include <string>
#include <vector>

namespace steelyard::vm::fashion {

constexpr std::uint64_t image_side = 28;
constexpr std::uint64_t classes = 10;

/// A weight: how it is called and shaped, and how many inputs one of its outputs has.
struct WeightInfo {
    std::string name{};
    TensorType type{};
    std::uint64_t fan_in = 0;  ///< 0: a bias, which begins at zero
};

/// The network's weights in the order in which the programs take and give them.
std::vector<WeightInfo> weights();

/// What training begins with, by name: uniform within +-sqrt(6 / fan in), biases zero; the same on
/// every machine.
std::vector<FileTensor> first_weights();

/// How much is learnt.
struct Course {
    std::uint64_t images = 60'000;  ///< a multiple of `batch`
    std::uint64_t batch = 50;
    std::uint64_t epochs = 3;
    float rate = 3e-3F;     ///< of Adam at the first step
    float decay = 0.9992F;  ///< of the rate from step to step
};

/// Inputs: images u8 [images, 28, 28, 1], labels i64 [images], the weights. Runs epochs x images /
/// batch steps of Adam over the images in their order, at a rate that falls. Outputs: the weights;
/// `loss` of the last step.
Result<Program> training_program(const Course& course);

/// Inputs: images and labels as above, the weights. Output `right`: i64[], how many images the
/// network puts into their class.
Result<Program> test_program(std::uint64_t images, std::uint64_t batch);

/// Inputs: images u8 [images, 28, 28, 1], the weights. Outputs: `label`, i64 [images], the class of
/// each; `probability`, f32 [images, 10], of each class.
Result<Program> classify_program(std::uint64_t images);

}  // namespace steelyard::vm::fashion
