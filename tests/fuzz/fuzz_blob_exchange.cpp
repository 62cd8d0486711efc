// The exchange of blobs: whatever peers say and whenever files answer, nothing breaks, limits hold,
// and nothing stays under way when all is done.
#include "base/check.h"
#include "tests/unit/blob/memory_files.h"

using namespace steelyard;
using namespace steelyard::blob;

namespace {

constexpr PeerId peers = 4;

/// Takes messages, unless it is full.
struct Ends final : PeerLink, Exchange::Sink {
    bool send(PeerId to, ChannelId, Bytes) override { return !full.contains(to); }
    void drop(PeerId peer, const Error&) override { CHECK(peer >= 1 && peer <= peers); }
    void fetched(const Hash256&, const Result<void>&) override {}

    std::set<PeerId> full;
};

const std::vector<test::TestBlob>& blobs() {
    static const std::vector<test::TestBlob> instance{test::make_blob(1, 1), test::make_blob(2, 2)};
    return instance;
}

ExchangeMessage message_of(std::uint8_t kind, std::uint8_t argument) {
    const test::TestBlob& blob = blobs()[argument % 2];
    const std::uint32_t index = (argument >> 1) % 3;
    const bool is_wrong = (argument & 8) != 0;
    switch (kind % 8) {
        case 0:
            return Want{{blob.id, blobs()[0].id}, index};
        case 1:
            return Have{blob.id};
        case 2:
            return Cancel{{blob.id}};
        case 3:
            return GetTree{blob.id};
        case 4: {
            TreeMessage tree{blob.id, blob.tree};
            tree.tree.groups[0][0] ^= is_wrong ? 1 : 0;
            return tree;
        }
        case 5:
            return GetGroup{blob.id, index};
        case 6: {
            const std::uint32_t there = index % static_cast<std::uint32_t>(blob.groups.size());
            GroupMessage group{blob.id, there, blob.groups[there]};
            group.content[0] ^= is_wrong ? 1 : 0;
            return group;
        }
        default:
            return Gone{blob.id};
    }
}

}  // namespace

/// The input: pairs of a byte that says what happens, with the peer in its two upper bits, and a
/// byte that says to what.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::Library library{{blobs()[0].id, blobs()[0]}, {blobs()[1].id, blobs()[1]}};
    test::MemoryFiles files(library);
    Ends ends;
    Exchange exchange({}, ends, files, ends);
    Exchange::Time now{};
    const auto answer = [&](std::size_t which) {
        const auto at = files.answers.begin() + static_cast<std::ptrdiff_t>(which);
        const test::MemoryFiles::Answer next = std::move(*at);
        files.answers.erase(at);
        next(exchange, now);
    };
    for (; size >= 2; data += 2, size -= 2) {
        const PeerId peer = 1 + (data[0] >> 6);
        const std::uint8_t argument = data[1];
        const Hash256& id = blobs()[argument % 2].id;
        now += std::chrono::milliseconds(argument);
        switch (data[0] % 32) {
            case 8:
                exchange.add_peer(peer, now);
                break;
            case 9:
                exchange.remove_peer(peer, now);
                break;
            case 10:
                CHECK(exchange.fetch(id, now));
                break;
            case 11:
                exchange.cancel(id, now);
                break;
            case 12:
                files.whole.insert(id);
                exchange.added(id, now);
                break;
            case 13:
                files.parts.clear();
                break;
            case 14:
                ends.full.insert(peer);
                break;
            case 15:
                ends.full.erase(peer);
                exchange.drained(peer, now);
                break;
            case 16:
                now += std::chrono::seconds(argument);
                exchange.tick(now);
                break;
            case 17:
            case 18:
            case 19:
                if (!files.answers.empty()) {
                    answer(argument % files.answers.size());
                }
                break;
            default:
                exchange.receive(peer, encode_exchange_message(message_of(data[0], argument)), now);
        }
        const ExchangeStats stats = exchange.stats();
        CHECK(
            stats.buffered_groups <= buffered_groups_max && stats.loaded_bytes <= loaded_bytes_max
        );
    }
    for (PeerId peer = 1; peer <= peers; ++peer) {
        exchange.remove_peer(peer, now);
    }
    while (!files.answers.empty()) {
        answer(0);
    }
    CHECK(exchange.stats().buffered_groups == 0 && exchange.stats().loaded_bytes == 0);
    CHECK(exchange.stats().relays == 0);
    return 0;
}
