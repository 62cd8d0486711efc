#include "client/blob_client.h"

#include "base/decimal.h"
#include "base/hex.h"
#include "client/http_connection.h"
#include "client/json_fields.h"
#include "client/part_file.h"
#include "vm/trace/commitment.h"

#include <algorithm>
#include <limits>
#include <thread>

namespace steelyard::client {
namespace {

constexpr std::size_t piece_bytes = 4 << 20;       ///< of an upload
constexpr std::chrono::seconds wait_max{60};       ///< of one request (H5)
constexpr std::chrono::seconds retry_after{1};     ///< of a node that has not got it yet
constexpr std::chrono::seconds pause_max{5};       ///< between attempts
constexpr std::chrono::minutes checking_time{10};  ///< that a node may take for the last piece
constexpr std::size_t quoted_size_max = 200;       ///< of a node's text
constexpr std::size_t list_size_max = 1000;
constexpr std::size_t type_size_max = 256;

std::string path_of(const blob::Hash256& id) {
    return "/blobs/" + to_hex(id);
}

/// The first line of what a node says, without control characters.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, std::min(text.find('\n'), quoted_size_max)));
    std::ranges::replace_if(out, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
    return out;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    const auto value = parse_decimal(text);
    return value && *value <= static_cast<Uint128>(std::numeric_limits<std::int64_t>::max())
               ? std::optional(static_cast<std::uint64_t>(*value))
               : std::nullopt;
}

std::unexpected<Error> refused(const HttpTold& told) {
    ErrorCode code = ErrorCode::corrupt;
    switch (told.status) {
        case 400:
            code = ErrorCode::invalid;
            break;
        case 403:
            code = ErrorCode::denied;
            break;
        case 404:
        case 405:
            code = ErrorCode::unsupported;
            break;
        case 413:
            code = ErrorCode::too_large;
            break;
        case 500:
        case 503:
            code = ErrorCode::io;
            break;
        case 507:
            code = ErrorCode::no_space;
            break;
        default:
            break;
    }
    return fail(code, "the node refused with {}: {}", told.status, shown(told.text));
}

Result<blob::Hash256> read_id(const JsonFields& fields, std::string_view member) {
    blob::Hash256 id{};
    TRY_ASSIGN(const std::string text, fields.text(member, 2 * id.size()));
    TRY(from_hex(text, id));
    return id;
}

/// Whether it may be otherwise in a moment.
bool is_passing(const Error& error) {
    return error.code() == ErrorCode::io;
}

}  // namespace

class BlobClient::Impl {
public:
    explicit Impl(BlobNode node)
        : node_(std::move(node)), connection_(node_.endpoint, node_.timeout) {}

    Result<void> put(const blob::BlobHeader& header, ByteView data, const BlobProgress& progress);
    Result<void> get(
        const blob::Hash256& id,
        PartFile& part,
        std::chrono::seconds wait,
        const BlobProgress& progress
    );
    Result<BlobState> head(const blob::Hash256& id);
    Result<BlobPage> list(const std::optional<blob::Hash256>& after);

private:
    /// Does a step again and again until `moved` tells that it is over. Errors that may pass are
    /// met with pauses, as long as something moves between them.
    Result<void> repeat(const std::function<Result<bool>(std::uint64_t& moved)>& step) const;

    Result<bool> put_piece(
        const blob::Hash256& id, const Bytes& head, ByteView data, std::uint64_t& offset
    );
    Result<bool> get_piece(
        const blob::Hash256& id,
        PartFile& part,
        std::chrono::steady_clock::time_point wait_end,
        const BlobProgress& progress
    );
    HttpAsked asked(std::string method, std::string target) const;

