// vm: programs and models, and the weights beside them.
#include "base/hex.h"
#include "bin/steelyard/vm.h"
#include "vm/files/safetensors.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <fstream>

namespace steelyard::wallet {
namespace {

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
    for (std::size_t end = text.empty() ? text.npos : 0; end != text.npos;) {
        end = text.find('x');
        TRY_ASSIGN(const std::uint64_t size, parse_size(text.substr(0, end)));
        sizes.push_back(size);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    TRY_ASSIGN(const vm::Shape shape, vm::Shape::make(sizes));
    return shape;
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
    options.constant_bytes_max = source.constant_bytes_max;
    for (const std::string& text : source.dimensions) {
        TRY_ASSIGN(const auto pair, split_pair(text));
        TRY_ASSIGN(const std::uint64_t size, parse_size(pair.second));
        options.dimensions[pair.first] = static_cast<std::int64_t>(size);
    }
    for (const std::string& text : source.shapes) {
        TRY_ASSIGN(const auto pair, split_pair(text));
        TRY_ASSIGN(const vm::Shape shape, parse_shape(pair.second));
        options.shapes[pair.first] = shape;
    }
    for (const std::string& text : source.constants) {
        TRY_ASSIGN(const auto pair, split_pair(text));
        TRY_ASSIGN(vm::Tensor tensor, read_npy_file(pair.second));
        options.constants[pair.first] = std::move(tensor);
    }
    return options;
}

/// Options that a program has no use for are a mistake.
Outcome<void> check_is_of_a_model(const VmSource& source) {
    const bool has_some = !source.dimensions.empty() || !source.shapes.empty() ||
                          !source.constants.empty() || source.unbounded;
    if (has_some) {
        return usage(
            "{} is a program: --dim, --shape, --const and --unbounded are of models alone",
            source.path
        );
    }
    return {};
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
    if (std::ranges::find(model.unsupported, "input", &vm::onnx::UnsupportedNode::op) !=
        model.unsupported.end()) {
        hint += std::string(hint.empty() ? "" : "; ") +
                "sizes that a model leaves open: --dim NAME=N, --shape INPUT=1x3x32x32";
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

}  // namespace

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
    if (std::ranges::mismatch(file, vm::program_magic).in2 == vm::program_magic.end()) {
        return usage("{} is a program already, no model", source.path);
    }
    auto model = inputs == nullptr ? vm::onnx::import_model(file, options)
                                   : vm::onnx::import_for_inputs(file, options, *inputs);
    if (!model) {
        return in_file(source.path, model.error());
    }
    if (!model->unsupported.empty()) {
        for (const std::string& note : model->notes) {
            tell("note: " + note + "\n");
        }
        return std::unexpected(of_unsupported(source, *model));
    }
    return *std::move(model);
}

Outcome<VmProgram> as_program(vm::Program program) {
    TRY_ASSIGN(auto checked, vm::CheckedProgram::check(std::move(program)));
    const vm::Hash256 id = vm::program_id(vm::encode_program(checked.program()));
    return VmProgram{.checked = std::move(checked), .id = id};
}

Outcome<VmProgram> load_program(const VmSource& source, const Tensors* inputs) {
    vm::Program program;
    Tensors weights;
    std::string weights_file;
    std::vector<vm::onnx::NamePair> renamed;
    std::vector<vm::onnx::NamePair> bound;
    if (source.is_model()) {
        TRY_ASSIGN(vm::onnx::ImportedModel model, import_source(source, inputs));
        program = std::move(model.program);
        renamed = std::move(model.inputs);
        bound = std::move(model.bound);
        for (vm::onnx::Weight& weight : model.weights) {
            weights[weight.name] = std::move(weight.tensor);
        }
    } else {
        TRY(check_is_of_a_model(source));
        TRY_ASSIGN(const Bytes file, read_bytes(source.path, vm::program_bytes_max));
        auto decoded = vm::decode_program(file);
        if (!decoded) {
            auto complaint = in_file(source.path, decoded.error());
            complaint.error().hint =
                source.path.ends_with(".svm") ? "" : "the name of a model ends with .onnx";
            return complaint;
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
        .renamed = std::move(renamed),
        .bound = std::move(bound)
    };
}

void add_source(CLI::App& command, VmSource& source) {
    command.add_option("program", source.path, "A program (.svm) or a model (.onnx)")->required();
    add_import_options(command, source);
}

void add_import_options(CLI::App& command, VmSource& source) {
    command.add_option("--dim", source.dimensions, "Of a model: NAME=N of a named dimension");
    command.add_option("--shape", source.shapes, "Of a model: INPUT=1x3x32x32");
    command.add_option("--const", source.constants, "Of a model: INPUT=FILE.npy bound at import");
    command.add_flag("--unbounded", source.unbounded, "Of a model: float outputs without a bound");
}

}  // namespace steelyard::wallet
