// inspect: what a file is, before money is spent on it.
#include "base/hex.h"
#include "bin/steelyard/inspect_file.h"
#include "bin/steelyard/run.h"
#include "vm/files/gguf.h"
#include "vm/files/npy.h"
#include "vm/files/npz.h"
#include "vm/files/zip.h"
#include "vm/onnx/model.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace steelyard::wallet {
namespace {

constexpr std::uint64_t tensors_bytes_max = std::uint64_t{64} << 30;

std::string tensor_list_json(const std::vector<FileTensorRow>& rows) {
    std::string out;
    for (const FileTensorRow& row : rows) {
        JsonObject one;
        one.text("name", row.name);
        one.text("type", row.type);
        one.number("bytes", row.bytes);
        one.text("id", row.id);
        out += (out.empty() ? "" : ",") + one.value();
    }
    return "[" + out + "]";
}

std::string tensor_table(const std::vector<FileTensorRow>& rows) {
    std::vector<std::vector<std::string>> cells;
    for (const FileTensorRow& row : rows) {
        cells.push_back({row.name, row.type, grouped(row.bytes), row.id.empty() ? "-" : row.id});
    }
    return "\n" + table({{"TENSOR"}, {"TYPE"}, {"BYTES", Align::right}, {"BLOB"}}, cells);
}

FileTensorRow row_of(const std::string& name, const vm::Tensor& tensor) {
    return {
        .name = name,
        .type = tensor.type.text(),
        .bytes = tensor.data.size(),
        .id = weight_id(tensor)
    };
}

Outcome<void> inspect_npy(const std::string& path, FileFacts& out) {
    TRY_ASSIGN(const vm::Tensor tensor, read_npy_file(path));
    out.tensors.push_back(row_of("-", tensor));
    return {};
}

/// A zip archive: NumPy's, or one with a pickle in it.
Outcome<void> inspect_zip(const std::string& path, FileFacts& out) {
    TRY_ASSIGN(const Bytes file, read_bytes(path, tensors_bytes_max));
    const auto entries = vm::read_zip(file);
    if (entries && std::ranges::any_of(*entries, [](const vm::ZipEntry& entry) {
            return entry.name.ends_with(".pkl");
        })) {
        return refuse_pickle(path);
    }
    const auto tensors = vm::read_npz(file, tensors_bytes_max);
    if (!tensors) {
        return in_file(path, tensors.error());
    }
    for (const vm::FileTensor& one : *tensors) {
        out.tensors.push_back(row_of(one.name, {.type = one.type, .data = one.data}));
    }
    return {};
}

Outcome<void> inspect_safetensors(const std::string& path, FileFacts& out) {
    Tensors tensors;
    TRY_ASSIGN(const auto metadata, read_safetensors_file(path, tensors));
    for (const auto& [name, tensor] : tensors) {
        out.tensors.push_back(row_of(name, tensor));
    }
    for (const auto& [key, value] : metadata) {
        out.fields.emplace_back(key, value);
    }
    return {};
}

Outcome<void> inspect_gguf(const std::string& path, std::uint64_t size, FileFacts& out) {
    TRY_ASSIGN(const Bytes start, read_start(path, vm::gguf_head_bytes_max));
    const auto head = vm::read_gguf_head(start, size);
    if (!head) {
        return in_file(path, head.error());
    }
    out.fields.emplace_back("version", std::to_string(head->version));
    out.fields.emplace_back("bytes of tensors", grouped(head->tensor_bytes));
    for (const vm::GgufEntry& entry : head->metadata) {
        out.fields.emplace_back(entry.key, entry.value);
    }
    for (const vm::GgufTensor& tensor : head->tensors) {
        out.tensors.push_back(
            {.name = tensor.name,
             .type = fmt::format("{}[{}]", tensor.type, fmt::join(tensor.sizes, ",")),
             .bytes = tensor.bytes}
        );
    }
    return {};
}

void add_program(const VmProgram& program, FileFacts& out) {
    const vm::CheckedProgram& checked = program.checked;
    out.fields.emplace_back("program", to_hex(program.id));
    out.fields.emplace_back("nodes", grouped(checked.program().nodes.size()));
    out.fields.emplace_back("work units", grouped(checked.work_units()));
    out.fields.emplace_back("memory of a run", grouped(checked.peak_bytes()) + " bytes");
    for (const vm::Input& input : checked.program().inputs) {
        const auto weight = program.weights.find(input.name);
        out.fields.emplace_back(
            weight == program.weights.end() ? "input" : "weight",
            input.name + " " + input.type.text()
        );
        if (weight != program.weights.end()) {
            out.tensors.push_back(row_of(weight->first, weight->second));
        }
    }
    for (const vm::Output& output : checked.program().outputs) {
        out.fields.emplace_back("output", output.name + " " + checked.type(output.value).text());
    }
}

/// The file's own facts, and what an import makes of it. Errors: nodes that are not supported, each
/// with its reason.
Outcome<void> inspect_model(const VmSource& source, FileFacts& out) {
    TRY_ASSIGN(const Bytes file, read_bytes(source.path, model_bytes_max));
    const auto model = vm::onnx::read_model(file);
    if (!model) {
        return in_file(source.path, model.error());
    }
    out.fields.emplace_back("IR version", std::to_string(model->ir_version));
    for (const auto& set : model->operator_sets) {
        const std::string domain(vm::onnx::plain_domain(set.domain));
        out.fields.emplace_back(
            "operators", fmt::format("{} {}", domain.empty() ? "ai.onnx" : domain, set.version)
        );
    }
    out.fields.emplace_back("nodes of the model", grouped(model->graph.nodes.size()));
    out.fields.emplace_back("initialisers", grouped(model->graph.initialisers.size()));
    TRY_ASSIGN(const VmProgram program, load_program(source, nullptr));
    add_program(program, out);
    return {};
}

Outcome<void> inspect_program(const VmSource& source, FileFacts& out) {
    const Tensors none;
    TRY_ASSIGN(const VmProgram program, load_program(source, &none));
    add_program(program, out);
    return {};
}

Outcome<void> inspect_by_kind(const VmSource& source, FileFacts& out) {
    switch (out.kind) {
        case FileKind::npy:
            return inspect_npy(source.path, out);
        case FileKind::zip:
            return inspect_zip(source.path, out);
        case FileKind::safetensors:
            return inspect_safetensors(source.path, out);
        case FileKind::gguf:
            return inspect_gguf(source.path, out.size, out);
        case FileKind::program:
            return inspect_program(source, out);
        case FileKind::model:
            return inspect_model(source, out);
        case FileKind::jsonl:
        case FileKind::csv:
            return count_lines(source.path, out);
        case FileKind::pickle:
            return refuse_pickle(source.path);
        case FileKind::unknown:
            break;
    }
    return std::unexpected(Complaint(
        Exit::unsupported,
        "unknown_file",
        fmt::format("{} is of no kind that is known here", source.path),
        "known are .onnx, .svm, .npy, .npz, .safetensors, .gguf, .jsonl and .csv"
    ));
}

std::string facts_json(const FileFacts& facts) {
    JsonObject out;
    out.text("kind", to_string(facts.kind));
    out.number("size", facts.size);
    out.text("sha256", facts.sha256);
    std::string list;
    for (const auto& [name, value] : facts.fields) {
        JsonObject one;
        one.text("name", name);
        one.text("value", value);
        list += (list.empty() ? "" : ",") + one.value();
    }
    out.raw("facts", "[" + list + "]");
    out.raw("tensors", tensor_list_json(facts.tensors));
    return out.value() + "\n";
}

std::string facts_text(const FileFacts& facts) {
    Fields fields = {
        {"kind", std::string(to_string(facts.kind))},
        {"size", grouped(facts.size) + " bytes"},
        {"sha256", facts.sha256},
    };
    fields.insert(fields.end(), facts.fields.begin(), facts.fields.end());
    return fields_text(fields) + (facts.tensors.empty() ? "" : tensor_table(facts.tensors));
}

Outcome<Exit> inspect(const Context& context, const VmSource& source) {
    TRY_ASSIGN(FileFacts facts, open_facts(source.path));
    TRY(inspect_by_kind(source, facts));
    print(context.json() ? facts_json(facts) : facts_text(facts));
    return Exit::ok;
}

}  // namespace

void add_inspect(CLI::App& app, Context& context) {
    auto source = std::make_shared<VmSource>();
    auto* command = app.add_subcommand("inspect", "What a file is: kind, tensors, work, hashes");
    command->add_option("file", source->path, "A model, a program, tensors, or lines of data")
        ->required();
    add_import_options(*command, *source);
    command->callback([&context, source] {
        context.action = [&context, source] { return inspect(context, *source); };
    });
}

}  // namespace steelyard::wallet
