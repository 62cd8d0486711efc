#include "bin/steelyard/blob_transfer.h"

#include "base/hex.h"

#include <unistd.h>

#include <cstdlib>

namespace steelyard::wallet {
namespace {

constexpr std::size_t token_size_max = 256;

/// How long the node may look among its peers for what a job gave.
constexpr std::chrono::seconds wait_for_peers(120);

}  // namespace

/// Errors of the connection name the node, those of files name them.
Complaint of_blobs(const client::BlobNode& node, const Error& error) {
    const bool is_nodes = error.message().starts_with("the node");
    switch (error.code()) {
        case ErrorCode::io:
            if (is_nodes) {
                return Complaint(Exit::failed, "node_refused", error.message());
            }
            return error.message().starts_with(to_string(node.endpoint)) ? of_node(error)
                                                                         : Complaint(error);
        case ErrorCode::no_space:
            return Complaint(Exit::failed, "no_space", error.message());
        case ErrorCode::denied:
            return is_nodes ? Complaint(
                                  Exit::failed,
                                  "denied",
                                  error.message(),
                                  "from another machine, --token-file shows the node's token"
                              )
                            : Complaint(error);
        case ErrorCode::unsupported:
            return Complaint(
                Exit::failed,
                "node_refused",
                error.message(),
                "does the node keep blobs ([blobs] enable)?"
            );
        case ErrorCode::invalid:
            return is_nodes ? of_node(error) : Complaint(error);
        case ErrorCode::too_large:
        case ErrorCode::not_found:
        case ErrorCode::insufficient:
            return Complaint(error);
        case ErrorCode::corrupt:
            return of_node(error);
    }
    return Complaint(error);
}

Outcome<client::BlobNode> find_blob_node(const Context& context, const std::string& token_file) {
    TRY_ASSIGN(const client::NodeClient node, find_node(context));
    client::BlobNode out{.endpoint = node.address().endpoint, .timeout = node.address().timeout};
    if (!token_file.empty()) {
        TRY_ASSIGN(out.token, read_input(token_file, token_size_max + 1));
        if (out.token.ends_with('\n')) {
            out.token.pop_back();
        }
        if (out.token.find_first_of("\r\n") != std::string::npos) {
            return usage("{} has more than one line", token_file);
        }
    }
    return out;
}

client::BlobProgress progress_of(const std::string& name) {
    if (::isatty(STDERR_FILENO) == 0) {
        return {};
    }
    auto last = std::chrono::steady_clock::time_point();
    return [name, last](std::uint64_t done, std::uint64_t all) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (now - last < std::chrono::milliseconds(100) && done < all) {
            return;
        }
        last = now;
        constexpr std::uint64_t mib = 1 << 20;
        tell(
            fmt::format("\r{}: {} of {} MiB{}", name, done / mib, all / mib, done < all ? "" : "\n")
        );
    };
}

Outcome<BlobTransfer> BlobTransfer::open(const Context& context) {
    const char* file = std::getenv("STEELYARD_BLOB_TOKEN_FILE");
    TRY_ASSIGN(auto node, find_blob_node(context, file == nullptr ? "" : file));
    return BlobTransfer(std::move(node));
}

Outcome<void> BlobTransfer::put(const std::map<std::string, vm::Tensor>& tensors) {
    std::uint64_t number = 0;
    for (const auto& [id, tensor] : tensors) {
        const std::string name = fmt::format("blob {} of {}", ++number, tensors.size());
        const auto put = client_->put(tensor.type, tensor.data, progress_of(name));
        if (!put) {
            Complaint complaint = of_blobs(node_, put.error());
            complaint.message = fmt::format("{}: {}", name, complaint.message);
            return std::unexpected(std::move(complaint));
        }
    }
    tell(fmt::format("the node has all {} blobs\n", tensors.size()));
    return {};
}

Outcome<void> BlobTransfer::get(const vm::Hash256& id, const std::filesystem::path& file) {
    const std::string name = file.filename().native();
    const auto got = client_->get(id, file, wait_for_peers, progress_of(name));
    if (!got) {
        Complaint complaint = of_blobs(node_, got.error());
        complaint.message = fmt::format("{} ({}): {}", name, to_hex(id), complaint.message);
        return std::unexpected(std::move(complaint));
    }
    return {};
}

}  // namespace steelyard::wallet
