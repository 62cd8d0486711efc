#include "tests/unit/blob/sim_disk.h"

#include <fmt/core.h>

namespace steelyard::test {

class SimFiles::SimDisk final : public blob::Disk {
public:
    explicit SimDisk(SimFiles& files) : files_(files), session_(files.session_) {}

    Result<std::vector<File>> list() const override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        std::vector<File> out;
        for (const auto& [name, file] : files_.names_) {
            out.push_back({.name = name, .size = file->now.size(), .changed = file->changed});
        }
        return out;
    }

    Result<std::size_t> read(
        const std::string& name, std::uint64_t offset, std::span<std::uint8_t> out
    ) const override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        TRY_ASSIGN(const auto file, files_.find(name));
        if (++files_.reads_ == files_.read_fault_at_) {
            return fail(ErrorCode::io, "{}: cannot read", name);
        }
        if (offset >= file->now.size()) {
            return 0;
        }
        const std::size_t size = std::min<std::uint64_t>(out.size(), file->now.size() - offset);
        std::copy_n(file->now.begin() + static_cast<std::ptrdiff_t>(offset), size, out.begin());
        return size;
    }

    Result<void> write(const std::string& name, std::uint64_t offset, ByteView bytes) override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        std::size_t done = 0;
        const Result<void> begun = files_.begin(true, bytes.size(), &done);
        if (begun || done != 0) {
            auto& file = files_.names_[name];
            if (!file) {
                file = std::make_shared<SimFiles::File>();
            }
            done = begun ? bytes.size() : done;
            file->changed = files_.clock_.wall_now();
            file->now.resize(std::max<std::size_t>(file->now.size(), offset + done));
            std::copy_n(
                bytes.begin(), done, file->now.begin() + static_cast<std::ptrdiff_t>(offset)
            );
        }
        return begun;
    }

    Result<void> resize(const std::string& name, std::uint64_t size) override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        TRY(files_.begin(false, 0, nullptr));
        TRY_ASSIGN(const auto file, files_.find(name));
        file->now.resize(size);
        return {};
    }

    Result<void> sync(const std::string& name) override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        TRY_ASSIGN(const auto file, files_.find(name));
        const Result<void> begun = files_.begin(true, 0, nullptr);
        if (!begun) {
            file->is_lost = true;
            return begun;
        }
        if (!file->is_lost) {
            file->durable = file->now;
        }
        files_.sync_names(name.substr(0, 2));
        return {};
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        TRY_ASSIGN(const auto file, files_.find(from));
        const Result<void> begun = files_.begin(true, 0, nullptr);
        // It may have happened without being durable.
        if (begun || files_.random_.below(2) == 0) {
            files_.names_.erase(from);
            files_.names_[to] = file;
        }
        TRY(begun);
        files_.sync_names(to.substr(0, 2));
        return {};
    }

    Result<void> remove(const std::string& name) override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        TRY(files_.begin(false, 0, nullptr));
        files_.names_.erase(name);
        return {};
    }

    Result<void> touch(const std::string& name, Clock::Wall changed) override {
        const std::lock_guard lock(files_.mutex_);
        TRY(check_alive());
        TRY(files_.begin(false, 0, nullptr));
        TRY_ASSIGN(const auto file, files_.find(name));
        file->changed = changed;
        return {};
    }

private:
    Result<void> check_alive() const {
        if (files_.is_off_ || session_ != files_.session_) {
            return fail(ErrorCode::io, "the power is off");
        }
        return {};
    }

    SimFiles& files_;
    std::uint64_t session_;
};

std::unique_ptr<blob::Disk> SimFiles::disk() {
    return std::make_unique<SimDisk>(*this);
}

void SimFiles::fail_at(std::uint64_t operation, Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_at_ = operations_ + operation;
    fault_ = fault;
}

void SimFiles::fail_read_at(std::uint64_t read) {
    const std::lock_guard lock(mutex_);
    read_fault_at_ = reads_ + read;
}

void SimFiles::flip_bit(const std::string& name, std::uint64_t bit) {
    const std::lock_guard lock(mutex_);
    names_.at(name)->now.at(bit / 8) ^= static_cast<std::uint8_t>(1 << bit % 8);
}

bool SimFiles::contains(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return names_.contains(name);
}

std::uint64_t SimFiles::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

/// `done` is how many of the bytes are written nevertheless.
Result<void> SimFiles::begin(bool needs_space, std::size_t size, std::size_t* done) {
    const bool meets_fault = ++operations_ == fault_at_;
    const bool fails = meets_fault && (fault_ != Fault::no_space || needs_space);
    is_full_ = is_full_ || (meets_fault && fault_ == Fault::no_space);
    is_off_ = is_off_ || (meets_fault && fault_ == Fault::power_cut);
    if (!fails && !(is_full_ && needs_space)) {
        return {};
    }
    if (done != nullptr) {
        *done = random_.below(size + 1);
    }
    return is_full_ ? fail(ErrorCode::no_space, "the disk is full")
                    : fail(ErrorCode::io, "the disk fails");
}

Result<std::shared_ptr<SimFiles::File>> SimFiles::find(const std::string& name) const {
    const auto found = names_.find(name);
    if (found == names_.end()) {
        return fail(ErrorCode::not_found, "{}: is not there", name);
    }
    return found->second;
}

void SimFiles::sync_names(const std::string& folder) {
    std::erase_if(durable_, [&](const auto& item) { return item.first.starts_with(folder); });
    for (const auto& [name, file] : names_) {
        if (name.starts_with(folder)) {
            durable_[name] = file;
        }
    }
}

void SimFiles::restart(Loss loss) {
    const std::lock_guard lock(mutex_);
    ++session_;
    is_off_ = is_full_ = false;
    fault_at_ = read_fault_at_ = 0;
    if (loss == Loss::none) {
        return;
    }
    Names kept;
    const auto keeps_change = [&] { return loss == Loss::seeded && random_.below(2) == 0; };
    for (const auto& [name, file] : names_) {
        const auto before = durable_.find(name);
        if ((before != durable_.end() && before->second == file) || keeps_change()) {
            kept[name] = file;
        }
    }
    for (const auto& [name, file] : durable_) {
        if (!kept.contains(name) && (names_.contains(name) || !keeps_change())) {
            kept[name] = file;
        }
    }
    for (const auto& [name, file] : kept) {
        forget(*file, loss);
    }
    names_ = kept;
    durable_ = kept;
}

void SimFiles::forget(File& file, Loss loss) {
    Bytes after = file.durable;
    if (loss == Loss::seeded && file.now != file.durable) {
        const std::size_t longer = std::max(file.now.size(), file.durable.size());
        const std::size_t shorter = std::min(file.now.size(), file.durable.size());
        after.resize(shorter + random_.below(longer - shorter + 1));
        for (std::size_t at = 0; at < after.size(); at += sector_bytes) {
            const std::size_t end = std::min(after.size(), at + sector_bytes);
            if (end <= file.now.size() && random_.below(2) == 0) {
                std::copy(
                    file.now.begin() + static_cast<std::ptrdiff_t>(at),
                    file.now.begin() + static_cast<std::ptrdiff_t>(end),
                    after.begin() + static_cast<std::ptrdiff_t>(at)
                );
            }
        }
    }
    file.now = after;
    file.durable = after;
    file.is_lost = false;
}

}  // namespace steelyard::test
