// Tensors on their way to the user's node and back.
#pragma once

#include "bin/steelyard/command.h"
#include "client/blob_client.h"
#include "vm/run/runner.h"

#include <map>

namespace steelyard::wallet {

/// What a node's face for blobs said no with.
Complaint of_blobs(const client::BlobNode& node, const Error& error);

/// The user's node, with the token that the file holds if it is not empty.
Outcome<client::BlobNode> find_blob_node(const Context& context, const std::string& token_file);

/// Told on a terminal, at most ten times a second.
client::BlobProgress progress_of(const std::string& name);

/// Blobs to and from the user's node. Its token is in the file that STEELYARD_BLOB_TOKEN_FILE
/// names.
class BlobTransfer {
public:
    static Outcome<BlobTransfer> open(const Context& context);

    /// Those that the node has not got yet. Errors: it takes none, or not from here.
    Outcome<void> put(const std::map<std::string, vm::Tensor>& tensors);

    /// To a file, checked; the node looks for it among its peers if it has to. Errors: not there in
    /// time, another content.
    Outcome<void> get(const vm::Hash256& id, const std::filesystem::path& file);

private:
    explicit BlobTransfer(client::BlobNode node)
        : node_(node), client_(std::make_unique<client::BlobClient>(std::move(node))) {}

    client::BlobNode node_;
    std::unique_ptr<client::BlobClient> client_;
};

}  // namespace steelyard::wallet
