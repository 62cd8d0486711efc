// vm: reading programs, models and tensors.
#include "bin/steelyard/vm.h"
#include "vm/files/npy.h"
#include "vm/files/npz.h"
#include "vm/files/safetensors.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include "base/hex.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <fstream>

namespace steelyard::wallet {
namespace {

constexpr std::uint64_t tensor_file_bytes_max = std::uint64_t{64} << 30;
constexpr std::uint64_t model_bytes_max = std::uint64_t{2} << 30;  ///< of a protobuf message

std::unexpected<Complaint> in_file(const std::string& path, const Error& error) {
    Complaint complaint(error);
    complaint.message = path + ": " + complaint.message;
    return std::unexpected(std::move(complaint));
}

/// "NAME=VALUE"
Outcome<std::pair<std::string, std::string>> split(const std::string& text) {
    const std::size_t at = text.find('=');
    if (at == 0 || at == std::string::npos) {
        return usage("\"{}\" is not NAME=VALUE", text);
    }
    return std::pair(text.substr(0, at), text.substr(at + 1));
}

Outcome<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value > vm::dimension_max) {
        return usage("\"{}\" is no size of 0 to {}", text, vm::dimension_max);
    }
    return value;
}

/// "1x3x32x32"; nothing is a scalar.
Outcome<vm::Shape> parse_shape(std::string_view text) {
    std::vector<std::uint64_t> sizes;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('x'), text.size());
        TRY_ASSIGN(const std::uint64_t size, parse_size(text.substr(0, end)));
        sizes.push_back(size);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    TRY_ASSIGN(const vm::Shape shape, vm::Shape::make(sizes));
    return shape;
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

/// Tensor by tensor: nothing is in memory twice.
Outcome<vm::SafetensorsMetadata> read_safetensors_file(const std::string& path, Tensors& tensors) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) {
        return std::unexpected(
            Complaint(Exit::not_found, "file_not_found", fmt::format("cannot open {}", path))
        );
    }
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

/// The weights beside a program. Where an import wrote them they have to be what it wrote.
Outcome<void> read_weights(const std::string& path, const std::string& program, Tensors& weights) {
    TRY_ASSIGN(const vm::SafetensorsMetadata metadata, read_safetensors_file(path, weights));
    const auto of_program = metadata.find(std::string(weights_program_key));
    if (of_program == metadata.end()) {
        return {};
    }
    if (of_program->second != program) {
        return usage(
            "{} has the weights of program {}, not of {}", path, of_program->second, program
        );
    }
    for (const auto& [key, id] : metadata) {
        if (!key.starts_with(weights_id_key)) {
            continue;
        }
        const std::string name = key.substr(weights_id_key.size());
        const auto found = weights.find(name);
        if (found == weights.end()) {
            return usage("the weight \"{}\" is missing from {}", name, path);
        }
        if (weight_id(found->second) != id) {
            return usage("the weight \"{}\" in {} is not what was imported", name, path);
        }
    }
    return {};
}

/// External data of a model: files in its folder and below.
class ModelFolder final : public vm::onnx::ExternalData {
public:
    explicit ModelFolder(const std::string& model)
        : folder_(std::filesystem::path(model).parent_path()) {}

