#pragma once

#include "rpc/dispatcher.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {

/// A caller without a connection.
class TestClient final : public Client {
public:
    ClientId id() const override { return 7; }
    std::string_view remote_address() const override { return "192.0.2.1:1234"; }
};

inline const std::vector<ParamSpec> all_types = {
    {.name = "height", .type = ParamType::int64},
    {.name = "page", .type = ParamType::go_int},
    {.name = "chunk", .type = ParamType::go_uint},
    {.name = "limit", .type = ParamType::integer},
    {.name = "prove", .type = ParamType::boolean},
    {.name = "query", .type = ParamType::string},
    {.name = "tx", .type = ParamType::bytes},
    {.name = "data", .type = ParamType::hex},
    {.name = "evidence", .type = ParamType::json},
};

/// What arrived, as JSON; what is absent is left out.
inline std::string describe(const Params& params) {
    JsonWriter writer;
    writer.begin_object();
    for (const std::string_view name : {"height", "page", "chunk", "limit"}) {
        if (const auto value = params.integer(name)) {
            writer.key(name).number(*value);
        }
    }
    if (params.has("prove")) {
        writer.key("prove").boolean(params.boolean("prove"));
    }
    if (params.has("query")) {
        writer.key("query").string(params.string("query"));
    }
    for (const std::string_view name : {"tx", "data"}) {
        if (params.has(name)) {
            writer.key(name).hex(params.bytes(name));
        }
    }
    if (params.has("evidence")) {
        writer.key("evidence").raw(params.json("evidence"));
    }
    writer.end_object();
    return std::move(writer).take();
}

inline MethodTable test_table() {
    MethodTable table("1.2.3");
    table.add({
        .name = "echo",
        .params = all_types,
        .handler =
            answer([](const Params& params) -> Result<std::string> { return describe(params); }),
        .summary = "Says what it was told.",
    });
    table.add({
        .name = "c",
        .params = {{.name = "s"}, {.name = "i", .type = ParamType::go_int}},
        .handler = answer([](const Params&) -> Result<std::string> { return "\"foo\""; }),
    });
    table.add({
        .name = "block",
        .params = {{.name = "height", .type = ParamType::int64}},
        .handler = answer([](const Params& params) -> Result<std::string> {
            if (params.integer("height").value_or(0) < 0) {
                return invalid("height must be greater than 0, but got -1");
            }
            return "\"block\"";
        }),
        .caching = Caching::with_height,
    });
    table.add({
        .name = "needy",
        .params = {{.name = "what", .required = true}},
        .handler = answer([](const Params&) -> Result<std::string> { return "1"; }),
    });
    table.add({
        .name = "genesis",
        .handler = answer([](const Params&) -> Result<std::string> { return "{}"; }),
        .run_on = RunOn::io_thread,
        .caching = Caching::always,
    });
    table.add({.name = "forgetful", .handler = [](Call, Responder) {}});
    table.add({
        .name = "subscribe",
        .params = {{.name = "query"}},
        .handler = answer([](const Params&) -> Result<std::string> { return "{}"; }),
        .websocket_only = true,
    });
    return table;
}

}  // namespace steelyard::rpc
