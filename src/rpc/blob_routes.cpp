#include "rpc/blob_routes.h"

#include "base/decimal.h"
#include "base/hex.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"
#include "rpc/body_source.h"
#include "rpc/http_range.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {
namespace {

constexpr std::string_view folder = "/blobs";
constexpr std::size_t list_page = 1000;
constexpr std::string_view later = "Retry-After: 1\r\n";

HttpReply text_reply(int status, std::string text, std::string headers = "") {
    return {
        .status = status,
        .content_type = "text/plain; charset=utf-8",
        .body = std::move(text) + "\n",
        .headers = std::move(headers),
    };
}

std::string offset_header(std::uint64_t offset) {
    return fmt::format("Upload-Offset: {}\r\n", offset);
}

HttpReply denied() {
    return text_reply(403, "only this machine, or who has the node's token, may do this");
}

HttpReply absent(const BlobId& id, const std::optional<BlobInfo>& info) {
    const bool begun = info && info->bytes_there > 0;
    return text_reply(
        404,
        fmt::format("there is no blob {} here", to_hex(id)),
        begun ? offset_header(info->bytes_there) : ""
    );
}

/// Of a path below the folder.
Result<BlobId> parse_id(std::string_view path) {
    BlobId id{};
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
    if (!from_hex(path, id)) {
        return invalid("\"{}\" is not 64 hex digits", path.substr(0, 80));
    }
    return id;
}

/// The value of an argument of the query string; empty if there is none.
std::string argument(std::string_view query, std::string_view name) {
    const auto arguments = parse_query_string(query);
    if (arguments) {
        for (const QueryArgument& one : *arguments) {
            if (one.name == name) {
                return one.value;
            }
        }
    }
    return {};
}

/// Nothing: nobody is to wait. Errors: not a number of seconds.
Result<std::optional<std::chrono::seconds>> parse_wait(std::string_view query) {
    const std::string text = argument(query, "wait");
    if (text.empty()) {
        return std::nullopt;
    }
    const auto value = parse_decimal(text);
    if (!value || *value > static_cast<Uint128>(blob_wait_max.count())) {
        return invalid(
            "wait=\"{}\" is no number of seconds up to {}",
            std::string_view(text).substr(0, 32),
            blob_wait_max.count()
        );
    }
    return std::chrono::seconds(static_cast<std::int64_t>(*value));
}

int upload_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid:
        case ErrorCode::unsupported:
            return 400;
        case ErrorCode::too_large:
            return 413;
        case ErrorCode::corrupt:
            return 422;
        case ErrorCode::no_space:
            return 507;
        case ErrorCode::not_found:
        case ErrorCode::io:
        case ErrorCode::denied:
        case ErrorCode::insufficient:
            return 500;
    }
    return 500;
}

HttpReply refused_upload(const Error& error) {
    return text_reply(upload_status(error.code()), error.message());
}

/// A blob's file, or a part of it.
class BlobBody final : public BodySource {
public:
    BlobBody(
        BlobView& view,
        const BlobId& id,
        std::uint64_t first,
        std::uint64_t size,
        std::shared_ptr<void> slot
    )
        : view_(view), id_(id), first_(first), size_(size), slot_(std::move(slot)) {}

    std::uint64_t size() const override { return size_; }

    Result<Bytes> read(std::uint64_t offset, std::size_t count) override {
        return view_.read(id_, first_ + offset, count);
    }

private:
    BlobView& view_;
    const BlobId id_;
    const std::uint64_t first_;
    const std::uint64_t size_;
    const std::shared_ptr<void> slot_;
};

}  // namespace

std::shared_ptr<void> BlobSlots::take(const std::shared_ptr<BlobSlots>& slots, std::size_t limit) {
    if (slots->taken_.fetch_add(1, std::memory_order_relaxed) >= limit) {
        slots->taken_.fetch_sub(1, std::memory_order_relaxed);
        return nullptr;
    }
    return {slots.get(), [slots](void*) { slots->taken_.fetch_sub(1, std::memory_order_relaxed); }};
}

