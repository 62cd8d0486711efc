// Pex: who is asked for addresses, who is told some, and who asks too often.
#pragma once

#include "base/peer_link.h"
#include "p2p/moment.h"
#include "p2p/pex_message.h"

namespace steelyard::p2p {

/// Between two requests of one peer, after two that are free: what CometBFT 0.38 enforces.
inline constexpr Moment pex_request_interval_min = std::chrono::seconds(10);

/// Between two of our own requests to one peer, and between our periodic ones.
inline constexpr Moment pex_request_interval = std::chrono::seconds(30);

/// Between our first two requests to a peer that we dialled: who starts together with many others
/// comes too early for the first answer.
inline constexpr Moment pex_second_request_delay = std::chrono::seconds(5);

/// Pure: times are arguments. Not thread-safe; it keeps the references.
class Pex {
public:
    enum class Outcome : std::uint8_t {
        nothing,
        learned,  ///< there may be new addresses to dial
        hang_up,  ///< end the connection in friendship, after what is queued was sent
    };

    /// A seed answers one request of each inbound peer and hangs up, and hangs up on those that
    /// it asked itself.
    Pex(bool seed_mode, AddressBook& book, PeerLink& link, RandomSource& random);

    /// `address` is where the peer can be dialled, if that is known. An inbound peer's is put into
    /// the book as its own word; an outbound peer is asked if the book wants more.
    void add_peer(
        PeerId peer,
        const std::optional<NetAddress>& address,
        bool outbound,
        Clock::Wall wall,
        Moment now
    );
    void remove_peer(PeerId peer) { peers_.erase(peer); }

    /// An error says what the peer did wrong: it is to be dropped with it.
    Result<Outcome> receive(PeerId peer, ByteView bytes, Clock::Wall wall, Moment now);

    /// Asks one random peer, and those that are due a second time, if the book wants more. Gives
    /// when to be called again; nothing if there is nobody to ask or nothing to ask for.
    std::optional<Moment> tick(Moment now);

private:
    struct Peer {
        std::optional<NetAddress> address{};
        bool outbound = false;
        bool asked = false;  ///< and has not answered yet
        int asks = 0;
        Moment last_asked{};
        int requests = 0;  ///< that it made
        Moment last_request{};
    };

    void ask(PeerId id, Peer& peer, Moment now);
    static Moment may_be_asked_at(const Peer& peer);
    Result<Outcome> on_request(PeerId id, Peer& peer, Moment now);
    Result<Outcome> on_addresses(Peer& peer, const PexAddresses& list, Clock::Wall wall);

    bool seed_mode_;
    AddressBook& book_;
    PeerLink& link_;
    RandomSource& random_;
    std::map<PeerId, Peer> peers_{};
    Moment next_tick_{};
};

}  // namespace steelyard::p2p
