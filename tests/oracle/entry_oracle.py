# SPDX-License-Identifier: MIT
"""A second transcription of the VM-entry checks of SDM chapter 26, written from the manual and not from sim/.

It shares no table and no code with the simulator: a disagreement between the two is a misreading on one side.
A VMCS is a dict of Linux field names to values; a field that is absent is 0. Memory that is absent reads as zeros.
"""

ALL_ONES = (1 << 64) - 1


class Cpu:
    """What the checks need of a vmxsim-cpu profile: capability MSRs, address widths, CPUID."""

    def __init__(self, profile):
        msrs = {int(number, 0): int(value, 0) for number, value in profile["msrs"].items()}
        self.msr = lambda number: msrs.get(number, 0)
        self.phys = profile["physical_address_bits"]
        self.linear = profile["linear_address_bits"]
        leaves = {(int(l["leaf"], 0), int(l["subleaf"], 0)): l for l in profile["cpuid"]}

        def cpuid(leaf, subleaf, register):
            found = leaves.get((leaf, subleaf))
            return int(found[register], 0) if found else 0

        basic, misc = self.msr(0x480), self.msr(0x485)
        self.revision = basic & 0x7FFFFFFF
        self.narrow = basic >> 48 & 1  # A.1: VMX structures within 4 GBytes
        true = basic >> 55 & 1
        word = lambda plain, new: (lambda v: (v & 0xFFFFFFFF, v >> 32))(self.msr(new if true else plain))
        self.pin = word(0x481, 0x48D)
        self.primary = word(0x482, 0x48E)
        self.exit = word(0x483, 0x48F)
        self.entry = word(0x484, 0x490)
        self.secondary = self.msr(0x48B) >> 32
        self.tertiary = self.msr(0x492)
        self.exit2 = self.msr(0x493)
        self.vmfunc = self.msr(0x491)
        self.ept = self.msr(0x48C)
        self.any_error_code = basic >> 56 & 1
        self.nested_exception = basic >> 58 & 1
        self.activity = 1 | (misc >> 6 & 7) << 1  # bit n: activity state n
        self.cr3_targets = misc >> 16 & 0x1FF
        self.zero_length = misc >> 30 & 1
        self.cr0 = (self.msr(0x486), self.msr(0x487))
        self.cr4 = (self.msr(0x488), self.msr(0x489))

        ebx7, ecx7, edx7 = (cpuid(7, 0, r) for r in ("ebx", "ecx", "edx"))
        extended = cpuid(0x80000001, 0, "edx")
        self.intel64 = extended >> 29 & 1
        self.sgx = ebx7 >> 2 & 1
        self.rtm = ebx7 >> 11 & 1
        self.bus_lock = ecx7 >> 24 & 1
        self.lam = cpuid(7, 1, "eax") >> 26 & 1
        self.fred = cpuid(7, 1, "eax") >> 17 & 1

        # IA32_EFER: SCE, LME, LMA, NXE.
        self.efer = (0x501 if self.intel64 else 0) | (0x800 if extended >> 20 & 1 else 0)

        # SDM 17.4.1, IA32_DEBUGCTL.
        ecx1, edx1 = cpuid(1, 0, "ecx"), cpuid(1, 0, "edx")
        version = cpuid(0xA, 0, "eax") & 0xFF
        self.debugctl = 0x3
        if self.bus_lock: self.debugctl |= 1 << 2
        self.debugctl |= 1 << 6
        if edx1 >> 21 & 1: self.debugctl |= 0x180  # DS: BTS, BTINT
        if edx1 >> 21 & 1 and ecx1 >> 4 & 1: self.debugctl |= 0x600  # DS-CPL
        if version >= 2: self.debugctl |= 0x1800
        if ecx1 >> 15 & 1: self.debugctl |= 0x6000  # PDCM
        if self.rtm: self.debugctl |= 1 << 15

        # SDM 18.2, IA32_PERF_GLOBAL_CTRL.
        general = cpuid(0xA, 0, "eax") >> 8 & 0xFF
        fixed = (1 << (cpuid(0xA, 0, "edx") & 0x1F)) - 1 if version >= 2 else 0
        if version >= 5: fixed |= cpuid(0xA, 0, "ecx")
        general = (1 << general) - 1
        if cpuid(0x23, 0, "eax") >> 1 & 1:  # SDM 18.2: leaf 23H, subleaf 1 has the counters as bit maps
            general |= cpuid(0x23, 1, "eax")
            fixed |= cpuid(0x23, 1, "ebx")
        # Bit 48 follows IA32_PERF_CAPABILITIES[15], which CPUID does not show: docs/deviations.md.
        self.perf_global = general | fixed << 32 | (fixed >> 3 & 1) << 48 if version else 0

        # SDM 32.2.7.2, IA32_RTIT_CTL.
        ebx14, ecx14 = cpuid(0x14, 0, "ebx"), cpuid(0x14, 0, "ecx")
        self.rtit = 0x2C0D
        if ebx14 & 1: self.rtit |= 1 << 7
        if ebx14 >> 1 & 1: self.rtit |= 1 << 1 | 0xF << 19 | 0xF << 24
        if ebx14 >> 2 & 1:
            for n in range(min(4, cpuid(0x14, 1, "eax") & 7)): self.rtit |= 0xF << (32 + 4 * n)
        if ebx14 >> 3 & 1: self.rtit |= 1 << 9 | 0xF << 14
        if ebx14 >> 4 & 1: self.rtit |= 1 << 5 | 1 << 12
        if ebx14 >> 5 & 1: self.rtit |= 1 << 4
        if ebx14 >> 6 & 1: self.rtit |= 1 << 56
        if ebx14 >> 7 & 1: self.rtit |= 1 << 31
        if ebx14 >> 8 & 1: self.rtit |= 1 << 55
        if ecx14 & 1: self.rtit |= 1 << 8
        if ecx14 >> 3 & 1: self.rtit |= 1 << 6

        # SDM 19.1, IA32_LBR_CTL.
        ebx1c = cpuid(0x1C, 0, "ebx")
        self.lbr = 1
        if ebx1c & 1: self.lbr |= 6
        if ebx1c >> 1 & 1: self.lbr |= 0x7F << 16
        if ebx1c >> 2 & 1: self.lbr |= 1 << 3

        # IA32_SPEC_CTRL.
        edx72 = cpuid(7, 2, "edx")
        self.spec_ctrl = (edx7 >> 26 & 1) | (edx7 >> 27 & 1) << 1 | (edx7 >> 31 & 1) << 2 | (edx72 & 1) << 7
        if edx72 >> 1 & 1: self.spec_ctrl |= 3 << 3
        if edx72 >> 2 & 1: self.spec_ctrl |= 3 << 5
        if edx72 >> 3 & 1: self.spec_ctrl |= 1 << 8
        if edx72 >> 4 & 1: self.spec_ctrl |= 1 << 10

        # IA32_S_CET: shadow stacks (CPUID.7.ECX[7]) and indirect-branch tracking (CPUID.7.EDX[20]).
        self.s_cet = (0x3 if ecx7 >> 7 & 1 else 0) | (ALL_ONES & ~0x3C3 if edx7 >> 20 & 1 else 0)

    def canonical(self, address):
        upper = address >> (self.linear - 1)
        return upper == 0 or upper == (1 << (65 - self.linear)) - 1

    def same_upper(self, address):  # bits 63:N identical
        upper = address >> self.linear
        return upper == 0 or upper == (1 << (64 - self.linear)) - 1

    def beyond(self, address):
        """Bits that no physical address has; A.1 bit 48 for what the processor itself reads."""
        return address >> self.phys != 0 or (self.narrow and address >> 32 != 0)


