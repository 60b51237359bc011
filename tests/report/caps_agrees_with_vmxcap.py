#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares `vmxsim caps` with the decoding rules of vmxcap, written again here from its description, on every captured processor.

Usage: caps_agrees_with_vmxcap.py VMXSIM HARDWARE_MSRS_CSV
The rows name the processors by their dump, so this also shows that every dump is reachable as a profile. Nothing is
taken from sim/spec: names, bits and rules stand here a second time on purpose.
"""
import csv
import json
import subprocess
import sys

# group: (title, plain MSR, TRUE MSR or None, {bit: name}); "fields" groups: (title, MSR, {bit or (low, high): name})
CONTROLS = {
    "pin": ("pin-based controls", 0x481, 0x48D, {
        0: "External interrupt exiting", 3: "NMI exiting", 5: "Virtual NMIs", 6: "Activate VMX-preemption timer",
        7: "Process posted interrupts"}),
    "primary": ("primary processor-based controls", 0x482, 0x48E, {
        2: "Interrupt window exiting", 3: "Use TSC offsetting", 7: "HLT exiting", 9: "INVLPG exiting",
        10: "MWAIT exiting", 11: "RDPMC exiting", 12: "RDTSC exiting", 15: "CR3-load exiting", 16: "CR3-store exiting",
        19: "CR8-load exiting", 20: "CR8-store exiting", 21: "Use TPR shadow", 22: "NMI-window exiting",
        23: "MOV-DR exiting", 24: "Unconditional I/O exiting", 25: "Use I/O bitmaps", 27: "Monitor trap flag",
        28: "Use MSR bitmaps", 29: "MONITOR exiting", 30: "PAUSE exiting", 31: "Activate secondary control"}),
    "secondary": ("secondary processor-based controls", 0x48B, None, {
        0: "Virtualize APIC accesses", 1: "Enable EPT", 2: "Descriptor-table exiting", 3: "Enable RDTSCP",
        4: "Virtualize x2APIC mode", 5: "Enable VPID", 6: "WBINVD exiting", 7: "Unrestricted guest",
        8: "APIC register emulation", 9: "Virtual interrupt delivery", 10: "PAUSE-loop exiting", 11: "RDRAND exiting",
        12: "Enable INVPCID", 13: "Enable VM functions", 14: "VMCS shadowing", 15: "Enable ENCLS exiting",
        16: "RDSEED exiting", 17: "Enable PML", 18: "EPT-violation #VE", 19: "Conceal non-root operation from PT",
        20: "Enable XSAVES/XRSTORS", 22: "Mode-based execute control (XS/XU)", 23: "Sub-page write permissions",
        24: "GPA translation for PT", 25: "TSC scaling", 26: "User wait and pause", 28: "ENCLV exiting"}),
    "exit": ("VM-Exit controls", 0x483, 0x48F, {
        2: "Save debug controls", 9: "Host address-space size", 12: "Load IA32_PERF_GLOBAL_CTRL",
        15: "Acknowledge interrupt on exit", 18: "Save IA32_PAT", 19: "Load IA32_PAT", 20: "Save IA32_EFER",
        21: "Load IA32_EFER", 22: "Save VMX-preemption timer value", 23: "Clear IA32_BNDCFGS",
        24: "Conceal VM exits from PT", 25: "Clear IA32_RTIT_CTL"}),
    "entry": ("VM-Entry controls", 0x484, 0x490, {
        2: "Load debug controls", 9: "IA-32e mode guest", 10: "Entry to SMM", 11: "Deactivate dual-monitor treatment",
        13: "Load IA32_PERF_GLOBAL_CTRL", 14: "Load IA32_PAT", 15: "Load IA32_EFER", 16: "Load IA32_BNDCFGS",
        17: "Conceal VM entries from PT", 18: "Load IA32_RTIT_CTL"}),
}
BASIC = ("Basic VMX Information", 0x480, {
    (0, 30): "Revision", (32, 44): "VMCS size", 48: "VMCS restricted to 32 bit addresses", 49: "Dual-monitor support",
    (50, 53): "VMCS memory type", 54: "INS/OUTS instruction information", 55: "IA32_VMX_TRUE_*_CTLS support"})
MISC = ("Miscellaneous data", 0x485, {
    (0, 4): "VMX-preemption timer scale (log2)", 5: "Store EFER.LMA into IA-32e mode guest control",
    6: "HLT activity state", 7: "Shutdown activity state", 8: "Wait-for-SIPI activity state", 14: "PT in VMX operation",
    15: "IA32_SMBASE support", (16, 24): "Number of CR3-target values", (25, 27): "MSR-load/store count recommendation",
    28: "IA32_SMM_MONITOR_CTL[2] can be set to 1", 29: "VMWRITE to VM-exit information fields",
    30: "Inject event with insn length=0", (32, 63): "MSEG revision identifier"})
EPT_VPID = ("VPID and EPT capabilities", 0x48C, {
    0: "Execute-only EPT translations", 6: "Page-walk length 4", 8: "Paging-structure memory type UC",
    14: "Paging-structure memory type WB", 16: "2MB EPT pages", 17: "1GB EPT pages", 20: "INVEPT supported",
    21: "EPT accessed and dirty flags", 22: "Advanced VM-exit information for EPT violations",
    25: "Single-context INVEPT", 26: "All-context INVEPT", 32: "INVVPID supported", 40: "Individual-address INVVPID",
    41: "Single-context INVVPID", 42: "All-context INVVPID", 43: "Single-context-retaining-globals INVVPID"})
VMFUNC = ("VM Functions", 0x491, {0: "EPTP Switching"})


def row(name, value):
    return "  " + name.ljust(40) + " " + str(value)


def setting(msrs, plain, exact, bit):
    """no, default, forced, yes or ?, from the two halves of both MSRs; an MSR that cannot be read counts as 0."""
    may_be_0 = msrs.get(plain, 0) >> bit & 1 == 0
    may_be_1 = msrs.get(plain, 0) >> (32 + bit) & 1 == 1
    if exact is not None and may_be_1 and not may_be_0:
        if msrs.get(exact, 0) >> bit & 1 == 0 and msrs.get(exact, 0) >> (32 + bit) & 1 == 1:
            return "default"
    return {(True, False): "no", (False, True): "forced", (True, True): "yes", (False, False): "?"}[may_be_0, may_be_1]


def control_lines(msrs, word):
    title, plain, exact, names = CONTROLS[word]
    return [title] + [row(names[bit], setting(msrs, plain, exact, bit)) for bit in sorted(names)]


def field_lines(msrs, group):
    title, number, names = group
    value = msrs.get(number, 0)
    lines = [title, "  Hex: " + hex(value)]
    for key in sorted(names, key=lambda key: key if isinstance(key, int) else key[0]):
        if isinstance(key, int):
            lines.append(row(names[key], "yes" if value >> key & 1 else "no"))
        else:
            low, high = key
            lines.append(row(names[key], value >> low & (1 << high - low + 1) - 1))
    return lines


def expected_lines(msrs):
    lines = field_lines(msrs, BASIC)
    for word in ("pin", "primary", "secondary", "exit", "entry"):
        lines += control_lines(msrs, word)
    return lines + field_lines(msrs, MISC) + field_lines(msrs, EPT_VPID) + field_lines(msrs, VMFUNC)


def run(vmxsim, *arguments, text=None):
    return subprocess.run([vmxsim, "caps", *arguments], input=text, capture_output=True, text=True, check=True).stdout


def check(vmxsim, dump, msrs, failures):
    document = json.loads(run(vmxsim, "--cpu", dump, "--json"))
    for number, value in msrs.items():
        if document["msrs"].get(hex(number)) != hex(value):
            failures.append(f"{dump}: MSR {number:#x} is {document['msrs'].get(hex(number))}, captured {value:#x}")
    # What the capture lacks is derived by vmxsim; only IA32_VMX_VMFUNC shows in vmxcap's output.
    complete = dict(msrs)
    if "0x491" in document["msrs"]:
        complete[0x491] = int(document["msrs"]["0x491"], 16)

    printed = run(vmxsim, "--cpu", dump).split("\n")
    for position, wanted in enumerate(expected_lines(complete)):
        if printed[position] != wanted:
            failures.append(f"{dump}: line {position + 1} is {printed[position]!r}, vmxcap prints {wanted!r}")
    if printed[len(expected_lines(complete))] != "":
        failures.append(f"{dump}: vmxcap's part is not followed by an empty line")

    settings = {(control["word"], control["bit"]): control["setting"] for control in document["controls"]}
    for word, (_, plain, exact, names) in CONTROLS.items():
        for bit in range(32):
            if (word, bit) in settings and settings[word, bit] != setting(complete, plain, exact, bit):
                failures.append(f"{dump}: JSON setting of {word} {bit} is {settings[word, bit]}")
            if bit in names and (word, bit) not in settings:
                failures.append(f"{dump}: JSON lacks {word} {bit}")

    # The same values given as text must decode to the same lines.
    text = "".join(f"MSR {number:08X}: {value >> 48:04X}-{value >> 32 & 0xFFFF:04X}-{value >> 16 & 0xFFFF:04X}-{value & 0xFFFF:04X}\n"
                   for number, value in complete.items())
    from_text = run(vmxsim, "--msrs", "-", text=text).split("\n")
    if from_text[:len(expected_lines(complete))] != expected_lines(complete):
        failures.append(f"{dump}: --msrs decodes the same values differently")


def main():
    vmxsim, table = sys.argv[1:]
    failures = []
    with open(table, encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    for entry in rows:
        dump = entry.pop("dump")
        check(vmxsim, dump, {int(number, 16): int(value, 16) for number, value in entry.items() if value}, failures)
    if len(rows) != 175:
        failures.append(f"expected 175 captured processors, found {len(rows)}")
    print("\n".join(failures[:40]) or f"{len(rows)} processors agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
