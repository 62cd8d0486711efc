// run: what is run: a model or program with the tensors of its inputs.
#include "bin/steelyard/run.h"
#include "vm/onnx/model.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <glob.h>

#include <algorithm>

namespace steelyard::wallet {
namespace {

std::string id_of(const vm::Tensor& tensor) {
    const auto id = vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data));
    return std::string(as_text(id));
}

/// An input that each task brings its own file of.
struct ArrayInput {
    std::string name{};  ///< empty: the one that is left
    std::vector<std::string> files{};
};

/// Sorted by name, as a shell does.
Outcome<std::vector<std::string>> files_of(const std::string& pattern) {
    ::glob_t found{};
    const int failed = ::glob(pattern.c_str(), 0, nullptr, &found);
    std::vector<std::string> files;
    if (failed == 0) {
        files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    if (files.empty() || files.size() > buyer::tasks_max) {
        return usage(
            "--array {} names {} files, must name 1 to {}",
            pattern,
            files.size(),
            grouped(buyer::tasks_max)
        );
    }
    return files;
}

Outcome<std::vector<ArrayInput>> array_inputs(const std::vector<std::string>& texts) {
    std::vector<ArrayInput> inputs;
    for (const std::string& text : texts) {
        const std::size_t at = text.find('=');
        ArrayInput input{.name = at == text.npos ? "" : text.substr(0, at)};
        TRY_ASSIGN(input.files, files_of(at == text.npos ? text : text.substr(at + 1)));
        inputs.push_back(std::move(input));
        if (inputs.back().files.size() != inputs.front().files.size()) {
            return usage(
                "--array {} names {} files, the first one {}",
                text,
                inputs.back().files.size(),
                inputs.front().files.size()
            );
        }
    }
    return inputs;
}

Outcome<std::vector<std::string>> program_inputs(const VmSource& source) {
    const Tensors none;
    TRY_ASSIGN(const VmProgram program, load_program(source, &none));
    std::vector<std::string> names;
    for (const vm::Input& input : program.checked.program().inputs) {
        if (!program.weights.contains(input.name)) {
            names.push_back(input.name);
        }
    }
    return names;
}

/// Gives the pattern without a name that of the only input that nothing else brings.
Outcome<void> name_arrays(
    const RunSource& source, const Tensors& given, std::vector<ArrayInput>& arrays
) {
    const auto nameless = std::ranges::find(arrays, "", &ArrayInput::name);
    if (nameless == arrays.end()) {
        return {};
    }
    TRY_ASSIGN(
        auto names,
        source.source.is_model() ? model_inputs(source.source) : program_inputs(source.source)
    );
    std::erase_if(names, [&](const std::string& name) {
        return given.contains(name) ||
               std::ranges::find(arrays, name, &ArrayInput::name) != arrays.end();
    });
    if (names.size() != 1) {
        return usage(
            "--array without a name: {} inputs are left, say --array NAME=PATTERN", names.size()
        );
    }
    nameless->name = names.front();
    return {};
}

/// Where the program has an input, by its own name or the model's.
Outcome<std::size_t> place_of(const VmProgram& program, const std::string& name) {
    const auto renamed = std::ranges::find(program.renamed, name, &vm::onnx::NamePair::model);
    const std::string& own = renamed == program.renamed.end() ? name : renamed->program;
    const auto& inputs = program.checked.program().inputs;
    const auto found = std::ranges::find(inputs, own, &vm::Input::name);
    if (found == inputs.end()) {
        return usage("the program has no input \"{}\" that tasks could bring", name);
    }
    return static_cast<std::size_t>(found - inputs.begin());
}

/// The ids that each task brings, in the program's order of inputs.
Outcome<void> add_tasks(const std::vector<ArrayInput>& arrays, RunWork& work) {
    std::map<std::size_t, const ArrayInput*> places;
    for (const ArrayInput& array : arrays) {
        TRY_ASSIGN(const std::size_t place, place_of(work.program, array.name));
        if (!places.emplace(place, &array).second) {
            return usage("the input \"{}\" is given twice", array.name);
        }
        work.inputs[place].reset();
    }
    const auto& inputs = work.program.checked.program().inputs;
    for (std::size_t task = 0; task < arrays.front().files.size(); ++task) {
        std::string own;
        for (const auto& [place, array] : places) {
            const std::string& path = array->files[task];
            TRY_ASSIGN(vm::Tensor tensor, read_npy_file(path));
            if (tensor.type != inputs[place].type) {
                return usage(
                    "{} is {}, the input \"{}\" is {}",
                    path,
                    tensor.type.text(),
                    array->name,
                    inputs[place].type.text()
                );
            }
            const std::string id = id_of(tensor);
            work.tensors.try_emplace(id, std::move(tensor));
            own += id;
        }
        work.tasks.push_back(std::move(own));
    }
    return {};
}

}  // namespace

Outcome<std::vector<std::string>> model_inputs(const VmSource& source) {
    TRY_ASSIGN(const Bytes file, read_bytes(source.path, model_bytes_max));
    const auto model = vm::onnx::read_model(file);
    if (!model) {
        return in_file(source.path, model.error());
    }
    std::vector<std::string> names;
    for (const auto& input : model->graph.inputs) {
        const auto is_it = [&](const auto& tensor) { return tensor.name == input.name; };
        if (std::ranges::none_of(model->graph.initialisers, is_it)) {
            names.emplace_back(input.name);
        }
    }
    return names;
}

Outcome<RunWork> make_work(std::string title, VmProgram program, std::vector<vm::Tensor> inputs) {
    RunWork work{.title = std::move(title), .program = std::move(program)};
    work.bytes = vm::encode_program(work.program.checked.program());
    work.id = std::string(as_text(work.program.id));
    for (vm::Tensor& tensor : inputs) {
        const std::string id = id_of(tensor);
        work.inputs.emplace_back(id);
        work.tensors.try_emplace(id, std::move(tensor));
    }
    return work;
}

Outcome<RunWork> load_work(const RunSource& source) {
    TRY_ASSIGN(Tensors given, read_inputs(source.inputs));
    TRY_ASSIGN(auto arrays, array_inputs(source.arrays));
    TRY(name_arrays(source, given, arrays));
    // The first task stands for all: it decides shapes.
    for (const ArrayInput& array : arrays) {
        TRY_ASSIGN(vm::Tensor first, read_npy_file(array.files.front()));
        if (!given.emplace(array.name, std::move(first)).second) {
            return usage("the input \"{}\" is given twice", array.name);
        }
    }
    TRY_ASSIGN(VmProgram program, load_program(source.source, &given));
    TRY_ASSIGN(auto tensors, gather_inputs(program, source.inputs, std::move(given)));
    TRY_ASSIGN(RunWork work, make_work(source.source.path, std::move(program), std::move(tensors)));
    if (!arrays.empty()) {
        TRY(add_tasks(arrays, work));
    }
    return work;
}

}  // namespace steelyard::wallet