class Case:
    def __init__(self, cpu, vmcs, memory=None, processor=None):
        self.cpu, self.v = cpu, vmcs
        self.bytes = memory or {}
        self.processor = {"ia32e_mode": True, "in_smm": False, "current_vmcs": ALL_ONES, "tracing": False}
        self.processor.update(processor or {})
        get = vmcs.get
        self.pin = get("PIN_BASED_VM_EXEC_CONTROL", 0)
        self.primary = get("CPU_BASED_VM_EXEC_CONTROL", 0)
        self.secondary = get("SECONDARY_VM_EXEC_CONTROL", 0) if self.primary >> 31 & 1 else 0
        self.tertiary = get("TERTIARY_VM_EXEC_CONTROL", 0) if self.primary >> 17 & 1 else 0
        self.exit = get("VM_EXIT_CONTROLS", 0)
        self.exit2 = get("SECONDARY_VM_EXIT_CONTROLS", 0) if self.exit >> 31 & 1 else 0
        self.entry = get("VM_ENTRY_CONTROLS", 0)

    def f(self, name): return self.v.get(name, 0)

    def read(self, address, size):
        return int.from_bytes(bytes(self.bytes.get(address + n, 0) for n in range(size)), "little")


def set_properly(value, allowed): return value & allowed[0] == allowed[0] and value & ~allowed[1] == 0


def page(case, name): return case.f(name) & 0xFFF == 0 and not case.cpu.beyond(case.f(name))


def msr_area(case, address, count):
    count = case.f(count)
    if count == 0: return True
    address = case.f(address)
    return address & 0xF == 0 and not case.cpu.beyond(address) and not case.cpu.beyond(address + 16 * count - 1)


