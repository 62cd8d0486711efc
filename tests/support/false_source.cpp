// false_source: a peer that says it has a blob, and sends wrong bytes of it.
//
//   false_source NETWORK FILE RIGHT PEER...     a .npy file; id@host:port each
//
// It joins as a peer and answers every Want for the tensor of the file: with the right tree, with
// RIGHT groups that are right, then with groups of which a byte is changed. It says its own id and
// each lie on standard output, a line each, and ends when its standard input does.
#include "base/decimal.h"
#include "base/random.h"
#include "blob/exchange_messages.h"
#include "p2p/switch.h"
#include "vm/files/npy.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>

namespace steelyard {
namespace {

constexpr std::size_t answers_max = 64;  ///< that wait to be sent

class FalseSource final : public p2p::Reactor {
public:
    FalseSource(vm::FileTensor tensor, std::size_t right)
        : tensor_(std::move(tensor)), right_left_(right), tree_(tree_of(tensor_)) {}

    void use(PeerLink& link) { link_ = &link; }

    std::vector<p2p::ChannelDescriptor> channels() const override {
        return {{channel::blob, 1, answers_max, blob::exchange_message_size_max}};
    }

    void on_peer_up(const p2p::PeerInfo&) override {}
    void on_peer_down(PeerId) override {}
    void on_drained(PeerId, ChannelId) override {}

    void on_message(p2p::Inbound inbound) override {
        const auto message = blob::decode_exchange_message(inbound.bytes);
        if (!message) {
            return;
        }
        const auto id = tree_.header.id();
        if (const auto* want = std::get_if<blob::Want>(&*message)) {
            if (std::ranges::find(want->ids, id) != want->ids.end()) {
                answer(inbound.from, blob::Have{id});
            }
        } else if (const auto* tree = std::get_if<blob::GetTree>(&*message)) {
            if (tree->id == id) {
                answer(inbound.from, blob::TreeMessage{id, tree_});
            }
        } else if (const auto* group = std::get_if<blob::GetGroup>(&*message)) {
            if (group->id == id && group->index < tree_.groups.size()) {
                answer(inbound.from, blob::GroupMessage{id, group->index, content(group->index)});
            }
        }
    }

private:
    static Bytes right_content(const vm::FileTensor& tensor, std::uint32_t index) {
        const blob::ByteRange range = blob::group_range(tensor.type, index);
        return to_bytes(ByteView(tensor.data).subspan(range.first, range.size));
    }

    static blob::BlobTree tree_of(const vm::FileTensor& tensor) {
        blob::BlobTree tree{.header = {.type = tensor.type}};
        for (std::uint32_t index = 0; index < tree.header.group_count(); ++index) {
            tree.groups.push_back(blob::group_hash(tensor.type, index, right_content(tensor, index))
            );
        }
        tree.header.root = blob::root_of_groups(tensor.type, tree.groups);
        return tree;
    }

    Bytes content(std::uint32_t index) {
        Bytes content = right_content(tensor_, index);
        if (right_left_ > 0) {
            --right_left_;
        } else if (!content.empty()) {
            content.back() ^= 1;
            std::cout << "lied about group " << index << std::endl;
        }
        return content;
    }

    void answer(PeerId to, const blob::ExchangeMessage& message) {
        link_->send(to, channel::blob, blob::encode_exchange_message(message));
    }

    const vm::FileTensor tensor_;
    std::size_t right_left_;
    const blob::BlobTree tree_;
    PeerLink* link_ = nullptr;
};

Result<void> run(std::span<char*> arguments) {
    std::ifstream file(arguments[1], std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    TRY_ASSIGN(vm::FileTensor tensor, vm::read_npy(as_bytes(bytes)));
    TRY_ASSIGN(const auto right, parse_decimal(arguments[2]));
    FalseSource source(std::move(tensor), static_cast<std::size_t>(right));
    SystemRandom random;
    p2p::SwitchConfig config{.laddr = "", .addr_book_strict = false, .pex = false};
    for (const char* peer : arguments.subspan(3)) {
        config.persistent_peers.emplace_back(peer);
    }
    p2p::NodeKey key = p2p::NodeKey::generate(random);
    std::cout << "id " << key.id().text() << std::endl;
    TRY_ASSIGN(
        const auto peers,
        p2p::Switch::create(
            std::move(config),
            std::move(key),
            {.network = arguments[0], .version = "0.38.0", .moniker = "false"},
            random
        )
    );
    source.use(*peers);
    peers->add_reactor(source);
    TRY(peers->start());
    std::cin.ignore(std::numeric_limits<std::streamsize>::max(), std::cin.widen('\0'));
    peers->stop();
    return {};
}

}  // namespace
}  // namespace steelyard

int main(int argc, char** argv) {
    if (argc < 5) {
        std::fprintf(stderr, "usage: false_source NETWORK FILE RIGHT PEER...\n");
        return 2;
    }
    const auto ran = steelyard::run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (!ran) {
        std::fprintf(stderr, "false_source: %s\n", ran.error().message().c_str());
        return 1;
    }
    return 0;
}
