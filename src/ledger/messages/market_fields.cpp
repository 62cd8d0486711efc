#include "ledger/messages/market_fields.h"

#include "base/check.h"
#include "ledger/auth/accounts.h"
#include "market/records/kinds.h"

#include "cosmos/base/v1beta1/coin.pb.h"

namespace steelyard::messages {

using crypto::Hash256;
using ledger::refuse;

Outcome<std::vector<market::Attribute>> read_attributes(const StringList& list) {
    std::vector<market::Attribute> attributes;
    for (const std::string& text : list) {
        if (attributes.size() == market::attributes_max) {
            return refuse(
                market::kinds::bad_text, "attributes: more than {}", market::attributes_max
            );
        }
        const std::size_t middle = text.find('=');
        if (middle == std::string::npos) {
            return refuse(market::kinds::bad_text, "attribute {} has no =", attributes.size());
        }
        attributes.push_back({text.substr(0, middle), text.substr(middle + 1)});
    }
    return attributes;
}

Outcome<Hash256> read_hash(std::string_view field, const std::string& bytes) {
    Hash256 hash{};
    if (bytes.size() != hash.size()) {
        return refuse(
            market::kinds::bad_order, "{} has {} bytes, must have 32", field, bytes.size()
        );
    }
    return to_array<sizeof(Hash256)>(as_bytes(bytes).first<sizeof(Hash256)>());
}

Outcome<std::vector<Hash256>> read_hashes(std::string_view field, const std::string& bytes) {
    if (bytes.size() % sizeof(Hash256) != 0) {
        return refuse(
            market::kinds::bad_order, "{} has {} bytes, not some times 32", field, bytes.size()
        );
    }
    std::vector<Hash256> hashes;
    for (ByteView left = as_bytes(bytes); !left.empty(); left = left.subspan(sizeof(Hash256))) {
        hashes.push_back(to_array<sizeof(Hash256)>(left.first<sizeof(Hash256)>()));
    }
    return hashes;
}

Outcome<market::Money> read_money(std::string_view field, const ProtoCoin& coin) {
    if (coin.denom().empty() && coin.amount().empty()) {
        return market::Money{0};
    }
    TRY_ASSIGN(const chain::Amount amount, read_stake(field, coin));
    if (amount > chain::Amount(market::money_max)) {
        return refuse(
            ledger::kinds::invalid_request,
            "{} is {}, must be at most {}",
            field,
            to_string(amount),
            market::money_max
        );
    }
    return static_cast<market::Money>(amount.value());
}

Outcome<chain::Height> read_height(std::string_view field, std::int64_t height) {
    const Result<chain::Height> read = chain::Height::parse(height);
    if (!read) {
        return refuse(market::kinds::bad_order, "{}: {}", field, read.error().message());
    }
    return *read;
}

Outcome<market::Product> read_product(std::uint32_t product) {
    if (product != static_cast<std::uint32_t>(market::Product::work)) {
        return refuse(market::kinds::bad_order, "product is {}, must be 1", product);
    }
    return market::Product::work;
}

Outcome<ledger::AccountNumber> signer_of(const ledger::Context& context, const std::string& text) {
    TRY_ASSIGN(const chain::Address address, read_account("", text));
    TRY_ASSIGN(const auto account, auth::find(context.state, address));
    CHECK(account.has_value());
    return *account;
}

}  // namespace steelyard::messages
