// vm: files, and tensors out of them.
#include "bin/steelyard/vm.h"
#include "vm/files/npy.h"
#include "vm/files/npz.h"
#include "vm/files/safetensors.h"

#include "base/hex.h"

#include <CLI/CLI.hpp>

#include <fstream>

namespace steelyard::wallet {
namespace {

constexpr std::uint64_t tensor_file_bytes_max = std::uint64_t{64} << 30;

/// A file that is open, and its size.
struct OpenFile {
    std::ifstream stream;
    std::uint64_t size = 0;
};

/// Only what is stored has a size before it is read.
Outcome<OpenFile> open_file(const std::string& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_directory(status)) {
        return usage("{} is a folder, not a file", path);
    }
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        return usage("{} is no regular file", path);
    }
    OpenFile file{.stream = std::ifstream(path, std::ios::binary)};
    file.size = std::filesystem::file_size(path, error);
    if (error || !file.stream) {
        return std::unexpected(
            Complaint(Exit::not_found, "file_not_found", fmt::format("cannot open {}", path))
        );
    }
    return file;
}

Outcome<void> add_tensor(Tensors& tensors, std::string name, vm::Tensor tensor) {
    const auto [place, is_new] = tensors.emplace(std::move(name), std::move(tensor));
    if (!is_new) {
        return usage("the input \"{}\" is given twice", place->first);
    }
    return {};
}

std::unexpected<Complaint> cannot_read(const std::string& path) {
    return std::unexpected(Complaint(Exit::failed, "io_error", fmt::format("cannot read {}", path))
    );
}

Outcome<void> read_several(const std::string& path, Tensors& tensors) {
    if (!path.ends_with(".npz")) {
        TRY(read_safetensors_file(path, tensors));
        return {};
    }
    TRY_ASSIGN(const Bytes file, read_bytes(path, tensor_file_bytes_max));
    auto found = vm::read_npz(file, tensor_file_bytes_max);
    if (!found) {
        return in_file(path, found.error());
    }
    for (vm::FileTensor& tensor : *found) {
        TRY(add_tensor(tensors, tensor.name, {.type = tensor.type, .data = std::move(tensor.data)})
        );
    }
    return {};
}

/// The program's name of an input in the model.
std::string_view renamed(const VmProgram& program, std::string_view name) {
    for (const vm::onnx::NamePair& pair : program.renamed) {
        if (pair.model == name) {
            return pair.program;
        }
    }
    return name;
}

Outcome<void> read_bare(
    const vm::CheckedProgram& program, const std::string& text, Tensors& tensors
) {
    TRY_ASSIGN(const auto pair, split_pair(text));
    const auto& inputs = program.program().inputs;
    const auto input = std::ranges::find(inputs, pair.first, &vm::Input::name);
    if (input == inputs.end()) {
        return usage("the program has no input \"{}\"", pair.first);
    }
    TRY_ASSIGN(Bytes data, read_bytes(pair.second, tensor_file_bytes_max));
    if (data.size() != input->type.bytes()) {
        return usage(
            "{} has {} bytes, the input \"{}\" is {} of {} bytes",
            pair.second,
            data.size(),
            pair.first,
            input->type.text(),
            input->type.bytes()
        );
    }
    return add_tensor(tensors, pair.first, {.type = input->type, .data = std::move(data)});
}

bool is_bare(const std::string& text) {
    return !text.ends_with(".npy");
}

/// What decides the shapes of a model was taken at its import, and an input that nothing reads is
/// none of the program.
bool is_known(const VmProgram& program, const std::string& name) {
    const auto names_it = [&](const auto& pair) {
        return pair.model == name || pair.program == name;
    };
    const auto& inputs = program.checked.program().inputs;
    return std::ranges::find(inputs, name, &vm::Input::name) != inputs.end() ||
           std::ranges::any_of(program.renamed, names_it) ||
           std::ranges::any_of(program.bound, names_it);
}

Outcome<void> check_names(const VmProgram& program, const Tensors& tensors) {
    for (const auto& [name, tensor] : tensors) {
        if (!is_known(program, name)) {
            return std::unexpected(Complaint(
                Exit::usage,
                "invalid_argument",
                fmt::format("the program has no input \"{}\"", name),
                "`steelyard vm inspect` lists its inputs"
            ));
        }
    }
    return {};
}

}  // namespace

std::unexpected<Complaint> in_file(const std::string& path, const Error& error) {
    Complaint complaint(error);
    complaint.message = path + ": " + complaint.message;
    return std::unexpected(std::move(complaint));
}

Outcome<std::pair<std::string, std::string>> split_pair(const std::string& text) {
    const std::size_t at = text.find('=');
    if (at == 0 || at == std::string::npos) {
        return usage("\"{}\" is not NAME=VALUE", text);
    }
    return std::pair(text.substr(0, at), text.substr(at + 1));
}

