// A node, asked over its RPC.
#pragma once

#include "chain/exec_result.h"
#include "client/http_client.h"

namespace google::protobuf {
class Message;
}

namespace steelyard::client {

/// A node and how long it may take to answer.
struct NodeAddress {
    Endpoint endpoint{.host = "127.0.0.1", .port = 26657};
    std::chrono::milliseconds timeout{10'000};
};

/// Reads "tcp://host:port", "http://host:port" or "host:port", with or without a "/" at the end.
Result<Endpoint> parse_node(std::string_view text);

struct NodeStatus {
    chain::ChainId chain_id{};
    chain::Height height{};
    bool catching_up = false;
};

/// What a node said of a transaction that was sent to it.
struct Submitted {
    std::uint32_t code = 0;  ///< 0: it waits to be committed
    std::string codespace{};
    std::string log{};
    chain::Hash256 hash{};
};

/// A committed transaction.
struct FoundTx {
    chain::Hash256 hash{};
    chain::Height height{};
    std::uint32_t index = 0;
    Bytes tx{};
    chain::ExecTxResult result{};
};

/// The most transactions that one page of a search has.
inline constexpr std::uint32_t search_page_max = 100;

/// Errors of all members: io if the node does not answer in time, corrupt if the answer
/// is not of the form it should have, not_found if there is no such thing, invalid (with the
/// node's text) for whatever else it refuses.
class NodeClient {
public:
    explicit NodeClient(NodeAddress address) : address_(std::move(address)) {}

    const NodeAddress& address() const { return address_; }

    /// A method of the RPC with its parameters, a JSON object. The result, a JSON value, as text.
    Result<std::string> call(std::string_view method, std::string_view params = "{}") const;

    Result<NodeStatus> status() const;

    /// A question to the application by its method, such as "/cosmos.bank.v1beta1.Query/Balance".
    Result<void> query(
        std::string_view method,
        const google::protobuf::Message& request,
        google::protobuf::Message& answer
    ) const;

    /// Returns when the node has checked the transaction, which is not when it is committed.
    Result<Submitted> broadcast(ByteView tx) const;

    /// A node of this chain finds it as soon as it is committed.
    Result<FoundTx> tx(const chain::Hash256& hash) const;

    /// The transactions of a query such as "message.sender='yard1...'", newest first. Pages count
    /// from 1.
    Result<std::vector<FoundTx>> search(
        std::string_view query, std::uint32_t page, std::uint32_t per_page
    ) const;

private:
    NodeAddress address_;
};

}  // namespace steelyard::client
