// Parties: providers with their bonds, and their workers.
#pragma once

#include "market/records/ids.h"

namespace steelyard::market {

inline constexpr std::size_t moniker_size_max = 70;
inline constexpr std::size_t contact_size_max = 140;
inline constexpr std::size_t attributes_max = 16;
inline constexpr std::size_t attribute_name_size_max = 32;
inline constexpr std::size_t attribute_value_size_max = 64;
inline constexpr std::size_t workers_max = 256;        ///< of one provider
inline constexpr std::size_t worker_classes_max = 16;  ///< of one provider's workers
inline constexpr std::uint32_t slots_max = 1'024;
inline constexpr std::size_t withdrawals_max = 32;  ///< that wait, of one provider
inline constexpr std::uint32_t slashes_max = 3;     ///< the last one removes
inline constexpr std::size_t declines_kept = 2;

/// Self-declared.
struct Attribute {
    std::string name{};  ///< lower-case letters, digits, "_.-"
    std::string value{};

    auto operator<=>(const Attribute&) const = default;
};

struct Worker;

/// What a provider has of one class, so that clearing need not read its workers to know.
struct WorkersOfClass {
    ClassId class_id{};
    std::uint32_t workers = 0;     ///< retired ones too
    std::uint32_t free_slots = 0;  ///< of those that are not retired

    bool operator==(const WorkersOfClass&) const = default;
};

struct Provider {
    std::string moniker{};
    std::string region{};
    std::string contact{};
    std::vector<Attribute> attributes{};  ///< ascending, names once
    Money bond = 0;
    Money reserved = 0;
    Money withdrawing = 0;
    std::uint32_t withdrawals = 0;      ///< rows `u`
    std::uint32_t next_withdrawal = 0;  ///< the number of the next one
    std::uint32_t slashes = 0;          ///< no more are counted than remove it
    bool is_jailed = false;
    std::uint32_t workers = 0;              ///< rows `x`
    std::vector<WorkersOfClass> classes{};  ///< ascending; those that it has workers of
    std::uint64_t settled = 0;              ///< jobs, whatever their payer

    /// Asks with a smaller id are void (J5).
    OrderId asks_valid_from{};

    /// Heights of the last declines that were not yet too old (J2), ascending.
    std::vector<Height> declines{};
    Height registered{};

    bool is_removed() const { return slashes >= slashes_max; }
    Money free_bond() const { return bond - reserved - withdrawing; }

    /// A worker's part in `workers` and `classes`: taken out before its row changes, put in after.
    void count_in(const Worker& worker);
    void count_out(const Worker& worker);

    bool operator==(const Provider&) const = default;
};

struct Worker {
    AccountNumber provider{};
    ClassId class_id{};
    std::uint32_t slots = 1;
    std::uint32_t busy = 0;
    bool is_retired = false;  ///< gets no jobs and signs nothing; the row goes with its last job

    std::uint32_t free_slots() const { return is_retired ? 0 : slots - busy; }

    bool operator==(const Worker&) const = default;
};

Outcome<std::optional<Provider>> get_provider(const StateView& state, AccountNumber account);
Outcome<void> put_provider(StateView& state, AccountNumber account, const Provider& provider);
Outcome<void> walk_providers(
    const StateView& state,
    AccountNumber from,
    const std::function<Outcome<bool>(AccountNumber, const Provider&)>& visit
);

Outcome<std::optional<Worker>> get_worker(const StateView& state, AccountNumber account);
Outcome<void> put_worker(StateView& state, AccountNumber account, const Worker& worker);
Outcome<void> erase_worker(StateView& state, AccountNumber account, const Worker& worker);

/// In the order of their account numbers.
Outcome<void> walk_workers(
    const StateView& state,
    AccountNumber provider,
    const std::function<Outcome<bool>(AccountNumber, const Worker&)>& visit
);

/// What of a bond is on its way out, by number.
Outcome<std::optional<Money>> get_withdrawal(
    const StateView& state, AccountNumber provider, std::uint32_t number
);
Outcome<void> put_withdrawal(
    StateView& state, AccountNumber provider, std::uint32_t number, Money amount
);
Outcome<void> erase_withdrawal(StateView& state, AccountNumber provider, std::uint32_t number);

/// In the order of their numbers.
Outcome<void> walk_withdrawals(
    const StateView& state,
    AccountNumber provider,
    const std::function<Outcome<bool>(std::uint32_t number, Money)>& visit
);

Bytes encode_provider(const Provider& provider);
Result<Provider> decode_provider(ByteView bytes);
Bytes encode_worker(const Worker& worker);
Result<Worker> decode_worker(ByteView bytes);

}  // namespace steelyard::market
