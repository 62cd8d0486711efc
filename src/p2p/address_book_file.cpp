#include "p2p/address_book_file.h"

#include "base/hex.h"
#include "chain/json_text.h"
#include "chain/timestamp.h"

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace steelyard::p2p {

namespace {

namespace json = boost::json;

constexpr std::size_t json_depth_max = 8;

// What CometBFT calls the two kinds.
constexpr int type_new = 1;
constexpr int type_old = 2;

std::string print_time(Clock::Wall time) {
    return to_string(
        time == Clock::Wall() ? chain::Timestamp() : chain::Timestamp::from_wall(time)
    );
}

std::string print_address(const NetAddress& address) {
    return fmt::format(
        R"({{"id": "{}", "ip": "{}", "port": {}}})",
        address.id.text(),
        address.at.host,
        address.at.port
    );
}

void print_known(std::string& out, const KnownAddress& known) {
    // A source that was configured by name has no IP address, which the format demands.
    const NetAddress& source = ip_of(known.source.at) ? known.source : known.address;
    out += fmt::format(
        "\t\t{{\n\t\t\t\"addr\": {},\n\t\t\t\"src\": {},\n\t\t\t\"buckets\": [{}],\n",
        print_address(known.address),
        print_address(source),
        fmt::join(known.buckets, ", ")
    );
    out += fmt::format(
        "\t\t\t\"attempts\": {},\n\t\t\t\"bucket_type\": {},\n\t\t\t\"last_attempt\": \"{}\",\n"
        "\t\t\t\"last_success\": \"{}\",\n\t\t\t\"last_ban_time\": "
        "\"0001-01-01T00:00:00Z\"\n\t\t}}",
        known.attempts,
        known.old ? type_old : type_new,
        print_time(known.last_attempt),
        print_time(known.last_success)
    );
}

/// A time as Go writes it, also with an offset from UTC; the epoch for none and for what a clock
/// of 64 bits of nanoseconds does not hold.
Result<Clock::Wall> parse_time(std::string_view text) {
    std::chrono::minutes offset{0};
    std::string utc(text);
    constexpr std::size_t offset_size = 6;  // "+02:00"
    if (text.size() > offset_size && !text.ends_with('Z')) {
        const std::string_view tail = text.substr(text.size() - offset_size);
        const auto digit = [&](std::size_t i) { return tail[i] - '0'; };
        const bool digits =
            std::ranges::all_of(std::array<std::size_t, 4>{1, 2, 4, 5}, [&](std::size_t i) {
                return tail[i] >= '0' && tail[i] <= '9';
            });
        if ((tail[0] != '+' && tail[0] != '-') || tail[3] != ':' || !digits) {
            return fail(ErrorCode::corrupt, "a time has no zone");
        }
        offset = std::chrono::minutes((digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5));
        offset = tail[0] == '-' ? -offset : offset;
        utc = std::string(text.substr(0, text.size() - offset_size)) + "Z";
    }
    TRY_ASSIGN(const chain::Timestamp time, chain::Timestamp::parse(utc));
    constexpr std::int64_t year_2200 = 7'258'118'400;
    if (time.seconds() <= 0 || time.seconds() > year_2200) {
        return Clock::Wall();
    }
    return Clock::Wall(
        std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanoseconds()) - offset
    );
}

Result<const json::object*> object_at(const json::object& parent, std::string_view key) {
    const json::value* const value = parent.if_contains(key);
    if (value == nullptr || !value->is_object()) {
        return fail(ErrorCode::corrupt, "\"{}\" is missing or no object", key);
    }
    return &value->get_object();
}

Result<std::string_view> text_at(const json::object& parent, std::string_view key) {
    const json::value* const value = parent.if_contains(key);
    if (value == nullptr || !value->is_string()) {
        return fail(ErrorCode::corrupt, "\"{}\" is missing or no text", key);
    }
    const json::string& text = value->get_string();
    return std::string_view(text.data(), text.size());
}

Result<std::int64_t> number_at(const json::object& parent, std::string_view key) {
    const json::value* const value = parent.if_contains(key);
    if (value == nullptr || !value->is_int64()) {
        return fail(ErrorCode::corrupt, "\"{}\" is missing or no number", key);
    }
    return value->get_int64();
}

/// Nothing for an address that cannot be dialled.
Result<std::optional<NetAddress>> address_at(const json::object& parent, std::string_view key) {
    TRY_ASSIGN(const json::object* const object, object_at(parent, key));
    TRY_ASSIGN(const std::string_view id, text_at(*object, "id"));
    TRY_ASSIGN(const std::string_view ip, text_at(*object, "ip"));
    TRY_ASSIGN(const std::int64_t port, number_at(*object, "port"));
    const auto node = NodeId::parse(id);
    const auto host = parse_ip(ip);
    if (!node || !host || port <= 0 || port > 65'535) {
        return std::nullopt;
    }
    return NetAddress{*node, {to_string(*host), static_cast<std::uint16_t>(port)}};
}

Result<std::optional<KnownAddress>> parse_known(const json::object& object) {
    KnownAddress known;
    TRY_ASSIGN(const auto address, address_at(object, "addr"));
    TRY_ASSIGN(const auto source, address_at(object, "src"));
    TRY_ASSIGN(const std::int64_t type, number_at(object, "bucket_type"));
    TRY_ASSIGN(const std::int64_t attempts, number_at(object, "attempts"));
    TRY_ASSIGN(const std::string_view last_attempt, text_at(object, "last_attempt"));
    TRY_ASSIGN(const std::string_view last_success, text_at(object, "last_success"));
    TRY_ASSIGN(known.last_attempt, parse_time(last_attempt));
    TRY_ASSIGN(known.last_success, parse_time(last_success));
    if (type != type_new && type != type_old) {
        return fail(
            ErrorCode::corrupt, "\"bucket_type\" {} is neither {} nor {}", type, type_new, type_old
        );
    }
    constexpr std::int64_t attempts_max = 1'000'000;
    if (attempts < 0 || attempts > attempts_max) {
        return fail(ErrorCode::corrupt, "\"attempts\" {} is out of range", attempts);
    }
    if (!address || !source) {
        return std::nullopt;
    }
    known.address = *address;
    known.source = *source;
    known.old = type == type_old;
    known.attempts = static_cast<int>(attempts);
    return known;
}

Error errno_error(std::string_view what, const std::filesystem::path& path) {
    return {
        errno == ENOENT ? ErrorCode::not_found : ErrorCode::io,
        fmt::format("cannot {} \"{}\": {}", what, path.string(), std::strerror(errno))
    };
}

/// Closes the file at the end of a scope.
struct OpenFile {
    int fd;
    ~OpenFile() {
        if (fd >= 0) {
            ::close(fd);
        }
    }
};

}  // namespace