def execution_controls(c):
    """SDM 26.2.1.1."""
    cpu, f = c.cpu, c.f
    pin, primary, secondary, tertiary = c.pin, c.primary, c.secondary, c.tertiary
    if not set_properly(pin, cpu.pin): yield "pin-based reserved bits"
    if not set_properly(primary, cpu.primary): yield "primary reserved bits"
    if secondary & ~cpu.secondary: yield "secondary reserved bits"
    if tertiary & ~cpu.tertiary: yield "tertiary reserved bits"
    if f("CR3_TARGET_COUNT") > cpu.cr3_targets: yield "CR3-target count"
    if primary >> 25 & 1 and not (page(c, "IO_BITMAP_A") and page(c, "IO_BITMAP_B")): yield "I/O bitmaps"
    if primary >> 28 & 1 and not page(c, "MSR_BITMAP"): yield "MSR bitmap"
    tpr_shadow = primary >> 21 & 1
    apic_accesses, x2apic, delivery = secondary & 1, secondary >> 4 & 1, secondary >> 9 & 1
    if tpr_shadow:
        if not page(c, "VIRTUAL_APIC_PAGE_ADDR"): yield "virtual-APIC address"
        threshold = f("TPR_THRESHOLD")
        if not delivery and threshold >> 4: yield "TPR threshold bits 31:4"
        if not delivery and not apic_accesses:
            vtpr = c.read(f("VIRTUAL_APIC_PAGE_ADDR") + 0x80, 1)
            if threshold & 0xF > vtpr >> 4: yield "TPR threshold against VTPR"
    elif x2apic or secondary >> 8 & 1 or delivery or tertiary >> 4 & 1: yield "virtual-APIC controls need the TPR shadow"
    if not pin >> 3 & 1 and pin >> 5 & 1: yield "virtual NMIs need NMI exiting"
    if not pin >> 5 & 1 and primary >> 22 & 1: yield "NMI-window exiting needs virtual NMIs"
    if apic_accesses and not page(c, "APIC_ACCESS_ADDR"): yield "APIC-access address"
    if x2apic and apic_accesses: yield "x2APIC mode against APIC accesses"
    if delivery and not pin & 1: yield "virtual-interrupt delivery needs external-interrupt exiting"
    if pin >> 7 & 1:
        if not delivery: yield "posted interrupts need virtual-interrupt delivery"
        if not c.exit >> 15 & 1: yield "posted interrupts need acknowledge interrupt on exit"
        if f("POSTED_INTR_NV") > 0xFF: yield "posted-interrupt notification vector"
        if f("POSTED_INTR_DESC_ADDR") & 0x3F or cpu.beyond(f("POSTED_INTR_DESC_ADDR")): yield "posted-interrupt descriptor"
    if secondary >> 5 & 1 and f("VIRTUAL_PROCESSOR_ID") == 0: yield "VPID 0"
    ept = secondary >> 1 & 1
    if ept:
        eptp = f("EPT_POINTER")
        if eptp & 7 not in [kind for kind, bit in ((0, 8), (6, 14)) if cpu.ept >> bit & 1]: yield "EPTP memory type"
        if eptp >> 3 & 7 not in [walk for walk, bit in ((3, 6), (4, 7)) if cpu.ept >> bit & 1]: yield "EPTP walk length"
        if eptp >> 6 & 1 and not cpu.ept >> 21 & 1: yield "EPTP accessed and dirty flags"
        if eptp >> 7 & 1 and not cpu.ept >> 23 & 1: yield "EPTP supervisor shadow stack"
        if eptp & 0xF00 or eptp >> cpu.phys: yield "EPTP reserved bits"
    if secondary >> 17 & 1:
        if not ept: yield "PML needs EPT"
        if not page(c, "PML_ADDRESS"): yield "PML address"
    if not ept and (secondary >> 7 & 1 or secondary >> 22 & 1): yield "unrestricted guest, mode-based execute need EPT"
    if secondary >> 23 & 1:
        if not ept: yield "sub-page permissions need EPT"
        if not page(c, "SPP_TABLE_POINTER"): yield "SPPTP"
    if secondary >> 13 & 1:
        function = f("VM_FUNCTION_CONTROL")
        if function & ~cpu.vmfunc: yield "VM-function reserved bits"
        if function & 1:
            if not ept: yield "EPTP switching needs EPT"
            if not page(c, "EPTP_LIST_ADDRESS"): yield "EPTP list"
    if secondary >> 14 & 1 and not (page(c, "VMREAD_BITMAP") and page(c, "VMWRITE_BITMAP")): yield "VMREAD, VMWRITE bitmaps"
    if secondary >> 18 & 1 and not page(c, "VE_INFORMATION_ADDRESS"): yield "#VE information address"
    if c.processor["tracing"] and c.entry >> 18 & 1: yield "load IA32_RTIT_CTL while tracing"
    if secondary >> 24 & 1:
        if not ept: yield "PT guest-physical needs EPT"
        if not c.entry >> 18 & 1: yield "PT guest-physical needs load IA32_RTIT_CTL"
        if not c.exit >> 25 & 1: yield "PT guest-physical needs clear IA32_RTIT_CTL"
    if secondary >> 25 & 1 and f("TSC_MULTIPLIER") == 0: yield "TSC multiplier 0"
    if secondary >> 21 & 1 and not (page(c, "LOW_PASID_DIR_ADDRESS") and page(c, "HIGH_PASID_DIR_ADDRESS")): yield "PASID directories"
    if tertiary & 0xE and not ept: yield "HLAT and its controls need EPT"
    if tertiary >> 1 & 1 and (f("HLAT_POINTER") & 0xFE7 or f("HLAT_POINTER") >> cpu.phys): yield "HLATP"
    if tertiary >> 4 & 1:
        table = f("PID_POINTER_TABLE")
        if table & 7 or cpu.beyond(table): yield "PID-pointer table"
        if cpu.beyond(table + 8 * f("LAST_PID_POINTER_INDEX") + 7): yield "PID-pointer table end"
    if tertiary >> 12 & 1 and not ept: yield "PEBS guest-physical needs EPT"
    if tertiary >> 8 & 1:
        if not delivery: yield "APIC timer needs virtual-interrupt delivery"
        if primary >> 12 & 1: yield "APIC timer against RDTSC exiting"
        if f("VIRTUAL_TIMER_VECTOR") > 0xFF: yield "virtual timer vector"


