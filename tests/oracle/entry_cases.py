# SPDX-License-Identifier: MIT
"""VM-entry cases for the comparison with entry_oracle.py: guest modes, and seeded mutations of them."""

import re

ALL_ONES = (1 << 64) - 1
WIDTH = {"16": 16, "32": 32, "64": 64, "natural": 64}
SEGMENTS = ("CS", "SS", "DS", "ES", "FS", "GS")
DATA_SEGMENTS = SEGMENTS[1:]


def golden(cpu):
    """What "base": "golden" of a batch means: a 64-bit host and a 64-bit guest with the least controls."""
    cr0 = (cpu.cr0[0] | 0x80050033) & cpu.cr0[1]
    cr4 = cpu.cr4[0] | 1 << 5 | 1 << 13
    v = {"PIN_BASED_VM_EXEC_CONTROL": cpu.pin[0], "CPU_BASED_VM_EXEC_CONTROL": cpu.primary[0],
         "VM_EXIT_CONTROLS": cpu.exit[0] | 1 << 9, "VM_ENTRY_CONTROLS": cpu.entry[0] | 1 << 9, "VMCS_LINK_POINTER": ALL_ONES,
         "HOST_CR0": cr0, "HOST_CR3": 0x1000, "HOST_CR4": cr4, "HOST_CS_SELECTOR": 8, "HOST_TR_SELECTOR": 0x18,
         "HOST_TR_BASE": 0x5000, "HOST_GDTR_BASE": 0x3000, "HOST_IDTR_BASE": 0x4000, "HOST_RSP": 0x7000, "HOST_RIP": 0x6000,
         "HOST_IA32_EFER": 0x500, "HOST_IA32_PAT": 0x0007040600070406,
         "GUEST_CR0": cr0, "GUEST_CR3": 0x1000, "GUEST_CR4": cr4, "GUEST_CS_SELECTOR": 8, "GUEST_CS_AR_BYTES": 0xA09B,
         "GUEST_CS_LIMIT": 0xFFFFFFFF, "GUEST_TR_SELECTOR": 0x18, "GUEST_TR_BASE": 0x5000, "GUEST_TR_LIMIT": 0x67,
         "GUEST_TR_AR_BYTES": 0x8B, "GUEST_LDTR_AR_BYTES": 0x10000, "GUEST_GDTR_BASE": 0x3000, "GUEST_GDTR_LIMIT": 0x27,
         "GUEST_IDTR_BASE": 0x4000, "GUEST_IDTR_LIMIT": 0xFFF, "GUEST_DR7": 0x400, "GUEST_RSP": 0x9000, "GUEST_RIP": 0x8000,
         "GUEST_RFLAGS": 2, "GUEST_IA32_EFER": 0x500, "GUEST_IA32_PAT": 0x0007040600070406}
    for name in DATA_SEGMENTS:
        v["HOST_%s_SELECTOR" % name] = v["GUEST_%s_SELECTOR" % name] = 0x10
        v["GUEST_%s_LIMIT" % name] = 0xFFFFFFFF
        v["GUEST_%s_AR_BYTES" % name] = 0xC093
    return v


