#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares `vmxsim check --batch` with entry_oracle.py on seeded cases. Exit code 0 when they agree everywhere."""

import argparse
import collections
import itertools
import json
import random
import subprocess
import sys
import tempfile

import entry_cases
import entry_oracle

PROCESSORS = ("conroe", "yorkfield", "tunnelcreek", "sandybridge", "ivybridge", "haswell", "skylake", "icelake", "alderlake", "sapphirerapids",
              "wildcatlake", "bochs-generic", "bochs-penryn-t9600", "bochs-skylake-x", "bochs-tigerlake")

# No captured processor has these: the first has every control, the others lack what all captured ones have. None: no such MSR.
MADE_UP = {
    "made-up-all-controls": ("wildcatlake", {"0x48b": lambda v: v | 0xDFFFFFFF << 32, "0x492": lambda v: v | 0x11FF, "0x493": lambda v: v | 0xF}),
    "made-up-few-capabilities": ("wildcatlake", {
        "0x480": lambda v: v & ~(1 << 56),  # error codes by vector only
        "0x482": lambda v: v & ~(1 << 59), "0x48e": lambda v: v & ~(1 << 59),  # no monitor trap flag
        "0x485": lambda v: v & ~(7 << 6 | 1 << 30 | 7 << 16) | 2 << 16,  # the active state only; no injection of length 0; 2 CR3 targets
        "0x48c": lambda v: v & ~(1 << 21 | 1 << 23 | 1 << 14) | 1 << 7 | 1 << 8}),  # EPT: no flags, uncacheable, 5 levels
    "made-up-old": ("sandybridge", {
        "0x480": lambda v: v & ~(1 << 55), "0x48d": None, "0x48e": None, "0x48f": None, "0x490": None,  # no TRUE MSRs
        "0x482": lambda v: v & ~(1 << 59), "0x485": lambda v: v & ~(5 << 6), "0x48c": lambda v: v & ~(1 << 21) | 1 << 8}),
    "made-up-narrow": ("conroe", {"0x480": lambda v: v | 1 << 48}),  # VMX structures below 4 GBytes
}


def run(vmxsim, *arguments):
    return json.loads(subprocess.run([vmxsim, *arguments], check=True, stdout=subprocess.PIPE).stdout)


def as_line(number, name, changes, memory, state):
    case = {"id": str(number), "cpu": name, "base": "golden", "vmcs": {field: hex(value) for field, value in changes.items()}}
    if memory: case["memory"] = [{"at": hex(at), "hex": content.hex()} for at, content in memory.items()]
    if state: case["processor"] = {key: value if isinstance(value, bool) else hex(value) for key, value in state.items()}
    return json.dumps(case)


def expected(cpu, changes, memory, state):
    flat = {at + n: byte for at, content in memory.items() for n, byte in enumerate(content)}
    return entry_oracle.judge(entry_oracle.Case(cpu, dict(entry_cases.golden(cpu), **changes), flat, state))


def agrees(oracle, answer, changes):
    outcome, detail, qualifications, _ = oracle
    if outcome == "entered" and changes.get("VM_ENTRY_MSR_LOAD_COUNT"):
        # Which MSRs an entry may load is another chapter (SDM 26.4): only the checks before it are compared.
        return answer["outcome"] == "entered" or answer.get("reason") == "0x80000022"
    if answer.get("outcome") != outcome: return False
    if outcome == "vmfail_valid": return answer["error"] == detail
    if outcome == "entry_failure": return int(answer["reason"], 0) == detail and int(answer["qualification"], 0) in qualifications
    return True


class Tally:
    def __init__(self, show):
        self.show, self.kinds, self.outcomes = show, collections.Counter(), collections.Counter()
        self.given = self.compared = self.disagreements = 0


def unchanged_modes(cpus, fields):
    for name, cpu in cpus:
        base, names = entry_cases.golden(cpu), fields.of(cpu)
        for mode, (edits, state) in entry_cases.modes(cpu).items():
            yield name, cpu, mode, {f: x for f, x in edits.items() if base.get(f, 0) != x and f in names}, {}, state


def compare(options, cases, tally):
    with tempfile.TemporaryFile("w+") as lines:
        for number, (name, _, _, changes, memory, state) in enumerate(cases, tally.given):
            lines.write(as_line(number, name, changes, memory, state) + "\n")
        lines.flush()
        lines.seek(0)
        tally.given += len(cases)
        answers = subprocess.Popen([options.vmxsim, "check", "--batch", "--jobs", str(options.jobs)], stdin=lines, stdout=subprocess.PIPE)
        for (name, cpu, mode, changes, memory, state), line in zip(cases, answers.stdout):
            answer = json.loads(line)
            oracle = expected(cpu, changes, memory, state)
            tally.compared += 1
            tally.outcomes[oracle[0] + (" %d" % oracle[1] if oracle[0] == "vmfail_valid" else "")] += 1
            if agrees(oracle, answer, changes): continue
            tally.disagreements += 1
            violations = [v["check"] for v in answer.get("violations", [])]
            kind = (oracle[0], oracle[1], oracle[3], answer.get("outcome"), violations[0] if violations else answer.get("error_message"))
            tally.kinds[kind] += 1
            if tally.kinds[kind] == 1 and len(tally.kinds) <= options.show:
                print("case %s on %s, %s" % (answer.get("id"), name, mode))
                print("  transcription: %s %#x %s %s" % oracle)
                print("  vmxsim: %s %s" % ({key: answer.get(key) for key in ("outcome", "error", "reason", "qualification", "error_message")}, violations))
                print("  %s" % as_line(answer.get("id"), name, changes, memory, state))
        answers.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vmxsim")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sweep", choices=("bits", "boundaries"), help="instead of random cases: each field of each mode in turn")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cpu", action="append", help="processors to compare on (default: %s)" % ", ".join(PROCESSORS))
    parser.add_argument("--show", type=int, default=20, help="disagreements to print, at most one of a kind")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        return agreement(options, list(options.cpu or PROCESSORS) + ([] if options.cpu else make_up(options.vmxsim, folder)))


def make_up(vmxsim, folder):
    files = []
    for name, (base, edits) in MADE_UP.items():
        profile = run(vmxsim, "caps", "--cpu", base, "--profile")
        for msr, edit in edits.items():
            old = profile["msrs"].pop(msr, "0x0")
            if edit: profile["msrs"][msr] = hex(edit(int(old, 0)))
        files.append("%s/%s.json" % (folder, name))
        with open(files[-1], "w") as file: json.dump(dict(profile, name=name), file)
    return files


def agreement(options, names):
    cpus = [(name, entry_oracle.Cpu(run(options.vmxsim, "caps", "--cpu", name, "--profile"))) for name in names]
    fields = entry_cases.Fields(run(options.vmxsim, "fields", "--json"))
    generator = entry_cases.Generator(random.Random(options.seed), cpus, fields)
    if options.sweep:
        stream = generator.sweep(options.sweep == "boundaries")
    else:
        stream = itertools.islice(itertools.chain(unchanged_modes(cpus, fields), generator), options.cases)
    tally = Tally(options.show)
    while chunk := list(itertools.islice(stream, 50000)): compare(options, chunk, tally)
    for kind, count in tally.kinds.most_common(): print(count, kind)
    print("%d cases compared, %d disagree; the transcription says %s" % (tally.compared, tally.disagreements, dict(tally.outcomes)))
    return 1 if tally.disagreements or tally.compared != tally.given else 0


if __name__ == "__main__":
    sys.exit(main())
