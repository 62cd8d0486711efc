#include "p2p/peer_manager.h"

#include "base/check.h"

namespace steelyard::p2p {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t requested_max = 128;
constexpr std::size_t dial_states_max = 4096;

/// A connection that lasted so long forgives the failures before it.
constexpr Moment lasting_min = 10s;

/// Two connections that came up within this time were dialled at once.
constexpr Moment simultaneous_max = 10s;

/// A connection that has been silent for so long gives way to a fresh one of the same node, which
/// would not have dialled if it still had the old one.
constexpr Moment silent_min = 10s;

constexpr Moment first_delay = 1s;           ///< after the first failure; doubles
constexpr Moment book_delay_max = 10min;     ///< of an address from the book
constexpr int book_attempts_max = 16;        ///< then it is forgotten
constexpr Moment seed_delay = 30s;           ///< after a seed was heard; doubles
constexpr Moment discovery_interval = 5s;    ///< while connections are wanted and some may be had
constexpr Moment discovery_pause = 30s;      ///< while there is nobody to dial
constexpr Moment crawl_interval = 2min;      ///< between two visits of a seed to one address
constexpr Moment seed_peer_time_max = 5min;  ///< that a seed lets a peer stay

}  // namespace

std::string_view to_string(Refusal refusal) {
    switch (refusal) {
        case Refusal::banned:
            return "banned";
        case Refusal::duplicate_id:
            return "duplicate_id";
        case Refusal::duplicate_ip:
            return "duplicate_ip";
        case Refusal::inbound_full:
            return "inbound_full";
        case Refusal::outbound_full:
            return "outbound_full";
    }
    CHECK(false);
}

PeerManager::PeerManager(PeerManagerOptions options, AddressBook& book, RandomSource& random)
    : options_(std::move(options)), book_(book), random_(random) {
    book_.exclude(options_.self, AddOutcome::own);
    for (const NetAddress& address : options_.persistent) {
        if (address.id != options_.self) {
            persistent_[address.id] = address;
        }
    }
    std::erase_if(options_.seeds, [&](const auto& seed) { return seed.id == options_.self; });
}

DialPlan PeerManager::plan(Clock::Wall wall, Moment now) {
    DialPlan plan;
    plan_persistent(plan, now);
    plan_requested(plan, now);
    if (options_.discover) {
        plan_discovery(plan, wall, now);
    }
    if (options_.seed_mode) {
        plan_hang_ups(plan, now);
    }
    return plan;
}

void PeerManager::plan_persistent(DialPlan& plan, Moment now) {
    for (const auto& [id, address] : persistent_) {
        if (by_id_.contains(id)) {
            continue;
        }
        const DialState& state = dials_[id];
        if (state.in_progress) {
            continue;
        }
        if (state.next <= now) {
            start_dial(plan, address);
        } else {
            plan.wake_at = std::min(plan.wake_at.value_or(state.next), state.next);
        }
    }
}

void PeerManager::plan_requested(DialPlan& plan, Moment now) {
    for (const auto& [id, address] : std::exchange(requested_, {})) {
        const auto state = dials_.find(id);
        const bool in_progress = state != dials_.end() && state->second.in_progress;
        if (!by_id_.contains(id) && !in_progress && !bans_.banned_until(id, now)) {
            start_dial(plan, address);
        }
    }
}

void PeerManager::plan_discovery(DialPlan& plan, Clock::Wall wall, Moment now) {
    const int wanted = outbound_free();
    if (wanted <= 0) {
        return;  // an end of a connection or of a dial plans again
    }
    // Few connections: rather those that worked before. Many: new ones have their chance.
    const int new_bias = std::min(counted(true), 8) * 10 + 10;
    int found = 0;
    for (int attempt = 0; attempt < 3 * wanted && found < wanted; ++attempt) {
        const KnownAddress* const known = book_.pick(new_bias);
        if (known == nullptr) {
            break;
        }
        if (is_free(known->address, now)) {
            start_dial(plan, NetAddress(known->address));
            book_.mark_attempt(known->address.id, wall);
            ++found;
        }
    }
    const bool seed_dialled = found == 0 && dialling() == 0 && plan_seed(plan, now);
    if (found == wanted || (book_.size() == 0 && options_.seeds.empty())) {
        return;
    }
    const Moment pause = found > 0 || seed_dialled || book_.size() > peers_.size()
                             ? discovery_interval
                             : discovery_pause;
    plan.wake_at = std::min(plan.wake_at.value_or(now + pause), now + pause);
}

