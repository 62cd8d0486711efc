#include "market/records/job_parts.h"

#include "market/records/codec.h"

namespace steelyard::market::codec {
namespace {

Bytes encode_terms(const Terms& terms) {
    ProtoWriter writer;
    writer.uint64(1, terms.nominal_block_ms);
    writer.uint64(2, terms.commit_blocks);
    writer.uint64(3, terms.retract_blocks);
    writer.uint64(4, terms.challenge_delay);
    writer.uint64(5, terms.challenge_bps);
    writer.uint64(6, terms.respond_blocks);
    writer.uint64(7, terms.settle_blocks);
    writer.uint64(8, terms.retention_blocks);
    writer.uint64(9, terms.fee_bps);
    writer.uint64(10, terms.min_job_price);
    writer.uint64(11, terms.probes);
    writer.uint64(12, terms.proof_bytes_max);
    writer.uint64(13, terms.proof_gas_max);
    return std::move(writer).take();
}

Result<Terms> decode_terms(ByteView bytes) {
    Terms terms;
    ProtoReader reader("Terms", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                terms.nominal_block_ms = reader.uint32("nominal_block_ms");
                break;
            case 2:
                terms.commit_blocks = reader.uint64("commit_blocks");
                break;
            case 3:
                terms.retract_blocks = reader.uint32("retract_blocks");
                break;
            case 4:
                terms.challenge_delay = reader.uint32("challenge_delay");
                break;
            case 5:
                terms.challenge_bps = reader.uint32("challenge_bps");
                break;
            case 6:
                terms.respond_blocks = reader.uint64("respond_blocks");
                break;
            case 7:
                terms.settle_blocks = reader.uint32("settle_blocks");
                break;
            case 8:
                terms.retention_blocks = reader.uint32("retention_blocks");
                break;
            case 9:
                terms.fee_bps = reader.uint32("fee_bps");
                break;
            case 10:
                terms.min_job_price = money(reader, "min_job_price");
                break;
            case 11:
                terms.probes = reader.uint32("probes");
                break;
            case 12:
                terms.proof_bytes_max = reader.uint64("proof_bytes_max");
                break;
            case 13:
                terms.proof_gas_max = reader.uint64("proof_gas_max");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return terms;
}

Bytes encode_fault(const FaultPlace& fault) {
    ProtoWriter writer;
    writer.uint64(1, fault.kind);
    writer.uint64(2, fault.step);
    writer.uint64(3, fault.element);
    return std::move(writer).take();
}

Result<FaultPlace> decode_fault(ByteView bytes) {
    FaultPlace fault;
    ProtoReader reader("FaultPlace", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                fault.kind = static_cast<std::uint8_t>(number(reader, "kind", 255));
                break;
            case 2:
                fault.step = reader.uint64("step");
                break;
            case 3:
                fault.element = reader.uint64("element");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return fault;
}

}  // namespace

Bytes encode_match(const Match& match) {
    ProtoWriter writer;
    writer.bytes(1, encode_ask_key(match.ask));
    writer.uint64(2, static_cast<std::uint64_t>(match.provider));
    writer.uint64(3, static_cast<std::uint64_t>(match.worker));
    writer.uint64(4, match.price);
    writer.uint64(5, match.reserved);
    writer.int64(6, match.height.value());
    writer.message(7, encode_terms(match.terms));
    return std::move(writer).take();
}

Result<Match> decode_match(ByteView bytes) {
    Match match;
    ProtoReader reader("Match", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                match.ask = reader.nested("ask", decode_ask_key(reader.bytes("ask", bytes.size())));
                break;
            case 2:
                match.provider = account(reader, "provider");
                break;
            case 3:
                match.worker = account(reader, "worker");
                break;
            case 4:
                match.price = money(reader, "price");
                break;
            case 5:
                match.reserved = money(reader, "reserved");
                break;
            case 6:
                match.height = height(reader, "height");
                break;
            case 7:
                match.terms = reader.nested("terms", decode_terms(reader.message("terms")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "ask");
    reader.require(7, "terms");
    TRY(reader.finish());
    return match;
}

Bytes encode_commit(const Commit& commit) {
    ProtoWriter writer;
    writer.bytes(1, commit.output_root);
    writer.bytes(2, commit.trace_root);
    writer.uint64(3, commit.steps);
    if (commit.fault) {
        writer.message(4, encode_fault(*commit.fault));
    }
    for (const Hash256& result : commit.results) {
        writer.message(5, result);
    }
    writer.uint64(6, commit.inline_size);
    writer.int64(7, commit.height.value());
    writer.uint64(8, commit.price);
    return std::move(writer).take();
}

Result<Commit> decode_commit(ByteView bytes) {
    Commit commit;
    ProtoReader reader("Commit", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                commit.output_root = reader.array<sizeof(Hash256)>("output_root");
                break;
            case 2:
                commit.trace_root = reader.array<sizeof(Hash256)>("trace_root");
                break;
            case 3:
                commit.steps = reader.uint64("steps");
                break;
            case 4:
                commit.fault = reader.nested("fault", decode_fault(reader.message("fault")));
                break;
            case 5:
                append_hash(reader, "results", commit.results, results_max);
                break;
            case 6:
                commit.inline_size = number4(reader, "inline_size", inline_result_size_max);
                break;
            case 7:
                commit.height = height(reader, "height");
                break;
            case 8:
                commit.price = money(reader, "price");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "output_root");
    reader.require(2, "trace_root");
    TRY(reader.finish());
    return commit;
}

Bytes encode_challenge(const Challenge& challenge) {
    ProtoWriter writer;
    writer.int64(1, challenge.decided.value());
    writer.int64(2, challenge.issued.value());
    writer.uint64(3, challenge.probes);
    writer.uint64(4, challenge.bytes);
    writer.uint64(5, challenge.gas);
    writer.uint64(6, challenge.attempts);
    writer.int64(7, challenge.last_attempt.value());
    writer.bytes(8, challenge.seed);
    return std::move(writer).take();
}

Result<Challenge> decode_challenge(ByteView bytes) {
    Challenge challenge;
    ProtoReader reader("Challenge", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                challenge.decided = height(reader, "decided");
                break;
            case 2:
                challenge.issued = height(reader, "issued");
                break;
            case 3:
                challenge.probes = reader.uint32("probes");
                break;
            case 4:
                challenge.bytes = reader.uint64("bytes");
                break;
            case 5:
                challenge.gas = reader.uint64("gas");
                break;
            case 6:
                challenge.attempts = number4(reader, "attempts", proof_attempts_max);
                break;
            case 7:
                challenge.last_attempt = height(reader, "last_attempt");
                break;
            case 8:
                challenge.seed = reader.array<sizeof(Hash256)>("seed");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(8, "seed");
    TRY(reader.finish());
    return challenge;
}

}  // namespace steelyard::market::codec
