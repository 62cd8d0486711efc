// MemoryFiles: the files of an exchange in memory, whose answers come when a test wants them.
#pragma once

#include "blob/exchange.h"

#include <deque>
#include <functional>
#include <map>
#include <set>

namespace steelyard::blob::test {

/// A blob that stands for itself: its root and hashes are made up, and whether a tree or a group is
/// right is known by comparing.
struct TestBlob {
    Hash256 id{};
    BlobTree tree{};
    std::vector<Bytes> groups{};
};

/// The same for the same number and count, always. The last group is a short one.
TestBlob make_blob(std::uint32_t number, std::uint32_t groups);

/// All blobs that there are.
using Library = std::map<Hash256, TestBlob>;

class MemoryFiles final : public ExchangeFiles {
public:
    struct Part {
        BlobTree tree{};
        std::set<std::uint32_t> there{};
    };

    /// Told to the exchange later.
    using Answer = std::function<void(Exchange&, Exchange::Time)>;

    explicit MemoryFiles(const Library& library) : library_(library) {}

    void find(PeerId asker, std::vector<Hash256> ids) override;
    void load_tree(PeerId asker, const Hash256& id) override;
    void load_group(PeerId asker, const Hash256& id, std::uint32_t index) override;
    void open_part(FetchTicket ticket, const Hash256& id) override;
    void begin_part(FetchTicket ticket, PeerId from, TreeMessage tree, bool is_for_peers) override;
    void add_group(FetchTicket ticket, PeerId from, GroupMessage group) override;
    void hold(std::vector<Hash256> ids) override { held = std::move(ids); }

    /// Gives the answers that wait to `post` in place of keeping them.
    std::function<void(Answer)> post = [this](Answer answer) {
        answers.push_back(std::move(answer));
    };

    std::set<Hash256> whole;
    std::map<Hash256, Part> parts;
    std::set<Hash256> guests;  ///< begun for peers
    std::vector<Hash256> held;
    std::deque<Answer> answers;
    std::optional<Error> failure;  ///< of every write

private:
    PartState state(const Hash256& id) const;
    Result<PartState> begin(const TreeMessage& tree);
    Result<bool> add(const GroupMessage& group);

    const Library& library_;
};

}  // namespace steelyard::blob::test