def exit_controls(c):
    """SDM 26.2.1.2."""
    if not set_properly(c.exit, c.cpu.exit): yield "VM-exit reserved bits"
    if c.exit2 & ~c.cpu.exit2: yield "secondary VM-exit reserved bits"
    if not c.pin >> 6 & 1 and c.exit >> 22 & 1: yield "save preemption timer without the timer"
    if not msr_area(c, "VM_EXIT_MSR_STORE_ADDR", "VM_EXIT_MSR_STORE_COUNT"): yield "MSR-store area"
    if not msr_area(c, "VM_EXIT_MSR_LOAD_ADDR", "VM_EXIT_MSR_LOAD_COUNT"): yield "exit MSR-load area"


def entry_controls(c):
    """SDM 26.2.1.3."""
    cpu, f = c.cpu, c.f
    if not set_properly(c.entry, cpu.entry): yield "VM-entry reserved bits"
    info = f("VM_ENTRY_INTR_INFO_FIELD")
    if info >> 31 & 1:
        vector, kind, error = info & 0xFF, info >> 8 & 7, info >> 11 & 1
        if kind == 1: yield "interruption type 1"
        if kind == 7 and not cpu.primary[1] >> 27 & 1 and (vector == 0 or not cpu.cr4[1] >> 32 & 1): yield "type 7 without the monitor trap flag"
        if kind == 2 and vector != 2: yield "NMI vector"
        if kind == 3 and vector > 31: yield "exception vector"
        if kind == 7 and vector > (2 if f("GUEST_CR4") >> 32 & 1 else 0): yield "other-event vector"
        unrestricted = c.secondary >> 7 & 1
        may = (not unrestricted or f("GUEST_CR0") & 1) and kind == 3
        if cpu.any_error_code:
            if error and not may: yield "deliver error code"
        elif error != (1 if may and vector in (8, 10, 11, 12, 13, 14, 17) else 0): yield "deliver error code"
        if info & 0x7FFFF000 & ~(0x2000 if cpu.nested_exception and kind == 3 else 0): yield "interruption reserved bits"
        if error and f("VM_ENTRY_EXCEPTION_ERROR_CODE") >> 16: yield "error code"
        if kind in (4, 5, 6) or (kind == 7 and vector != 0):
            length = f("VM_ENTRY_INSTRUCTION_LEN")
            if length > 15 or (length == 0 and not cpu.zero_length): yield "instruction length"
    if not msr_area(c, "VM_ENTRY_MSR_LOAD_ADDR", "VM_ENTRY_MSR_LOAD_COUNT"): yield "entry MSR-load area"
    to_smm, dual = c.entry >> 10 & 1, c.entry >> 11 & 1
    if not c.processor["in_smm"] and (to_smm or dual): yield "SMM controls outside SMM"
    if to_smm and dual: yield "both SMM controls"


def fred_guest(c):
    return c.f("GUEST_CR4") >> 32 & 1 and c.entry >> 9 & 1


def pat(value): return all(value >> 8 * n & 0xFF in (0, 1, 4, 5, 6, 7) for n in range(8))


def cr3_reserved(c, value):
    if c.cpu.lam: value &= ~(3 << 61)
    return value >> c.cpu.phys


def fred_state(c, side):
    config = c.f(side + "_IA32_FRED_CONFIG")
    if config & 0x834 or not c.cpu.canonical(config): yield "IA32_FRED_CONFIG"
    for n in "123":
        rsp, ssp = c.f(side + "_IA32_FRED_RSP" + n), c.f(side + "_IA32_FRED_SSP" + n)
        if rsp & 0x3F or not c.cpu.canonical(rsp): yield "IA32_FRED_RSP"
        if ssp & 7 or not c.cpu.canonical(ssp): yield "IA32_FRED_SSP"


