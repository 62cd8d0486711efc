// The write-ahead log against bare write and fdatasync of the same bytes: what its promises cost.
// Works in a new folder under the current one, which should be on the disk in question.
#include "base/check.h"
#include "consensus/engine/posix_files.h"
#include "consensus/engine/wal.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

namespace steelyard::engine {
namespace {

class Folder {
public:
    Folder() {
        std::string name = "wal_bench-XXXXXX";
        CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class Ours {
public:
    void append(ByteView record) { CHECK(wal_->append(record)); }
    void sync() { CHECK(wal_->sync()); }

private:
    Folder folder_;
    SeededRandom random_{1};
    std::unique_ptr<PosixDirectory> directory_ = PosixDirectory::lock(folder_.path()).value();
    std::unique_ptr<Wal> wal_ =
        Wal::open(*directory_, random_, {.chain_id = chain::ChainId::parse("steelyard-1").value()})
            .value();
};

class Raw {
public:
    Raw()
        : descriptor_(::open(
              (folder_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600
          )) {
        CHECK(descriptor_ >= 0);
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    ~Raw() { ::close(descriptor_); }

    void append(ByteView record) {
        CHECK(
            ::write(descriptor_, record.data(), record.size()) ==
            static_cast<ssize_t>(record.size())
        );
    }
    void sync() { CHECK(::fdatasync(descriptor_) == 0); }

private:
    Folder folder_;
    int descriptor_;
};

/// Records of the size of the argument, synced each: a validator's own votes.
template <typename Log>
void append_and_sync(benchmark::State& state) {
    Log log;
    const Bytes record(static_cast<std::size_t>(state.range(0)), 0x5A);
    for (auto _ : state) {
        log.append(record);
        log.sync();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_and_sync<Raw>)->Arg(200)->Arg(65'700)->UseRealTime()->Iterations(300);
BENCHMARK(append_and_sync<Ours>)->Arg(200)->Arg(65'700)->UseRealTime()->Iterations(300);

/// Records that nothing waits for: votes (200 bytes) and block parts of others.
template <typename Log>
void append(benchmark::State& state) {
    Log log;
    const Bytes record(static_cast<std::size_t>(state.range(0)), 0x5A);
    for (auto _ : state) {
        log.append(record);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append<Raw>)->Arg(200)->UseRealTime()->Iterations(100'000);
BENCHMARK(append<Ours>)->Arg(200)->UseRealTime()->Iterations(100'000);
BENCHMARK(append<Raw>)->Arg(65'700)->UseRealTime()->Iterations(2'000);
BENCHMARK(append<Ours>)->Arg(65'700)->UseRealTime()->Iterations(2'000);

}  // namespace
}  // namespace steelyard::engine
