#include "consensus/sync/block_queue.h"

namespace steelyard::sync {

using chain::Height;

Wanted* BlockQueue::find(Height height) {
    const auto found = wanted_.find(height.value());
    return found == wanted_.end() ? nullptr : &found->second;
}

bool BlockQueue::add(Height next, FetchedBlock fetched) {
    const Height height = fetched.block.header.height;
    Wanted* wanted = find(height);
    if (!wanted || wanted->block || height < next) {
        return false;
    }
    const std::size_t size = fetched.parts.size();
    usual_size_ = (usual_size_ * 7 + size) / 8;
    const bool is_near = height.value() - next.value() < 2;
    if (!is_near && bytes_ + size > bytes_max_) {
        wanted->asked.erase(fetched.from);
        return false;
    }
    bytes_ += size;
    wanted->block = std::move(fetched);
    return true;
}

void BlockQueue::discard(Height height) {
    Wanted* wanted = find(height);
    if (wanted && wanted->block) {
        bytes_ -= wanted->block->parts.size();
        wanted->asked.erase(wanted->block->from);
        wanted->block.reset();
    }
}

void BlockQueue::advance(Height next) {
    while (!wanted_.empty() && wanted_.begin()->first < next.value()) {
        discard(Height(wanted_.begin()->first));
        wanted_.erase(wanted_.begin());
    }
}

void BlockQueue::forget(PeerId peer) {
    for (auto& [height, wanted] : wanted_) {
        if (wanted.block && wanted.block->from == peer) {
            discard(Height(height));
        }
        wanted.asked.erase(peer);
    }
}

void BlockQueue::clear() {
    wanted_.clear();
    bytes_ = 0;
}

std::int64_t BlockQueue::window() const {
    const std::size_t room = bytes_max_ / (usual_size_ + 1);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(room), 2, window_max);
}

}  // namespace steelyard::sync