def modes(cpu):
    """name -> (edits of the golden VMCS, state of the processor)."""
    base = golden(cpu)
    entry32 = base["VM_ENTRY_CONTROLS"] & ~(1 << 9)
    cr4_32 = base["GUEST_CR4"] & ~0x20
    pae = {"VM_ENTRY_CONTROLS": entry32, "GUEST_IA32_EFER": 0, "GUEST_CS_AR_BYTES": 0xC09B}
    protected = dict(pae, GUEST_CR4=cr4_32)
    ring3 = {"GUEST_CS_SELECTOR": 0x0B, "GUEST_CS_AR_BYTES": 0xA0FB}
    for name in DATA_SEGMENTS: ring3.update({"GUEST_%s_SELECTOR" % name: 0x13, "GUEST_%s_AR_BYTES" % name: 0xC0F3})
    v8086 = dict(protected, GUEST_RFLAGS=0x20202)
    for name in SEGMENTS:
        v8086.update({"GUEST_%s_SELECTOR" % name: 0x1230, "GUEST_%s_BASE" % name: 0x12300, "GUEST_%s_LIMIT" % name: 0xFFFF,
                      "GUEST_%s_AR_BYTES" % name: 0xF3})
    host32 = dict(protected, VM_EXIT_CONTROLS=base["VM_EXIT_CONTROLS"] & ~(1 << 9), HOST_IA32_EFER=0)
    legacy = {"ia32e_mode": False}
    result = {"64-bit": ({}, {}), "compatibility": ({"GUEST_CS_AR_BYTES": 0xC09B}, {}), "ring 3": (ring3, {}),
              "protected": (protected, {}), "PAE": (pae, {}), "virtual-8086": (v8086, {}), "32-bit host": (host32, legacy),
              "HLT": ({"GUEST_ACTIVITY_STATE": 1}, {}),
              "single-stepping STI": ({"GUEST_RFLAGS": 0x302, "GUEST_INTERRUPTIBILITY_INFO": 1, "GUEST_PENDING_DBG_EXCEPTIONS": 0x4000}, {}),
              "LDT": ({"GUEST_LDTR_AR_BYTES": 0x82, "GUEST_LDTR_SELECTOR": 0x20, "GUEST_LDTR_LIMIT": 0xFF, "GUEST_LDTR_BASE": 0xA000}, {})}
    if cpu.secondary >> 1 & 1:
        eptp = 0x1001E if cpu.ept >> 14 & 1 else 0x10018
        ept = {"CPU_BASED_VM_EXEC_CONTROL": base["CPU_BASED_VM_EXEC_CONTROL"] | 1 << 31, "EPT_POINTER": eptp}
        result["64-bit, EPT"] = (dict(ept, SECONDARY_VM_EXEC_CONTROL=2), {})
        result["PAE, EPT"] = (dict(pae, **ept, SECONDARY_VM_EXEC_CONTROL=2, GUEST_PDPTR0=0x2001, GUEST_PDPTR3=0x3001), {})
        if cpu.secondary >> 7 & 1:
            flat = dict(ept, SECONDARY_VM_EXEC_CONTROL=0x82)
            real = dict(protected, **flat, GUEST_CR0=base["GUEST_CR0"] & ~0x80000001, GUEST_CS_AR_BYTES=0x9B, GUEST_CS_LIMIT=0xFFFF,
                        GUEST_CS_BASE=0xF0000, GUEST_CS_SELECTOR=0xF000)
            for name in DATA_SEGMENTS: real.update({"GUEST_%s_SELECTOR" % name: 3, "GUEST_%s_AR_BYTES" % name: 0x93, "GUEST_%s_LIMIT" % name: 0xFFFF})
            result["real mode"] = (real, {})
            result["64-bit, unrestricted"] = (flat, {})
            result["unpaged, unrestricted"] = (dict(protected, **flat, GUEST_CR0=base["GUEST_CR0"] & ~0x80000000), {})
    if cpu.exit[1] >> 28 & 1:
        result["32-bit host, CET"] = (dict(host32, VM_EXIT_CONTROLS=host32["VM_EXIT_CONTROLS"] | 1 << 28), legacy)
    rich = everything(cpu)
    result["everything"] = (rich, {})
    # dict(rich): the guest of one mode with the controls of the other.
    entry = rich["VM_ENTRY_CONTROLS"] & ~(1 << 9) & ~(1 << 23)
    result["everything, protected"] = (dict(rich, VM_ENTRY_CONTROLS=entry, GUEST_CS_AR_BYTES=0xC09B, GUEST_CR4=cr4_32, GUEST_IA32_EFER=0), {})
    if cpu.cr4[1] >> 32 & 1:
        fred = dict(rich, GUEST_CR4=base["GUEST_CR4"] | 1 << 32, HOST_CR4=base["HOST_CR4"] | 1 << 32)
        result["FRED"] = (fred, {})
        fred3 = dict(fred, **ring3)
        result["FRED, ring 3"] = (fred3, {})
        result["FRED, ring 3, interrupts on"] = (dict(ring3, GUEST_CR4=base["GUEST_CR4"] | 1 << 32, GUEST_RFLAGS=0x202), {})
    return result


def everything(cpu):
    """Every control that the processor allows, as far as they go together."""
    v = {"PIN_BASED_VM_EXEC_CONTROL": cpu.pin[1], "CPU_BASED_VM_EXEC_CONTROL": cpu.primary[1], "VM_EXIT_CONTROLS": cpu.exit[1],
         "VM_ENTRY_CONTROLS": cpu.entry[1] & ~0xC00, "SECONDARY_VM_EXEC_CONTROL": cpu.secondary & ~0x10,
         "TERTIARY_VM_EXEC_CONTROL": cpu.tertiary, "SECONDARY_VM_EXIT_CONTROLS": cpu.exit2, "VM_FUNCTION_CONTROL": cpu.vmfunc & 1,
         "EPT_POINTER": 0x1001E if cpu.ept >> 14 & 1 else 0x10018, "VIRTUAL_PROCESSOR_ID": 1, "TSC_MULTIPLIER": 1 << 48,
         "POSTED_INTR_NV": 0xF2, "PML_ADDRESS": 0x11000, "APIC_ACCESS_ADDR": 0xFEE00000 & ((1 << cpu.phys) - 1)}
    if not v["SECONDARY_VM_EXEC_CONTROL"] >> 9 & 1: v["PIN_BASED_VM_EXEC_CONTROL"] &= ~0x80 | cpu.pin[0]
    if cpu.tertiary >> 8 & 1: v["CPU_BASED_VM_EXEC_CONTROL"] &= ~(1 << 12)  # APIC-timer virtualization
    if not cpu.primary[1] >> 31 & 1: v["SECONDARY_VM_EXEC_CONTROL"] = 0
    return v


