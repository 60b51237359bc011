// SPDX-License-Identifier: MIT
// 64-bit code: the local APIC's timer, its modes in every order, self-IPI, CPUID and MSRs.
#include "guest.h"

struct gate { u16 low, selector; u8 ist, type; u16 middle; u32 high, zero; } __attribute__((packed));
struct table { u16 limit; u64 base; } __attribute__((packed));
static struct gate idt[256];
extern volatile u32 timer_count, fault_count;
extern void timer_handler(void), spurious_handler(void), fault_handler(void);

static void set_gate(int vector, void (*handler)(void)) {
    const u64 address = (u64)handler;
    idt[vector] = (struct gate){(u16)address, 8, 0, 0x8E, (u16)(address >> 16), (u32)(address >> 32), 0};
}
static volatile u32 *const apic = (volatile u32 *)0xFEE00000;
static u32 get(u32 offset) { return apic[offset / 4]; }
static void set(u32 offset, u32 value) { apic[offset / 4] = value; }
static u32 faults_of_wrmsr(u32 msr, u64 value) {
    const u32 before = fault_count;
    wrmsr(msr, value);
    return fault_count - before;
}
static u32 apic_in_cpuid(void) {
    u32 a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d >> 9 & 1;
}
static u64 factorial(u64 n) { return n ? n * factorial(n - 1) : 1; }

void guest(u64 magic) {
    line("magic", magic == 0x2BADB002);
    line("factorial", (u32)(factorial(20) % 1000000007u));
    set_gate(13, fault_handler);
    set_gate(0x40, timer_handler);
    set_gate(0xFF, spurious_handler);
    const struct table pointer = {sizeof idt - 1, (u64)idt};
    __asm__ volatile("lidt %0" : : "m"(pointer));
    out8(0x21, 0xFF), out8(0xA1, 0xFF);

    set(0xF0, 0x1FF);
    set(0x3E0, 0xB);  // divide by 1
    set(0x320, 0x40);
    const u64 begin = rdtsc();
    set(0x380, 100000);
    __asm__ volatile("sti; hlt; cli");
    line("one-shot", timer_count == 1 && rdtsc() - begin >= 100000 && get(0x390) == 0);
    set(0x320, 0x20040);  // periodic
    set(0x380, 50000);
    while (timer_count < 4) __asm__ volatile("sti; hlt; cli");
    set(0x380, 0);
    line("periodic", timer_count);
    set(0x320, 0x40040);  // TSC deadline
    wrmsr(0x6E0, rdtsc() + 70000);
    __asm__ volatile("sti; hlt; cli");
    line("deadline", timer_count == 5 && rdmsr(0x6E0) == 0);
    set(0x320, 0x10040);
    __asm__ volatile("sti");
    set(0x300, 0x40040);  // self
    __asm__ volatile("nop; cli");
    line("self-ipi", timer_count);
    set(0x80, 0x50);
    __asm__ volatile("sti");
    set(0x300, 0x40040);
    __asm__ volatile("nop");
    line("held-off", timer_count);
    set(0x80, 0);
    __asm__ volatile("nop; cli");
    line("let-in", timer_count);

    const u64 base = rdmsr(0x1B);
    line("base", (u32)base);
    line("x2apic", faults_of_wrmsr(0x1B, base | 0x400));
    line("mmio-gone", get(0x30) == 0xFFFFFFFF);
    line("id", (u32)rdmsr(0x802));
    __asm__ volatile("sti");
    line("self-x2apic", faults_of_wrmsr(0x83F, 0x41 - 1));
    __asm__ volatile("nop; cli");
    line("count", timer_count);
    wrmsr(0x80B, 0);  // the handler's write to the page went nowhere
    line("to-xapic", faults_of_wrmsr(0x1B, base));
    line("to-disabled", faults_of_wrmsr(0x1B, base & ~0xC00ull));
    line("cpuid-apic", apic_in_cpuid());
    line("disabled-to-x2apic", faults_of_wrmsr(0x1B, base | 0xC00));
    line("to-xapic", faults_of_wrmsr(0x1B, base));
    line("cpuid-apic", apic_in_cpuid());
    line("version", get(0x30) & 0xFF);
    line("reserved", faults_of_wrmsr(0x1B, base | 1) + faults_of_wrmsr(0xC0000080, 2) + faults_of_wrmsr(0x277, 2) + faults_of_wrmsr(0x12345, 0));
    end(0);
}
