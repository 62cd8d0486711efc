// Document: an app_state as the tools put it together before a chain begins.
#pragma once

#include "chain/coin.h"
#include "chain/ids.h"
#include "ledger/params/params.h"

#include <memory>
#include <string>

namespace steelyard::genesis {

class Document {
public:
    /// Without accounts; the metadata of the base denomination is in it.
    static Document make(const ledger::Params& params);

    /// Errors name the place: not JSON, unknown members, values of another type.
    static Result<Document> parse(std::string_view app_state);

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    /// Errors: it is there already, or is a module's; a supply would be over its limit.
    Result<void> add_account(const chain::Address& address, const chain::Coins& coins);

    /// What an account has; nothing: it is not there.
    std::optional<chain::Coins> balance(const chain::Address& address) const;

    /// A transaction as JSON. Errors: another one creates the same validator.
    Result<void> add_gen_tx(std::string_view tx);

    /// Takes all of them out.
    void clear_gen_txs();

    /// The text for a genesis document, indented.
    std::string print() const;

private:
    struct Parts;
    explicit Document(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace steelyard::genesis
