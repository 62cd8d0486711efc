#include "tests/sim/disks.h"

#include "tests/support/sim_files.h"
#include "tests/support/sim_store.h"

#include <array>

namespace steelyard::sim {
namespace {

constexpr std::uint64_t never = 0;

/// What the devices of a machine share.
struct Power {
    std::function<void()> on_sync;
    std::function<void()> cut;
    bool is_on = true;
    std::uint64_t operations = 0;
    std::uint64_t cut_at = never;

    /// Counts an operation. True: this is the one that is torn.
    bool begin() { return ++operations == cut_at; }

    /// Passes on how an operation ended.
    Result<void> end(Result<void> result, bool is_torn, bool is_sync) {
        if (is_torn) {
            cut();
        } else if (is_sync && result) {
            on_sync();
        }
        return result;
    }
};

class PoweredStore final : public storage::KvStore {
public:
    PoweredStore(std::uint64_t seed, Power& power) : store_(seed), power_(power) {}

    test::SimStore& device() { return store_; }

    Result<std::optional<Bytes>> get(ByteView key) const override { return store_.get(key); }

    Result<void> write(const storage::WriteBatch& batch, storage::Durability durability) override {
        const bool is_torn = power_.begin();
        if (is_torn) {
            store_.fail_write_at(1, test::Fault::power_cut);
        }
        return power_.end(
            store_.write(batch, durability), is_torn, durability == storage::Durability::synced
        );
    }

    std::unique_ptr<storage::KvIterator> iterate() const override { return store_.iterate(); }

private:
    test::SimStore store_;
    Power& power_;
};

class PoweredDirectory final : public engine::Directory {
public:
    PoweredDirectory(std::uint64_t seed, Power& power) : directory_(seed), power_(power) {}

    test::SimDirectory& device() { return directory_; }

    /// Does what changes something; the one whose turn it is meets the power cut.
    template <typename Operation>
    Result<void> change(bool is_sync, const Operation& operation) {
        const bool is_torn = power_.begin();
        if (is_torn) {
            directory_.fail_at(1, test::Fault::power_cut);
        }
        return power_.end(operation(), is_torn, is_sync);
    }

    Result<std::vector<std::string>> list() const override { return directory_.list(); }
    Result<std::unique_ptr<engine::LogFile>> open(std::string_view name) override;
    Result<std::unique_ptr<engine::LogFile>> create(std::string_view name) override;

    Result<void> rename(std::string_view from, std::string_view to) override {
        return change(false, [&] { return directory_.rename(from, to); });
    }
    Result<void> remove(std::string_view name) override {
        return change(false, [&] { return directory_.remove(name); });
    }
    Result<void> sync() override {
        return change(true, [&] { return directory_.sync(); });
    }

private:
    test::SimDirectory directory_;
    Power& power_;
};

class PoweredFile final : public engine::LogFile {
public:
    PoweredFile(std::unique_ptr<engine::LogFile> file, PoweredDirectory& directory)
        : file_(std::move(file)), directory_(directory) {}

    std::uint64_t size() const override { return file_->size(); }
    Result<void> append(ByteView bytes) override {
        return directory_.change(false, [&] { return file_->append(bytes); });
    }
    Result<void> sync() override {
        return directory_.change(true, [&] { return file_->sync(); });
    }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        return file_->read(offset, out);
    }

private:
    std::unique_ptr<engine::LogFile> file_;
    PoweredDirectory& directory_;
};

Result<std::unique_ptr<engine::LogFile>> PoweredDirectory::open(std::string_view name) {
    TRY_ASSIGN(auto file, directory_.open(name));
    return std::make_unique<PoweredFile>(std::move(file), *this);
}

Result<std::unique_ptr<engine::LogFile>> PoweredDirectory::create(std::string_view name) {
    std::unique_ptr<engine::LogFile> file;
    TRY(change(false, [&]() -> Result<void> {
        TRY_ASSIGN(file, directory_.create(name));
        return {};
    }));
    return std::make_unique<PoweredFile>(std::move(file), *this);
}

}  // namespace

struct Disks::Devices {
    Devices(std::uint64_t seed, std::function<void()> on_sync)
        : power{.on_sync = std::move(on_sync), .cut = [this] { cut_power(); }},
          blocks(seed, power),
          state(seed + 1, power),
          evidence(seed + 2, power),
          application(seed + 3, power),
          wal(seed + 4, power),
          signer(seed + 5, power) {}

    void cut_power() {
        power.is_on = false;
        power.cut_at = never;
        for (PoweredStore* store : stores()) {
            store->device().cut_power();
        }
        wal.device().cut_power();
        signer.device().cut_power();
    }

    void restart(test::Loss loss) {
        power.is_on = true;
        for (PoweredStore* store : stores()) {
            store->device().restart(loss);
        }
        wal.device().restart(loss);
        signer.device().restart(loss);
    }

    std::array<PoweredStore*, 4> stores() { return {&blocks, &state, &evidence, &application}; }

    Power power;
    PoweredStore blocks;
    PoweredStore state;
    PoweredStore evidence;
    PoweredStore application;
    PoweredDirectory wal;
    PoweredDirectory signer;
};

Disks::Disks(std::uint64_t seed, std::function<void()> on_sync)
    : devices_(std::make_unique<Devices>(seed, std::move(on_sync))) {
}

Disks::~Disks() = default;

storage::KvStore& Disks::blocks() {
    return devices_->blocks;
}

storage::KvStore& Disks::state() {
    return devices_->state;
}

storage::KvStore& Disks::evidence() {
    return devices_->evidence;
}

storage::KvStore& Disks::application() {
    return devices_->application;
}

engine::Directory& Disks::wal() {
    return devices_->wal;
}

engine::Directory& Disks::signer() {
    return devices_->signer;
}

void Disks::cut_power_at(std::uint64_t operation) {
    Power& power = devices_->power;
    power.cut_at = operation == never ? never : power.operations + operation;
}

void Disks::cut_power() {
    devices_->cut_power();
}

bool Disks::has_power() const {
    return devices_->power.is_on;
}

void Disks::restart(test::Loss loss) {
    devices_->restart(loss);
}

std::uint64_t Disks::operations() const {
    return devices_->power.operations;
}

}  // namespace steelyard::sim