class Fields:
    """The fields of `vmxsim fields --json` that software writes, and which exist on a processor."""

    def __init__(self, rows):
        self.rows = [row for row in rows if row["type"] in ("control", "guest", "host")]
        self.width = {row["name"]: WIDTH[row["width"]] for row in self.rows}

    def of(self, cpu):
        may = {"pin": cpu.pin[1], "primary": cpu.primary[1], "secondary": cpu.secondary, "tertiary": cpu.tertiary, "exit": cpu.exit[1],
               "exit2": cpu.exit2, "entry": cpu.entry[1], "vmfunc": cpu.vmfunc}
        names = []
        for row in self.rows:
            needs = re.findall(r"\((\w+) (\d+)\)", row["exists"])
            if not needs or any(may[word] >> int(bit) & 1 for word, bit in needs): names.append(row["name"])
        return names


CONTROL_WORDS = ("PIN_BASED_VM_EXEC_CONTROL", "CPU_BASED_VM_EXEC_CONTROL", "SECONDARY_VM_EXEC_CONTROL", "TERTIARY_VM_EXEC_CONTROL",
                 "VM_EXIT_CONTROLS", "SECONDARY_VM_EXIT_CONTROLS", "VM_ENTRY_CONTROLS")
RIGHTS = (0x93, 0x9B, 0xF3, 0xFB, 0xC093, 0xC09B, 0xA09B, 0xA0FB, 0xC0F3, 0xC0FB, 0xC097, 0xC09F, 0xC0FF, 0x10000, 0x8B, 0x83, 0x82, 0xC091, 0xC099,
          0xC0B3, 0xC0D3, 0xE09B, 0x1C093, 0xC093 ^ 0x80, 0x2093, 0x4093, 0x8093, 0xA0BB, 0xC0B7, 0xC0F7)


MODE_BITS = (("GUEST_CR0", (0, 16, 31)), ("GUEST_CR4", (5, 17, 23, 32)), ("HOST_CR0", (16, 31)), ("HOST_CR4", (5, 17, 23, 32)),
             ("GUEST_IA32_EFER", (8, 10, 11)), ("HOST_IA32_EFER", (8, 10, 11)), ("GUEST_RFLAGS", (8, 9, 12, 17)), ("GUEST_CS_AR_BYTES", (13, 14)),
             ("GUEST_SSP", (0, 1, 2, 32, 47, 63)), ("GUEST_S_CET", (0, 2, 6, 10, 11, 12, 47, 63)), ("HOST_SSP", (1, 2, 32, 40, 63)),
             ("HOST_S_CET", (0, 2, 6, 10, 11, 40, 47, 63)), ("GUEST_INTERRUPTIBILITY_INFO", (0, 1, 3)), ("GUEST_RIP", (31, 32, 63)), ("HOST_RIP", (32, 63)),
             ("HOST_SS_SELECTOR", (2, 4)), ("VM_ENTRY_CONTROLS", (9,)), ("GUEST_SS_AR_BYTES", (5, 6)))
RARE = ("SPP_TABLE_POINTER", "LOW_PASID_DIR_ADDRESS", "HIGH_PASID_DIR_ADDRESS", "PID_POINTER_TABLE", "LAST_PID_POINTER_INDEX", "HLAT_POINTER",
        "HOST_S_CET", "HOST_SSP", "HOST_INTR_SSP_TABLE", "HOST_IA32_SPEC_CTRL", "GUEST_S_CET", "GUEST_SSP", "GUEST_INTR_SSP_TABLE",
        "GUEST_IA32_SPEC_CTRL", "GUEST_BNDCFGS", "GUEST_IA32_RTIT_CTL", "GUEST_IA32_LBR_CTL", "GUEST_UINV", "GUEST_IA32_PKRS", "EPT_POINTER",
        "VE_INFORMATION_ADDRESS", "VM_FUNCTION_CONTROL", "EPTP_LIST_ADDRESS", "PML_ADDRESS", "POSTED_INTR_DESC_ADDR", "POSTED_INTR_NV",
        "VMREAD_BITMAP", "VMWRITE_BITMAP", "TSC_MULTIPLIER", "VIRTUAL_PROCESSOR_ID", "GUEST_IA32_PERF_GLOBAL_CTRL", "HOST_IA32_PERF_GLOBAL_CTRL")


