#include "client/receipt.h"

#include "base/hex.h"
#include "chain/commit_verifier.h"
#include "chain/json_text.h"
#include "client/header_json.h"
#include "client/json_fields.h"
#include "steelyard/market/v1/receipt.pb.h"

#include <algorithm>
#include <limits>

namespace steelyard::client {
namespace {

using market::ProvenRecord;

constexpr std::size_t light_block_size_max = 4 << 20;
constexpr std::size_t store_name_size_max = 32;
constexpr std::size_t key_size_max = 256;

Result<Bytes> read_op(const JsonFields& record, std::size_t index, std::string_view type) {
    TRY_ASSIGN(const auto ops, record.list("proof_ops", 2));
    if (ops.size() != 2) {
        return record.refuse("proof_ops", "are not two");
    }
    TRY_ASSIGN(const std::string found, ops[index].text("type", key_size_max));
    if (found != type) {
        return ops[index].refuse("type", fmt::format("must be {}", type));
    }
    TRY_ASSIGN(const Bytes key, ops[index].base64("key", key_size_max));
    TRY_ASSIGN(const std::string store, record.text("store", store_name_size_max));
    TRY_ASSIGN(const Bytes wanted, record.hex("key", key_size_max));
    if (key != (index == 0 ? wanted : to_bytes(as_bytes(store)))) {
        return ops[index].refuse("key", "is another than the record's");
    }
    return ops[index].base64("data", market::receipt_proof_size_max);
}

Result<ProvenRecord> read_record(const JsonFields& fields) {
    ProvenRecord record;
    TRY_ASSIGN(record.store, fields.text("store", store_name_size_max));
    TRY_ASSIGN(record.key, fields.hex("key", key_size_max));
    TRY_ASSIGN(record.value, fields.base64("value", market::receipt_value_size_max));
    TRY_ASSIGN(record.in_store, read_op(fields, 0, "ics23:iavl"));
    TRY_ASSIGN(record.of_store, read_op(fields, 1, "ics23:simple"));
    return record;
}

Result<market::JobId> read_job(const JsonFields& fields) {
    TRY_ASSIGN(const std::uint64_t order, fields.number("order_id"));
    TRY_ASSIGN(const std::uint64_t task, fields.number("task"));
    if (task > std::numeric_limits<std::uint32_t>::max()) {
        return fields.refuse("task", "is no number of a task");
    }
    return market::JobId{market::OrderId{order}, static_cast<std::uint32_t>(task)};
}

Result<std::string> compact_member(const JsonFields& fields, std::string_view name) {
    TRY_ASSIGN(const std::string_view value, fields.at(name));
    return chain::json_compact(value);
}

/// The rows of a receipt, each for one question.
class Rows {
public:
    explicit Rows(const std::vector<ProvenRecord>& records)
        : records_(records), is_used_(records.size()) {}

    Result<Bytes> take(std::string_view store, ByteView key) {
        for (std::size_t i = 0; i < records_.size(); ++i) {
            const ProvenRecord& record = records_[i];
            if (record.store == store && equal(record.key, key)) {
                is_used_[i] = true;
                return record.value;
            }
        }
        return fail(ErrorCode::denied, "record {}/{} is missing", store, to_hex(key));
    }

