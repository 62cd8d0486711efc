// DecodedTx: all parts of a transaction, and the strict reader that takes it apart.
#pragma once

#include "chain/coin.h"
#include "chain/tx.h"
#include "tx/account_key.h"

#include <optional>

namespace steelyard::tx {

inline constexpr std::size_t messages_max = 100;

/// What a transaction does, as an Any holds it.
struct PackedMessage {
    std::string type_url{};  ///< such as "/cosmos.bank.v1beta1.MsgSend"
    Bytes value{};

    bool operator==(const PackedMessage&) const = default;
};

enum class SignMode : std::uint8_t {
    unspecified = 0,  ///< in a simulation
    direct = 1,
    legacy_amino_json = 127,
};

/// Which members of a multisig key signed; each of them in LEGACY_AMINO_JSON.
using Signed = std::vector<bool>;

struct SignerInfo {
    std::optional<AccountKey> key{};  ///< may be left out once the account has it
    SignMode mode{};                  ///< legacy_amino_json for a multisig key
    std::optional<Signed> members{};  ///< of a multisig key
    std::uint64_t sequence = 0;
};

struct Fee {
    chain::Coins amount{};
    std::uint64_t gas_limit = 0;
    std::string payer{};  ///< empty: the first signer
};

struct DecodedTx {
    chain::TxRaw raw{};  ///< what signatures cover
    std::vector<PackedMessage> messages{};
    std::string memo{};
    std::uint64_t timeout_height = 0;    ///< 0: none
    bool has_extension_options = false;  ///< of either kind; the ledger refuses them
    std::vector<SignerInfo> signers{};
    Fee fee{};
};

/// Refuses whatever has another encoding, an unknown field, or is over a limit (invalid,
/// too_large), and what this chain does not have (unsupported): unordered transactions, times,
/// tips, fee granters, other sign modes and nested multisig keys. The values of messages are not
/// looked at.
Result<DecodedTx> decode_tx(ByteView bytes);

}  // namespace steelyard::tx