    Result<Bytes> read(
        std::string_view location, std::uint64_t offset, std::optional<std::uint64_t> size
    ) override {
        const std::filesystem::path relative(location);
        for (const auto& part : relative) {
            if (part == ".." || relative.is_absolute()) {
                return invalid("external data in '{}', outside of the model's folder", location);
            }
        }
        const std::filesystem::path path = folder_ / relative;
        std::error_code error;
        const std::uint64_t all = std::filesystem::file_size(path, error);
        if (error || offset > all || size.value_or(0) > all - offset) {
            return fail(ErrorCode::not_found, "external data in '{}' is not there", location);
        }
        Bytes bytes(static_cast<std::size_t>(size.value_or(all - offset)));
        std::ifstream file(path, std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        file.read(
            reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
        );
        if (!file) {
            return fail(ErrorCode::io, "cannot read external data in '{}'", location);
        }
        return bytes;
    }

private:
    std::filesystem::path folder_;
};

Outcome<vm::onnx::ImportOptions> import_options(const VmSource& source) {
    vm::onnx::ImportOptions options;
    options.bound_bits = source.unbounded ? vm::unbounded_bits : vm::default_bound_bits;
    for (const std::string& text : source.dimensions) {
        TRY_ASSIGN(const auto pair, split(text));
        TRY_ASSIGN(const std::uint64_t size, parse_size(pair.second));
        options.dimensions[pair.first] = static_cast<std::int64_t>(size);
    }
    for (const std::string& text : source.shapes) {
        TRY_ASSIGN(const auto pair, split(text));
        TRY_ASSIGN(const vm::Shape shape, parse_shape(pair.second));
        options.shapes[pair.first] = shape;
    }
    for (const std::string& text : source.constants) {
        TRY_ASSIGN(const auto pair, split(text));
        TRY_ASSIGN(vm::Tensor tensor, read_npy_file(pair.second));
        options.constants[pair.first] = std::move(tensor);
    }
    return options;
}

/// Every node that has no counterpart, a line each.
Complaint of_unsupported(const VmSource& source, const vm::onnx::ImportedModel& model) {
    std::string list;
    for (const vm::onnx::UnsupportedNode& node : model.unsupported) {
        list +=
            fmt::format("{}{} ({}): {}", list.empty() ? "" : "; ", node.name, node.op, node.reason);
    }
    std::string hint;
    for (const std::string& input : model.shape_inputs) {
        hint += (hint.empty() ? "bind inputs that decide shapes: --const " : " --const ") + input +
                "=FILE.npy";
    }
    return Complaint(
        Exit::unsupported,
        "unsupported_model",
        fmt::format(
            "{}: {} nodes cannot be imported: {}", source.path, model.unsupported.size(), list
        ),
        hint
    );
}

/// The program of an input's name in the model.
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
    TRY_ASSIGN(const auto pair, split(text));
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

}  // namespace

Outcome<Bytes> read_bytes(const std::string& path, std::uint64_t size_max) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) {
        return std::unexpected(
            Complaint(Exit::not_found, "file_not_found", fmt::format("cannot open {}", path))
        );
    }
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

Outcome<vm::Tensor> read_npy_file(const std::string& path) {
    TRY_ASSIGN(const Bytes file, read_bytes(path, tensor_file_bytes_max));
    auto tensor = vm::read_npy(file);
    if (!tensor) {
        return in_file(path, tensor.error());
    }
    return vm::Tensor{.type = tensor->type, .data = std::move(tensor->data)};
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

Outcome<vm::Hash256> parse_hash(std::string_view what, std::string_view text) {
    vm::Hash256 hash{};
    if (!from_hex(text, hash)) {
        return usage("{} \"{}\" is not 64 hex digits", what, text);
    }
    return hash;
}

std::string weight_id(const vm::Tensor& tensor) {
    return to_hex(vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data)));
}

std::string weights_path(std::string_view program_path) {
    return std::filesystem::path(program_path).replace_extension(".safetensors").native();
}

Outcome<vm::onnx::ImportedModel> import_source(const VmSource& source, const Tensors* inputs) {
    TRY_ASSIGN(vm::onnx::ImportOptions options, import_options(source));
    ModelFolder folder(source.path);
    options.external = &folder;
    TRY_ASSIGN(const Bytes file, read_bytes(source.path, model_bytes_max));
    auto model = inputs == nullptr ? vm::onnx::import_model(file, options)
                                   : vm::onnx::import_for_inputs(file, options, *inputs);
    if (!model) {
        return in_file(source.path, model.error());
    }
    if (!model->unsupported.empty()) {
        return std::unexpected(of_unsupported(source, *model));
    }
    return *std::move(model);
}

