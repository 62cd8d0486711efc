#include "tests/support/sim_files.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace steelyard::test {
namespace {

std::unexpected<Error> failure(Fault fault, std::string_view what) {
    const auto code = fault == Fault::no_space ? ErrorCode::no_space : ErrorCode::io;
    return fail(code, "simulated files: {} failed", what);
}

struct Range {
    std::size_t begin;
    std::size_t end;
};

/// What a file is to the kernel: bytes in memory, and which of them the disk has.
struct Inode {
    Bytes data;
    std::size_t synced = 0;     ///< the kernel takes the bytes before this for written
    std::vector<Range> lost{};  ///< of those, the ones that a failed sync did not write
};

using InodePtr = std::shared_ptr<Inode>;
using Names = std::map<std::string, InodePtr, std::less<>>;

/// One step between two states of the names.
struct NameChange {
    std::string removed{};
    std::string added{};
    InodePtr inode{};

    void apply(Names& names) const {
        if (!removed.empty()) {
            names.erase(removed);
        }
        if (!added.empty()) {
            names.insert_or_assign(added, inode);
        }
    }
};

/// Overwrites the range with what a disk may have there: per sector what was written, zeros, what
/// stood elsewhere in the file, or noise.
void spoil(Bytes& data, Range range, RandomSource& random) {
    for (std::size_t at = range.begin; at < range.end;) {
        const std::size_t sector_end =
            (at / SimDirectory::sector_size + 1) * SimDirectory::sector_size;
        const std::size_t end = std::min(range.end, sector_end);
        const std::span<std::uint8_t> sector(&data[at], end - at);
        switch (random.below(4)) {
            case 0:
                break;
            case 1:
                std::ranges::fill(sector, std::uint8_t{0});
                break;
            case 2:
                for (std::uint8_t& byte : sector) {
                    byte = data[static_cast<std::size_t>(&byte - data.data()) % (at + 1)];
                }
                break;
            default:
                random.fill(sector);
        }
        at = end;
    }
}

/// Any first part of what was not synced, and behind it nothing, zeros, or anything.
void lose_some(Inode& inode, RandomSource& random) {
    const std::size_t size = inode.data.size();
    const auto kept =
        inode.synced + static_cast<std::size_t>(random.below(size - inode.synced + 1));
    switch (random.below(3)) {
        case 0:
            inode.data.resize(kept);
            break;
        case 1:
            std::fill(inode.data.begin() + static_cast<std::ptrdiff_t>(kept), inode.data.end(), 0);
            break;
        default:
            inode.data.resize(kept);
            spoil(inode.data, {inode.synced, kept}, random);
    }
    for (const Range& range : inode.lost) {
        spoil(inode.data, range, random);
    }
}

void lose_all(Inode& inode) {
    inode.data.resize(inode.synced);
    for (const auto& [begin, end] : inode.lost) {
        std::ranges::fill(std::span(inode.data).subspan(begin, end - begin), std::uint8_t{0});
    }
}

}  // namespace

struct SimDirectory::Disk {
    explicit Disk(std::uint64_t seed) : random(seed) {}

    SeededRandom random;
    Names names{};
    Names durable_names{};
    std::vector<NameChange> changes{};  ///< between the two

    bool powered = true;
    bool full = false;
    bool sync_failed = false;
    std::uint64_t starts = 0;
    std::uint64_t operations = 0;
    std::uint64_t reads = 0;
    std::uint64_t syncs = 0;
    std::uint64_t fault_operation = 0;
    std::uint64_t fault_read = 0;
    Fault fault = Fault::io_error;

    Result<void> check_powered() const {
        return powered ? Result<void>() : fail(ErrorCode::io, "simulated files: no power");
    }

    /// Counts an operation; the fault that it meets, if it is its turn.
    Result<std::optional<Fault>> begin() {
        TRY(check_powered());
        ++operations;
        if (operations != fault_operation) {
            return std::nullopt;
        }
        full = fault == Fault::no_space;
        powered = fault != Fault::power_cut;
        return fault;
    }

    /// A change that a fault may let happen nevertheless.
    Result<void> change(NameChange step, std::string_view what) {
        TRY_ASSIGN(const auto met, begin());
        if (sync_failed) {
            return fail(ErrorCode::io, "simulated files: an earlier sync of the folder failed");
        }
        if (met && random.below(2) == 0) {
            return failure(*met, what);
        }
        step.apply(names);
        changes.push_back(std::move(step));
        return met ? failure(*met, what) : Result<void>();
    }
};

class SimDirectory::File final : public engine::LogFile {
public:
    File(std::shared_ptr<Disk> disk, InodePtr inode)
        : disk_(std::move(disk)), inode_(std::move(inode)), start_(disk_->starts) {}

    std::uint64_t size() const override { return inode_->data.size(); }

    Result<void> append(ByteView bytes) override {
        TRY(check_usable());
        TRY_ASSIGN(const auto met, disk_->begin());
        if (met || (disk_->full && !bytes.empty())) {
            failed_ = true;
            bytes = bytes.first(static_cast<std::size_t>(disk_->random.below(bytes.size() + 1)));
        }
        steelyard::append(inode_->data, bytes);
        return failed_ ? failure(met.value_or(Fault::no_space), "append") : Result<void>();
    }

