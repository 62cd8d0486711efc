"""What became of the orders of a long test, and whether each end was right: from the chain alone, after it."""

import calendar
import time

from soak_net import BLOCK_MS, WINDOW_BLOCKS

# A worker that was killed is linked again within some seconds. One whose node was away tries again after 0.5 s, 1 s, ... up to
# 30 s and a quarter (worker-link.md, L4); nodes are away for a few seconds only.
RECOVERY_SECONDS = 25
# Time enough for the work of a window of a minute, where nothing is killed.
WELL_SECONDS = 15
LIVE_STATES = ("open", "matched", "started", "committed", "challenged", "proved")
# A worker that is told to end gives back what it has not started (worker-link.md, W10).
GIVING_BACK_SECONDS = 15
# What the windows are called when a provider lets one go by (market.md, J1, J3, K5), and the step that began it.
WINDOWS = {"not_started": "matched", "late": "started", "silence": "challenged"}


def seconds_of(text):
    """Of an RFC 3339 time in UTC."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")


class Step:
    def __init__(self, height, when, values):
        self.height, self.when = height, when
        self.action, self.state, self.reason, self.provider = (
            values[name] for name in ("action", "state", "reason", "provider"))


class Loss:
    """A job that a provider let go: why, and the time that it had."""

    def __init__(self, job, provider, reason, begin, end, height):
        self.job, self.provider, self.reason, self.begin, self.end, self.height = job, provider, reason, begin, end, height


def read_steps(rpc, first, last):
    """Of each job, by its name: its steps in their order."""
    jobs = {}
    for height in range(first, last + 1):
        results = rpc.call("block_results", height=str(height))
        events = [event for tx in results["txs_results"] or [] for event in tx["events"]]
        events = [event for event in events + (results["finalize_block_events"] or []) if event["type"] == "job"]
        if events:
            when = seconds_of(rpc.call("header", height=str(height))["header"]["time"])
            for event in events:
                values = {one["key"]: one["value"] for one in event["attributes"]}
                jobs.setdefault(values["id"], []).append(Step(height, when, values))
    return jobs


def losses_of(name, steps):
    """Each time that a provider lost the job: it is open again, or ended without a result after it had been matched."""
    found, began, provider = [], {}, None
    for step in steps:
        if step.action == "matched":
            provider, began = step.provider, {}
        began[step.action] = step
        lost = step.action == "reopened" or (step.action == "ended" and step.state in ("refunded", "slashed"))
        if provider and (lost or (step.action == "ended" and step.reason in (*WINDOWS, "declined", "fraud", "retracted"))):
            begin = began.get(WINDOWS.get(step.reason, "matched"), step)
            found.append(Loss(name, provider, step.reason, begin.when, step.when, step.height))
            provider = None
    return found


class Judge:
    """`providers`: addresses of those with a worker, by its number; `worker0` is beside `node0`."""

    def __init__(self, net, providers, asked_to_cancel):
        self.net = net
        self.number_of = {address: number for number, address in enumerate(providers)}
        self.asked_to_cancel = asked_to_cancel
        self.ends, self.losses, self.faults = {}, [], []

    def judge(self, jobs):
        for name, steps in jobs.items():
            end = steps[-1]
            if end.action != "ended":
                self.faults.append(f"job {name} never ended: {end.action} in block {end.height}")
                continue
            self.ends[end.state, end.reason] = self.ends.get((end.state, end.reason), 0) + 1
            losses = losses_of(name, steps)
            self.losses += losses
            for loss in losses:
                self.judge_loss(loss)
            self.judge_end(name, end, losses)

    def judge_end(self, name, end, losses):
        order = name.partition("/")[0]
        if end.state == "settled":
            right = end.reason in ("settled", "settled_fault")
        elif end.state == "cancelled":
            right = order in self.asked_to_cancel
        elif end.state == "expired":
            right = True  # nobody took it, or nobody had time left; who lost it is judged by itself
        else:
            right = end.state in ("refunded", "slashed") and bool(losses) and end.reason == losses[-1].reason
        if not right:
            self.faults.append(f"job {name} ended as {end.state} with {end.reason} in block {end.height}")

    def judge_loss(self, loss):
        """Only by a window that went by, or given back; and only while the worker or its node was away for most of it."""
        number = self.number_of[loss.provider]
        pair = (f"worker{number}", f"node{number}")
        if loss.reason not in (*WINDOWS, "declined"):
            self.faults.append(f"job {loss.job}: {pair[0]}, which is honest, lost it in block {loss.height} by {loss.reason}")
            return
        if loss.reason == "declined" and self.net.was_ended(pair[0], loss.end - GIVING_BACK_SECONDS, loss.end):
            return
        well = self.net.seconds_well(pair, loss.begin, loss.end, RECOVERY_SECONDS)
        if well >= WELL_SECONDS:
            self.faults.append(
                f"job {loss.job}: {pair[0]} lost it in block {loss.height} by {loss.reason}, though it and {pair[1]} were well "
                f"for {well:.0f} of {loss.end - loss.begin:.0f} s (a window has {WINDOW_BLOCKS * BLOCK_MS / 1000:.0f} s)")