Outcome<VmProgram> load_program(const VmSource& source, const Tensors* inputs) {
    vm::Program program;
    Tensors weights;
    std::string weights_file;
    std::vector<vm::onnx::NamePair> renamed;
    if (source.is_model()) {
        TRY_ASSIGN(vm::onnx::ImportedModel model, import_source(source, inputs));
        program = std::move(model.program);
        renamed = std::move(model.inputs);
        for (vm::onnx::Weight& weight : model.weights) {
            weights[weight.name] = std::move(weight.tensor);
        }
    } else {
        TRY_ASSIGN(const Bytes file, read_bytes(source.path, vm::program_bytes_max));
        auto decoded = vm::decode_program(file);
        if (!decoded) {
            return in_file(source.path, decoded.error());
        }
        program = *std::move(decoded);
        const std::string beside = weights_path(source.path);
        weights_file = beside;
        std::error_code error;
        if (inputs != nullptr && std::filesystem::exists(beside, error)) {
            TRY(read_weights(beside, to_hex(vm::program_id(file)), weights));
        }
    }
    auto checked = vm::CheckedProgram::check(std::move(program));
    if (!checked) {
        return in_file(source.path, checked.error());
    }
    const vm::Hash256 id = vm::program_id(vm::encode_program(checked->program()));
    return VmProgram{
        .checked = *std::move(checked),
        .id = id,
        .weights = std::move(weights),
        .weights_file = std::move(weights_file),
        .renamed = std::move(renamed)
    };
}

Outcome<Tensors> read_inputs(const VmInputs& inputs) {
    Tensors tensors;
    for (const std::string& path : inputs.several) {
        TRY(read_several(path, tensors));
    }
    for (const std::string& text : inputs.single) {
        TRY_ASSIGN(const auto pair, split(text));
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
    const bool is_model = !program.renamed.empty();
    TRY(add_named_inputs(program, inputs, std::move(given), tensors));
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
    // What decides the shapes of a model was taken at its import.
    if (!is_model && !tensors.empty()) {
        return usage("the program has no input \"{}\"", tensors.begin()->first);
    }
    return ordered;
}

Result<HeldInputs> HeldInputs::hold(std::vector<vm::Tensor> tensors) {
    constexpr std::uint64_t alignment = 64;
    const auto aligned = [](std::uint64_t bytes) {
        return (bytes + alignment - 1) / alignment * alignment;
    };
    std::uint64_t size = 0;
    for (const vm::Tensor& tensor : tensors) {
        size += aligned(tensor.data.size());
    }
    HeldInputs out;
    TRY_ASSIGN(out.memory_, vm::Arena::map(size));
    std::uint64_t offset = 0;
    for (vm::Tensor& tensor : tensors) {
        const Bytes data = std::move(tensor.data);
        if (data.empty()) {
            out.views_.push_back({tensor.type, {}});
            continue;
        }
        auto* to = reinterpret_cast<std::uint8_t*>(out.memory_.at(offset));
        std::ranges::copy(data, to);
        out.views_.push_back({tensor.type, {to, data.size()}});
        offset += aligned(data.size());
    }
    return out;
}

void add_source(CLI::App& command, VmSource& source) {
    command.add_option("program", source.path, "A program (.svm) or a model (.onnx)")->required();
    command.add_option("--dim", source.dimensions, "Of a model: NAME=N of a named dimension");
    command.add_option("--shape", source.shapes, "Of a model: INPUT=1x3x32x32");
    command.add_option("--const", source.constants, "Of a model: INPUT=FILE.npy bound at import");
    command.add_flag("--unbounded", source.unbounded, "Of a model: float outputs without a bound");
}

void add_inputs(CLI::App& command, VmInputs& inputs) {
    command.add_option(
        "--input", inputs.single, "NAME=FILE.npy, or NAME=FILE of the bare elements"
    );
    command.add_option("--inputs", inputs.several, "FILE.npz or FILE.safetensors, by name");
}

}  // namespace steelyard::wallet
