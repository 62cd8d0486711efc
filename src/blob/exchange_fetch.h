// Fetch: what is known of one blob that is being fetched, and which of its groups are whose.
#pragma once

#include "blob/exchange.h"

#include <map>

namespace steelyard::blob {

/// A peer that said it has the blob.
struct BlobSource {
    bool has_it = true;       ///< false: it said Gone since
    std::size_t owed = 0;     ///< groups that were asked for and have not come, also late ones
    std::size_t strikes = 0;  ///< `strikes_max`: it is not asked any more
};

/// The groups of a part: missing, asked of a peer, being written, or there.
class GroupLedger {
public:
    GroupLedger() = default;
    GroupLedger(std::uint32_t count, std::span<const std::uint32_t> missing);

    std::uint32_t count() const { return static_cast<std::uint32_t>(missing_.size()); }
    std::uint32_t there() const;

    /// Asked for and being written.
    std::size_t in_flight() const { return asked_.size() + written_; }

    /// The first group that is missing.
    std::optional<std::uint32_t> next();

    /// Of a missing one.
    void ask(std::uint32_t group, PeerId peer);

    /// Whoever it was asked of owes it no longer; missing again if it was asked of him.
    void take_back(std::uint32_t group, PeerId peer);

    /// A group has come: whether it is to be written. Not if it is there, or being written.
    bool begin_write(std::uint32_t group);

    /// It is there, or missing again.
    void end_write(std::uint32_t group, bool is_there);

    std::size_t asked() const { return asked_.size(); }
    bool is_asked(std::uint32_t group) const { return asked_.contains(group); }

private:
    void miss(std::uint32_t group);

    std::vector<bool> missing_{};
    std::uint32_t missing_count_ = 0;
    std::uint32_t first_missing_ = 0;  ///< none is missing before it
    std::map<std::uint32_t, PeerId> asked_{};
    std::size_t written_ = 0;
};

struct Fetch {
    enum class Step : std::uint8_t {
        opening,    ///< the files tell what is there
        seeking,    ///< the tree is looked for
        beginning,  ///< the files check it
        moving,     ///< groups come
    };

    FetchTicket ticket = 0;
    bool is_own = false;     ///< somebody here waits for it
    bool is_relay = false;   ///< peers asked for it
    std::uint32_t hops = 0;  ///< how far others may ask, where nobody near has it
    bool is_far = false;     ///< they are told to
    Step step = Step::opening;
    std::size_t restarts = 0;
    std::optional<vm::TensorType> type{};  ///< once it moves
    PeerId tree_from = 0;                  ///< whom the tree is asked of; 0: nobody
    GroupLedger groups{};
    std::map<PeerId, BlobSource> sources{};
    std::optional<Exchange::Time> asked_at{};  ///< when peers were asked first
    std::optional<Exchange::Time> near_at{};   ///< the first Have, or what a peer gave last
    Exchange::Time want_at{};                  ///< when all peers are asked again
    Exchange::Time progress_at{};              ///< when something came last

    /// The hops of a Want.
    std::uint32_t reach() const { return is_far ? hops : 0; }

    /// When those that may ask on are told to, if nothing comes until then.
    Exchange::Time far_at() const;
};

}  // namespace steelyard::blob
