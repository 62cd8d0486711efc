// The file of the address book, addrbook.json, in CometBFT's format.
#pragma once

#include "p2p/address_book.h"

#include <filesystem>

namespace steelyard::p2p {

inline constexpr std::size_t address_book_file_size_max = 32U << 20;

/// Of the addresses in a file; more than the buckets hold is refused.
inline constexpr std::size_t address_book_file_count_max =
    (new_bucket_count + old_bucket_count) * (bucket_size_max + 1);

struct StoredAddresses {
    std::optional<BookKey> key{};  ///< none if the file's has another size
    std::vector<KnownAddress> addresses{};
    std::size_t skipped = 0;  ///< entries that name no dialable address
};

/// The text that CometBFT reads as well.
std::string print_address_book(const AddressBook& book);

/// Reads what print_address_book or CometBFT wrote. Errors: `corrupt` with what is wrong; an
/// entry whose address is none is skipped, since it harms nobody.
Result<StoredAddresses> parse_address_book(std::string_view text);

/// Errors: `not_found` if there is no file, `corrupt`, `io`.
Result<StoredAddresses> read_address_book(const std::filesystem::path& path);

/// Writes a temporary file beside it, synced, and renames it. Errors: `io`.
Result<void> write_text_atomically(const std::filesystem::path& path, std::string_view text);

/// Renames a damaged file to "<name>.damaged", so that a new one can be begun; gives the name.
Result<std::filesystem::path> move_aside(const std::filesystem::path& path);

}  // namespace steelyard::p2p
