// A bench for one exchange: what it sends is seen, and files answer when the test says so.
#pragma once

#include "tests/unit/blob/memory_files.h"

#include <gtest/gtest.h>

namespace steelyard::blob::test {

class RecordedLink final : public PeerLink {
public:
    bool send(PeerId to, ChannelId channel, Bytes message) override {
        EXPECT_EQ(channel, channel::blob);
        if (full.contains(to)) {
            return false;
        }
        sent[to].push_back(*decode_exchange_message(message));
        return true;
    }

    void drop(PeerId peer, const Error& error) override { dropped[peer] = error.message(); }

    std::set<PeerId> full;
    std::map<PeerId, std::vector<ExchangeMessage>> sent;
    std::map<PeerId, std::string> dropped;
};

class ExchangeBench : public testing::Test, protected Exchange::Sink {
protected:
    using Time = Exchange::Time;

    const TestBlob& make(std::uint32_t number, std::uint32_t groups) {
        const TestBlob blob = make_blob(number, groups);
        return library_[blob.id] = blob;
    }

    void add_peers(PeerId first, PeerId last) {
        for (PeerId peer = first; peer <= last; ++peer) {
            exchange_.add_peer(peer, now_);
        }
    }

    void receive(PeerId from, const ExchangeMessage& message) {
        exchange_.receive(from, encode_exchange_message(message), now_);
    }

    /// All that the files have to do, and what comes of it.
    void work() {
        while (!files_.answers.empty()) {
            const MemoryFiles::Answer answer = std::move(files_.answers.front());
            files_.answers.pop_front();
            answer(exchange_, now_);
        }
    }

    /// Time passes, and what becomes due is done when it is.
    void pass(Time time) {
        const Time end = now_ + time;
        for (auto due = exchange_.deadline(); due && *due <= end; due = exchange_.deadline()) {
            now_ = std::max(now_, *due);
            exchange_.tick(now_);
            work();
        }
        now_ = end;
    }

    /// What a peer was sent since the last call, of one kind.
    template <typename Kind>
    std::vector<Kind> sent(PeerId to) {
        std::vector<Kind> out;
        std::erase_if(link_.sent[to], [&](const ExchangeMessage& message) {
            const auto* const one = std::get_if<Kind>(&message);
            if (one != nullptr) {
                out.push_back(*one);
            }
            return one != nullptr;
        });
        return out;
    }

    GroupMessage group(const TestBlob& blob, std::uint32_t index) const {
        return {blob.id, index, blob.groups[index]};
    }

    /// Answers all groups that a peer was asked for, as an honest one does; their number.
    std::size_t give(PeerId from, const TestBlob& blob) {
        const auto asked = sent<GetGroup>(from);
        for (const GetGroup& get : asked) {
            receive(from, group(blob, get.index));
        }
        work();
        return asked.size();
    }

    /// A fetch whose tree came from this peer.
    void begin(const TestBlob& blob, PeerId from) {
        ASSERT_TRUE(exchange_.fetch(blob.id, now_));
        work();
        receive(from, Have{blob.id});
        receive(from, TreeMessage{blob.id, blob.tree});
        work();
    }

    void fetched(const Hash256& id, const Result<void>& result) override {
        ended_.emplace(id, result);
    }

    bool is_whole(const TestBlob& blob) const {
        const auto found = ended_.find(blob.id);
        return found != ended_.end() && found->second && files_.whole.contains(blob.id);
    }

    Library library_;
    RecordedLink link_;
    MemoryFiles files_{library_};
    Exchange exchange_{{}, link_, files_, *this};
    std::map<Hash256, Result<void>> ended_;
    Time now_ = std::chrono::seconds(100);
};

}  // namespace steelyard::blob::test