    Result<void> sync() override {
        TRY(check_usable());
        TRY_ASSIGN(const auto met, disk_->begin());
        ++disk_->syncs;
        const Range unsynced{inode_->synced, inode_->data.size()};
        if (!met || (*met == Fault::power_cut && disk_->random.below(2) == 0)) {
            inode_->synced = unsynced.end;
        } else if (*met != Fault::power_cut) {
            inode_->lost.push_back(unsynced);
            inode_->synced = unsynced.end;
        }
        failed_ = met.has_value();
        return met ? failure(*met, "sync") : Result<void>();
    }

    Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        TRY(check_open());
        ++disk_->reads;
        if (disk_->reads == disk_->fault_read) {
            return failure(Fault::io_error, "read");
        }
        const std::size_t begin = static_cast<std::size_t>(std::min<std::uint64_t>(offset, size()));
        const ByteView rest = ByteView(inode_->data).subspan(begin);
        const ByteView bytes = rest.first(std::min(out.size(), rest.size()));
        std::ranges::copy(bytes, out.begin());
        return bytes.size();
    }

private:
    Result<void> check_open() const {
        TRY(disk_->check_powered());
        if (start_ != disk_->starts) {
            return fail(ErrorCode::io, "simulated files: opened before the restart");
        }
        return {};
    }

    Result<void> check_usable() const {
        TRY(check_open());
        if (failed_) {
            return fail(ErrorCode::io, "simulated files: an earlier write or sync failed");
        }
        return {};
    }

    std::shared_ptr<Disk> disk_;
    InodePtr inode_;
    std::uint64_t start_;
    bool failed_ = false;
};

SimDirectory::SimDirectory(std::uint64_t seed) : disk_(std::make_shared<Disk>(seed)) {
}

SimDirectory::~SimDirectory() = default;

void SimDirectory::fail_at(std::uint64_t operation, Fault fault) {
    disk_->fault_operation = disk_->operations + operation;
    disk_->fault = fault;
}

void SimDirectory::fail_read_at(std::uint64_t read) {
    disk_->fault_read = disk_->reads + read;
}

void SimDirectory::cut_power() {
    disk_->powered = false;
}

void SimDirectory::restart(Loss loss) {
    Disk& disk = *disk_;
    ++disk.starts;
    disk.powered = true;
    disk.full = false;
    disk.sync_failed = false;
    disk.fault_operation = 0;
    disk.fault_read = 0;
    if (loss == Loss::none) {
        return;
    }
    for (const NameChange& change : disk.changes) {
        if (loss == Loss::seeded && disk.random.below(2) == 0) {
            change.apply(disk.durable_names);
        }
    }
    disk.changes.clear();
    disk.names = disk.durable_names;
    for (auto& [name, inode] : disk.names) {
        if (loss == Loss::all) {
            lose_all(*inode);
        } else {
            lose_some(*inode, disk.random);
        }
        inode->synced = inode->data.size();
        inode->lost.clear();
    }
}

std::map<std::string, Bytes> SimDirectory::image() const {
    std::map<std::string, Bytes> image;
    for (const auto& [name, inode] : disk_->names) {
        image.emplace(name, inode->data);
    }
    return image;
}

void SimDirectory::put(std::string_view name, ByteView content) {
    const auto inode = std::make_shared<Inode>(Inode{to_bytes(content), content.size()});
    disk_->names.insert_or_assign(std::string(name), inode);
    disk_->durable_names.insert_or_assign(std::string(name), inode);
}

std::uint64_t SimDirectory::operations() const {
    return disk_->operations;
}

std::uint64_t SimDirectory::syncs() const {
    return disk_->syncs;
}

Result<std::vector<std::string>> SimDirectory::list() const {
    TRY(disk_->check_powered());
    std::vector<std::string> names;
    for (const auto& [name, inode] : disk_->names) {
        names.push_back(name);
    }
    return names;
}

Result<std::unique_ptr<engine::LogFile>> SimDirectory::open(std::string_view name) {
    TRY(disk_->check_powered());
    const auto found = disk_->names.find(name);
    if (found == disk_->names.end()) {
        return fail(ErrorCode::not_found, "{}: there is no such file", name);
    }
    return std::make_unique<File>(disk_, found->second);
}

Result<std::unique_ptr<engine::LogFile>> SimDirectory::create(std::string_view name) {
    const auto inode = std::make_shared<Inode>();
    TRY(disk_->change({.added = std::string(name), .inode = inode}, "create"));
    return std::make_unique<File>(disk_, inode);
}

Result<void> SimDirectory::rename(std::string_view from, std::string_view to) {
    const auto found = disk_->names.find(from);
    if (found == disk_->names.end()) {
        return fail(ErrorCode::not_found, "{}: there is no such file", from);
    }
    return disk_->change({std::string(from), std::string(to), found->second}, "rename");
}

Result<void> SimDirectory::remove(std::string_view name) {
    if (!disk_->names.contains(name)) {
        return fail(ErrorCode::not_found, "{}: there is no such file", name);
    }
    return disk_->change({.removed = std::string(name)}, "remove");
}

Result<void> SimDirectory::sync() {
    TRY_ASSIGN(const auto met, disk_->begin());
    if (disk_->sync_failed) {
        return fail(ErrorCode::io, "simulated files: an earlier sync of the folder failed");
    }
    ++disk_->syncs;
    if (!met || (*met == Fault::power_cut && disk_->random.below(2) == 0)) {
        disk_->changes.clear();
        disk_->durable_names = disk_->names;
    }
    disk_->sync_failed = met.has_value();
    return met ? failure(*met, "sync") : Result<void>();
}

}  // namespace steelyard::test