def pairs(r, cpu):
    """Edits that reach one rule past the others; (field, "" to set, | or ^ to change, value)."""
    top, bit = 1 << cpu.phys, 1 << r.randrange(64)
    rpl = r.randrange(4)
    dpl = r.randrange(4)
    code = r.choice((0xA09B, 0xC09B, 0xA09F, 0xC09F, 0xC093)) & ~0x60 | dpl << 5
    secondary = ("CPU_BASED_VM_EXEC_CONTROL", "|", 1 << 31)
    tertiary = ("CPU_BASED_VM_EXEC_CONTROL", "|", 1 << 17)
    exit2 = ("VM_EXIT_CONTROLS", "|", 1 << 31)
    area = r.choice(("VM_EXIT_MSR_STORE", "VM_EXIT_MSR_LOAD", "VM_ENTRY_MSR_LOAD"))
    table = r.choice((0, 4, 8, 0x10008, top - 8, top - 16, top - 0x40000, top, bit))
    return r.choice((
        [(area + "_COUNT", "", r.choice((1, 2, 512, 0xFFFFFFFF))), (area + "_ADDR", "", r.choice((0, 8, 16, top - 16, top - 32, top - 8192, top, bit)))],
        [secondary, ("SECONDARY_VM_EXEC_CONTROL", "", 1 << 23 | 2), ("SPP_TABLE_POINTER", "", bit)],
        [secondary, ("SECONDARY_VM_EXEC_CONTROL", "", 1 << 24 | r.choice((0, 2, 2))), ("VM_ENTRY_CONTROLS", "|", r.choice((0, 1 << 18, 1 << 18))),
         ("VM_EXIT_CONTROLS", "|", r.choice((0, 1 << 25, 1 << 25)))],
        [tertiary, ("CPU_BASED_VM_EXEC_CONTROL", "|", 1 << 21), ("TERTIARY_VM_EXEC_CONTROL", "", 1 << 4), ("PID_POINTER_TABLE", "", table),
         ("LAST_PID_POINTER_INDEX", "", r.choice((0, 1, 2, 0x7FFF, 0xFFFF)))],
        [("HOST_CR4", "|", 1 << 23), ("HOST_CR0", "^", r.choice((0, 1 << 16)))],
        [("GUEST_CR4", "|", 1 << 23), ("GUEST_CR0", "^", r.choice((0, 1 << 16)))],
        [("VM_EXIT_CONTROLS", "|", 1 << 28), (r.choice(("HOST_S_CET", "HOST_SSP", "HOST_INTR_SSP_TABLE")), "", bit)],
        [("VM_ENTRY_CONTROLS", "|", 1 << 20), (r.choice(("GUEST_S_CET", "GUEST_SSP", "GUEST_INTR_SSP_TABLE")), "", bit)],
        [exit2, ("SECONDARY_VM_EXIT_CONTROLS", "", 4), ("HOST_IA32_SPEC_CTRL", "", bit)],
        [("VM_EXIT_CONTROLS", "|", 1 << 31), ("SECONDARY_VM_EXIT_CONTROLS", "", 2),
         (r.choice(("HOST_IA32_FRED_CONFIG", "HOST_IA32_FRED_RSP1", "HOST_IA32_FRED_SSP3")), "", bit)],
        [("HOST_CR4", "|", 1 << 32)], [("HOST_CR4", "|", 1 << 17)], [("GUEST_CR4", "^", 1 << r.choice((17, 32)))],
        [("GUEST_CS_SELECTOR", "", 8 | rpl), ("GUEST_SS_SELECTOR", "", 16 | rpl)],
        [("GUEST_CS_AR_BYTES", "", code), ("GUEST_SS_AR_BYTES", "", r.choice((0xC093, 0xC097, 0x1C093)) & ~0x60 | r.choice((dpl, r.randrange(4))) << 5),
         ("GUEST_CS_SELECTOR", "", 8 | rpl), ("GUEST_SS_SELECTOR", "", 16 | rpl)],
        [("GUEST_CS_AR_BYTES", "", code), ("GUEST_SS_AR_BYTES", "", 0xC093 | dpl << 5), ("GUEST_CS_SELECTOR", "", 8 | dpl), ("GUEST_SS_SELECTOR", "", 16 | dpl),
         ("GUEST_CR4", "|", 1 << 32)],
        [("GUEST_CS_AR_BYTES", "", 0x93), ("GUEST_CS_LIMIT", "", 0xFFFF), ("GUEST_SS_AR_BYTES", "", 0x93 | dpl << 5), ("GUEST_SS_LIMIT", "", 0xFFFF)],
        [secondary, tertiary, ("PIN_BASED_VM_EXEC_CONTROL", "|", 1), ("CPU_BASED_VM_EXEC_CONTROL", "|", 1 << 21 | r.choice((0, 0, 1 << 12))),
         ("SECONDARY_VM_EXEC_CONTROL", "", r.choice((0, 1 << 9, 1 << 9))), ("TERTIARY_VM_EXEC_CONTROL", "", 1 << 8), ("VIRTUAL_TIMER_VECTOR", "", bit)],
        [secondary, tertiary, ("SECONDARY_VM_EXEC_CONTROL", "", r.choice((0, 2))), ("EPT_POINTER", "", 0x1001E),
         ("TERTIARY_VM_EXEC_CONTROL", "", 1 << r.choice((1, 2, 3, 12)))],
        [secondary, ("SECONDARY_VM_EXEC_CONTROL", "", 2), ("EPT_POINTER", "", r.choice((0x1001E, 0x10018)) ^ 1 << r.randrange(14))],
        [("GUEST_ACTIVITY_STATE", "", r.choice((1, 2, 3, 4)))], [("CR3_TARGET_COUNT", "", r.randrange(1, 6))],
        [("GUEST_CR4", "|", r.choice((0, 1 << 32))), ("VM_ENTRY_INTR_INFO_FIELD", "", 0x80000700 | r.randrange(4)), ("VM_ENTRY_INSTRUCTION_LEN", "", r.choice((0, 2, 16)))],
        [("VM_ENTRY_CONTROLS", "|", 1 << 23), (r.choice(FRED_FIELDS), "", bit)],
        [exit2, ("SECONDARY_VM_EXIT_CONTROLS", "", 2), (r.choice(FRED_FIELDS).replace("GUEST", "HOST"), "", bit)],
        [("GUEST_INTERRUPTIBILITY_INFO", "", r.choice((0, 2))), ("GUEST_PENDING_DBG_EXCEPTIONS", "", r.choice((0x10000, 0x11000, 0x12000, 0x11001, 0x11800)))],
        [("GUEST_TR_AR_BYTES", "^", 1 << r.randrange(18))],
        [("GUEST_LDTR_AR_BYTES", "", 0x82), ("GUEST_LDTR_SELECTOR", "", r.randrange(8)), ("GUEST_TR_SELECTOR", "", r.choice((0, 3, 4)))],
        [("VM_EXIT_CONTROLS", "|", 1 << 29), ("HOST_IA32_PKRS", "", bit)], [("VM_ENTRY_CONTROLS", "|", 1 << 22), ("GUEST_IA32_PKRS", "", bit)],
        [("VM_ENTRY_CONTROLS", "|", 1 << 16), ("GUEST_BNDCFGS", "", bit)],
        [secondary, ("SECONDARY_VM_EXEC_CONTROL", "", 1 << 21), (r.choice(("LOW_PASID_DIR_ADDRESS", "HIGH_PASID_DIR_ADDRESS")), "", bit)],
        [secondary, tertiary, ("SECONDARY_VM_EXEC_CONTROL", "", 2), ("EPT_POINTER", "", 0x1001E), ("TERTIARY_VM_EXEC_CONTROL", "", 2), ("HLAT_POINTER", "", bit)],
        [("GUEST_LDTR_AR_BYTES", "", 0x82 ^ 1 << r.randrange(18)), ("GUEST_LDTR_LIMIT", "", r.choice((0xFFF, 0xFF, 0x100000)))],
        [("GUEST_RFLAGS", "|", 1 << 17)] + [("GUEST_%s_%s" % (name, part), "", value) for name in SEGMENTS
                                            for part, value in (("SELECTOR", 0x123), ("BASE", 0x1230), ("LIMIT", 0xFFFF), ("AR_BYTES", 0xF3))],
        [("GUEST_CR4", "|", 1 << 32), ("GUEST_RFLAGS", "", 0x202 | r.choice((0, 0x1000, 0x2000))), ("GUEST_INTERRUPTIBILITY_INFO", "", r.choice((0, 1)))],
        [("GUEST_RFLAGS", "^", r.choice((0x1000, 0x2000, 0x200))), ("GUEST_INTERRUPTIBILITY_INFO", "", r.choice((0, 1)))],
        [("VM_ENTRY_CONTROLS", "|", 1 << 15), ("GUEST_IA32_EFER", "^", r.choice((1 << 8, 1 << 10, 5 << 8, 1 << 11, 1, 2, bit)))],
        [("VM_EXIT_CONTROLS", "|", 1 << 21), ("HOST_IA32_EFER", "^", r.choice((1 << 8, 1 << 10, 5 << 8, 1 << 11, 1, 2, bit)))],
    ))


