// run train: a model taught on data, and brought back with what it has learnt.
#include "bin/steelyard/job_results.h"
#include "bin/steelyard/run.h"
#include "vm/build/training_program.h"
#include "vm/files/safetensors.h"
#include "vm/onnx/export.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

/// Scalars stay constants; everything larger is an input, which can be trained.
constexpr std::size_t scalar_bytes_max = 4;

constexpr const char* model_name = "model.onnx";
constexpr const char* weights_name = "weights.safetensors";

struct TrainChoices {
    VmSource source{};
    std::string data{};
    std::string labels{};
    std::string input{};  ///< of the model; empty: the only one
    std::uint64_t epochs = 1;
    std::uint64_t batch = 1;
    float rate = 1e-3F;
    RunChoices run{};
};

/// A model at one size of batch.
struct Imported {
    vm::onnx::ImportedModel model{};
    std::string data{};  ///< the program's name of the input for data
};

/// Imports the model for so many rows of the data at a time.
Outcome<Imported> import_at(
    const TrainChoices& choices, const vm::TensorType& data, std::uint64_t rows
) {
    TRY_ASSIGN(auto names, model_inputs(choices.source));
    if (!choices.input.empty()) {
        std::erase_if(names, [&](const std::string& name) { return name != choices.input; });
    }
    if (names.size() != 1) {
        return usage(
            "{} has {} inputs that data could be for: say --data-input NAME",
            choices.source.path,
            names.size()
        );
    }
    VmSource source = choices.source;
    source.constant_bytes_max = scalar_bytes_max;
    std::string shape = std::to_string(rows);
    for (std::size_t axis = 1; axis < data.shape.rank(); ++axis) {
        shape += fmt::format("x{}", data.shape[axis]);
    }
    source.shapes.push_back(names.front() + "=" + shape);
    Imported out;
    TRY_ASSIGN(out.model, import_source(source, nullptr));
    const auto renamed =
        std::ranges::find(out.model.inputs, names.front(), &vm::onnx::NamePair::model);
    if (renamed == out.model.inputs.end()) {
        return usage("nothing in {} reads the input \"{}\"", source.path, names.front());
    }
    out.data = renamed->program;
    return out;
}

/// Weights of more than one element that are f32.
std::vector<std::string> trainable(const vm::onnx::ImportedModel& model) {
    std::vector<std::string> names;
    for (const vm::onnx::Weight& weight : model.weights) {
        if (weight.tensor.type.dtype == vm::DType::f32 && !weight.tensor.data.empty()) {
            names.push_back(weight.name);
        }
    }
    return names;
}

/// What is ordered, and what its results are made of afterwards.
struct Training {
    RunWork work;
    vm::onnx::ImportedModel exported{};  ///< for inference
    std::vector<std::string> weights{};
    std::string loss{};  ///< the output's name
};

Outcome<vm::Program> make_program(
    const TrainChoices& choices, const Imported& imported, const vm::TrainingCourse& course
) {
    auto program = vm::make_training_program(imported.model.program, course);
    if (program) {
        return *std::move(program);
    }
    if (program.error().code() == ErrorCode::unsupported) {
        return std::unexpected(Complaint(
            Exit::unsupported,
            "untrainable_model",
            fmt::format("{}: {}", choices.source.path, program.error().message()),
            fmt::format("`steelyard vm inspect --nodes {}` shows its nodes", choices.source.path)
        ));
    }
    return in_file(choices.source.path, program.error());
}

/// The tensors of the training program's inputs: data, labels, weights.
Outcome<std::vector<vm::Tensor>> gather(
    const vm::Program& program, vm::Tensor data, vm::Tensor labels, vm::onnx::ImportedModel& model
) {
    std::vector<vm::Tensor> tensors;
    tensors.push_back(std::move(data));
    tensors.push_back(std::move(labels));
    for (std::size_t i = 2; i < program.inputs.size(); ++i) {
        const std::string& name = program.inputs[i].name;
        const auto weight = std::ranges::find(model.weights, name, &vm::onnx::Weight::name);
        if (weight == model.weights.end()) {
            return usage("the model has another input, \"{}\": bind it with --const", name);
        }
        tensors.push_back(weight->tensor);
    }
    return tensors;
}

