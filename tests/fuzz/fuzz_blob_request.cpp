// Requests for blobs: whatever their headers say, one answer comes, and no range leaves its file.
#include "base/check.h"
#include "rpc/blob_routes.h"
#include "rpc/body_source.h"
#include "rpc/http_range.h"
#include "tests/unit/rpc/fake_blobs.h"

using namespace steelyard;
using namespace steelyard::rpc;

namespace {

constexpr std::uint64_t file_bytes = 1000;

std::string line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string out(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return out;
}

void check_parsers(std::string_view text) {
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, file_bytes}) {
        const AskedRange asked = parse_range(text, size);
        CHECK((asked.kind == AskedRange::Kind::part) == (asked.size > 0));
        CHECK(asked.first <= size && asked.size <= size - asked.first);
    }
    if (const auto range = parse_content_range(text)) {
        CHECK(range->size > 0 && range->first < range->whole);
        CHECK(range->size <= range->whole - range->first);
        CHECK(
            parse_content_range(fmt::format(
                "bytes {}-{}/{}", range->first, range->first + range->size - 1, range->whole
            )) == *range
        );
        CHECK(text.size() <= 6 + 3 * 19 + 2);
    }
    static_cast<void>(names_tag(text, "\"a\""));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = as_text({data, size});
    FakeBlobs blobs;
    CHECK(blobs.put(BlobId{}, Bytes(file_bytes, 'x')));
    const BlobRoutes routes(
        blobs, "token", [](std::move_only_function<void()> task) { task(); }, {1, 1, 1}
    );
    BlobRequest request;
    request.method = line(text);
    request.path = line(text);
    request.query = line(text);
    for (std::string* header :
         {&request.range,
          &request.content_range,
          &request.if_none_match,
          &request.if_range,
          &request.authorization}) {
        *header = line(text);
        check_parsers(*header);
    }
    request.is_local = text.starts_with('l');
    request.body = text;
    request.content_length = text.size();
    int answers = 0;
    const auto done = [&](HttpReply reply) {
        ++answers;
        CHECK(reply.status >= 200 && reply.status < 600);
        CHECK(!reply.source || reply.source->size() <= file_bytes);
        CHECK(!reply.source || reply.source->read(0, reply.source->size()));
        CHECK(reply.headers.find('\n') == reply.headers.npos || reply.headers.ends_with("\r\n"));
    };
    if (!BlobRoutes::takes(request.path)) {
        return 0;
    }
    if (request.method == "PUT") {
        if (auto refusal = routes.admit(request)) {
            done(*std::move(refusal));
            return 0;
        }
    }
    routes.handle(std::move(request), done);
    blobs.answer_fetches();
    CHECK(answers == 1);
    return 0;
}