    const BlobNode node_;
    HttpConnection connection_;
};

HttpAsked BlobClient::Impl::asked(std::string method, std::string target) const {
    HttpAsked out{.method = std::move(method), .target = std::move(target)};
    if (!node_.token.empty()) {
        out.fields.push_back({"Authorization", "Bearer " + node_.token});
    }
    return out;
}

Result<void> BlobClient::Impl::repeat(const std::function<Result<bool>(std::uint64_t& moved)>& step
) const {
    unsigned attempts = 0;
    auto pause = node_.pause;
    std::uint64_t before = 0;
    while (true) {
        std::uint64_t moved = before;
        const Result<bool> over = step(moved);
        if (over && *over) {
            return {};
        }
        if (!over && !is_passing(over.error())) {
            return std::unexpected(over.error());
        }
        if (moved > before) {
            attempts = 0;
            pause = node_.pause;
        } else if (++attempts >= node_.attempts_max) {
            return over ? fail(ErrorCode::io, "the node takes no step after {} attempts", attempts)
                        : std::unexpected(over.error());
        }
        before = std::max(before, moved);
        if (attempts > 0 || !over) {
            std::this_thread::sleep_for(pause);
            pause = std::min<std::chrono::milliseconds>(2 * pause, pause_max);
        }
    }
}

Result<BlobState> BlobClient::Impl::head(const blob::Hash256& id) {
    TRY_ASSIGN(const HttpTold told, connection_.ask(asked("HEAD", path_of(id))));
    if (told.status == 200) {
        return BlobState{.is_whole = true, .file_bytes = told.content_length.value_or(0)};
    }
    if (told.status != 404) {
        return refused(told);
    }
    return BlobState{.offset = number_in(told.field("Upload-Offset")).value_or(0)};
}

Result<void> BlobClient::Impl::put(
    const blob::BlobHeader& header, ByteView data, const BlobProgress& progress
) {
    const blob::Hash256 id = header.id();
    const Bytes head_bytes = header.head();
    const std::uint64_t all = header.file_bytes();
    std::optional<std::uint64_t> offset;  // not known: the node is asked
    return repeat([&](std::uint64_t& moved) -> Result<bool> {
        if (!offset) {
            TRY_ASSIGN(const BlobState state, head(id));
            if (state.is_whole) {
                return true;
            }
            offset = state.offset;
        }
        if (*offset >= all) {
            return fail(ErrorCode::corrupt, "the node has {} bytes of {}", *offset, all);
        }
        std::uint64_t next = *offset;
        const auto over = put_piece(id, head_bytes, data, next);
        offset = over ? std::optional(next) : std::nullopt;
        moved = next;
        if (progress && over) {
            progress(*over ? all : next, all);
        }
        return over;
    });
}

/// Sends the piece at `offset`, and sets it to where the next one begins.
Result<bool> BlobClient::Impl::put_piece(
    const blob::Hash256& id, const Bytes& head, ByteView data, std::uint64_t& offset
) {
    const std::uint64_t all = head.size() + data.size();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, all - offset));
    Bytes piece;
    piece.reserve(size);
    if (offset < head.size()) {
        append(piece, ByteView(head).subspan(static_cast<std::size_t>(offset)));
    }
    const std::uint64_t from = std::max<std::uint64_t>(offset, head.size()) - head.size();
    append(piece, data.subspan(static_cast<std::size_t>(from), size - piece.size()));
    HttpAsked request = asked("PUT", path_of(id));
    request.fields.push_back(
        {"Content-Range", fmt::format("bytes {}-{}/{}", offset, offset + size - 1, all)}
    );
    request.body = piece;
    request.extra = checking_time;
    TRY_ASSIGN(const HttpTold told, connection_.ask(request));
    if (told.status == 200 || told.status == 201) {
        return true;
    }
    const auto next = number_in(told.field("Upload-Offset"));
    if ((told.status == 202 || told.status == 409) && next) {
        offset = *next;
        return false;
    }
    return refused(told);
}

Result<void> BlobClient::Impl::get(
    const blob::Hash256& id, PartFile& part, std::chrono::seconds wait, const BlobProgress& progress
) {
    const auto wait_end = std::chrono::steady_clock::now() + wait;
    return repeat([&](std::uint64_t& moved) -> Result<bool> {
        if (part.check().is_whole()) {
            return true;
        }
        auto over = get_piece(id, part, wait_end, progress);
        while (!over && over.error().code() == ErrorCode::not_found &&
               std::chrono::steady_clock::now() < wait_end) {
            std::this_thread::sleep_for(retry_after);
            over = get_piece(id, part, wait_end, progress);
        }
        moved = part.size();
        return over;
    });
}