bool PeerManager::plan_seed(DialPlan& plan, Moment now) {
    std::vector<const NetAddress*> free;
    for (const NetAddress& seed : options_.seeds) {
        if (is_free(seed, now)) {
            free.push_back(&seed);
        }
    }
    if (free.empty()) {
        return false;
    }
    start_dial(plan, *free[random_.below(free.size())]);
    return true;
}

void PeerManager::plan_hang_ups(DialPlan& plan, Moment now) {
    for (const auto& [peer, state] : peers_) {
        if (is_exempt(state.id)) {
            continue;
        }
        const Moment end = state.since + seed_peer_time_max;
        if (end <= now) {
            plan.hang_up.push_back(peer);
        } else {
            plan.wake_at = std::min(plan.wake_at.value_or(end), end);
        }
    }
}

void PeerManager::start_dial(DialPlan& plan, const NetAddress& address) {
    DialState& state = dials_[address.id];
    CHECK(!state.in_progress);
    state.in_progress = true;
    plan.dials.push_back(address);
}

bool PeerManager::request_dial(const NetAddress& address, bool persistent) {
    if (address.id == options_.self || requested_.size() >= requested_max ||
        persistent_.size() >= requested_max + options_.persistent.size()) {
        return false;
    }
    if (persistent) {
        persistent_[address.id] = address;
        dials_[address.id].next = {};
    } else {
        requested_[address.id] = address;
    }
    return true;
}

void PeerManager::dial_failed(const NodeId& id, bool is_somebody_else, Moment now) {
    DialState& state = dials_[id];
    state.in_progress = false;
    ++state.attempts;
    const bool persistent = is_persistent(id);
    state.next = now + back_off(state.attempts, persistent ? options_.redial_max : book_delay_max);
    if (!persistent && (is_somebody_else || state.attempts > book_attempts_max)) {
        book_.remove(id);
    }
}

Moment PeerManager::back_off(int attempts, Moment longest) {
    Moment delay = first_delay;
    for (int i = 1; i < attempts && delay < longest; ++i) {
        delay *= 2;
    }
    delay = std::min(delay, longest);
    // Half of it is drawn, so that nodes that failed together do not come back together.
    const auto half = static_cast<std::uint64_t>(delay.count()) / 2;
    return Moment(static_cast<std::int64_t>(half + random_.below(half + 1)));
}

bool PeerManager::admits_socket(const IpAddress& from, Moment now) const {
    if (bans_.banned_until(from, now)) {
        return false;
    }
    // Ids come out in the handshake only: spare it if none could be let in.
    const bool somebody_exempt = !persistent_.empty() || !options_.unconditional.empty();
    return somebody_exempt || counted(false) < options_.inbound_max;
}

std::optional<PeerId> PeerManager::connected(const NodeId& id) const {
    const auto peer = by_id_.find(id);
    return peer == by_id_.end() ? std::nullopt : std::optional(peer->second);
}

Admission PeerManager::admit(
    PeerId peer, const Candidate& candidate, Clock::Wall wall, Moment now
) {
    Admission out;
    out.persistent = is_persistent(candidate.id);
    if (candidate.outbound) {
        dials_[candidate.id].in_progress = false;
    }
    if (const auto rival = by_id_.find(candidate.id); rival != by_id_.end()) {
        if (!wins_over(peers_.at(rival->second), candidate, now)) {
            out.refused = Refusal::duplicate_id;
            return out;
        }
        out.replaces = rival->second;
        peers_.erase(rival->second);
        by_id_.erase(rival);
    }
    if (const auto refused = refusal(candidate, now)) {
        out.refused = refused;
        if (candidate.outbound) {
            DialState& state = dials_[candidate.id];
            state.next = now + back_off(++state.attempts, book_delay_max);
        }
        return out;
    }
    peers_[peer] = {
        .id = candidate.id,
        .ip = candidate.ip,
        .outbound = candidate.outbound,
        .counted = !is_exempt(candidate.id),
        .since = now
    };
    by_id_[candidate.id] = peer;
    if (candidate.outbound) {
        book_.mark_good(candidate.id, wall);
    }
    return out;
}