FRED_FIELDS = ["GUEST_IA32_FRED_" + name for name in ("CONFIG", "RSP1", "RSP2", "RSP3", "SSP1", "SSP2", "SSP3", "STKLVLS")]


class Generator:
    def __init__(self, random, cpus, fields):
        self.random = random
        self.cpus = [(name, cpu, list(modes(cpu).items()), golden(cpu), fields.of(cpu)) for name, cpu in cpus]
        # What only the newest have is checked by rules that the others never reach.
        self.cpus += 2 * [entry for entry in self.cpus if entry[1].tertiary]
        self.width = fields.width

    def interesting(self, cpu, name, old):
        r, width = self.random, self.width[name]
        values = [0, 1, 2, 3, (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1, r.getrandbits(width), old ^ 1 << r.randrange(width),
                  old + 1, old - 1, 1 << r.randrange(width), (1 << r.randrange(1, width + 1)) - 1]
        if width == 64:
            n, p = cpu.linear, cpu.phys
            values += [1 << (n - 1), (1 << (n - 1)) - 1, ALL_ONES << (n - 1) & ALL_ONES, ALL_ONES << n & ALL_ONES, 1 << n, 1 << p, (1 << p) - 1,
                       ((1 << p) - 1) & ~0xFFF, (1 << p) - 16, 0x1000, 0x20000, 1 << 32, (1 << 32) - 1, 0xFFFFF000]
        if name.endswith("_AR_BYTES"): values += RIGHTS * 2
        if name.endswith("_LIMIT"): values += [0xFFFF, 0xFFFFF, 0xFFFFFFFF, 0xFFF, 0x100000, 0xFFFFFFFE, 0x10000]
        if name.endswith("_SELECTOR"): values += [8, 0x10, 0xB, 0x13, 4, 0x1230, 0x1231]
        if "PAT" in name: values += [0x0706050401000606, 0x0206040600070406, 0x0007040600070403]
        if "EFER" in name: values += [0, 0x100, 0x400, 0x500, 0x501, 0xD01, 0x801, 0x901, 0xD00, 0x1500]
        if name == "EPT_POINTER": values += [0x1001E, 0x10018, 0x1005E, 0x10026, 0x10016, 0x1001D, 0x1009E, 0x1011E]
        return r.choice(values) & ((1 << width) - 1)

    def flip_or_choose(self, cpu, v, names):
        r = self.random
        name = r.choice(names)
        old = v.get(name, 0)
        v[name] = old ^ 1 << r.randrange(self.width[name]) if r.random() < 0.5 else self.interesting(cpu, name, old)

    def injection(self, v):
        r = self.random
        kind = r.randrange(8)
        vector = {2: 2, 7: 0}.get(kind, r.choice((0, 1, 3, 8, 13, 14, 17, 18, 21, 31, 32, 255)))
        if r.random() < 0.15: vector = r.randrange(256)
        error = 1 if kind == 3 and vector in (8, 10, 11, 12, 13, 14, 17) and v.get("GUEST_CR0", 0) & 1 else 0
        if r.random() < 0.15: error ^= 1
        info = 1 << 31 | error << 11 | kind << 8 | vector
        if r.random() < 0.1: info ^= 1 << r.randrange(12, 32)
        v["VM_ENTRY_INTR_INFO_FIELD"] = info
        if r.random() < 0.3: v["VM_ENTRY_EXCEPTION_ERROR_CODE"] = r.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x80000000))
        v["VM_ENTRY_INSTRUCTION_LEN"] = r.choice((0, 1, 1, 2, 2, 15, 16, 0x80000000))
        if r.random() < 0.5: v["GUEST_RFLAGS"] = v["GUEST_RFLAGS"] ^ r.choice((0x200, 0x100, 0x300))
        if r.random() < 0.5: v["GUEST_INTERRUPTIBILITY_INFO"] = r.choice((0, 1, 2, 3, 4, 8, 9, 16, 18))
        if r.random() < 0.5: v["GUEST_ACTIVITY_STATE"] = r.choice((0, 1, 2, 3, 4))
        if r.random() < 0.3: v["GUEST_PENDING_DBG_EXCEPTIONS"] = r.choice((0x4000, 0x1000, 0x11000, 1, 0x800, 0x5000))
        if r.random() < 0.3: v["PIN_BASED_VM_EXEC_CONTROL"] |= 0x28

    def blocking(self, v):
        r = self.random
        v["GUEST_RFLAGS"] = v["GUEST_RFLAGS"] ^ r.choice((0, 0x200, 0x100, 0x300))
        v["GUEST_INTERRUPTIBILITY_INFO"] = r.choice((0, 1, 2, 3, 8, 16, 18, 17))
        v["GUEST_ACTIVITY_STATE"] = r.choice((0, 0, 1, 2))
        v["GUEST_PENDING_DBG_EXCEPTIONS"] = r.choice((0, 0x4000, 0x1000, 0x11000, 0x10000, 0x15000, 1, 0x800, 0x1800, 0x11800, 0x13000, 1 << 63))
        v["GUEST_IA32_DEBUGCTL"] = r.choice((0, 0, 2, 3))

    def words(self, cpu, v):
        r = self.random
        allowed = {"PIN_BASED_VM_EXEC_CONTROL": cpu.pin, "CPU_BASED_VM_EXEC_CONTROL": cpu.primary, "VM_EXIT_CONTROLS": cpu.exit,
                   "VM_ENTRY_CONTROLS": cpu.entry, "SECONDARY_VM_EXEC_CONTROL": (0, cpu.secondary), "TERTIARY_VM_EXEC_CONTROL": (0, cpu.tertiary),
                   "SECONDARY_VM_EXIT_CONTROLS": (0, cpu.exit2)}
        for name in r.sample(CONTROL_WORDS, r.randrange(1, 4)):
            low, high = allowed[name]
            value = v.get(name, 0)
            for _ in range(r.choice((1, 1, 2, 3, 8))): value ^= 1 << r.randrange(self.width[name])
            if r.random() < 0.9: value = value & high | low
            v[name] = value

    def few_controls(self, cpu, v, names):
        """One to three controls alone with what belongs to them: with many at once, one failure hides another."""
        r = self.random
        may = {"PIN_BASED_VM_EXEC_CONTROL": cpu.pin, "CPU_BASED_VM_EXEC_CONTROL": cpu.primary, "SECONDARY_VM_EXEC_CONTROL": (0, cpu.secondary),
               "TERTIARY_VM_EXEC_CONTROL": (0, cpu.tertiary), "VM_EXIT_CONTROLS": cpu.exit, "VM_ENTRY_CONTROLS": cpu.entry,
               "SECONDARY_VM_EXIT_CONTROLS": (0, cpu.exit2)}
        rich = everything(cpu)
        for field, value in rich.items():
            if field not in may: v.setdefault(field, value)
        if r.random() < 0.3: v["SECONDARY_VM_EXEC_CONTROL"] = v.get("SECONDARY_VM_EXEC_CONTROL", 0) | 2 & cpu.secondary
        for _ in range(r.choice((1, 1, 2, 2, 3))):
            word = r.choice([w for w, (low, high) in may.items() if high & ~low])
            low, high = may[word]
            v[word] = v.get(word, low) ^ 1 << r.choice([n for n in range(64) if (high & ~low) >> n & 1])
        if v.get("SECONDARY_VM_EXEC_CONTROL"): v["CPU_BASED_VM_EXEC_CONTROL"] |= 1 << 31 & cpu.primary[1]
        if v.get("TERTIARY_VM_EXEC_CONTROL"): v["CPU_BASED_VM_EXEC_CONTROL"] |= 1 << 17 & cpu.primary[1]
        if v.get("SECONDARY_VM_EXIT_CONTROLS"): v["VM_EXIT_CONTROLS"] |= 1 << 31 & cpu.exit[1]
        # The fields of controls that not every processor has are few among many.
        rare = [f for f in RARE if f in names]
        if rare and r.random() < 0.6: self.flip_or_choose(cpu, v, rare)

    def pair(self, cpu, v):
        for field, operator, value in pairs(self.random, cpu):
            old, mask = v.get(field, 0), (1 << self.width[field]) - 1
            v[field] = {"": value, "|": old | value, "^": old ^ value}[operator] & mask

    def segments(self, v):
        r = self.random
        for _ in range(r.choice((1, 1, 2, 3))):
            name = r.choice(SEGMENTS + ("CS", "SS", "LDTR", "TR"))
            field = "GUEST_%s_" % name
            part = r.randrange(5)
            if part == 0: v[field + "SELECTOR"] = v.get(field + "SELECTOR", 0) ^ r.choice((1, 2, 3, 4))
            elif part == 1 and name in SEGMENTS: v[field + "AR_BYTES"] = r.choice(RIGHTS)
            elif part == 2: v[field + "AR_BYTES"] = v[field + "AR_BYTES"] & ~0x60 | r.randrange(4) << 5
            elif part == 3: v[field + "AR_BYTES"] = v[field + "AR_BYTES"] & ~0x0F | r.randrange(16)
            else: v[field + "LIMIT"] = r.choice((0xFFF, 0xFFFF, 0xFFFFF, 0x100000, 0xFFFFFFFF, 0xFFFFF000))
        if r.random() < 0.2: v["GUEST_CR0"] ^= 1
        if r.random() < 0.2: v["GUEST_RFLAGS"] ^= r.choice((1 << 17, 1 << 12))

    def registers(self, v):
        r = self.random
        for _ in range(r.choice((1, 1, 2, 3))):
            field, bits = r.choice(MODE_BITS)
            v[field] = v.get(field, 0) ^ 1 << r.choice(bits)

    def memory(self, cpu, v, memory):
        r = self.random
        pointer = r.choice((0x20000, 0x20000, 0x21008, (1 << cpu.phys) - 0x1000))
        if cpu.narrow: pointer &= 0xFFFFF000
        kind = r.randrange(3)
        if kind == 0:
            v["VMCS_LINK_POINTER"] = pointer
            header = cpu.revision | r.choice((0, 1, 1)) << 31
            if r.random() < 0.2: header ^= 1 << r.randrange(32)
            memory[pointer] = header.to_bytes(4, "little")
            if cpu.secondary >> 14 & 1 and cpu.primary[1] >> 31 & 1 and r.random() < 0.5:
                v["CPU_BASED_VM_EXEC_CONTROL"] |= 1 << 31
                v["SECONDARY_VM_EXEC_CONTROL"] = v.get("SECONDARY_VM_EXEC_CONTROL", 0) | 1 << 14
        elif kind == 1:
            entries = [r.choice((0, 0x5001, 0x5009, 0x5001 | 1 << r.randrange(64), 1 << r.randrange(64))) for _ in range(4)]
            memory[v["GUEST_CR3"] & 0xFFFFFFE0] = b"".join(e.to_bytes(8, "little") for e in entries)
            if cpu.secondary >> 1 & 1:
                for n, entry in enumerate(entries): v["GUEST_PDPTR%d" % n] = entry
        elif cpu.primary[1] >> 21 & 1:
            v["CPU_BASED_VM_EXEC_CONTROL"] |= 1 << 21
            v["VIRTUAL_APIC_PAGE_ADDR"] = 0x30000
            v["TPR_THRESHOLD"] = r.choice((0, 1, 5, 15, 16))
            memory[0x30080] = bytes([r.choice((0, 0x10, 0x4F, 0x50, 0xF0))])

    def sweep(self, boundaries=False):
        """Every bit of every field in every mode on every processor, one at a time; with boundaries, round values, too."""
        for name, cpu, all_modes, base, names in {entry[0]: entry for entry in self.cpus}.values():
            for mode, (edits, state) in all_modes:
                v = dict(base, **edits)
                changes = {field: value for field, value in v.items() if base.get(field, 0) != value and field in names}
                for field in names:
                    width, old = self.width[field], v.get(field, 0)
                    values = [old ^ 1 << n for n in range(width)]
                    if boundaries:
                        values += [0, ALL_ONES, old + 1, old - 1] + [x for n in range(width) for x in ((1 << n), (1 << n) - 1, ALL_ONES << n)]
                        if field.endswith("_AR_BYTES"): values += RIGHTS
                        if width == 16: values = range(1 << 8)
                    for value in sorted(set(value & ((1 << width) - 1) for value in values)):
                        yield name, cpu, mode, dict(changes, **{field: value}), {}, state

    def __iter__(self):
        """Endlessly: (name of the processor, cpu, mode, changes of the golden VMCS, memory, processor state)."""
        r = self.random
        while True:
            name, cpu, all_modes, base, names = r.choice(self.cpus)
            mode, (edits, state) = r.choice(all_modes)
            v, memory, state = dict(base, **edits), {}, dict(state)
            kind = r.random()
            if kind < 0.15: self.pair(cpu, v)
            elif kind < 0.22: self.flip_or_choose(cpu, v, names)
            elif kind < 0.30:
                for _ in range(r.choice((2, 2, 2, 3))): self.flip_or_choose(cpu, v, names)
            elif kind < 0.42: self.injection(v)
            elif kind < 0.47: self.words(cpu, v)
            elif kind < 0.67: self.few_controls(cpu, v, names)
            elif kind < 0.77: self.segments(v)
            elif kind < 0.86: self.registers(v)
            elif kind < 0.91: self.blocking(v)
            elif kind < 0.96: self.memory(cpu, v, memory)
            else:
                state.update(r.choice(({"ia32e_mode": False}, {"ia32e_mode": True}, {"in_smm": True}, {"tracing": True})))
                if state.get("in_smm"):
                    v["VM_ENTRY_CONTROLS"] |= r.choice((0, 1 << 10, 1 << 11, 3 << 10)) & cpu.entry[1]
                    v["GUEST_INTERRUPTIBILITY_INFO"] = r.choice((0, 4, 4))
                    v["GUEST_ACTIVITY_STATE"] = r.choice((0, 0, 3))
                if r.random() < 0.5:
                    v["VMCS_LINK_POINTER"], memory[0x20000] = 0x20000, cpu.revision.to_bytes(4, "little")
                    state["current_vmcs"] = r.choice((0x20000, 0x30000))
                    v["EXECUTIVE_VMCS_POINTER"] = r.choice((0, 0x20000))
            if kind >= 0.30 and r.random() < 0.2: self.flip_or_choose(cpu, v, names)
            changes = {field: value for field, value in v.items() if base.get(field, 0) != value and field in names}
            yield name, cpu, mode, changes, memory, state
