#include "consensus/evidence/records.h"

#include "base/endian.h"
#include "base/hex.h"
#include "crypto/sha256.h"

namespace steelyard::evidence {

using chain::Height;

namespace {

/// The first byte of a key. The numbers are stored.
enum class Column : std::uint8_t { head = 0, pending = 1, committed = 2, carried = 3, end = 4 };

constexpr std::uint8_t first_format = 1;
constexpr std::uint8_t format_version = 2;

Bytes key_of(Column column) {
    return {static_cast<std::uint8_t>(column)};
}

Bytes key_of(Column column, Height height) {
    Bytes key = key_of(column);
    append_be(key, static_cast<std::uint64_t>(height.value()));
    return key;
}

Result<Height> decode_height(std::string_view record, ByteView bytes) {
    auto height = Height::parse(static_cast<std::int64_t>(load_be<std::uint64_t>(bytes.data())));
    if (!height) {
        return fail(ErrorCode::corrupt, "{}: height {}", record, height.error().message());
    }
    return height;
}

std::unexpected<Error> wrong_size(std::string_view record, std::size_t size, std::size_t right) {
    return fail(ErrorCode::corrupt, "{}: has {} bytes, not {}", record, size, right);
}

}  // namespace

Bytes head_key() {
    return key_of(Column::head);
}

Bytes encode_head(const Head& head) {
    Bytes out = {format_version};
    append_be(out, static_cast<std::uint64_t>(head.height.value()));
    append_be(out, static_cast<std::uint64_t>(head.horizon.value()));
    return out;
}

Result<std::optional<Head>> decode_head(ByteView bytes) {
    if (bytes.size() != head_size) {
        return wrong_size("evidence head", bytes.size(), head_size);
    }
    if (bytes[0] == first_format) {
        return std::nullopt;
    }
    if (bytes[0] != format_version) {
        return fail(ErrorCode::unsupported, "evidence head: format {} is unknown", bytes[0]);
    }
    TRY_ASSIGN(const Height height, decode_height("evidence head", bytes.subspan(1)));
    TRY_ASSIGN(const Height horizon, decode_height("evidence head", bytes.subspan(9)));
    return Head{height, horizon};
}

Bytes pending_key(const chain::Evidence& evidence) {
    Bytes key = key_of(Column::pending, chain::evidence_height(evidence));
    append(key, crypto::sha256(chain::encode_evidence(evidence)));
    return key;
}

Result<chain::Evidence> decode_pending(ByteView key, ByteView value) {
    auto evidence = chain::decode_evidence(value);
    if (!evidence) {
        return fail(
            ErrorCode::corrupt,
            "pending evidence {}: {}",
            to_hex_upper(key),
            evidence.error().message()
        );
    }
    if (!equal(pending_key(*evidence), key)) {
        return fail(ErrorCode::corrupt, "pending evidence {}: is another", to_hex_upper(key));
    }
    return evidence;
}

Bytes committed_key(const Offence& offence) {
    Bytes key = key_of(Column::committed, offence.height);
    append(key, offence.name);
    return key;
}

Bytes encode_committed(Height block) {
    Bytes out;
    append_be(out, static_cast<std::uint64_t>(block.value()));
    return out;
}

Result<Height> decode_committed(ByteView value) {
    if (value.size() != sizeof(std::uint64_t)) {
        return wrong_size("committed offence", value.size(), sizeof(std::uint64_t));
    }
    return decode_height("committed offence", value);
}

Bytes carried_key(const chain::Evidence& evidence) {
    Bytes key = key_of(Column::carried, chain::evidence_height(evidence));
    append(key, chain::evidence_id(evidence));
    return key;
}

KeyRange pending_range() {
    return {key_of(Column::pending), key_of(Column::committed)};
}

KeyRange committed_range(Height last) {
    return {key_of(Column::committed), key_of(Column::committed, last.next())};
}

KeyRange carried_range(Height last) {
    return {key_of(Column::carried), key_of(Column::carried, last.next())};
}

KeyRange block_range() {
    return {key_of(Column::committed), key_of(Column::end)};
}

}  // namespace steelyard::evidence
