// Dispatcher: from request texts to handlers and back, without sockets.
#pragma once

#include "rpc/method.h"

#include <map>

namespace steelyard::rpc {

/// All methods by name. Adding a name twice, or a row without a handler, is a programmer error.
class MethodTable {
public:
    /// `version` is the software's, for the OpenRPC document. `absent` is what a caller of any
    /// other method is told besides that there is none, such as why.
    explicit MethodTable(std::string version = "0.0.0", std::string absent = "")
        : version_(std::move(version)), absent_(std::move(absent)) {}

    void add(Method method);

    /// Null if there is none.
    const Method* find(std::string_view name) const;

    /// In the order of names.
    const std::map<std::string_view, Method>& methods() const { return methods_; }

    const std::string& version() const { return version_; }
    const std::string& absent() const { return absent_; }

private:
    std::string version_;
    std::string absent_;
    std::map<std::string_view, Method> methods_{};
};

struct RpcRequest;

struct DispatchLimits {
    std::size_t batch_size_max = 100;
    std::size_t batch_in_flight_max = 32;                    ///< calls of one batch at a time
    std::size_t batch_response_size_max = 64 * 1024 * 1024;  ///< then the rest get an error
};

class BodySource;

/// What goes back over HTTP.
struct HttpReply {
    int status = 200;
    std::string_view content_type = "application/json";
    bool cacheable = false;
    std::string body{};
    std::string headers{};                 ///< further ones, as whole lines
    std::shared_ptr<BodySource> source{};  ///< in place of `body`, if there is one
};

/// Makes handlers' calls of requests, and texts of their answers. Thread-safe; must outlive the
/// calls. Callbacks come once, from the calling thread or the one that answers.
class Dispatcher {
public:
    /// Runs a function on another thread, for `RunOn::pool`.
    using Executor = std::function<void(std::move_only_function<void()>)>;
    using HttpDone = std::move_only_function<void(HttpReply)>;
    using TextDone = std::move_only_function<void(std::string)>;

    /// Adds `rpc.discover` to the table. No executor: all handlers run in the calling thread.
    Dispatcher(MethodTable table, DispatchLimits limits, Executor executor = {});

    /// The JSON-RPC request or batch in a body sent to "/". The text is not used after the return.
    void post(std::string_view body, const std::shared_ptr<Client>& client, HttpDone done) const;

    /// A method called by its path: "status", "height=5". Nothing there: status 404.
    void get(
        std::string_view name,
        std::string_view query,
        const std::shared_ptr<Client>& client,
        HttpDone done
    ) const;

    /// A message of a WebSocket client; an empty answer is not to be sent. Returns the id of the
    /// request, for one who does not want to wait for the answer; empty if there is none.
    std::string websocket(
        std::string_view message, const std::shared_ptr<Client>& client, TextDone done
    ) const;

    /// The HTML page with a link for each method; `host` is the request's.
    std::string endpoint_list(std::string_view host) const;

    const MethodTable& table() const { return table_; }

private:
    void call(const RpcRequest& request, const std::shared_ptr<Client>& client, HttpDone done)
        const;
    void run(const Method& method, Call call, Responder responder) const;
    RpcError absent_method() const;

    MethodTable table_;
    DispatchLimits limits_;
    Executor executor_;
};

}  // namespace steelyard::rpc