    Result<void> expect_all_used() const {
        const auto unused = std::ranges::find(is_used_, false);
        if (unused != is_used_.end()) {
            const ProvenRecord& record =
                records_[static_cast<std::size_t>(unused - is_used_.begin())];
            return fail(
                ErrorCode::denied,
                "record {}/{} tells nothing of the job",
                record.store,
                to_hex(record.key)
            );
        }
        return {};
    }

private:
    const std::vector<ProvenRecord>& records_;
    std::vector<bool> is_used_;
};

Result<void> check_block(const chain::LightBlock& block, const TrustedHeader& trusted) {
    const chain::Header& header = block.header();
    if (header.height != trusted.height) {
        return fail(
            ErrorCode::denied,
            "the receipt is of block {}, the trusted header of {}",
            header.height,
            trusted.height
        );
    }
    if (block.signed_header().hash() != trusted.hash) {
        return fail(
            ErrorCode::denied,
            "the hash of the receipt's header is {}, of the trusted one {}",
            to_hex_upper(block.signed_header().hash()),
            to_hex_upper(trusted.hash)
        );
    }
    const auto verified = chain::verify_commit(
        {header.chain_id, header.height, block.commit().block_id()},
        block.validators(),
        block.commit()
    );
    return verified ? Result<void>()
                    : fail(ErrorCode::denied, "commit: {}", verified.error().message());
}

Result<void> expect_same(std::string_view what, const std::string& said, const std::string& found) {
    if (said != found) {
        return fail(
            ErrorCode::denied, "the file's \"{}\" is another than what its records say", what
        );
    }
    return {};
}

}  // namespace

Result<Receipt> parse_receipt(std::string_view json) {
    TRY_ASSIGN(
        const JsonFields document, JsonFields::parse("receipt file", json, receipt_size_max)
    );
    TRY_ASSIGN(const JsonFields fields, document.without_envelope());
    TRY_ASSIGN(const std::string format, fields.text("format", key_size_max));
    if (format != market::receipt_format) {
        return fields.refuse("format", fmt::format("must be {}", market::receipt_format));
    }
    TRY_ASSIGN(const market::JobId job, read_job(fields));
    TRY_ASSIGN(const auto list, fields.list("records", market::receipt_records_max));
    std::vector<ProvenRecord> records;
    for (const JsonFields& one : list) {
        TRY_ASSIGN(records.emplace_back(), read_record(one));
    }
    TRY_ASSIGN(const Bytes encoded, fields.base64("light_block", light_block_size_max));
    auto block = chain::decode_light_block(encoded);
    if (!block) {
        return fields.refuse("light_block", block.error().message());
    }
    TRY_ASSIGN(std::string claims, compact_member(fields, "receipt"));
    TRY_ASSIGN(std::string header, compact_member(fields, "header"));
    return Receipt{
        .job = job,
        .records = std::move(records),
        .block = *std::move(block),
        .claims = std::move(claims),
        .header = std::move(header),
    };
}

Result<TrustedHeader> parse_trusted_header(std::string_view json) {
    TRY_ASSIGN(
        const JsonFields document, JsonFields::parse("header file", json, trusted_header_size_max)
    );
    TRY_ASSIGN(JsonFields fields, document.without_envelope());
    if (fields.has("signed_header")) {
        TRY_ASSIGN(fields, fields.object("signed_header"));
    }
    TRY_ASSIGN(const JsonFields header_fields, fields.object("header"));
    TRY_ASSIGN(const chain::Header header, read_header(header_fields));
    return TrustedHeader{.height = header.height, .hash = chain::header_hash(header)};
}

Result<void> read_receipt(const Receipt& receipt, market::v1::Receipt& told) {
    Rows rows(receipt.records);
    told.Clear();
    market::tell_block(receipt.block.header(), told);
    TRY(market::derive_receipt(
        receipt.job,
        [&](std::string_view store, ByteView key) { return rows.take(store, key); },
        told
    ));
    return rows.expect_all_used();
}

Result<void> verify_receipt(
    const Receipt& receipt, const TrustedHeader& trusted, market::v1::Receipt& told
) {
    TRY(check_block(receipt.block, trusted));
    const ByteView app_hash = receipt.block.header().app_hash.view();
    if (app_hash.size() != sizeof(chain::Hash256)) {
        return fail(ErrorCode::denied, "the app hash has {} bytes", app_hash.size());
    }
    for (const ProvenRecord& record : receipt.records) {
        TRY(market::check_record(to_array(app_hash.first<sizeof(chain::Hash256)>()), record));
    }
    TRY(read_receipt(receipt, told));
    TRY(expect_same("receipt", receipt.claims, market::receipt_json(told)));
    return expect_same(
        "header",
        receipt.header,
        market::header_json(receipt.block.header(), receipt.block.signed_header().hash())
    );
}

}  // namespace steelyard::client