Outcome<Bytes> read_bytes(const std::string& path, std::uint64_t size_max) {
    TRY_ASSIGN(auto opened, open_file(path));
    auto& [file, size] = opened;
    if (size > size_max) {
        return usage("{} has {} bytes, at most {} are read", path, size, size_max);
    }
    Bytes bytes(static_cast<std::size_t>(size));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!file) {
        return std::unexpected(
            Complaint(Exit::failed, "io_error", fmt::format("cannot read {}", path))
        );
    }
    return bytes;
}

Outcome<void> write_bytes(const std::string& path, ByteView bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(
        reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
    );
    file.close();
    if (!file) {
        return std::unexpected(
            Complaint(Exit::failed, "io_error", fmt::format("cannot write {}", path))
        );
    }
    return {};
}

Outcome<vm::Tensor> read_npy_file(const std::string& path) {
    TRY_ASSIGN(const Bytes file, read_bytes(path, tensor_file_bytes_max));
    auto tensor = vm::read_npy(file);
    if (!tensor) {
        return in_file(path, tensor.error());
    }
    return vm::Tensor{.type = tensor->type, .data = std::move(tensor->data)};
}

Outcome<vm::SafetensorsMetadata> read_safetensors_file(const std::string& path, Tensors& tensors) {
    TRY_ASSIGN(auto opened, open_file(path));
    auto& [file, size] = opened;
    const auto read = [&](std::uint64_t offset, std::uint64_t count) {
        Bytes bytes(static_cast<std::size_t>(count));
        file.seekg(static_cast<std::streamoff>(offset));
        file.read(
            reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
        );
        return bytes;
    };
    const auto head_bytes =
        vm::safetensors_head_bytes(read(0, std::min<std::uint64_t>(size, 8)), size);
    if (!head_bytes) {
        return in_file(path, head_bytes.error());
    }
    const auto layout = vm::read_safetensors_layout(read(0, *head_bytes), size);
    if (!layout) {
        return in_file(path, layout.error());
    }
    for (const vm::TensorPlace& place : layout->tensors) {
        vm::Tensor tensor{.type = place.type, .data = read(place.offset, place.type.bytes())};
        if (!file) {
            return cannot_read(path);
        }
        TRY(add_tensor(tensors, place.name, std::move(tensor)));
    }
    return layout->metadata;
}

Outcome<vm::Hash256> parse_hash(std::string_view what, std::string_view text) {
    vm::Hash256 hash{};
    if (!from_hex(text, hash)) {
        return usage("{} \"{}\" is not 64 hex digits", what, text);
    }
    return hash;
}

Outcome<Tensors> read_inputs(const VmInputs& inputs) {
    Tensors tensors;
    for (const std::string& path : inputs.several) {
        TRY(read_several(path, tensors));
    }
    for (const std::string& text : inputs.single) {
        TRY_ASSIGN(const auto pair, split_pair(text));
        if (!is_bare(text)) {
            TRY_ASSIGN(vm::Tensor tensor, read_npy_file(pair.second));
            TRY(add_tensor(tensors, pair.first, std::move(tensor)));
        }
    }
    return tensors;
}

Outcome<void> add_named_inputs(
    const VmProgram& program, const VmInputs& inputs, Tensors given, Tensors& tensors
) {
    for (auto& [name, tensor] : given) {
        tensors.insert_or_assign(std::string(renamed(program, name)), std::move(tensor));
    }
    Tensors bare;
    for (const std::string& text : inputs.single) {
        if (is_bare(text)) {
            TRY(read_bare(program.checked, text, bare));
        }
    }
    tensors.merge(bare);
    return {};
}

Outcome<std::vector<vm::Tensor>> gather_inputs(
    VmProgram& program, const VmInputs& inputs, Tensors given
) {
    Tensors tensors = std::move(program.weights);
    TRY(add_named_inputs(program, inputs, std::move(given), tensors));
    TRY(check_names(program, tensors));
    std::vector<vm::Tensor> ordered;
    for (const vm::Input& input : program.checked.program().inputs) {
        const auto found = tensors.find(input.name);
        if (found == tensors.end()) {
            return usage(
                "nobody brings the input \"{}\", {}: neither --input nor --inputs{}",
                input.name,
                input.type.text(),
                program.weights_file.empty() ? "" : ", nor " + program.weights_file
            );
        }
        ordered.push_back(std::move(found->second));
        tensors.erase(found);
    }
    return ordered;
}

void add_inputs(CLI::App& command, VmInputs& inputs) {
    command.add_option(
        "--input", inputs.single, "NAME=FILE.npy, or NAME=FILE of the bare elements"
    );
    command.add_option("--inputs", inputs.several, "FILE.npz or FILE.safetensors, by name");
}

}  // namespace steelyard::wallet
