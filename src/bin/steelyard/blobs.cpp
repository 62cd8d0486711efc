// blobs: tensors brought to a node, got from it, listed.
#include "base/hex.h"
#include "bin/steelyard/blob_transfer.h"
#include "bin/steelyard/mapped_file.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "vm/files/npy.h"
#include "vm/files/npz.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

constexpr std::uint64_t unpacked_bytes_max = std::uint64_t{64} << 30;
constexpr int pages_max = 1000;

struct BlobChoices {
    std::vector<std::string> files{};
    std::string id{};
    std::string out{};
    std::int64_t wait = 0;
    std::string token_file{};
};

/// A blob that the node has now.
struct PutBlob {
    std::string name{};
    blob::Hash256 id{};
    vm::TensorType type{};
};

class Putter {
public:
    explicit Putter(client::BlobNode node) : node_(node), client_(std::move(node)) {}

    Outcome<void> put_file(const std::string& path);
    const std::vector<PutBlob>& blobs() const { return blobs_; }

private:
    Outcome<void> put_npy(const std::string& path, ByteView file);
    Outcome<void> put_safetensors(const std::string& path, ByteView file);
    Outcome<void> put_npz(const std::string& path, ByteView file);
    Outcome<void> put(const std::string& name, const vm::TensorType& type, ByteView data);

    client::BlobNode node_;
    client::BlobClient client_;
    std::vector<PutBlob> blobs_{};
};

Outcome<void> Putter::put_file(const std::string& path) {
    TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    if (path.ends_with(".npy")) {
        return put_npy(path, file.bytes());
    }
    if (path.ends_with(".npz")) {
        return put_npz(path, file.bytes());
    }
    if (path.ends_with(".safetensors")) {
        return put_safetensors(path, file.bytes());
    }
    return usage("{} does not end with .npy, .npz or .safetensors", path);
}

/// Elements that lie as a blob's do are sent from where they are.
Outcome<void> Putter::put_npy(const std::string& path, ByteView file) {
    const auto head = vm::read_npy_head(file.first(std::min(file.size(), vm::npy_head_bytes_max)));
    if (!head) {
        return in_file(path, head.error());
    }
    if (!head->is_swapped && !head->is_fortran && file.size() == head->size + head->type.bytes()) {
        return put(path, head->type, file.subspan(head->size));
    }
    const auto tensor = vm::read_npy(file);
    return tensor ? put(path, tensor->type, tensor->data) : in_file(path, tensor.error());
}

Outcome<void> Putter::put_safetensors(const std::string& path, ByteView file) {
    const auto slices = vm::read_safetensors(file);
    if (!slices) {
        return in_file(path, slices.error());
    }
    for (const vm::TensorSlice& slice : *slices) {
        TRY(put(path + ":" + slice.name, slice.type, slice.data));
    }
    return {};
}

Outcome<void> Putter::put_npz(const std::string& path, ByteView file) {
    const auto tensors = vm::read_npz(file, unpacked_bytes_max);
    if (!tensors) {
        return in_file(path, tensors.error());
    }
    for (const vm::FileTensor& tensor : *tensors) {
        TRY(put(path + ":" + tensor.name, tensor.type, tensor.data));
    }
    return {};
}

Outcome<void> Putter::put(const std::string& name, const vm::TensorType& type, ByteView data) {
    const auto id = client_.put(type, data, progress_of(name));
    if (!id) {
        Complaint complaint = of_blobs(node_, id.error());
        complaint.message = name + ": " + complaint.message;
        return std::unexpected(std::move(complaint));
    }
    blobs_.push_back({.name = name, .id = *id, .type = type});
    return {};
}

std::uint64_t file_bytes_of(const vm::TensorType& type) {
    return blob::BlobHeader{.type = type}.file_bytes();
}

std::string put_report(const std::vector<PutBlob>& blobs, bool json) {
    std::string list;
    std::vector<std::vector<std::string>> rows;
    for (const PutBlob& one : blobs) {
        JsonObject entry;
        entry.text("id", to_hex(one.id));
        entry.text("type", one.type.text());
        entry.number("size", file_bytes_of(one.type));
        entry.text("name", one.name);
        list += (list.empty() ? "" : ",") + entry.value();
        rows.push_back({to_hex(one.id), one.type.text(), grouped(file_bytes_of(one.type)), one.name}
        );
    }
    return json ? fmt::format("{{\"blobs\":[{}]}}\n", list)
                : table({{"id"}, {"type"}, {"bytes", Align::right}, {"tensor"}}, rows);
}

