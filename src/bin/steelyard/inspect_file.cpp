#include "bin/steelyard/inspect_file.h"

#include "base/hex.h"
#include "crypto/sha256.h"
#include "vm/program/encoding.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace steelyard::wallet {
namespace {

constexpr std::size_t start_bytes = 16;
constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::size_t safetensors_length_bytes = 8;  ///< before its JSON

bool begins_with(ByteView bytes, std::string_view start) {
    return as_text(bytes).starts_with(start);
}

/// Protocols 2 to 5 begin with their number.
bool is_pickle(const std::string& path, ByteView start) {
    constexpr std::uint8_t proto = 0x80;
    constexpr std::uint8_t newest = 5;
    const bool has_number =
        start.size() > 1 && start[0] == proto && start[1] >= 2 && start[1] <= newest;
    return has_number || path.ends_with(".pkl") || path.ends_with(".pickle");
}

FileKind kind_of(const std::string& path, ByteView start) {
    if (begins_with(start, "\x93NUMPY")) {
        return FileKind::npy;
    }
    if (begins_with(start, "GGUF")) {
        return FileKind::gguf;
    }
    if (begins_with(start, "PK\x03\x04")) {
        return FileKind::zip;
    }
    if (std::ranges::mismatch(start, vm::program_magic).in2 == vm::program_magic.end()) {
        return FileKind::program;
    }
    if (path.ends_with(".safetensors") ||
        (start.size() > safetensors_length_bytes && start[safetensors_length_bytes] == '{' &&
         start[safetensors_length_bytes - 1] == 0)) {
        return FileKind::safetensors;
    }
    if (is_pickle(path, start)) {
        return FileKind::pickle;
    }
    for (const auto& [ending, kind] :
         {std::pair(".onnx", FileKind::model),
          {".jsonl", FileKind::jsonl},
          {".csv", FileKind::csv},
          {".pt", FileKind::pickle},
          {".pth", FileKind::pickle}}) {
        if (path.ends_with(ending)) {
            return kind;
        }
    }
    return FileKind::unknown;
}

std::unexpected<Complaint> cannot_read(const std::string& path) {
    return std::unexpected(Complaint(Exit::failed, "io_error", "cannot read " + path));
}

Outcome<std::ifstream> open_regular(const std::string& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        return usage("{} is no regular file", path);
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return std::unexpected(Complaint(Exit::not_found, "file_not_found", "cannot open " + path));
    }
    return file;
}

/// The file, piece by piece.
Outcome<void> read_pieces(
    const std::string& path, const std::function<void(ByteView piece)>& take
) {
    TRY_ASSIGN(std::ifstream file, open_regular(path));
    Bytes piece(piece_bytes);
    while (file) {
        file.read(
            reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size())
        );
        take(ByteView(piece).first(static_cast<std::size_t>(file.gcount())));
    }
    return file.eof() ? Outcome<void>() : cannot_read(path);
}

}  // namespace

std::string_view to_string(FileKind kind) {
    switch (kind) {
        case FileKind::npy:
            return "npy";
        case FileKind::zip:
            return "npz";
        case FileKind::safetensors:
            return "safetensors";
        case FileKind::gguf:
            return "gguf";
        case FileKind::program:
            return "program";
        case FileKind::model:
            return "onnx";
        case FileKind::jsonl:
            return "jsonl";
        case FileKind::csv:
            return "csv";
        case FileKind::pickle:
            return "pickle";
        case FileKind::unknown:
            break;
    }
    return "unknown";
}

Outcome<Bytes> read_start(const std::string& path, std::size_t size_max) {
    TRY_ASSIGN(std::ifstream file, open_regular(path));
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) {
        return cannot_read(path);
    }
    Bytes start(static_cast<std::size_t>(std::min<std::uint64_t>(size, size_max)));
    file.read(reinterpret_cast<char*>(start.data()), static_cast<std::streamsize>(start.size()));
    return file ? Outcome<Bytes>(std::move(start)) : cannot_read(path);
}

Outcome<FileFacts> open_facts(const std::string& path) {
    FileFacts out;
    TRY_ASSIGN(const Bytes start, read_start(path, start_bytes));
    out.kind = kind_of(path, start);
    if (out.kind == FileKind::pickle) {
        return refuse_pickle(path);
    }
    crypto::Sha256 hash;
    TRY(read_pieces(path, [&](ByteView piece) {
        hash.update(piece);
        out.size += piece.size();
    }));
    out.sha256 = to_hex(hash.digest());
    return out;
}

Outcome<void> count_lines(const std::string& path, FileFacts& out) {
    std::uint64_t lines = 0;
    std::uint64_t columns = 1;
    bool has_rest = false;
    TRY(read_pieces(path, [&](ByteView piece) {
        for (const std::uint8_t byte : piece) {
            columns += lines == 0 && byte == ',' ? 1 : 0;
            lines += byte == '\n' ? 1 : 0;
            has_rest = byte != '\n';
        }
    }));
    lines += has_rest ? 1 : 0;
    out.fields.emplace_back("lines", grouped(lines));
    if (out.kind == FileKind::csv) {
        out.fields.emplace_back("commas of the first", grouped(columns - 1));
    }
    return {};
}

std::unexpected<Complaint> refuse_pickle(const std::string& path) {
    return std::unexpected(Complaint(
        Exit::unsupported,
        "pickle_refused",
        fmt::format(
            "{} holds a pickle: a program that loading it would run, and nothing here does", path
        ),
        "where you trust it, write the weights with safetensors.torch.save_file, or the model with "
        "torch.onnx.export"
    ));
}

}  // namespace steelyard::wallet