def host_state(c):
    """SDM 26.2.2, 26.2.3, 26.2.4."""
    cpu, f = c.cpu, c.f
    wide = c.exit >> 9 & 1
    if f("HOST_CR0") & cpu.cr0[0] & ~0x60000000 != cpu.cr0[0] & ~0x60000000 or f("HOST_CR0") & ~cpu.cr0[1]: yield "CR0"
    if not set_properly(f("HOST_CR4"), cpu.cr4): yield "CR4"
    if f("HOST_CR4") >> 23 & 1 and not f("HOST_CR0") >> 16 & 1: yield "CR4.CET without CR0.WP"
    if cr3_reserved(c, f("HOST_CR3")): yield "CR3"
    if cpu.intel64 and not (cpu.canonical(f("HOST_IA32_SYSENTER_ESP")) and cpu.canonical(f("HOST_IA32_SYSENTER_EIP"))): yield "SYSENTER"
    if c.exit >> 12 & 1 and f("HOST_IA32_PERF_GLOBAL_CTRL") & ~cpu.perf_global: yield "PERF_GLOBAL_CTRL"
    if c.exit >> 19 & 1 and not pat(f("HOST_IA32_PAT")): yield "PAT"
    if c.exit >> 21 & 1:
        efer = f("HOST_IA32_EFER")
        if efer & ~cpu.efer: yield "EFER reserved"
        if efer >> 8 & 1 != wide or efer >> 10 & 1 != wide: yield "EFER LMA, LME"
    if c.exit >> 28 & 1:
        s_cet, ssp, table = f("HOST_S_CET"), f("HOST_SSP"), f("HOST_INTR_SSP_TABLE")
        if s_cet & ~cpu.s_cet or s_cet >> 10 & 3 == 3 or not cpu.canonical(s_cet): yield "S_CET"
        if ssp & 3 or not cpu.canonical(ssp): yield "SSP"
        if not cpu.canonical(table): yield "SSP table"
        if not wide and (s_cet >> 32 or ssp >> 32): yield "CET of a 32-bit host"
    if c.exit >> 29 & 1 and f("HOST_IA32_PKRS") >> 32: yield "PKRS"
    if c.exit2 >> 1 & 1: yield from fred_state(c, "HOST")
    if c.exit2 >> 2 & 1 and f("HOST_IA32_SPEC_CTRL") & ~cpu.spec_ctrl: yield "SPEC_CTRL"
    for name in ("CS", "SS", "DS", "ES", "FS", "GS", "TR"):
        if f("HOST_%s_SELECTOR" % name) & 7: yield name + " selector"
    if f("HOST_CS_SELECTOR") == 0 or f("HOST_TR_SELECTOR") == 0: yield "CS, TR 0"
    if not wide and f("HOST_SS_SELECTOR") == 0: yield "SS 0"
    if cpu.intel64:
        for name in ("FS", "GS", "GDTR", "IDTR", "TR"):
            if not cpu.canonical(f("HOST_%s_BASE" % name)): yield name + " base"
        guest_wide = c.entry >> 9 & 1
        if not c.processor["ia32e_mode"] and (guest_wide or wide): yield "64-bit outside IA-32e mode"
        if c.processor["ia32e_mode"] and not wide: yield "32-bit host in IA-32e mode"
        if not wide:
            if guest_wide: yield "64-bit guest of a 32-bit host"
            if f("HOST_CR4") >> 17 & 1: yield "PCIDE of a 32-bit host"
            if f("HOST_RIP") >> 32: yield "RIP of a 32-bit host"
            if f("HOST_CR4") >> 32 & 1: yield "FRED of a 32-bit host"
        else:
            if not f("HOST_CR4") >> 5 & 1: yield "PAE of a 64-bit host"
            if not cpu.canonical(f("HOST_RIP")): yield "RIP"


