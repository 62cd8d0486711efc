// Files of any kind: what they are, told from their first bytes.
#pragma once

#include "bin/steelyard/command.h"
#include "bin/steelyard/report.h"

namespace steelyard::wallet {

enum class FileKind : std::uint8_t {
    npy,
    zip,  ///< .npz
    safetensors,
    gguf,
    program,
    model,
    jsonl,
    csv,
    pickle,
    unknown,
};

std::string_view to_string(FileKind kind);

struct FileTensorRow {
    std::string name{};
    std::string type{};
    std::uint64_t bytes = 0;
    std::string id{};  ///< of its blob, hex; empty: it can be none
};

struct FileFacts {
    FileKind kind = FileKind::unknown;
    std::uint64_t size = 0;
    std::string sha256{};
    Fields fields{};
    std::vector<FileTensorRow> tensors{};
};

/// Kind, size and hash. Errors: not_found, no regular file, io.
Outcome<FileFacts> open_facts(const std::string& path);

/// The first bytes of a file, at most so many.
Outcome<Bytes> read_start(const std::string& path, std::size_t size_max);

/// Adds how many lines there are, and of CSV how many columns the first has.
Outcome<void> count_lines(const std::string& path, FileFacts& out);

/// A pickle is a program that loading it would run: what to do instead.
std::unexpected<Complaint> refuse_pickle(const std::string& path);

}  // namespace steelyard::wallet