BlobRoutes::BlobRoutes(
    BlobView& view, std::string token, Dispatcher::Executor run, BlobLimits limits
)
    : view_(view), token_(std::move(token)), run_(std::move(run)), limits_(limits) {
}

bool BlobRoutes::takes(std::string_view path) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// Hashes are compared, so that the time taken tells nothing of the token, nor of its length.
bool BlobRoutes::is_allowed(const BlobRequest& request) const {
    constexpr std::string_view scheme = "Bearer ";
    if (request.is_local) {
        return true;
    }
    if (token_.empty() || !request.authorization.starts_with(scheme)) {
        return false;
    }
    const auto given = std::string_view(request.authorization).substr(scheme.size());
    return crypto::equal_in_constant_time(
        crypto::sha256(as_bytes(given)), crypto::sha256(as_bytes(token_))
    );
}

std::optional<HttpReply> BlobRoutes::admit(BlobRequest& head) const {
    if (!is_allowed(head)) {
        return denied();
    }
    if (const auto id = parse_id(head.path); !id) {
        return text_reply(404, id.error().message());
    }
    if (!head.content_length) {
        return text_reply(411, "the Content-Length is missing");
    }
    if (*head.content_length > blob_body_bytes_max) {
        return text_reply(
            413,
            fmt::format(
                "a body of {} bytes, at most {} are taken: larger blobs come in pieces",
                *head.content_length,
                blob_body_bytes_max
            )
        );
    }
    if (!head.content_range.empty()) {
        const auto range = parse_content_range(head.content_range);
        if (!range) {
            return text_reply(400, range.error().message());
        }
        if (range->size != *head.content_length) {
            return text_reply(
                400,
                fmt::format(
                    "a body of {} bytes, the Content-Range has {}",
                    *head.content_length,
                    range->size
                )
            );
        }
    }
    head.slot = BlobSlots::take(uploads_, limits_.uploads);
    if (!head.slot) {
        return text_reply(503, "too many uploads at a time", std::string(later));
    }
    return std::nullopt;
}

void BlobRoutes::handle(BlobRequest request, Dispatcher::HttpDone done) const {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads && request.method != "PUT") {
        done(text_reply(405, "405 Method Not Allowed", "Allow: GET, HEAD, PUT\r\n"));
        return;
    }
    if (reads && request.path.size() <= folder.size() + 1) {
        done(is_allowed(request) ? list(request) : denied());
        return;
    }
    const auto id = parse_id(request.path);
    if (!id) {
        done(text_reply(404, id.error().message()));
    } else if (reads) {
        look(*id, std::move(request), std::move(done));
    } else {
        done(upload(*id, request));
    }
}

HttpReply BlobRoutes::upload(const BlobId& id, const BlobRequest& request) const {
    const auto found = view_.find(id);
    if (found && found->is_whole) {
        return text_reply(200, "the blob is there");
    }
    if (request.content_range.empty()) {
        const auto put = view_.put(id, as_bytes(request.body));
        return put ? text_reply(201, "the blob is whole") : refused_upload(put.error());
    }
    const auto range = parse_content_range(request.content_range);
    if (!range || range->size != request.body.size()) {
        return text_reply(400, "the Content-Range is not the body's");
    }
    const auto appended = view_.append(id, range->first, range->whole, as_bytes(request.body));
    if (!appended) {
        return refused_upload(appended.error());
    }
    switch (appended->outcome) {
        case BlobAppended::Outcome::taken:
            return text_reply(202, "taken", offset_header(appended->offset));
        case BlobAppended::Outcome::whole:
            return text_reply(201, "the blob is whole");
        case BlobAppended::Outcome::misplaced:
            break;
    }
    return text_reply(
        409,
        fmt::format("the next piece begins at {}, not at {}", appended->offset, range->first),
        offset_header(appended->offset)
    );
}