def guest_registers(c):
    """SDM 26.3.1.1."""
    cpu, f, entry = c.cpu, c.f, c.entry
    cr0, cr4, wide = f("GUEST_CR0"), f("GUEST_CR4"), entry >> 9 & 1
    ones = cpu.cr0[0] & ~0x60000000
    if c.secondary >> 7 & 1: ones &= ~0x80000001
    if cr0 & ones != ones or cr0 & ~cpu.cr0[1]: yield "CR0"
    if cr0 >> 31 & 1 and not cr0 & 1: yield "PG without PE"
    if not set_properly(cr4, cpu.cr4): yield "CR4"
    if cr4 >> 23 & 1 and not cr0 >> 16 & 1: yield "CR4.CET without CR0.WP"
    if entry >> 2 & 1 and f("GUEST_IA32_DEBUGCTL") & ~cpu.debugctl: yield "DEBUGCTL"
    if cpu.intel64:
        if wide and not (cr0 >> 31 & 1 and cr4 >> 5 & 1): yield "IA-32e without PG and PAE"
        if not wide and cr4 >> 17 & 1: yield "PCIDE outside IA-32e"
        if not wide and cr4 >> 32 & 1: yield "FRED outside IA-32e"
        if cr3_reserved(c, f("GUEST_CR3")): yield "CR3"
        if entry >> 2 & 1 and f("GUEST_DR7") >> 32: yield "DR7"
        if not (cpu.canonical(f("GUEST_SYSENTER_ESP")) and cpu.canonical(f("GUEST_SYSENTER_EIP"))): yield "SYSENTER"
    if entry >> 13 & 1 and f("GUEST_IA32_PERF_GLOBAL_CTRL") & ~cpu.perf_global: yield "PERF_GLOBAL_CTRL"
    if entry >> 14 & 1 and not pat(f("GUEST_IA32_PAT")): yield "PAT"
    if entry >> 15 & 1:
        efer = f("GUEST_IA32_EFER")
        if efer & ~cpu.efer: yield "EFER reserved"
        if efer >> 10 & 1 != wide: yield "EFER.LMA"
        if cr0 >> 31 & 1 and efer >> 10 & 1 != efer >> 8 & 1: yield "EFER.LME"
    if entry >> 16 & 1 and (f("GUEST_BNDCFGS") & 0xFFC or not cpu.canonical(f("GUEST_BNDCFGS"))): yield "BNDCFGS"
    if entry >> 18 & 1 and f("GUEST_IA32_RTIT_CTL") & ~cpu.rtit: yield "RTIT_CTL"
    if entry >> 19 & 1 and f("GUEST_UINV") >> 8: yield "UINV"
    if entry >> 20 & 1:
        s_cet = f("GUEST_S_CET")
        if s_cet & ~cpu.s_cet or s_cet >> 10 & 3 == 3 or not cpu.canonical(s_cet): yield "S_CET"
        if not cpu.canonical(f("GUEST_INTR_SSP_TABLE")): yield "SSP table"
    if entry >> 21 & 1 and f("GUEST_IA32_LBR_CTL") & ~cpu.lbr: yield "LBR_CTL"
    if entry >> 22 & 1 and f("GUEST_IA32_PKRS") >> 32: yield "PKRS"
    if entry >> 23 & 1: yield from fred_state(c, "GUEST")
    if entry >> 24 & 1 and f("GUEST_IA32_SPEC_CTRL") & ~cpu.spec_ctrl: yield "SPEC_CTRL"


SEGMENTS = tuple((name, "GUEST_%s_SELECTOR" % name, "GUEST_%s_BASE" % name, "GUEST_%s_LIMIT" % name, "GUEST_%s_AR_BYTES" % name)
                 for name in ("CS", "SS", "DS", "ES", "FS", "GS"))


def granular(limit, rights):
    if limit & 0xFFF != 0xFFF and rights >> 15 & 1: return False
    return not (limit >> 20 and not rights >> 15 & 1)


