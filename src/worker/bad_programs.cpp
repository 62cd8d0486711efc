#include "worker/bad_programs.h"

#include "base/decimal.h"
#include "base/hex.h"
#include "files/private_file.h"

#include <algorithm>
#include <cstdlib>

namespace steelyard::worker {
namespace {

constexpr std::size_t why_size_max = 200;
constexpr std::size_t file_size_max = bad_programs_max * 512;

/// One line of what a child said, which may be anything.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, why_size_max));
    std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

/// Takes the word before the next space off the line.
std::string_view take_word(std::string_view& line) {
    const std::size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == line.npos ? line.size() : end + 1);
    return word;
}

bool is_reason(Uint128 number) {
    return number >= static_cast<unsigned>(Decline::no_input) &&
           number <= static_cast<unsigned>(Decline::other);
}

}  // namespace

Result<BadPrograms::Entry> BadPrograms::read_line(std::string_view line) {
    std::string_view rest = line;
    Entry out;
    const auto program = from_hex(take_word(rest), out.program);
    const auto reason = parse_decimal(take_word(rest));
    const auto height = parse_decimal(take_word(rest));
    constexpr Uint128 height_max = std::numeric_limits<std::int64_t>::max();
    if (!program || !reason || !is_reason(*reason) || !height || *height > height_max) {
        return fail(ErrorCode::corrupt, "\"{}\" is no PROGRAM REASON HEIGHT WHY", line);
    }
    out.height = static_cast<std::int64_t>(*height);
    out.refusal = {.reason = static_cast<Decline>(*reason), .why = std::string(rest)};
    return out;
}

Result<void> BadPrograms::open() {
    entries_.clear();
    const auto file = files::read_private_file(file_, file_size_max);
    if (!file) {
        return file.error().code() == ErrorCode::not_found
                   ? Result<void>()
                   : Result<void>(std::unexpected(file.error()));
    }
    std::vector<Entry> entries;
    std::string_view text = as_text(file->view());
    while (!text.empty() && entries.size() < bad_programs_max) {
        const std::size_t end = text.find('\n');
        auto entry = read_line(text.substr(0, end));
        if (!entry) {
            return std::unexpected(std::move(entry).error().in(file_.native()));
        }
        entries.push_back(*std::move(entry));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    entries_ = std::move(entries);
    return {};
}

Result<void> BadPrograms::add(const Hash256& program, const Refusal& refusal, std::int64_t height) {
    std::erase_if(entries_, [&](const Entry& entry) {
        return entry.program == program || std::abs(height - entry.height) >= bad_program_blocks;
    });
    if (entries_.size() >= bad_programs_max) {
        entries_.erase(entries_.begin());
    }
    entries_.push_back(
        {.program = program,
         .refusal = {.reason = refusal.reason, .why = printable(refusal.why)},
         .height = height}
    );
    std::string text;
    for (const Entry& entry : entries_) {
        text += fmt::format(
            "{} {} {} {}\n",
            to_hex(entry.program),
            static_cast<int>(entry.refusal.reason),
            entry.height,
            entry.refusal.why
        );
    }
    return files::replace_private_file(file_, as_bytes(text));
}

std::optional<Refusal> BadPrograms::find(const Hash256& program, std::int64_t height) const {
    const auto found = std::ranges::find(entries_, program, &Entry::program);
    // Of a chain that began anew nothing is known.
    if (found == entries_.end() || std::abs(height - found->height) >= bad_program_blocks) {
        return std::nullopt;
    }
    return found->refusal;
}

}  // namespace steelyard::worker
