#include "rpc/http_head.h"

#include "base/check.h"
#include "rpc/json_writer.h"

#include <fmt/format.h>

#include <ctime>

namespace steelyard::rpc {
namespace {

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 416:
            return "Range Not Satisfiable";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        out += out.empty() ? "" : ", ";
        out += word;
    }
    return out;
}

/// RFC 9110's form of the time, made anew once a second.
std::string_view http_date(std::int64_t unix_seconds) {
    thread_local std::int64_t made_at = -1;
    thread_local std::string text;
    if (made_at != unix_seconds) {
        constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr const char* months[] = {
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
        };
        const std::time_t time = unix_seconds;
        std::tm parts{};
        gmtime_r(&time, &parts);
        text = fmt::format(
            "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
            days[parts.tm_wday],
            parts.tm_mday,
            months[parts.tm_mon],
            parts.tm_year + 1900,
            parts.tm_hour,
            parts.tm_min,
            parts.tm_sec
        );
        made_at = unix_seconds;
    }
    return text;
}

}  // namespace

void append_response_head(std::string& out, const ResponseHead& head, std::int64_t unix_seconds) {
    out += "HTTP/1.1 ";
    out += fmt::format_int(head.status).c_str();
    out += ' ';
    out += reason(head.status);
    if (!head.content_type.empty()) {
        out += "\r\nContent-Type: ";
        out += head.content_type;
    }
    if (head.cacheable) {
        out += "\r\nCache-Control: public, max-age=86400";
    }
    out += "\r\nX-Server-Time: ";
    out += fmt::format_int(unix_seconds).c_str();
    out += "\r\nDate: ";
    out += http_date(unix_seconds);
    out += "\r\n";
    out += head.extra;
    out += head.keep_alive ? "" : "Connection: close\r\n";
    out += "Content-Length: ";
    out += fmt::format_int(head.content_length).c_str();
    out += "\r\n\r\n";
}

std::string cors_headers(const ServerConfig& config, std::string_view origin) {
    for (const std::string& allowed : config.cors_allowed_origins) {
        if (allowed == "*") {
            return "Access-Control-Allow-Origin: *\r\n";
        }
        if (allowed == origin) {
            return fmt::format("Access-Control-Allow-Origin: {}\r\nVary: Origin\r\n", origin);
        }
    }
    return {};
}

std::string cors_preflight_headers(const ServerConfig& config, std::string_view origin) {
    std::string out = cors_headers(config, origin);
    if (!out.empty()) {
        out += fmt::format(
            "Access-Control-Allow-Methods: {}\r\nAccess-Control-Allow-Headers: {}\r\n",
            joined(config.cors_allowed_methods),
            joined(config.cors_allowed_headers)
        );
    }
    return out;
}

HttpReply liveness(const std::optional<std::string>& stuck) {
    JsonWriter writer;
    writer.begin_object().key("status").string(stuck ? "stuck" : "alive");
    writer.key("reasons").begin_array();
    if (stuck) {
        writer.string("the thread of " + *stuck + " does not answer");
    }
    writer.end_array().end_object();
    return {.status = stuck ? 503 : 200, .body = std::move(writer).take()};
}

HttpReply readiness(const Health& health) {
    HttpReply reply;
    std::string_view state;
    switch (health.state) {
        case Health::State::synced:
            state = "synced";
            break;
        case Health::State::catching_up:
            reply.status = 206;
            state = "catching_up";
            break;
        case Health::State::halted:
            reply.status = 503;
            state = "halted";
            break;
    }
    JsonWriter writer;
    writer.begin_object().key("status").string(state).key("reasons").begin_array();
    for (const std::string& text : health.reasons) {
        writer.string(text);
    }
    writer.end_array().end_object();
    reply.body = std::move(writer).take();
    return reply;
}

}  // namespace steelyard::rpc