def guest_segments(c):
    """SDM 26.3.1.2."""
    cpu, f = c.cpu, c.f
    v8086, unrestricted, wide = f("GUEST_RFLAGS") >> 17 & 1, c.secondary >> 7 & 1, c.entry >> 9 & 1
    ldtr, tr = f("GUEST_LDTR_AR_BYTES"), f("GUEST_TR_AR_BYTES")
    ldtr_usable = not ldtr >> 16 & 1
    if f("GUEST_TR_SELECTOR") & 4: yield "TR TI"
    if ldtr_usable and f("GUEST_LDTR_SELECTOR") & 4: yield "LDTR TI"
    cs, ss = f("GUEST_CS_AR_BYTES"), f("GUEST_SS_AR_BYTES")
    if not v8086 and not unrestricted and (f("GUEST_SS_SELECTOR") ^ f("GUEST_CS_SELECTOR")) & 3: yield "SS RPL"
    if v8086:
        for name, selector, base, limit, rights in SEGMENTS:
            if f(base) != f(selector) << 4: yield name + " base"
            if f(limit) != 0xFFFF: yield name + " limit"
            if f(rights) != 0xF3: yield name + " rights"
    if cpu.intel64:
        for name in ("TR", "FS", "GS"):
            if not cpu.canonical(f("GUEST_%s_BASE" % name)): yield name + " base"
        if ldtr_usable and not cpu.canonical(f("GUEST_LDTR_BASE")): yield "LDTR base"
        if f("GUEST_CS_BASE") >> 32: yield "CS base"
        for name in ("SS", "DS", "ES"):
            if not f("GUEST_%s_AR_BYTES" % name) >> 16 & 1 and f("GUEST_%s_BASE" % name) >> 32: yield name + " base"
    if not v8086:
        ss_dpl = ss >> 5 & 3
        for name, selector, base, limit, rights_field in SEGMENTS:
            rights = f(rights_field)
            usable, kind, dpl = not rights >> 16 & 1, rights & 15, rights >> 5 & 3
            if name == "CS":
                if kind not in (9, 11, 13, 15) and not (unrestricted and kind == 3): yield "CS type"
                if kind == 3 and dpl != 0: yield "CS DPL of data"
                if kind in (9, 11) and dpl != ss_dpl: yield "CS DPL"
                if kind in (13, 15) and dpl > ss_dpl: yield "CS DPL of conforming"
                if wide and rights >> 13 & 1 and rights >> 14 & 1: yield "CS L and D"
            elif name == "SS":
                if usable and kind not in (3, 7): yield "SS type"
                if not unrestricted and dpl != f("GUEST_SS_SELECTOR") & 3: yield "SS DPL"
                if (cs & 15 == 3 or not f("GUEST_CR0") & 1) and dpl != 0: yield "SS DPL not 0"
            elif usable:
                if not kind & 1: yield name + " not accessed"
                if kind & 8 and not kind & 2: yield name + " not readable"
                if not unrestricted and kind <= 11 and dpl < f(selector) & 3: yield name + " DPL"
            if name == "CS" or usable:
                if not rights >> 4 & 1: yield name + " S"
                if not rights >> 7 & 1: yield name + " P"
                if rights & 0xFFFE0F00: yield name + " reserved"
                if not granular(f(limit), rights): yield name + " G"
    if fred_guest(c):
        if ss >> 5 & 3 in (1, 2): yield "FRED: CPL 1 or 2"
        if ss >> 5 & 3 == 0 and not cs >> 13 & 1: yield "FRED: CPL 0 outside 64-bit code"
    if tr & 15 not in ((11,) if wide else (3, 11)): yield "TR type"
    if tr >> 4 & 1: yield "TR S"
    if not tr >> 7 & 1: yield "TR P"
    if tr & 0xFFFF0F00: yield "TR reserved, unusable"
    if not granular(f("GUEST_TR_LIMIT"), tr): yield "TR G"
    if ldtr_usable:
        if ldtr & 15 != 2: yield "LDTR type"
        if ldtr >> 4 & 1: yield "LDTR S"
        if not ldtr >> 7 & 1: yield "LDTR P"
        if ldtr & 0xFFFE0F00: yield "LDTR reserved"
        if not granular(f("GUEST_LDTR_LIMIT"), ldtr): yield "LDTR G"


def guest_tables_and_rip(c):
    """SDM 26.3.1.3, 26.3.1.4."""
    cpu, f = c.cpu, c.f
    for name in ("GDTR", "IDTR"):
        if cpu.intel64 and not cpu.canonical(f("GUEST_%s_BASE" % name)): yield name + " base"
        if f("GUEST_%s_LIMIT" % name) >> 16: yield name + " limit"
    wide = c.entry >> 9 & 1
    code64 = wide and f("GUEST_CS_AR_BYTES") >> 13 & 1
    if cpu.intel64:
        if not code64 and f("GUEST_RIP") >> 32: yield "RIP 63:32"
        if code64 and not cpu.same_upper(f("GUEST_RIP")): yield "RIP upper bits"
    rflags = f("GUEST_RFLAGS")
    if rflags >> 22 or rflags & 0x8028 or not rflags & 2: yield "RFLAGS reserved"
    if rflags >> 17 & 1 and (wide or not f("GUEST_CR0") & 1): yield "RFLAGS.VM"
    info = f("VM_ENTRY_INTR_INFO_FIELD")
    if info >> 31 & 1 and info >> 8 & 7 == 0 and not rflags >> 9 & 1: yield "RFLAGS.IF for an external interrupt"
    if fred_guest(c) and f("GUEST_SS_AR_BYTES") >> 5 & 3 == 3 and rflags >> 12 & 3: yield "FRED: IOPL at CPL 3"
    if c.entry >> 20 & 1:
        if f("GUEST_SSP") & 3 or not cpu.same_upper(f("GUEST_SSP")): yield "SSP"
        if not code64 and f("GUEST_SSP") >> 32: yield "SSP 63:32"