/// Answers from the store, or after the peers were asked.
void BlobRoutes::look(const BlobId& id, BlobRequest request, Dispatcher::HttpDone done) const {
    const auto found = view_.find(id);
    if (found && found->is_whole) {
        done(download(id, *found, request));
        return;
    }
    const auto wait = parse_wait(request.query);
    if (!wait) {
        done(text_reply(400, wait.error().message()));
        return;
    }
    if (!*wait) {
        done(absent(id, found));
        return;
    }
    if (!is_allowed(request)) {
        done(denied());
        return;
    }
    auto answer = [this, id, request = std::move(request), done = std::move(done)]() mutable {
        const auto now = view_.find(id);
        HttpReply reply = now && now->is_whole ? download(id, *now, request) : absent(id, now);
        if (reply.status == 404) {
            reply.headers += later;
        }
        done(std::move(reply));
    };
    // Whoever fetches is not held up by files, and may call when these routes are gone: then
    // nothing runs any more.
    view_.fetch(id, **wait, [run = run_, answer = std::move(answer)]() mutable {
        run(std::move(answer));
    });
}

HttpReply BlobRoutes::download(const BlobId& id, const BlobInfo& found, const BlobRequest& request)
    const {
    const std::string tag = fmt::format("\"{}\"", to_hex(id));
    const std::string known = fmt::format(
        "ETag: {}\r\nCache-Control: public, max-age=31536000, immutable\r\n"
        "Accept-Ranges: bytes\r\n",
        tag
    );
    if (names_tag(request.if_none_match, tag)) {
        return {.status = 304, .content_type = {}, .headers = known};
    }
    const bool ranged =
        request.method == "GET" && (request.if_range.empty() || request.if_range == tag);
    const AskedRange asked = ranged ? parse_range(request.range, found.file_bytes) : AskedRange{};
    if (asked.kind == AskedRange::Kind::unsatisfiable) {
        return text_reply(
            416,
            fmt::format("the file has {} bytes", found.file_bytes),
            fmt::format("Content-Range: bytes */{}\r\n", found.file_bytes)
        );
    }
    auto slot = BlobSlots::take(
        downloads_, request.is_local ? limits_.downloads : limits_.downloads_from_elsewhere
    );
    if (!slot) {
        return text_reply(503, "too many downloads at a time", std::string(later));
    }
    const bool part = asked.kind == AskedRange::Kind::part;
    const std::uint64_t first = part ? asked.first : 0;
    const std::uint64_t size = part ? asked.size : found.file_bytes;
    HttpReply reply{
        .status = part ? 206 : 200,
        .content_type = "application/octet-stream",
        .headers = known,
        .source = std::make_shared<BlobBody>(view_, id, first, size, std::move(slot)),
    };
    if (part) {
        reply.headers += fmt::format(
            "Content-Range: bytes {}-{}/{}\r\n", first, first + size - 1, found.file_bytes
        );
    }
    return reply;
}

HttpReply BlobRoutes::list(const BlobRequest& request) const {
    std::optional<BlobId> after;
    if (const std::string text = argument(request.query, "after"); !text.empty()) {
        const auto parsed = parse_id(fmt::format("{}/{}", folder, text));
        if (!parsed) {
            return text_reply(400, parsed.error().message());
        }
        after = *parsed;
    }
    const auto blobs = view_.list(after, list_page);
    JsonWriter writer;
    writer.begin_object().key("blobs").begin_array();
    for (const auto& [id, info] : blobs) {
        writer.begin_object().key("id").string(to_hex(id));
        writer.key("type").string(info.type);
        writer.key("size").quoted_unsigned(info.file_bytes);
        writer.key("whole").boolean(info.is_whole).end_object();
    }
    writer.end_array();
    if (blobs.size() == list_page) {
        writer.key("next").string(to_hex(blobs.back().first));
    }
    writer.end_object();
    return {.body = std::move(writer).take()};
}

}  // namespace steelyard::rpc
