#include "ledger/app/store_query.h"

#include "ledger/state/failure.h"

namespace steelyard::ledger {
namespace {

constexpr std::string_view path_begin = "/store/";
constexpr std::string_view path_end = "/key";
constexpr std::string_view in_store_type = "ics23:iavl";
constexpr std::string_view of_store_type = "ics23:simple";

abci::QueryResult refusal(const FailureKind& kind, std::string log, chain::Height height) {
    return {
        .code = kind.code,
        .log = std::move(log),
        .height = height,
        .codespace = std::string(kind.codespace),
    };
}

abci::ProofOp proof_op(std::string_view type, ByteView key, const crypto::CommitmentProof& proof) {
    return {std::string(type), to_bytes(key), crypto::encode_commitment_proof(proof)};
}

}  // namespace

bool is_store_path(std::string_view path) {
    return path.starts_with(path_begin);
}

abci::QueryResult query_store(
    const storage::StateTree& tree, const abci::QueryRequest& request, chain::Height height
) {
    std::string_view name = request.path;
    name.remove_prefix(path_begin.size());
    const std::optional<storage::StoreId> store =
        name.ends_with(path_end) ? tree.find_store(name.substr(0, name.size() - path_end.size()))
                                 : std::nullopt;
    if (!store) {
        return refusal(
            kinds::unknown_request,
            fmt::format("{} is no path: /store/<name of a store>/key", request.path),
            height
        );
    }
    if (request.data.empty() || request.data.size() > storage::state_key_size_max) {
        return refusal(
            kinds::invalid_request,
            fmt::format(
                "a key has 1 to {} bytes, not {}", storage::state_key_size_max, request.data.size()
            ),
            height
        );
    }
    abci::QueryResult result{.key = request.data, .height = height};
    auto value = tree.get(*store, request.data, height);
    if (!value) {
        return refusal(kinds::invalid_request, value.error().message(), height);
    }
    result.value = std::move(*value).value_or(Bytes());
    if (!request.prove) {
        return result;
    }
    name.remove_suffix(path_end.size());
    if (const auto proof = tree.prove(*store, request.data, height)) {
        result.proof_ops.push_back(proof_op(in_store_type, request.data, proof->in_store));
        result.proof_ops.push_back(proof_op(of_store_type, as_bytes(name), proof->of_store));
        return result;
    }
    const auto proof = tree.prove_store(*store, height);
    if (!proof) {
        return refusal(kinds::invalid_request, proof.error().message(), height);
    }
    result.log = "the store is empty";
    result.proof_ops.push_back(proof_op(of_store_type, as_bytes(name), *proof));
    return result;
}

}  // namespace steelyard::ledger
