"""What became of the jobs of an order, as the blocks tell it."""

import base64
import hashlib
import statistics


class Job:
    """One task: its events in their order, each (height, action, state, reason, provider)."""

    def __init__(self):
        self.events = []

    def heights(self, action):
        return [one[0] for one in self.events if one[1] == action]

    def last(self, action):
        """The height at which it came so far the last time; None if it never did."""
        return max(self.heights(action), default=None)

    def end(self):
        """The state and provider that it ended with; None if it lives."""
        ends = [(one[2], one[4]) for one in self.events if one[1] == "ended"]
        return ends[-1] if ends else None


class ProofSent:
    """A proof that was in a block."""

    def __init__(self, height, job, tx):
        message = tx["tx"]["body"]["messages"][0]
        response = fields(fields(fields(bytes.fromhex(tx["data"]))[2][0])[2][0])
        self.height, self.job = height, job
        self.bytes = len(base64.b64decode(message["proof"]))
        self.verdict = response[1][0].decode()
        self.reason = response.get(2, [b""])[0].decode()
        self.gas = response.get(3, [0])[0]


def fields(message):
    """The values of a protobuf message by field number: numbers and bytes."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            value = varint()
        elif key & 7 == 2:
            size = varint()
            value, at = message[at:at + size], at + size
        else:
            raise ValueError(f"a field of wire type {key & 7}")
        found.setdefault(key >> 3, []).append(value)
    return found


class Story:
    """Follows an order from a height on; `update` reads the blocks that are new."""

    def __init__(self, rpc, wallet, order, first_height):
        self.rpc, self.wallet, self.order = rpc, wallet, str(order)
        self.first_height = self.next_height = first_height
        self.jobs = {}
        self.proofs = []
        self.trades = []  # (height, job, amount in uyard)
        self.fees = {}  # by account: what its transactions paid

    def update(self):
        last = self.rpc.height()
        while self.next_height <= last:
            self.read(self.next_height)
            self.next_height += 1

    def read(self, height):
        results = self.rpc.at("block_results", height)
        for index, tx in enumerate(results["txs_results"] or []):
            for event in tx["events"]:
                self.note(height, index, event)
        for event in results["finalize_block_events"] or []:
            self.note(height, None, event)

    def note(self, height, index, event):
        values = {one["key"]: one["value"] for one in event["attributes"]}
        if event["type"] == "tx" and "fee_payer" in values:
            paid = int(values["fee"].removesuffix("uyard") or 0)
            self.fees[values["fee_payer"]] = self.fees.get(values["fee_payer"], 0) + paid
        elif event["type"] == "job" and values["order"] == self.order:
            job = self.jobs.setdefault(int(values["id"].partition("/")[2]), Job())
            job.events.append((height, values["action"], values["state"], values["reason"], values["provider"]))
            if index is not None and values["action"] in ("proved", "slashed"):
                self.proofs.append(ProofSent(height, values["id"], self.tx_at(height, index)))
        elif event["type"] == "trade" and values["job"].partition("/")[0] == self.order:
            self.trades.append((height, values["job"], int(values["amount"])))

    def tx_at(self, height, index):
        raw = base64.b64decode(self.rpc.at("block", height)["block"]["data"]["txs"][index])
        return self.wallet.json("query", "tx", hashlib.sha256(raw).hexdigest())

    def slashed(self):
        """(job, height) of each slash."""
        return [(f"{self.order}/{task}", height) for task, job in self.jobs.items() for height in job.heights("slashed")]

    def price_of(self, name, height):
        """What a job was last matched at before the height, in uyard."""
        return [amount for traded, job, amount in self.trades if job == name and traded <= height][-1]

    def seconds_between(self, before, after):
        """(median, longest) over the jobs, of the try that succeeded."""
        spans = []
        for job in self.jobs.values():
            first, last = job.last(before), job.last(after)
            if first is not None and last is not None:
                spans.append(self.rpc.time(last) - self.rpc.time(first))
        return (statistics.median(spans), max(spans)) if spans else (0, 0)

    def all_ended(self, tasks):
        return len(self.jobs) == tasks and all(job.end() for job in self.jobs.values())
