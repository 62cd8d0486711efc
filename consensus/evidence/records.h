// The records of the pool in its KvStore: how far it is, what waits, what blocks have carried.
//
// doc/spec/evidence.md states keys and encodings.
#pragma once

#include "consensus/evidence/offence.h"

namespace steelyard::evidence {

/// How far the pool has followed the chain.
struct Head {
    chain::Height height;   ///< of the last block; 0 before the first
    chain::Height horizon;  ///< all evidence up to this height has expired

    bool operator==(const Head&) const = default;
};

inline constexpr std::size_t head_size = 17;

Bytes head_key();
Bytes encode_head(const Head& head);

/// Nothing for a head of the first format, which did not tell what blocks have carried: a pool with
/// such a one begins anew.
Result<std::optional<Head>> decode_head(ByteView bytes);

/// Where a waiting piece is stored: older ones first. Its value is the piece, encoded.
Bytes pending_key(const chain::Evidence& evidence);

/// Refuses a piece that is not that of the key.
Result<chain::Evidence> decode_pending(ByteView key, ByteView value);

/// Where the height of the block that committed an offence is stored.
Bytes committed_key(const Offence& offence);
Bytes encode_committed(chain::Height block);
Result<chain::Height> decode_committed(ByteView value);

/// Where the height of the block that carries a piece is stored, as encode_committed writes it.
Bytes carried_key(const chain::Evidence& evidence);

/// All keys from `begin` up to, and without, `end`.
struct KeyRange {
    Bytes begin;
    Bytes end;
};

KeyRange pending_range();

/// Those of offences up to a height.
KeyRange committed_range(chain::Height last);

/// Those of carried pieces up to a height.
KeyRange carried_range(chain::Height last);

/// Those of all offences and all carried pieces.
KeyRange block_range();

}  // namespace steelyard::evidence