def guest_non_register(c):
    """SDM 26.3.1.5. Yields (qualification, what)."""
    cpu, f = c.cpu, c.f
    activity, blocking, rflags = f("GUEST_ACTIVITY_STATE"), f("GUEST_INTERRUPTIBILITY_INFO"), f("GUEST_RFLAGS")
    info = f("VM_ENTRY_INTR_INFO_FIELD")
    valid, kind, vector = info >> 31 & 1, info >> 8 & 7, info & 0xFF
    sti, mov_ss = blocking & 1, blocking >> 1 & 1
    to_smm = c.entry >> 10 & 1
    if activity > 3 or not cpu.activity >> activity & 1: yield 0, "activity state"
    if activity == 1 and f("GUEST_SS_AR_BYTES") >> 5 & 3: yield 0, "HLT at CPL > 0"
    if activity != 0 and (sti or mov_ss): yield 0, "blocking outside the active state"
    if valid:
        if activity == 1 and not (kind in (0, 2) or (kind == 3 and vector in (1, 18)) or (kind == 7 and vector == 0)): yield 0, "event in HLT"
        if activity == 2 and not (kind == 2 or (kind == 3 and vector == 18)): yield 0, "event in shutdown"
        if activity == 3: yield 0, "event in wait-for-SIPI"
    if fred_guest(c) and sti and f("GUEST_SS_AR_BYTES") >> 5 & 3 == 3: yield 0, "FRED: STI blocking at CPL 3"
    if to_smm and activity == 3: yield 0, "wait-for-SIPI in SMM"
    if blocking >> 5: yield 0, "interruptibility reserved"
    if sti and mov_ss: yield 0, "STI and MOV SS"
    if sti and not rflags >> 9 & 1: yield 0, "STI without IF"
    if valid and kind == 0 and (sti or mov_ss): yield 0, "external interrupt while blocked"
    if valid and kind == 2 and mov_ss: yield 0, "NMI while blocked by MOV SS"
    if blocking >> 2 & 1 and not c.processor["in_smm"]: yield 0, "SMI blocking outside SMM"
    if to_smm and not blocking >> 2 & 1: yield 0, "entry to SMM without SMI blocking"
    if valid and kind == 2 and sti: yield 3, "NMI while blocked by STI"
    if c.pin >> 5 & 1 and valid and kind == 2 and blocking >> 3 & 1: yield 0, "NMI while virtual NMIs are blocked"
    if blocking >> 4 & 1 and (mov_ss or not cpu.sgx): yield 0, "enclave interruption"
    pending = f("GUEST_PENDING_DBG_EXCEPTIONS")
    reserved = ALL_ONES & ~0x1500F
    if cpu.bus_lock: reserved &= ~0x800
    if pending & reserved: yield 0, "pending debug exceptions reserved"
    if sti or mov_ss or activity == 1:
        needed = rflags >> 8 & 1 and not f("GUEST_IA32_DEBUGCTL") >> 1 & 1
        if bool(pending >> 14 & 1) != bool(needed): yield 0, "BS"
    if pending >> 16 & 1:
        if not cpu.rtm or pending & 0xEFFF or not pending >> 12 & 1 or mov_ss: yield 0, "RTM"
    link = f("VMCS_LINK_POINTER")
    if link != ALL_ONES:
        if link & 0xFFF or cpu.beyond(link): yield 4, "link pointer"
        else:
            header = c.read(link, 4)
            if header & 0x7FFFFFFF != cpu.revision: yield 4, "link pointer revision"
            if header >> 31 != c.secondary >> 14 & 1: yield 4, "link pointer shadow bit"
        if not c.processor["in_smm"] or to_smm:
            if link == c.processor["current_vmcs"]: yield 4, "link pointer is the current VMCS"
        elif link == f("EXECUTIVE_VMCS_POINTER"): yield 4, "link pointer is the executive VMCS"


def guest_pdptes(c):
    """SDM 26.3.1.6."""
    cpu, f = c.cpu, c.f
    if not (f("GUEST_CR0") >> 31 & 1 and f("GUEST_CR4") >> 5 & 1) or c.entry >> 9 & 1: return
    for n in range(4):
        entry = f("GUEST_PDPTR%d" % n) if c.secondary >> 1 & 1 else c.read((f("GUEST_CR3") & 0xFFFFFFE0) + 8 * n, 8)
        if entry & 1 and (entry & 0x1E6 or entry >> cpu.phys): yield "PDPTE %d" % n


def first(generator): return next(generator, None)


def judge(c):
    """(outcome, detail, all qualifications that a processor may give, what failed first)."""
    for group in (execution_controls, exit_controls, entry_controls):
        failure = first(group(c))
        if failure: return "vmfail_valid", 7, (), failure
    failure = first(host_state(c))
    if failure: return "vmfail_valid", 8, (), "host: " + failure
    # SDM 26.3.1: these checks may be made in any order, so each failure's qualification is a right answer.
    qualifications, what = [], None
    for group in (guest_registers, guest_segments, guest_tables_and_rip):
        failure = first(group(c))
        if failure:
            qualifications.append(0)
            what = what or "guest: " + failure
    for qualification, failure in guest_non_register(c):
        qualifications.append(qualification)
        what = what or "guest: " + failure
    failure = first(guest_pdptes(c))
    if failure:
        qualifications.append(2)
        what = what or "guest: " + failure
    if qualifications: return "entry_failure", 0x80000021, tuple(qualifications), what
    return "entered", 0, (), ""