/// Whether the new one of two connections with a node is the one to keep.
bool PeerManager::wins_over(const Peer& rival, const Candidate& candidate, Moment now) const {
    if (rival.outbound != candidate.outbound && now - rival.since < simultaneous_max) {
        return candidate.outbound ? options_.self < candidate.id : candidate.id < options_.self;
    }
    return candidate.rival_idle >= silent_min;
}

std::optional<Refusal> PeerManager::refusal(const Candidate& candidate, Moment now) const {
    if (is_exempt(candidate.id)) {
        return std::nullopt;
    }
    if (bans_.banned_until(candidate.id, now) ||
        (candidate.ip && bans_.banned_until(*candidate.ip, now))) {
        return Refusal::banned;
    }
    if (!options_.allow_duplicate_ip && candidate.ip && has_ip(*candidate.ip)) {
        return Refusal::duplicate_ip;
    }
    if (candidate.outbound && counted(true) >= options_.outbound_max) {
        return Refusal::outbound_full;
    }
    if (!candidate.outbound && counted(false) >= options_.inbound_max) {
        return Refusal::inbound_full;
    }
    return std::nullopt;
}

void PeerManager::closed(PeerId id, Moment now) {
    const auto peer = peers_.find(id);
    if (peer == peers_.end()) {
        return;  // it was replaced
    }
    const Peer ended = peer->second;
    peers_.erase(peer);
    by_id_.erase(ended.id);
    DialState& state = dials_[ended.id];
    const bool is_seed = std::ranges::any_of(options_.seeds, [&](const NetAddress& seed) {
        return seed.id == ended.id;
    });
    if (!is_seed) {
        state.attempts = now - ended.since >= lasting_min ? 0 : state.attempts;
    }
    ++state.attempts;
    if (is_persistent(ended.id)) {
        state.next = now + back_off(state.attempts, options_.redial_max);
    } else if (is_seed) {
        state.next = now + std::max(seed_delay, back_off(state.attempts, book_delay_max));
    } else {
        state.next =
            now + (options_.seed_mode ? crawl_interval : back_off(state.attempts, book_delay_max));
    }
    if (dials_.size() > dial_states_max) {
        std::erase_if(dials_, [&](const auto& item) {
            return !item.second.in_progress && item.second.next <= now;
        });
    }
}

std::optional<Moment> PeerManager::misbehaved(PeerId id, bool proved, Moment now) {
    const auto peer = peers_.find(id);
    if (peer == peers_.end() || is_exempt(peer->second.id)) {
        return std::nullopt;
    }
    if (!proved) {
        return bans_.ban_briefly(peer->second.id, now);
    }
    book_.remove(peer->second.id);
    return bans_.ban(peer->second.id, peer->second.ip, now);
}

bool PeerManager::is_exempt(const NodeId& id) const {
    return is_persistent(id) || options_.unconditional.contains(id);
}

/// Whether an address may be dialled now.
bool PeerManager::is_free(const NetAddress& address, Moment now) const {
    const auto state = dials_.find(address.id);
    if (state != dials_.end() && (state->second.in_progress || state->second.next > now)) {
        return false;
    }
    if (by_id_.contains(address.id) || is_persistent(address.id) ||
        bans_.banned_until(address.id, now)) {
        return false;
    }
    const auto ip = ip_of(address.at);
    return !ip || (!bans_.banned_until(*ip, now) && (options_.allow_duplicate_ip || !has_ip(*ip)));
}

bool PeerManager::has_ip(const IpAddress& ip) const {
    return std::ranges::any_of(peers_, [&](const auto& item) { return item.second.ip == ip; });
}

std::size_t PeerManager::count(bool outbound) const {
    return static_cast<std::size_t>(std::ranges::count_if(peers_, [&](const auto& item) {
        return item.second.outbound == outbound;
    }));
}

int PeerManager::counted(bool outbound) const {
    return static_cast<int>(std::ranges::count_if(peers_, [&](const auto& item) {
        return item.second.outbound == outbound && item.second.counted;
    }));
}

int PeerManager::outbound_free() const {
    const auto under_way = std::ranges::count_if(dials_, [&](const auto& item) {
        return item.second.in_progress && !is_exempt(item.first);
    });
    return options_.outbound_max - counted(true) - static_cast<int>(under_way);
}

std::size_t PeerManager::dialling() const {
    return static_cast<std::size_t>(std::ranges::count_if(dials_, [](const auto& item) {
        return item.second.in_progress;
    }));
}

}  // namespace steelyard::p2p
