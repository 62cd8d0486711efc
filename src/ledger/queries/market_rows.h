// The market's records as steelyard.market.v1 has them. Private to the .cpp files of this folder.
#pragma once

#include "ledger/queries/query_table.h"
#include "market/records/instrument.h"
#include "market/records/job.h"
#include "market/records/trade.h"

namespace steelyard::market::v1 {
class Ask;
class Bid;
class Class;
class Job;
class Order;
class PricePeriod;
class Program;
class Provider;
class Trade;
class Worker;
}  // namespace steelyard::market::v1

namespace steelyard::queries {

namespace mpb = market::v1;

inline std::string bytes_text(ByteView bytes) {
    return std::string(as_text(bytes));
}

// What requests name.

/// Exactly 32 bytes.
Answer<crypto::Hash256> read_id(std::string_view field, const std::string& bytes);

/// 0 is work.
Answer<market::Product> read_product(std::uint32_t product);

/// A book of a class that exists.
Answer<market::BookId> read_book(const Asked& asked, std::uint32_t class_id, std::uint32_t product);

/// The account of an address; nothing: there is none.
Answer<std::optional<ledger::AccountNumber>> read_owner(
    const Asked& asked, std::string_view field, const std::string& address
);

struct FoundJob {
    market::Order order{};
    market::Job job{};
};
Answer<FoundJob> find_job(const Asked& asked, const market::JobId& id);

// What answers hold. Accounts that records name exist.

mpb::Class describe(market::ClassId id, const market::Class& value);
mpb::PricePeriod describe(const market::PricePeriod& period);
Answer<mpb::Program> describe(
    const Asked& asked, const crypto::Hash256& id, const market::Program& program
);
Answer<mpb::Provider> describe(
    const Asked& asked, ledger::AccountNumber account, const market::Provider& provider
);
Answer<mpb::Worker> describe(
    const Asked& asked, ledger::AccountNumber account, const market::Worker& worker
);
Answer<mpb::Ask> describe(const Asked& asked, const market::AskKey& key, const market::Ask& ask);
Answer<mpb::Bid> describe(const Asked& asked, const market::BidKey& key, const market::Bid& bid);
Answer<mpb::Order> describe(const Asked& asked, market::OrderId id, const market::Order& order);
Answer<mpb::Job> describe(const Asked& asked, const market::JobId& id, const FoundJob& found);
Answer<mpb::Trade> describe(const Asked& asked, market::BookId book, const market::Trade& trade);

}  // namespace steelyard::queries
