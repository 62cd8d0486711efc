// Method: one row of the table that every face of the RPC is made from, and what its handler sees.
#pragma once

#include "rpc/client.h"
#include "rpc/error.h"
#include "rpc/params.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::rpc {

/// A call of a method. May be kept for as long as the answer takes.
struct Call {
    Params params{};
    std::shared_ptr<Client> client{};  ///< who asks; never null
    std::string request_id{};          ///< the JSON text of the id; "-1" for a GET
};

/// Where the answer goes, from any thread, once. One that dies without an answer says "internal
/// error", so that no client waits for nothing.
class Responder {
public:
    using Done = std::move_only_function<void(Outcome)>;

    explicit Responder(Done done) : done_(std::move(done)) {}
    Responder(Responder&&) = default;
    Responder& operator=(Responder&&) = delete;
    ~Responder();

    /// `result` is JSON text.
    void ok(std::string result) &&;

    void fail(RpcError error) &&;

    /// As "internal error" (-32603) with the message as data: the way of CometBFT's handlers.
    void fail(const Error& error) &&;

private:
    Done done_;
};

/// Where a handler runs.
enum class RunOn : std::uint8_t {
    pool,       ///< a thread of the pool: it may read disks and take its time
    io_thread,  ///< the thread of all sockets: it only hands things on
};

enum class Caching : std::uint8_t {
    none,
    always,       ///< the answer never changes
    with_height,  ///< the answer never changes if the parameter "height" is given and not 0
};

struct Method {
    std::string_view name{};
    std::vector<ParamSpec> params{};  ///< in the order of positional arguments
    std::function<void(Call, Responder)> handler{};
    std::string_view summary{};             ///< one sentence, for the OpenRPC document
    std::string_view result_name{};         ///< such as "block"; empty: the method's name
    std::string_view result_schema = "{}";  ///< JSON schema
    RunOn run_on = RunOn::pool;
    Caching caching = Caching::none;
    bool websocket_only = false;

    /// One of our own: parameters that it does not have are refused, and errors have `data.code`.
    bool is_strict = false;
};

/// A handler that answers at once from its parameters alone.
std::function<void(Call, Responder)> answer(
    std::function<Result<std::string>(const Params& params)> function
);

}  // namespace steelyard::rpc