/// All that comes in one answer.
Result<bool> BlobClient::Impl::get_piece(
    const blob::Hash256& id,
    PartFile& part,
    std::chrono::steady_clock::time_point wait_end,
    const BlobProgress& progress
) {
    const auto left =
        std::chrono::ceil<std::chrono::seconds>(wait_end - std::chrono::steady_clock::now());
    HttpAsked request = asked("GET", path_of(id));
    if (left.count() > 0) {
        request.extra = std::min(left, wait_max);
        request.target += fmt::format("?wait={}", std::min(left, wait_max).count());
    }
    const std::uint64_t begun = part.size();
    if (begun > 0) {
        request.fields.push_back({"Range", fmt::format("bytes={}-", begun)});
        request.fields.push_back({"If-Range", fmt::format("\"{}\"", to_hex(id))});
    }
    const auto sink = [&](const HttpTold& told, ByteView bytes) -> Result<void> {
        if (bytes.empty()) {
            const std::string range = fmt::format("bytes {}-", begun);
            if (told.status == 200) {
                return part.clear();
            }
            return told.field("Content-Range").starts_with(range)
                       ? Result<void>()
                       : fail(ErrorCode::corrupt, "the node sends another range than it was asked");
        }
        TRY(part.append(bytes));
        if (progress) {
            progress(part.size(), part.check().file_bytes().value_or(0));
        }
        return {};
    };
    TRY_ASSIGN(const HttpTold told, connection_.ask(request, sink));
    if (told.status == 200 || told.status == 206) {
        return part.check().is_whole();
    }
    if (told.status == 416) {
        TRY(part.clear());
        return false;
    }
    if (told.status != 404) {
        return refused(told);
    }
    return fail(ErrorCode::not_found, "{}", shown(told.text));
}

Result<BlobPage> BlobClient::Impl::list(const std::optional<blob::Hash256>& after) {
    const std::string target = after ? "/blobs?after=" + to_hex(*after) : "/blobs";
    TRY_ASSIGN(const HttpTold told, connection_.ask(asked("GET", target)));
    if (told.status != 200) {
        return refused(told);
    }
    TRY_ASSIGN(const auto answer, JsonFields::parse("blobs", told.text, told_text_size_max));
    TRY_ASSIGN(const auto entries, answer.list("blobs", list_size_max));
    BlobPage page;
    for (const JsonFields& fields : entries) {
        BlobEntry entry;
        TRY_ASSIGN(entry.id, read_id(fields, "id"));
        TRY_ASSIGN(entry.type, fields.text("type", type_size_max));
        TRY_ASSIGN(entry.file_bytes, fields.number("size"));
        TRY_ASSIGN(const std::string_view whole, fields.at("whole"));
        entry.is_whole = whole == "true";
        page.blobs.push_back(std::move(entry));
    }
    if (answer.has("next")) {
        TRY_ASSIGN(page.next, read_id(answer, "next"));
    }
    return page;
}

BlobClient::BlobClient(BlobNode node) : impl_(std::make_unique<Impl>(std::move(node))) {
}

BlobClient::~BlobClient() = default;

Result<blob::Hash256> BlobClient::put(
    const vm::TensorType& type, ByteView data, const BlobProgress& progress
) {
    TRY(blob::check_size(type));
    const blob::BlobHeader header{.type = type, .root = vm::tensor_root(type, data)};
    TRY(impl_->put(header, data, progress));
    return header.id();
}

Result<void> BlobClient::get(
    const blob::Hash256& id,
    const std::filesystem::path& file,
    std::chrono::seconds wait,
    const BlobProgress& progress
) {
    TRY_ASSIGN(PartFile part, PartFile::open(file, id));
    auto got = impl_->get(id, part, wait, progress);
    if (!got && (part.size() == 0 || got.error().code() == ErrorCode::corrupt)) {
        part.remove();
    }
    TRY(got);
    return part.finish();
}

Result<BlobState> BlobClient::head(const blob::Hash256& id) {
    return impl_->head(id);
}

Result<BlobPage> BlobClient::list(const std::optional<blob::Hash256>& after) {
    return impl_->list(after);
}

}  // namespace steelyard::client
