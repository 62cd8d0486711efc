// A store of blobs against bare writes with fsync, and bare reads, of the same bytes: what checking
// them costs. Works in a new folder under the current one, which should be on the disk in question.
#include "base/check.h"
#include "base/hex.h"
#include "base/random.h"
#include "blob/store.h"
#include "files/posix_calls.h"
#include "vm/files/npy.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

namespace steelyard::blob {
namespace {

constexpr std::uint64_t content_bytes = 64 << 20;
constexpr std::size_t piece_bytes = 8 << 20;

class Folder {
public:
    Folder() {
        std::string name = "blob_store_bench-XXXXXX";
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

using Seconds = std::chrono::duration<double>;

template <typename Work>
Seconds time_of(const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::steady_clock::now() - begin;
}

/// A store, a blob for it, and a bare file beside it.
class Bench {
public:
    Bench() {
        SeededRandom(1).fill(data_);
        id_ = store_->put(type_, data_).value();
        tree_ = store_->tree(id_).value();
        file_ = vm::write_npy(type_, data_);
    }

    void forget() { CHECK(store_->remove(id_)); }

    void put() { CHECK(store_->put(type_, data_)); }

    void append() {
        for (std::uint64_t offset = 0; offset < file_.size(); offset += piece_bytes) {
            const std::uint64_t size = std::min<std::uint64_t>(piece_bytes, file_.size() - offset);
            const ByteView piece = ByteView(file_).subspan(offset, size);
            CHECK(store_->append(id_, offset, file_.size(), piece));
        }
    }

    void fetch() {
        CHECK(store_->begin_part(id_, tree_.header, tree_.groups));
        for (std::uint32_t group = 0; group < tree_.groups.size(); ++group) {
            const ByteRange range = group_range(type_, group);
            CHECK(store_->add_group(id_, group, ByteView(data_).subspan(range.first, range.size)));
        }
    }

    void read() {
        for (std::uint64_t offset = 0; offset < file_.size(); offset += group_bytes_max) {
            const auto size = std::min<std::uint64_t>(group_bytes_max, file_.size() - offset);
            CHECK(store_->read(id_, offset, size));
        }
    }

    void give_groups() {
        for (std::uint32_t group = 0; group < tree_.groups.size(); ++group) {
            CHECK(store_->group(id_, group));
        }
    }

    void bare_write() {
        const std::string path = bare();
        const files::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
        CHECK(files::write_all(file.number(), path, file_) && ::fsync(file.number()) == 0);
        CHECK(::unlink(path.c_str()) == 0);
    }

    void bare_read() {
        const std::string path = folder_.path() / "blobs" / name();
        const files::Descriptor file(::open(path.c_str(), O_RDONLY));
        for (std::uint64_t offset = 0; offset < file_.size(); offset += group_bytes_max) {
            Bytes out(std::min<std::uint64_t>(group_bytes_max, file_.size() - offset));
            CHECK(files::read_some(file.number(), path, offset, out) == out.size());
        }
    }

private:
    std::string bare() const { return folder_.path() / "bare"; }
    std::string name() const {
        const std::string hex = to_hex(id_);
        return hex.substr(0, 2) + "/" + hex + ".npy";
    }

    Folder folder_{};
    SystemClock clock_{};
    std::unique_ptr<BlobStore> store_ =
        BlobStore::open(folder_.path() / "blobs", {}, clock_).value();
    vm::TensorType type_{.dtype = vm::DType::f32, .shape = {content_bytes / 4096, 1024}};
    Bytes data_ = Bytes(content_bytes);
    Hash256 id_{};
    BlobTree tree_{};
    Bytes file_{};
};

/// Ours and the bare calls take turns, so that both meet the same disk.
template <typename Ours, typename Bare>
void compare(benchmark::State& state, const Ours& ours, const Bare& bare) {
    Seconds our_time{};
    Seconds bare_time{};
    for (auto _ : state) {
        const Seconds once = time_of(ours);
        state.SetIterationTime(once.count());
        our_time += once;
        bare_time += time_of(bare);
    }
    const double bytes = static_cast<double>(state.iterations() * content_bytes) / 1e6;
    state.counters["MB/s"] = bytes / our_time.count();
    state.counters["bare_MB/s"] = bytes / bare_time.count();
    state.counters["ratio"] = bare_time / our_time;
}

template <void (Bench::*comes)()>
void compare_writing(benchmark::State& state) {
    Bench bench;
    compare(
        state,
        [&] {
            bench.forget();
            (bench.*comes)();
        },
        [&] { bench.bare_write(); }
    );
}

template <void (Bench::*goes)()>
void compare_reading(benchmark::State& state) {
    Bench bench;
    compare(state, [&] { (bench.*goes)(); }, [&] { bench.bare_read(); });
}

BENCHMARK(compare_writing<&Bench::put>)->Name("put")->UseManualTime();
BENCHMARK(compare_writing<&Bench::append>)->Name("append")->UseManualTime();
BENCHMARK(compare_writing<&Bench::fetch>)->Name("add_group")->UseManualTime();
BENCHMARK(compare_reading<&Bench::read>)->Name("read")->UseManualTime();
BENCHMARK(compare_reading<&Bench::give_groups>)->Name("group")->UseManualTime();

}  // namespace
}  // namespace steelyard::blob
