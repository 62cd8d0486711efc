// PendingList: the pieces of evidence that wait for a block, oldest first, within limits.
#pragma once

#include "consensus/evidence/offence.h"
#include "storage/kv_store.h"

#include <map>
#include <memory>
#include <set>

namespace steelyard::evidence {

/// The most pieces that wait, and the most bytes that they take, encoded.
inline constexpr std::size_t pending_max = 1000;
inline constexpr std::size_t pending_bytes_max = 16 << 20;

/// The most double votes of one validator among them, so that a validator that signs everything
/// leaves room for what others did.
inline constexpr std::size_t pending_per_validator_max = 16;

/// The bytes of a piece as an element of encode_evidence_list.
std::size_t size_in_list(const chain::Evidence& evidence);

/// Verified pieces. Each names an offence, at least, that was not committed. A value: copies are
/// cheap, for they share the pieces.
class PendingList {
public:
    bool empty() const { return pieces_.empty(); }
    std::size_t size() const { return pieces_.size(); }
    std::size_t byte_size() const { return byte_size_; }

    bool names(const Offence& offence) const { return open_.contains(offence); }
    bool contains(const chain::Evidence& evidence) const;

    /// Whether a piece waits that CometBFT does not tell from one with this id.
    bool contains_id(const chain::Hash256& id) const;

    /// Adds a piece, of an id that does not wait yet, with those of its offences that were not
    /// committed, at least one. Refuses one that would be over a limit (too_large).
    Result<void> insert(const chain::Evidence& evidence, std::vector<Offence> open);

    /// Strikes out offences that were committed, and drops the pieces that then name nothing.
    void settle(const std::set<Offence>& committed);

    /// Drops the pieces with these ids.
    void drop(const std::set<chain::Hash256>& ids);

    /// Drops the pieces of heights up to this one.
    void drop_up_to(chain::Height last);

    /// For a block: from the oldest on, what fits into a list of so many bytes, encoded, names an
    /// offence that no piece before it in the list does, and accuses nobody whom one of them does.
    std::vector<chain::Evidence> select(std::int64_t bytes_max) const;

    /// From the oldest on, all that fits into a list of so many bytes, encoded.
    std::vector<chain::Evidence> list(std::int64_t bytes_max) const;

    /// Writes what changes a store that holds `before` into one that holds this list.
    void write_changes(const PendingList& before, storage::WriteBatch& batch) const;

private:
    struct Piece {
        chain::Evidence evidence;
        chain::Hash256 id;
        std::size_t size;  ///< in a list
        std::vector<Offence> open;
    };
    /// The order in which keys of the store are, too.
    using Key = std::pair<chain::Height, chain::Hash256>;
    using Pieces = std::map<Key, std::shared_ptr<const Piece>>;

    static Key key_of(const chain::Evidence& evidence);
    Pieces::iterator erase(Pieces::iterator piece);

    Pieces pieces_;
    std::multiset<Offence> open_;                     ///< of all pieces
    std::map<chain::Address, std::size_t> by_voter_;  ///< how many double votes of each wait
    std::size_t byte_size_ = 0;
};

}  // namespace steelyard::evidence