Outcome<Exit> put_files(const Context& context, const BlobChoices& choices) {
    TRY_ASSIGN(client::BlobNode node, find_blob_node(context, choices.token_file));
    Putter putter(std::move(node));
    for (const std::string& path : choices.files) {
        TRY(putter.put_file(path));
    }
    print(put_report(putter.blobs(), context.json()));
    return Exit::ok;
}

Outcome<Exit> get_blob(const Context& context, const BlobChoices& choices) {
    TRY_ASSIGN(const vm::Hash256 id, parse_hash("the id", choices.id));
    TRY_ASSIGN(client::BlobNode node, find_blob_node(context, choices.token_file));
    const std::string path = choices.out.empty() ? to_hex(id) + ".npy" : choices.out;
    client::BlobClient blobs(node);
    const auto got = blobs.get(id, path, std::chrono::seconds(choices.wait), progress_of(path));
    if (!got) {
        return std::unexpected(of_blobs(node, got.error()));
    }
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (context.json()) {
        JsonObject out;
        out.text("id", to_hex(id));
        out.text("file", path);
        out.number("size", size);
        print(out.value() + "\n");
    } else {
        print(fmt::format("{}  {} bytes\n", path, grouped(size)));
    }
    return Exit::ok;
}

Outcome<Exit> list_blobs(const Context& context, const BlobChoices& choices) {
    TRY_ASSIGN(client::BlobNode node, find_blob_node(context, choices.token_file));
    client::BlobClient blobs(node);
    std::string list;
    std::vector<std::vector<std::string>> rows;
    std::optional<blob::Hash256> after;
    for (int page = 0; page < pages_max; ++page) {
        const auto found = blobs.list(after);
        if (!found) {
            return std::unexpected(of_blobs(node, found.error()));
        }
        for (const client::BlobEntry& one : found->blobs) {
            JsonObject entry;
            entry.text("id", to_hex(one.id));
            entry.text("type", one.type);
            entry.number("size", one.file_bytes);
            entry.raw("whole", one.is_whole ? "true" : "false");
            list += (list.empty() ? "" : ",") + entry.value();
            rows.push_back(
                {to_hex(one.id), one.type, grouped(one.file_bytes), one.is_whole ? "" : "part"}
            );
        }
        after = found->next;
        if (!after) {
            break;
        }
    }
    if (after) {
        tell("warning: there is more than is shown\n");
    }
    print(
        context.json() ? fmt::format("{{\"blobs\":[{}]}}\n", list)
                       : table({{"id"}, {"type"}, {"bytes", Align::right}, {""}}, rows)
    );
    return Exit::ok;
}

void add_command(
    CLI::App& blobs,
    Context& context,
    const char* name,
    const char* help,
    Outcome<Exit> (*run)(const Context&, const BlobChoices&)
) {
    const auto choices = std::make_shared<BlobChoices>();
    CLI::App* const command = blobs.add_subcommand(name, help);
    command
        ->add_option(
            "--token-file", choices->token_file, "Holds the node's token; - is standard input"
        )
        ->envname("STEELYARD_BLOB_TOKEN_FILE");
    if (run == put_files) {
        command->add_option("files", choices->files, "FILE.npy, .npz or .safetensors")->required();
    }
    if (run == get_blob) {
        command->add_option("id", choices->id, "64 hex digits")->required();
        command->add_option("--out", choices->out, "The file; else ID.npy");
        command
            ->add_option(
                "--wait", choices->wait, "Seconds in which the node may look among its peers"
            )
            ->check(CLI::Range(0, 86'400));
    }
    command->callback([&context, choices, run] {
        context.action = [&context, choices, run] { return run(context, *choices); };
    });
}

}  // namespace

void add_blobs(CLI::App& app, Context& context) {
    CLI::App* const blobs = app.add_subcommand("blobs", "Tensors that a node keeps");
    blobs->require_subcommand(1);
    add_command(*blobs, context, "put", "Bring tensors to the node", put_files);
    add_command(*blobs, context, "get", "Get a tensor, checked, as a .npy file", get_blob);
    add_command(*blobs, context, "ls", "List what the node has", list_blobs);
}

}  // namespace steelyard::wallet