std::string print_address_book(const AddressBook& book) {
    std::string out = fmt::format("{{\n\t\"key\": \"{}\",\n\t\"addrs\": [", to_hex(book.key()));
    const char* separator = "\n";
    for (const auto& [id, known] : book.addresses()) {
        out += separator;
        print_known(out, known);
        separator = ",\n";
    }
    return out + "\n\t]\n}\n";
}

Result<StoredAddresses> parse_address_book(std::string_view text) {
    if (text.size() > address_book_file_size_max) {
        return fail(
            ErrorCode::too_large,
            "{} bytes, the limit is {}",
            text.size(),
            address_book_file_size_max
        );
    }
    if (auto checked = chain::check_json(text, json_depth_max); !checked) {
        return fail(ErrorCode::corrupt, "{}", checked.error().message());
    }
    boost::system::error_code error;
    const json::value root = json::parse(text, error);
    if (error || !root.is_object()) {
        return fail(ErrorCode::corrupt, "not a JSON object");
    }
    StoredAddresses out;
    TRY_ASSIGN(const std::string_view key, text_at(root.get_object(), "key"));
    BookKey salt;
    if (from_hex(key, salt)) {
        out.key = salt;
    }
    const json::value* const list = root.get_object().if_contains("addrs");
    if (list == nullptr || !(list->is_array() || list->is_null())) {
        return fail(ErrorCode::corrupt, "\"addrs\" is missing or no list");
    }
    if (list->is_null()) {
        return out;
    }
    if (list->get_array().size() > address_book_file_count_max) {
        return fail(
            ErrorCode::too_large,
            "{} addresses, the limit is {}",
            list->get_array().size(),
            address_book_file_count_max
        );
    }
    for (std::size_t i = 0; i < list->get_array().size(); ++i) {
        const json::value& entry = list->get_array()[i];
        auto known =
            entry.is_object()
                ? parse_known(entry.get_object())
                : Result<std::optional<KnownAddress>>(fail(ErrorCode::corrupt, "it is no object"));
        if (!known) {
            return fail(ErrorCode::corrupt, "addrs[{}]: {}", i, known.error().message());
        }
        if (*known) {
            out.addresses.push_back(**std::move(known));
        } else {
            ++out.skipped;
        }
    }
    return out;
}

Result<StoredAddresses> read_address_book(const std::filesystem::path& path) {
    const OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.fd < 0) {
        return std::unexpected(errno_error("open", path));
    }
    std::string text;
    std::array<char, 65'536> buffer;
    while (text.size() <= address_book_file_size_max) {
        const ssize_t count = ::read(file.fd, buffer.data(), buffer.size());
        if (count < 0) {
            return std::unexpected(errno_error("read", path));
        }
        if (count == 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    auto parsed = parse_address_book(text);
    if (!parsed) {
        return std::unexpected(std::move(parsed.error()).in(path.string()));
    }
    return parsed;
}

Result<void> write_text_atomically(const std::filesystem::path& path, std::string_view text) {
    const std::filesystem::path temporary = path.string() + ".tmp";
    {
        constexpr mode_t mode = 0644;
        const OpenFile file{
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        };
        if (file.fd < 0) {
            return std::unexpected(errno_error("create", temporary));
        }
        while (!text.empty()) {
            const ssize_t count = ::write(file.fd, text.data(), text.size());
            if (count < 0) {
                return std::unexpected(errno_error("write", temporary));
            }
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        if (::fsync(file.fd) != 0) {
            return std::unexpected(errno_error("sync", temporary));
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        return std::unexpected(errno_error("rename", temporary));
    }
    return {};
}

Result<std::filesystem::path> move_aside(const std::filesystem::path& path) {
    const std::filesystem::path aside = path.string() + ".damaged";
    if (::rename(path.c_str(), aside.c_str()) != 0) {
        return std::unexpected(errno_error("rename", path));
    }
    return aside;
}

}  // namespace steelyard::p2p