Outcome<Training> make_training(const TrainChoices& choices) {
    if (!choices.source.is_model()) {
        return usage("{} is no model: its name ends with .onnx", choices.source.path);
    }
    TRY_ASSIGN(vm::Tensor data, read_npy_file(choices.data));
    TRY_ASSIGN(vm::Tensor labels, read_npy_file(choices.labels));
    if (data.type.shape.rank() == 0 || data.type.shape[0] < choices.batch) {
        return usage(
            "{} is {}: fewer samples than a batch of {}",
            choices.data,
            data.type.text(),
            choices.batch
        );
    }
    TRY_ASSIGN(Imported imported, import_at(choices, data.type, choices.batch));
    const vm::TrainingCourse course{
        .data = imported.data,
        .weights = trainable(imported.model),
        .samples = data.type,
        .labels = labels.type,
        .loss = labels.type.dtype == vm::DType::f32 ? vm::TrainingLoss::mean_squared_error
                                                    : vm::TrainingLoss::cross_entropy,
        .epochs = choices.epochs,
        .rate = choices.rate,
    };
    TRY_ASSIGN(vm::Program program, make_program(choices, imported, course));
    if (const std::uint64_t left = data.type.shape[0] % choices.batch; left > 0) {
        tell(fmt::format("note: the last {} samples fill no batch and are left out\n", left));
    }
    TRY_ASSIGN(auto tensors, gather(program, std::move(data), std::move(labels), imported.model));
    TRY_ASSIGN(VmProgram loaded, as_program(std::move(program)));
    TRY_ASSIGN(RunWork work, make_work(choices.source.path, std::move(loaded), std::move(tensors)));
    // Where the model is for any number of rows it comes back for one.
    auto single =
        choices.batch == 1 ? Outcome<Imported>(imported) : import_at(choices, course.samples, 1);
    return Training{
        .work = std::move(work),
        .exported = single ? std::move(single->model) : std::move(imported.model),
        .weights = course.weights,
        .loss = vm::training_names(imported.model.program).loss,
    };
}

Outcome<void> write_weights(const std::string& path, const Tensors& weights) {
    std::vector<vm::TensorSlice> slices;
    for (const auto& [name, tensor] : weights) {
        slices.push_back({.name = name, .type = tensor.type, .data = tensor.data});
    }
    return write_bytes(path, vm::write_safetensors(slices));
}

/// The model for inference with these weights. Nothing where ONNX has no words for it.
Outcome<bool> write_model(
    const std::string& path, const Training& training, const Tensors& trained
) {
    const vm::onnx::ImportedModel& model = training.exported;
    TRY_ASSIGN(const auto checked, vm::CheckedProgram::check(model.program));
    vm::onnx::ExportOptions options;
    for (const vm::onnx::Weight& weight : model.weights) {
        const auto found = trained.find(weight.name);
        options.weights[weight.name] =
            found == trained.end() ? weight.tensor.view() : found->second.view();
    }
    TRY_ASSIGN(const auto exported, vm::onnx::export_program(checked, options));
    if (!exported.unsupported.empty()) {
        tell(fmt::format(
            "note: no {}: {} nodes cannot be exported\n", model_name, exported.unsupported.size()
        ));
        return false;
    }
    TRY(write_bytes(path, exported.file));
    return true;
}

/// Of the outputs' files: the weights in one file, and the model with them.
Outcome<std::string> finish(
    const Context& context,
    const Training& training,
    const std::filesystem::path& folder,
    const std::vector<WrittenOutput>& outputs
) {
    Tensors trained;
    float value = 0;
    for (const WrittenOutput& output : outputs) {
        TRY_ASSIGN(vm::Tensor tensor, read_npy_file(output.path));
        if (output.name == training.loss) {
            std::ranges::copy(tensor.data, reinterpret_cast<std::uint8_t*>(&value));
        } else {
            trained[output.name] = std::move(tensor);
        }
    }
    const std::string weights_path = (folder / weights_name).native();
    const std::string model_path = (folder / model_name).native();
    TRY(write_weights(weights_path, trained));
    TRY_ASSIGN(const bool has_model, write_model(model_path, training, trained));
    if (!context.json()) {
        return fields_text(
            {{"loss", fmt::format("{}, the mean of the last epoch", value)},
             {"weights", weights_path},
             {"model", has_model ? model_path : "-"}}
        );
    }
    JsonObject out;
    out.text("loss", fmt::format("{}", value));
    out.text("weights", weights_path);
    out.text("model", has_model ? model_path : "");
    return out.value() + "\n";
}

Outcome<Exit> train(const Context& context, const TrainChoices& choices) {
    TRY_ASSIGN(const Training training, make_training(choices));
    return run_work(
        context,
        training.work,
        choices.run,
        [&](const std::string& folder, const std::vector<WrittenOutput>& outputs) {
            return finish(context, training, folder, outputs);
        }
    );
}

}  // namespace

void add_run_train(CLI::App& run, Context& context) {
    auto choices = std::make_shared<TrainChoices>();
    auto* command = run.add_subcommand("train", "Train a model on data, by Adam");
    command->add_option("--model", choices->source.path, "A model (.onnx)")->required();
    add_import_options(*command, choices->source);
    command->add_option("--data", choices->data, "FILE.npy: samples along the first axis")
        ->required();
    command
        ->add_option(
            "--labels",
            choices->labels,
            "FILE.npy: classes (i64, i32) for cross entropy, or f32 values for squared errors"
        )
        ->required();
    command->add_option(
        "--data-input", choices->input, "The model's input for data, if it has many"
    );
    command->add_option("--epochs", choices->epochs, "How often all samples are gone through")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{vm::trip_count_max}))
        ->capture_default_str();
    command->add_option("--batch", choices->batch, "Samples of a step")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{vm::dimension_max}))
        ->required();
    command->add_option("--lr", choices->rate, "The rate of Adam")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    add_run_choices(*command, choices->run);
    command->callback([&context, choices] {
        context.action = [&context, choices] { return train(context, *choices); };
    });
}

}  // namespace steelyard::wallet
