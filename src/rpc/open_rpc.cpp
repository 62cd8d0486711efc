#include "rpc/open_rpc.h"

#include "base/check.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {
namespace {

std::string_view schema_of(ParamType type) {
    switch (type) {
        case ParamType::int64:
        case ParamType::go_int:
            return R"({"type":"string","pattern":"^-?[0-9]+$"})";
        case ParamType::go_uint:
            return R"({"type":"string","pattern":"^[0-9]+$"})";
        case ParamType::integer:
            return R"({"type":"integer"})";
        case ParamType::boolean:
            return R"({"type":"boolean"})";
        case ParamType::string:
            return R"({"type":"string"})";
        case ParamType::bytes:
            return R"({"type":"string","contentEncoding":"base64"})";
        case ParamType::hex:
            return R"({"type":"string","pattern":"^([0-9a-fA-F]{2})*$"})";
        case ParamType::json:
            return "{}";
    }
    CHECK(false);
}

void write_param(JsonWriter& writer, const ParamSpec& param) {
    writer.begin_object().key("name").string(param.name);
    if (!param.description.empty()) {
        writer.key("description").string(param.description);
    }
    writer.key("required").boolean(param.required);
    writer.key("schema").raw(schema_of(param.type)).end_object();
}

void write_method(JsonWriter& writer, const Method& method) {
    writer.begin_object().key("name").string(method.name);
    if (!method.summary.empty()) {
        writer.key("summary").string(method.summary);
    }
    if (method.websocket_only) {
        writer.key("description").string("Over WebSocket only.");
    }
    writer.key("paramStructure").string("either").key("params").begin_array();
    // OpenRPC wants required parameters first; named arguments have no order.
    for (const bool required : {true, false}) {
        for (const ParamSpec& param : method.params) {
            if (param.required == required) {
                write_param(writer, param);
            }
        }
    }
    writer.end_array().key("result").begin_object();
    writer.key("name").string(method.result_name.empty() ? method.name : method.result_name);
    writer.key("schema").raw(method.result_schema).end_object().end_object();
}

void append_html(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
}

}  // namespace

std::string open_rpc_document(const MethodTable& table) {
    JsonWriter writer;
    writer.begin_object().key("openrpc").string("1.2.6");
    writer.key("info").begin_object();
    writer.key("title").string("Steelyard node");
    writer.key("version").string(table.version()).end_object();
    writer.key("methods").begin_array();
    for (const auto& [name, method] : table.methods()) {
        // What the specification itself reserves is not described.
        if (!name.starts_with("rpc.")) {
            write_method(writer, method);
        }
    }
    writer.end_array().end_object();
    return std::move(writer).take();
}

std::string endpoint_list_page(const MethodTable& table, std::string_view host) {
    std::string out = "<html><body>";
    for (const bool takes_arguments : {false, true}) {
        out += takes_arguments ? "<br>Endpoints that require arguments:<br>"
                               : "<br>Available endpoints:<br>";
        for (const auto& [name, method] : table.methods()) {
            if (method.websocket_only || method.params.empty() == takes_arguments) {
                continue;
            }
            std::string link = fmt::format("//{}/{}", host, name);
            for (const ParamSpec& param : method.params) {
                link += link.find('?') == std::string::npos ? '?' : '&';
                link += param.name;
                link += "=_";
            }
            out += "<a href=\"";
            append_html(out, link);
            out += "\">";
            append_html(out, link);
            out += "</a></br>";
        }
    }
    return out += "</body></html>";
}

}  // namespace steelyard::rpc
